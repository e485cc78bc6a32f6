"""Several issues in one complaint: clauses scored on their own, and the clearest that belongs to another team."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import ceil, log, sqrt
from typing import Any

from router.ballots import ONE, Clauses, Numbered
from router.decision import probabilities
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
        self._place = place

    @cached_property
    def secondary(self) -> Issue | None:
        """The clearest clause of another category than the primary one; None for a text of a single clause."""
        if len(self.clauses) < 2:  # noqa: PLR2004 - a single clause is the whole text
            return None
        intercepts = self.votes.intercepts
        least = _least_leads(LEAD - max(intercepts) + intercepts[self._place])
        contrary = self.votes.contrary(self.clauses[:MAX_CLAUSES], self._place, least, MIN_WORDS)
        return self._clearest(contrary) if contrary else None  # hardly ever any: the sums of votes say so

    def _clearest(self, contrary: list[Numbered]) -> Issue | None:
        best = None
        for number, found in contrary:
            scores = self.votes.scores(found)
            second, highest = sorted(scores)[-2:]
            confidence = max(probabilities(scores)) if highest - second > LEAD else 0
            if highest > scores[self._place] and confidence >= (best.confidence if best else CLEAR):
                best = Issue(self.votes.categories[scores.index(highest)], confidence, number)
        return best

    def are_several(self) -> bool:
        """Whether another clause clearly belongs to the primary category, beside a secondary issue."""
        return self.secondary is not None and any(map(self._is_primary, self.clauses[:MAX_CLAUSES]))

    def _is_primary(self, clause: list[Any]) -> bool:
        if len(clause) < MIN_WORDS:
            return False
        scores = self.votes.scores(*self.votes.sums([clause]))
        return scores[self._place] == max(scores) and probabilities(scores)[self._place] >= CLEAR


@lru_cache(256)
def _least_leads(lead: float) -> tuple[int, ...]:
    """By how much sums of n votes must differ for scores to differ by `lead`, n = 0 … `MAX_DISTINCT_WORDS`."""
    return tuple(ceil(lead * ONE * sqrt(count)) for count in range(MAX_DISTINCT_WORDS + 1))
