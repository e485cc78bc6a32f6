"""Several issues in one complaint: clauses scored on their own, and the clearest that belongs to another team."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from router.decision import probabilities
from router.votes import Votes

MIN_WORDS = 3
"""A clause of fewer words is not scored: «деньги где?!» says nothing apart from what stands around it."""
MAX_CLAUSES = 30
CLEAR = 0.75
"""The least confidence at which a clause says that it belongs to a team."""


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
    for number, scores in _scored(votes, clauses):
        highest = max(scores)
        if highest > scores[place]:
            confidence = max(probabilities(scores))
            if confidence >= (best.confidence if best else CLEAR):
                best = Issue(votes.categories[scores.index(highest)], confidence, number)
    return best


def is_told(votes: Votes, clauses: Sequence[Sequence[str]], category: str) -> bool:
    """Whether a clause clearly belongs to the category."""
    place = votes.categories.index(category)
    return any(probabilities(scores)[place] >= CLEAR for _, scores in _scored(votes, clauses))


def _scored(votes: Votes, clauses: Sequence[Sequence[str]]) -> Iterator[tuple[int, list[float]]]:
    for number, clause in enumerate(clauses[:MAX_CLAUSES]):
        if len(clause) >= MIN_WORDS:
            yield number, votes.totals(clause)
