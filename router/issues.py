"""Several issues in one complaint: clauses scored on their own, and the clearest that belongs to another team."""

from collections.abc import Sequence
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


def clear_issues(votes: Votes, clauses: Sequence[Sequence[str]]) -> list[Issue]:
    """The clauses that clearly belong to a category, in order; none for a text of a single clause."""
    if len(clauses) < 2:  # noqa: PLR2004 - a single clause is the whole text
        return []
    issues = []
    for number, clause in enumerate(clauses[:MAX_CLAUSES]):
        if len(clause) >= MIN_WORDS:
            ranked = probabilities(votes.score_words(list(set(clause))).values)
            confidence = max(ranked)
            if confidence >= CLEAR:
                issues.append(Issue(votes.categories[ranked.index(confidence)], confidence, number))
    return issues


def secondary(issues: Sequence[Issue], primary: str) -> Issue | None:
    """The clearest issue of another category than the primary one."""
    others = [issue for issue in issues if issue.category != primary]
    return max(others, key=lambda issue: issue.confidence, default=None)
