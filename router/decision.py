"""Probabilities → what to do with a complaint: `auto`, `suggest` or `triage`, with a typed reason. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp

from router.votes import Profile

MIN_WORDS = 2
"""A text of fewer distinct words with letters is `too_short`."""
MIN_RUSSIAN = 0.5
"""The least share of Russian words among those with letters."""
MIN_FAMILIAR = 0.4
"""The least share of words whose lemma the model has met in training."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When to trust a probability.

    `auto` maps a category to the least confidence at which its precision contract holds; a category that is missing
    has too little evidence and is never `auto`. Below `suggest` (a probability) no team is chosen.
    """

    auto: Mapping[str, float] = field(default_factory=dict)
    suggest: float = 0.4


@dataclass(frozen=True, slots=True)
class Decision:
    """`kind` is `auto`, `suggest` or `triage`; `reason` is None exactly where it is `auto`."""

    kind: str
    reason: str | None


def probabilities(scores: Sequence[float]) -> list[float]:
    """Softmax of scores, computed without overflow."""
    highest = max(scores)
    powers = [exp(score - highest) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]


def decide(category: str, confidence: float, profile: Profile, thresholds: Thresholds) -> Decision:
    """Choose what happens to a complaint whose likeliest category is `category`."""
    if reason := unreadable(profile):
        return Decision("triage", reason)
    if confidence < thresholds.suggest:
        return Decision("triage", "low_confidence")
    if confidence >= thresholds.auto.get(category, 2.0):
        return Decision("auto", None)
    return Decision("suggest", "low_confidence")


def unreadable(profile: Profile) -> str | None:
    """Why a text of this profile cannot be placed at all, or None."""
    if profile.lettered < MIN_WORDS:
        return "too_short"
    if profile.russian < MIN_RUSSIAN * profile.lettered:
        return "not_russian"
    if profile.familiar < MIN_FAMILIAR * profile.lettered:
        return "unfamiliar_text"
    return None
