"""What a word adds to a text's scores, and the sums of what words add.

A word's votes and counts lie in one integer, side by side: adding words is adding integers. Above one another lie the
votes, 64 bits each, and then the counts, a byte each. The sum of up to 200 ballots is exact in every field, and does
not depend on their order. Where the compiled part is there (`router.compiled`), it does the same in a tenth of the
time, with a ballot type of its own.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from math import sqrt
from struct import Struct
from typing import Any

from router.compiled import speedups

COUNTS = 6
ONE = float(1 << 30)
"""A vote is a whole number of 2⁻³⁰ of a score."""
_BIAS = 1 << 54
"""Is added to every vote, so that no field is negative and borrows from its neighbour. Votes reach ±2²⁴ of a score."""


Clauses = list[list[Any]]
"""The ballots of each clause's words."""
Numbered = tuple[int, list[float]]
"""The number of a clause and its scores."""


class Ballot(int):
    """What one word adds. Each word has a ballot of its own, told apart by identity: a set of them is distinct words.

    That is quicker than comparing words, and two words with the same votes stay two.
    """

    word: str
    __hash__ = object.__hash__
    __eq__ = object.__eq__
    __ne__ = object.__ne__


class Layout:
    """How ballots are packed that have a vote for each of some categories and one more, for none of them."""

    def __init__(self, categories: int) -> None:
        self._fields = Struct(f"<{categories + 1}Q{COUNTS}B")
        self._categories = Struct(f"<{categories}Q8xB{COUNTS - 1}x")
        self._size = self._fields.size

    def pack(self, word: str, votes: Iterable[int], counts: Sequence[int]) -> Any:
        """A word's ballot of signed votes and of counts, the first of which is 1: it counts the ballots of a sum."""
        ballot = Ballot(int.from_bytes(self._fields.pack(*[vote + _BIAS for vote in votes], *counts), "little"))
        ballot.word = word
        return ballot

    def total(self, clauses: Clauses) -> tuple[int, ...]:
        """Sums of the votes of up to 200 distinct ballots, each biased, and of their counts."""
        return self._fields.unpack(sum(set(chain.from_iterable(clauses))).to_bytes(self._size, "little"))

    def clear(
        self, clauses: Clauses, one: int, other: bool, least: Sequence[int], words: int, intercepts: list[float]
    ) -> list[Numbered]:
        """Numbers and `scores` of the clauses of at least so many words that vote clearly enough for a category.

        It is number `one`, or, where `other` is true, any but that. The sum of its votes, of n distinct words, exceeds
        all the others' by `least[n]` or more.
        """
        return [
            (number, scores(votes, count, intercepts))
            for number, (*votes, count) in enumerate(map(self._sums, clauses))
            if len(clauses[number]) >= words and _lead(votes, one, other) >= least[count]
        ]

    def _sums(self, clause: list[Any]) -> tuple[int, ...]:
        """Sums of the votes for the categories alone, biased, and the number of distinct ballots."""
        return self._categories.unpack(sum(set(clause)).to_bytes(self._size, "little"))

    def marked(self, clauses: Clauses) -> list[int]:
        """Numbers of the clauses that have a ballot whose last count is not 0."""
        last = 8 * (self._size - 1)
        return [number for number, clause in enumerate(clauses) if any(ballot >> last & 255 for ballot in clause)]

    def leads(self, ballots: list[Any], one: int, other: int) -> list[int]:
        """By how much each ballot's vote number `one` exceeds number `other`."""
        one, other, mask = 64 * one, 64 * other, (1 << 64) - 1
        return [(ballot >> one & mask) - (ballot >> other & mask) for ballot in ballots]


class CompiledLayout(Layout):
    """The same, compiled."""

    def __init__(self, categories: int) -> None:
        self._votes = categories + 1

    def pack(self, word: str, votes: Iterable[int], counts: Sequence[int]) -> Any:
        return speedups.Ballot(word, tuple([vote + _BIAS for vote in votes]), tuple(counts))

    def total(self, clauses: Clauses) -> tuple[int, ...]:
        found: tuple[int, ...] = speedups.total(clauses, self._votes)
        return found

    def clear(
        self, clauses: Clauses, one: int, other: bool, least: Sequence[int], words: int, intercepts: list[float]
    ) -> list[Numbered]:
        found: list[Numbered] = speedups.clear(clauses, one, other, least, words, intercepts)
        return found

    def marked(self, clauses: Clauses) -> list[int]:
        found: list[int] = speedups.marked(clauses, self._votes)
        return found

    def leads(self, ballots: list[Any], one: int, other: int) -> list[int]:
        found: list[int] = speedups.leads(ballots, one, other)
        return found


def _lead(votes: Sequence[int], one: int, other: bool) -> int:
    *rest, highest = sorted((*votes[:one], *votes[one + 1 :]))
    return highest - max([votes[one], *rest]) if other else votes[one] - highest


def scores(sums: Iterable[int], count: int, intercepts: Iterable[float]) -> list[float]:
    """Sums of `count` ballots as scores: over the square root of their number, plus the intercepts."""
    scale, bias = 1 / (ONE * sqrt(count or 1)), count * _BIAS
    return [(total - bias) * scale + intercept for total, intercept in zip(sums, intercepts)]  # noqa: B905 - 0.3 µs
