"""Probabilities → what to do."""

import math

import pytest

from router.decision import Decision, Thresholds, decide, probabilities
from router.votes import Profile

PLAIN = Profile(words=10, lettered=10, russian=10, familiar=10)
STRICT = Thresholds(auto={"financial": 0.9}, suggest=0.4)


@pytest.mark.parametrize(
    ("category", "confidence", "profile", "expected"),
    [
        ("financial", 0.95, PLAIN, Decision("auto", None)),
        ("financial", 0.90, PLAIN, Decision("auto", None)),
        ("financial", 0.89, PLAIN, Decision("suggest", "low_confidence")),
        ("service", 0.99, PLAIN, Decision("suggest", "low_confidence")),  # too little evidence for a contract
        ("financial", 0.39, PLAIN, Decision("triage", "low_confidence")),
        ("financial", 0.99, PLAIN._replace(lettered=1), Decision("triage", "too_short")),
        ("financial", 0.99, PLAIN._replace(russian=4), Decision("triage", "not_russian")),
        ("financial", 0.99, PLAIN._replace(familiar=3), Decision("triage", "unfamiliar_text")),
    ],
)
def test_decide(category: str, confidence: float, profile: Profile, expected: Decision) -> None:
    assert decide(category, confidence, profile, STRICT) == expected


def test_probabilities_are_a_softmax_that_does_not_overflow() -> None:
    found = probabilities([1000.0, 999.0, -1000.0])
    assert sum(found) == pytest.approx(1)
    assert found[0] / found[1] == pytest.approx(math.e)
