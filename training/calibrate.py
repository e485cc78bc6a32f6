"""Scores → probabilities one can trust, and the confidence above which a category's precision contract holds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from scipy.stats import beta, binomtest

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BINS = 10


def temperature(scores: Floats, labels: Ints) -> float:
    """The number to divide scores (n, categories) by so that their softmax has the least log-loss on labels (n,).

    Temperature scaling: Guo et al. 2017, "On Calibration of Modern Neural Networks".
    """

    def log_loss(log_temperature: float) -> float:
        return -float(log_softmax(scores / np.exp(log_temperature), axis=1)[np.arange(len(labels)), labels].mean())

    return float(np.exp(minimize_scalar(log_loss, bounds=(-4, 4), method="bounded").x))


@dataclass(frozen=True, slots=True)
class Bin:
    """One bin of a reliability diagram: how many texts, their mean confidence, and the share that was right."""

    count: int
    confidence: float
    accuracy: float


def reliability(confidence: Floats, right: npt.NDArray[np.bool_]) -> list[Bin]:
    """Ten bins of equal width over confidences (n,); empty bins are left out."""
    places = np.minimum((confidence * BINS).astype(int), BINS - 1)
    found = [places == place for place in range(BINS)]
    return [Bin(int(of.sum()), float(confidence[of].mean()), float(right[of].mean())) for of in found if of.any()]


def expected_calibration_error(confidence: Floats, right: npt.NDArray[np.bool_]) -> float:
    """Mean distance of confidence and accuracy over the bins, weighed by their counts (Naeini et al. 2015)."""
    total = max(1, len(confidence))
    return sum(item.count * abs(item.confidence - item.accuracy) for item in reliability(confidence, right)) / total


def lower_bound(right: int, total: int, level: float = 0.95) -> float:
    """The one-sided lower Clopper–Pearson bound of a proportion (Clopper and Pearson 1934)."""
    return 0.0 if right == 0 else float(beta.ppf(1 - level, right, total - right + 1))


def interval(right: int, total: int, level: float = 0.95) -> tuple[float, float]:
    """The two-sided interval of a proportion (Clopper and Pearson 1934)."""
    found = binomtest(right, total).proportion_ci(level, "exact") if total else None
    return (float(found.low), float(found.high)) if found else (0.0, 1.0)


def missing_labels(target: float, level: float = 0.95) -> int:
    """How many faultless labels it takes before the lower bound can reach `target` at all."""
    return int(np.ceil(np.log(1 - level) / np.log(target)))


def threshold(confidence: Floats, right: npt.NDArray[np.bool_], target: float) -> float | None:
    """The smallest confidence at which the lower bound of precision meets `target`; None if there is none.

    Smallest means: everything at or above it, taken together, meets the target; ties of confidence are kept together.
    """
    order = np.argsort(-confidence, kind="stable")
    ranked, hits = confidence[order], np.cumsum(right[order])
    last_of_tie = np.append(ranked[1:] != ranked[:-1], True)[: len(ranked)]
    met = [
        float(ranked[index])
        for index in np.flatnonzero(last_of_tie)
        if lower_bound(int(hits[index]), int(index) + 1) >= target
    ]
    return min(met, default=None)


def thresholds(probability: Floats, labels: Ints, categories: Sequence[str], target: float) -> dict[str, float]:
    """Each category's threshold from probabilities (n, categories) and labels (n,), -1 for `none`."""
    winner, confidence = probability.argmax(axis=1), probability.max(axis=1)
    found = {}
    for place, key in enumerate(categories):
        chosen = winner == place
        value = threshold(confidence[chosen], labels[chosen] == place, target)
        if value is not None:
            found[key] = value
    return found


def probabilities(scores: Floats) -> Floats:
    """Softmax over the categories, shape as given."""
    return np.asarray(softmax(scores, axis=1))
