"""Several issues in one complaint: clauses scored on their own, and the clearest that belongs to another team."""

from dataclasses import dataclass
from functools import lru_cache
from math import log, sqrt

from router.ballots import ONE
from router.decision import probabilities
from router.text import MAX_DISTINCT_WORDS
from router.votes import Clauses, Votes

MIN_WORDS = 3
"""A clause of fewer words is not scored: «деньги где?!» says nothing apart from what stands around it."""
MAX_CLAUSES = 30
CLEAR = 0.75
"""The least confidence at which a clause says that it belongs to a team."""
LEAD = log(CLEAR / (1 - CLEAR)) - 0.01
"""A clause that is clear leads every other category by this much at least; the rest need no probabilities."""

Sums = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Issue:
    """A clause (its number) and the category that it clearly belongs to."""

    category: str
    confidence: float
    clause: int


def find(votes: Votes, clauses: Clauses, primary: str) -> tuple[Issue | None, bool]:
    """The clearest clause of another category than the primary one, and whether another clearly belongs to that.

    None for a text of a single clause.
    """
    if len(clauses) < 2:  # noqa: PLR2004 - a single clause is the whole text
        return None, False
    place = votes.categories.index(primary)
    numbers = [number for number, clause in enumerate(clauses[:MAX_CLAUSES]) if len(clause) >= MIN_WORDS]
    sums = votes.sums([clauses[number] for number in numbers])
    second = _clearest(votes, numbers, sums, place)
    return second, second is not None and _is_told(votes, sums, place)


def _clearest(votes: Votes, numbers: list[int], sums: list[Sums], place: int) -> Issue | None:
    best = None
    least = _least_leads(LEAD - max(votes.intercepts) + votes.intercepts[place])
    for number, found in zip(numbers, sums, strict=True):
        if max(found) - found[place] < least[found[-1]]:
            continue  # as most clauses do, and their sums alone say so
        scores = votes.scores(found)
        second, highest = sorted(scores)[-2:]
        confidence = max(probabilities(scores)) if highest - second > LEAD else 0
        if highest > scores[place] and confidence >= (best.confidence if best else CLEAR):
            best = Issue(votes.categories[scores.index(highest)], confidence, number)
    return best


def _is_told(votes: Votes, sums: list[Sums], place: int) -> bool:
    """Whether a clause clearly belongs to category number `place`."""
    least = _least_leads(min(votes.intercepts) - votes.intercepts[place])
    near = (found for found in sums if max(found) - found[place] <= -least[found[-1]])
    told = map(votes.scores, near)
    return any(scores[place] == max(scores) and probabilities(scores)[place] >= CLEAR for scores in told)


@lru_cache(256)
def _least_leads(lead: float) -> list[float]:
    """By how much sums of n votes must differ for scores to differ by `lead`, n = 0 … `MAX_DISTINCT_WORDS`."""
    return [lead * ONE * sqrt(count) for count in range(MAX_DISTINCT_WORDS + 1)]
