"""Several issues in one complaint: clauses scored on their own, and the clearest that belongs to another team."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import ceil, log, sqrt

from router.ballots import ONE, Clauses, Numbered
from router.decision import certainty
from router.text import MAX_DISTINCT_WORDS
from router.votes import Votes

MIN_WORDS = 3
"""A clause of fewer words is not scored: «деньги где?!» says nothing apart from what stands around it."""
MAX_CLAUSES = 30
CLEAR = 0.75
"""The least confidence at which a clause says that it belongs to a team."""
LEAD = log(CLEAR / (1 - CLEAR)) - 0.01
"""A clause that is clear leads every other category by this much at least; the rest need no probabilities."""


@dataclass(frozen=True, slots=True)
class Issue:
    """A clause (its number) and the category that it clearly belongs to."""

    category: str
    confidence: float
    clause: int


class Issues:
    """The issues of a text of these clauses whose primary category is number `place`; looked for when asked for."""

    def __init__(self, votes: Votes, clauses: Clauses, place: int) -> None:
        self.votes = votes
        self.clauses = clauses
        self.place = place

    @cached_property
    def secondary(self) -> Issue | None:
        """The clearest clause of another category than the primary one; None for a text of a single clause."""
        best = None
        for number, scores in self._clear(other=True):
            highest = max(scores)
            confidence = certainty(scores)
            if highest > scores[self.place] and confidence >= (best.confidence if best else CLEAR):
                best = Issue(self.votes.categories[scores.index(highest)], confidence, number)
        return best

    def are_several(self) -> bool:
        """Whether another clause clearly belongs to the primary category, beside a secondary issue."""
        if self.secondary is None:
            return False
        told = self._clear(other=False)
        return any(scores[self.place] == max(scores) and certainty(scores) >= CLEAR for _, scores in told)

    def _clear(self, other: bool) -> list[Numbered]:
        """Clauses that may be clear, by their sums of votes: as hardly any is, probabilities are seldom worked out."""
        if len(self.clauses) < 2:  # noqa: PLR2004 - a single clause is the whole text
            return []
        intercepts = self.votes.intercepts
        least = _least_leads(LEAD - max(intercepts) + min(intercepts))
        return self.votes.clear_clauses(self.clauses[:MAX_CLAUSES], self.place, other, least, MIN_WORDS)


@lru_cache(256)
def _least_leads(lead: float) -> tuple[int, ...]:
    """By how much sums of n votes must differ for scores to differ by `lead`, n = 0 … `MAX_DISTINCT_WORDS`."""
    return tuple(ceil(lead * ONE * sqrt(count)) for count in range(MAX_DISTINCT_WORDS + 1))
