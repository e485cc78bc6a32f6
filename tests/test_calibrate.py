"""Temperatures, calibration errors and thresholds, against values worked out by hand or by simulation."""

import numpy as np
import pytest

from training import calibrate


def test_temperature_undoes_a_known_scaling() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(size=(20_000, 4))
    labels = np.array([random.choice(4, p=row) for row in calibrate.probabilities(logits)])
    assert calibrate.temperature(logits * 3, labels) == pytest.approx(3, rel=0.05)


def test_ece_is_zero_for_honest_confidence_and_large_for_boasting() -> None:
    random = np.random.default_rng(0)
    confidence = random.uniform(0.3, 1, 50_000)
    right = random.uniform(size=50_000) < confidence
    assert calibrate.expected_calibration_error(confidence, right) < 0.01
    assert calibrate.expected_calibration_error(np.full(100, 0.95), np.arange(100) < 50) == pytest.approx(0.45)


@pytest.mark.parametrize(
    ("right", "total", "expected"),
    [(0, 10, 0.0), (10, 10, 0.05 ** (1 / 10)), (59, 59, 0.05 ** (1 / 59)), (95, 100, 0.8977)],
)
def test_lower_bound_is_clopper_and_pearsons(right: int, total: int, expected: float) -> None:
    assert calibrate.lower_bound(right, total) == pytest.approx(expected, abs=1e-4)


def test_59_faultless_labels_are_the_least_that_can_prove_095() -> None:
    assert calibrate.missing_labels(0.95) == 59
    assert calibrate.lower_bound(59, 59) >= 0.95 > calibrate.lower_bound(58, 58)


def test_threshold_is_the_smallest_that_meets_the_target() -> None:
    confidence = np.linspace(0.5, 1, 1_000)
    right = confidence > 0.7
    found = calibrate.threshold(confidence, right, 0.95)
    above = confidence >= found
    assert calibrate.lower_bound(int(right[above].sum()), int(above.sum())) >= 0.95
    lower = confidence >= found - 0.001
    assert calibrate.lower_bound(int(right[lower].sum()), int(lower.sum())) < 0.95


def test_too_little_evidence_gives_no_threshold() -> None:
    assert calibrate.threshold(np.full(58, 0.99), np.full(58, True), 0.95) is None
    assert calibrate.threshold(np.full(59, 0.99), np.full(59, True), 0.95) == 0.99
    assert calibrate.threshold(np.array([]), np.array([], bool), 0.95) is None  # a category that never won


def test_ties_are_kept_together() -> None:
    confidence = np.array([0.9] * 200)
    right = np.arange(200) < 150
    assert calibrate.threshold(confidence, right, 0.95) is None


def test_a_threshold_holds_its_promise_on_new_data() -> None:
    random = np.random.default_rng(1)

    def sample(size: int):
        confidence = random.uniform(0.25, 1, size)
        return confidence, random.uniform(size=size) < confidence

    kept = []
    for _ in range(200):
        found = calibrate.threshold(*sample(2_000), 0.9)
        confidence, right = sample(20_000)
        kept.append(right[confidence >= found].mean() >= 0.9)
    assert np.mean(kept) > 0.8
