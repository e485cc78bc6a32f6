"""Two models on the same rows: what can be said of their difference, with its uncertainty. Seeded.

Intervals are percentiles of the paired bootstrap (Efron and Tibshirani 1993, chapter 13): rows are drawn with
replacement, the same ones for both models, and every figure is computed anew. All figures are functions of sums over
rows, so a resample is one product of counts and columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

from training.calibrate import BINS, interval

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

RESAMPLES = 2_000
SEED = 20_261_122
AT_ONCE = 100
LEVEL = 0.95
LEAST = 1e-12
"""The least probability that a log-loss is taken of."""


@dataclass(frozen=True)
class Answers:
    """What a model said of rows in the categories: probabilities (n, k), and the numbers of the labels (n,)."""

    probability: Floats
    truth: Ints

    @property
    def right(self) -> npt.NDArray[np.bool_]:
        """Whether the likeliest category is the label's (n,)."""
        return np.asarray(self.probability.argmax(axis=1) == self.truth)


def columns(answers: Answers) -> Floats:
    """What the figures are sums of (n, m): hits, guesses and truths of each category, losses, bins of confidence."""
    count, size = answers.probability.shape
    guess = np.eye(size)[answers.probability.argmax(axis=1)]
    truth = np.eye(size)[answers.truth]
    confidence = answers.probability.max(axis=1)
    true = np.maximum(answers.probability[np.arange(count), answers.truth], LEAST)
    losses = np.column_stack([-np.log(true), ((answers.probability - truth) ** 2).sum(axis=1)])
    places = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return np.hstack(
        [guess * truth, guess, truth, losses, np.eye(BINS)[places] * (confidence - answers.right)[:, None]]
    )


def figures(sums: Floats, size: int, count: int) -> dict[str, Floats]:
    """Figures (r,) or by category (r, k) from sums (r, m) over `count` rows each; nan where one cannot be measured."""
    hits, guesses, truths = (sums[:, size * part : size * (part + 1)] for part in range(3))
    rest = sums[:, 3 * size :]
    with np.errstate(invalid="ignore", divide="ignore"):
        f1 = 2 * hits / (guesses + truths)
        found = {"precision": hits / guesses, "recall": hits / truths, "f1": f1}
    known = ~np.isnan(f1)
    macro = np.where(known, f1, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return found | {
        "macro_f1": macro,
        "accuracy": hits.sum(axis=1) / count,
        "log_loss": rest[:, 0] / count,
        "brier": rest[:, 1] / count,
        "ece": np.abs(rest[:, 2:]).sum(axis=1) / count,
    }


@dataclass(frozen=True)
class Drawn:
    """The figures of two models on all rows (1, …) and on the resamples (r, …), which are the same for both."""

    whole: tuple[dict[str, Floats], dict[str, Floats]]
    drawn: tuple[dict[str, Floats], dict[str, Floats]]

    def of(self, name: str, category: int | None = None) -> dict[str, Any]:
        """A figure of both, and B less A, each with its 95 % interval (None where it cannot be measured)."""
        first, second = (_pick(side[name], category) for side in self.drawn)
        a, b = (_pick(side[name], category) for side in self.whole)
        return {"a": _with_interval(a, first), "b": _with_interval(b, second)} | {
            "difference": _with_interval(b - a, second - first)
        }

    def lower(self, name: str, category: int, level: float = LEVEL) -> float | None:
        """The one-sided lower bound of B less A."""
        first, second = (_pick(side[name], category) for side in self.drawn)
        known = (second - first)[~np.isnan(second - first)]
        return float(np.quantile(known, 1 - level)) if len(known) else None


def draw(a: Answers, b: Answers, resamples: int = RESAMPLES, seed: int = SEED) -> Drawn:
    """Figures of both on all rows and on `resamples` draws of as many rows."""
    count, size = a.probability.shape
    both = np.hstack([columns(a), columns(b)])
    sums = np.vstack([_resampled(both, resamples, np.random.default_rng(seed)), both.sum(axis=0)])
    sides = [figures(side, size, count) for side in np.split(sums, 2, axis=1)]
    whole = [{name: values[-1:] for name, values in side.items()} for side in sides]
    drawn = [{name: values[:-1] for name, values in side.items()} for side in sides]
    return Drawn((whole[0], whole[1]), (drawn[0], drawn[1]))


def mcnemar(a: npt.NDArray[np.bool_], b: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """McNemar's test (1947) in its exact form: are rows that only one of the two got right shared evenly?"""
    only_a, only_b = int((a & ~b).sum()), int((~a & b).sum())
    p = float(binomtest(only_a, only_a + only_b).pvalue) if only_a + only_b else 1.0
    return {"only_a_right": only_a, "only_b_right": only_b, "p": p}


def proportion(right: int, total: int) -> dict[str, Any]:
    """A share with its two-sided 95 % Clopper–Pearson interval (1934)."""
    low, high = interval(right, total, LEVEL)
    value = right / total if total else None
    return {"value": value, "low": low, "high": high, "count": right, "of": total}


def _resampled(both: Floats, resamples: int, chance: np.random.Generator) -> Floats:
    count = len(both)
    parts = []
    for begin in range(0, resamples, AT_ONCE):
        some = min(AT_ONCE, resamples - begin)
        places = chance.integers(0, count, (some, count)) + np.arange(some)[:, None] * count
        counts = np.bincount(places.ravel(), minlength=some * count).reshape(some, count)
        parts.append(counts.astype(np.float64) @ both)
    return np.vstack(parts)


def _pick(values: Floats, category: int | None) -> Floats:
    return values if category is None else values[:, category]


def _with_interval(whole: Floats, drawn: Floats) -> dict[str, Any]:
    known = drawn[~np.isnan(drawn)]
    if np.isnan(whole[0]) or not len(known):
        return {"value": None, "low": None, "high": None}
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return {"value": float(whole[0]), "low": float(low), "high": float(high)}


def stacked(probabilities: Sequence[Sequence[float]], truth: Sequence[int]) -> Answers:
    """Answers from plain lists."""
    return Answers(np.array(probabilities, np.float64), np.array(truth, np.int64))
