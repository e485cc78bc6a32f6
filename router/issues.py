"""Several issues in one complaint: clauses scored on their own, and the clearest that belongs to another team."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from router.decision import probabilities
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


def secondary(votes: Votes, clauses: Sequence[Sequence[str]], primary: str) -> Issue | None:
    """The clearest clause of another category than the primary one; None for a text of a single clause."""
    if len(clauses) < 2:  # noqa: PLR2004 - a single clause is the whole text
        return None
    place = votes.categories.index(primary)
    best = None
    numbers = _long_enough(clauses)
    for number, scores in votes.leads([clauses[number] for number in numbers], place, LEAD):
        second, highest = sorted(scores)[-2:]
        confidence = max(probabilities(scores)) if highest - second > LEAD else 0
        if highest > scores[place] and confidence >= (best.confidence if best else CLEAR):
            best = Issue(votes.categories[scores.index(highest)], confidence, numbers[number])
    return best


def is_told(votes: Votes, clauses: Sequence[Sequence[str]], category: str) -> bool:
    """Whether a clause clearly belongs to the category."""
    place = votes.categories.index(category)
    told = (votes.totals(clauses[number]) for number in _long_enough(clauses))
    return any(scores[place] == max(scores) and probabilities(scores)[place] >= CLEAR for scores in told)


def _long_enough(clauses: Sequence[Sequence[str]]) -> list[int]:
    return [number for number, clause in enumerate(clauses[:MAX_CLAUSES]) if len(clause) >= MIN_WORDS]
