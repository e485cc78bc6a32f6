"""A word's votes and counts in one integer, side by side: adding words is adding integers.

Above one another lie the votes, 64 bits each, and then the counts, a byte each. The sum of up to 200 ballots is exact
in every field, and does not depend on their order.
"""

from collections.abc import Iterable, Sequence
from math import sqrt
from struct import Struct

COUNTS = 6
ONE = float(1 << 30)
"""A vote is a whole number of 2⁻³⁰ of a score."""
_BIAS = 1 << 54
"""Is added to every vote, so that no field is negative and borrows from its neighbour. Votes reach ±2²⁴ of a score."""


class Ballot(int):
    """What one word adds. Each word has a ballot of its own, told apart by identity: a set of them is distinct words.

    That is quicker than comparing words, and two words with the same votes stay two.
    """

    __slots__ = ()
    __hash__ = object.__hash__
    __eq__ = object.__eq__
    __ne__ = object.__ne__


class Layout:
    """How ballots are packed that have a vote for each of some categories and one more, for none of them."""

    def __init__(self, categories: int) -> None:
        self._fields = Struct(f"<{categories + 1}Q{COUNTS}B")
        self._sums = Struct(f"<{categories}Q8xB{COUNTS - 1}x")
        self._size = self._fields.size

    def pack(self, votes: Iterable[int], counts: Sequence[int]) -> Ballot:
        """A ballot of signed votes and of counts, the first of which is 1: it counts the ballots of a sum."""
        return Ballot(int.from_bytes(self._fields.pack(*[vote + _BIAS for vote in votes], *counts), "little"))

    def unpack(self, ballots: Iterable[Ballot]) -> tuple[int, ...]:
        """Sums of the votes of up to 200 ballots, each `biased`, and of their counts."""
        return self._fields.unpack(sum(ballots).to_bytes(self._size, "little"))

    def sums(self, clauses: Iterable[Iterable[Ballot]]) -> list[tuple[int, ...]]:
        """For each clause the sums of its votes for the categories alone, `biased`, and the number of its ballots."""
        totals = map(sum, map(set, clauses))
        return [self._sums.unpack(total.to_bytes(self._size, "little")) for total in totals]

    def leads(self, ballots: Iterable[Ballot], one: int, other: int) -> list[int]:
        """By how much each ballot's vote number `one` exceeds number `other`."""
        one, other, mask = 64 * one, 64 * other, (1 << 64) - 1
        return [(ballot >> one & mask) - (ballot >> other & mask) for ballot in ballots]


def scores(sums: Iterable[int], count: int, intercepts: Iterable[float]) -> list[float]:
    """Sums of `count` ballots as scores: over the square root of their number, plus the intercepts."""
    scale, bias = 1 / (ONE * sqrt(count or 1)), count * _BIAS
    return [(total - bias) * scale + intercept for total, intercept in zip(sums, intercepts)]  # noqa: B905 - 0.3 µs
