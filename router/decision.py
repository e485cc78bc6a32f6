"""Probabilities → what to do with a complaint: `auto`, `suggest` or `triage`, with a typed reason. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, inf

from router.votes import Profile

MIN_WORDS = 2
"""A text of fewer distinct words with letters is `too_short`."""
MIN_FAMILIAR = 0.4
"""The least share of words whose lemma the model has met in training."""
AMBIGUOUS = 0.5
"""Two categories are `ambiguous` where the second is at least this many times as likely as the first."""

Ranked = Sequence[tuple[str, float]]
"""(category, confidence), best first."""
Several = Callable[[], bool]
"""Whether two clauses clearly belong to two teams: asked only where a person must look."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When to trust a probability.

    `auto` maps a category to the least confidence at which its precision contract holds; a category that is missing
    has too little evidence and is never `auto`. Below `suggest` (a probability) no team is chosen. A text whose logit
    of being no complaint exceeds `none` is never `auto`.
    """

    auto: Mapping[str, float] = field(default_factory=dict)
    suggest: float = 0.4
    none: float = inf


@dataclass(frozen=True, slots=True)
class Decision:
    """`kind` is `auto`, `suggest` or `triage`; `reason` is None exactly where it is `auto`.

    `between` names the two categories of an `ambiguous` decision.
    """

    kind: str
    reason: str | None
    between: tuple[str, str] | None = None


AUTO = Decision("auto", None)


def probabilities(scores: Sequence[float]) -> list[float]:
    """Softmax of scores, computed without overflow."""
    highest = max(scores)
    powers = [exp(score - highest) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]


def certainty(scores: Sequence[float]) -> float:
    """The greatest of the `probabilities` of scores."""
    highest = max(scores)
    return 1 / sum([exp(score - highest) for score in scores])


def decide(ranked: Ranked, none: float, profile: Profile, thresholds: Thresholds, several: Several) -> Decision:
    """Choose what happens to a complaint of these confidences; `none` is the logit of being no complaint."""
    if reason := unreadable(profile):
        return Decision("triage", reason)
    category, confidence = ranked[0]
    if confidence >= thresholds.auto.get(category, inf) and none <= thresholds.none:
        return AUTO
    return doubt("suggest" if confidence >= thresholds.suggest else "triage", ranked, several)


def doubt(kind: str, ranked: Ranked, several: Several) -> Decision:
    """A decision that a person must look at, and why: the most telling reason first."""
    (first, confidence), (second, next_best) = ranked[:2]
    if several():
        return Decision(kind, "several_issues")
    if next_best >= AMBIGUOUS * confidence:
        return Decision(kind, "ambiguous", (first, second))
    return Decision(kind, "low_confidence")


def unreadable(profile: Profile) -> str | None:
    """Why a text of this profile cannot be placed at all, or None."""
    if profile.lettered < MIN_WORDS:
        return "too_short"
    if not profile.is_russian:
        return "not_russian"
    if profile.familiar < MIN_FAMILIAR * profile.lettered:
        return "unfamiliar_text"
    return None
