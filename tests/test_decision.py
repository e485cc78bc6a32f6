"""Probabilities → what to do."""

import math
from math import inf

import pytest

from router.decision import AUTO, Decision, Thresholds, decide, probabilities
from router.votes import Profile

PLAIN = Profile(words=10, lettered=10, russian=10, familiar=10, foreign=0)
STRICT = Thresholds(auto={"financial": 0.9}, suggest=0.4, none=0.0)
LOW = -inf


def ranked(first: str, confidence: float, second: float | None = None) -> list[tuple[str, float]]:
    return [(first, confidence), ("software", (1 - confidence) / 3 if second is None else second)]


@pytest.mark.parametrize(
    ("ranks", "none", "several", "expected"),
    [
        (ranked("financial", 0.95), LOW, False, AUTO),
        (ranked("financial", 0.90), LOW, False, AUTO),
        (ranked("financial", 0.95), LOW, True, AUTO),
        (ranked("financial", 0.95), 0.1, False, Decision("suggest", "low_confidence")),  # perhaps no complaint
        (ranked("financial", 0.89), LOW, False, Decision("suggest", "low_confidence")),
        (ranked("service", 0.99), LOW, False, Decision("suggest", "low_confidence")),  # too little evidence
        (ranked("service", 0.6), LOW, True, Decision("suggest", "several_issues")),
        (ranked("service", 0.5, 0.4), LOW, False, Decision("suggest", "ambiguous", ("service", "software"))),
        (ranked("service", 0.39, 0.3), LOW, False, Decision("triage", "ambiguous", ("service", "software"))),
        (ranked("service", 0.39, 0.1), LOW, False, Decision("triage", "low_confidence")),
    ],
)
def test_decide(ranks: list, none: float, several: bool, expected: Decision) -> None:
    assert decide(ranks, none, PLAIN, STRICT, lambda: several) == expected


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"lettered": 1}, "too_short"),
        ({"russian": 4}, "not_russian"),
        ({"foreign": 2}, "not_russian"),
        ({"familiar": 3}, "unfamiliar_text"),
    ],
)
def test_what_cannot_be_read_is_triage_whatever_the_confidence(change: dict, reason: str) -> None:
    assert decide(ranked("financial", 0.99), LOW, PLAIN._replace(**change), STRICT, lambda: False) == Decision(
        "triage", reason
    )


def test_probabilities_are_a_softmax_that_does_not_overflow() -> None:
    found = probabilities([1000.0, 999.0, -1000.0])
    assert sum(found) == pytest.approx(1)
    assert found[0] / found[1] == pytest.approx(math.e)
