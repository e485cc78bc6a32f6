"""Fitted pipeline → vote table: every feature's weight for every category, as the service reads it."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.pipeline import Pipeline

from router.categories import KEYS
from router.votetable import VoteTable


def round_weights(pipeline: Pipeline) -> None:
    """Round the pipeline's weights to what float32 can hold, so that both files of a model hold the very same ones."""
    linear, idf = pipeline["linear"], pipeline["words"].idf_
    linear.coef_ = _rounded(linear.coef_ * idf) / idf
    linear.none_coef_ = _rounded(linear.none_coef_ * idf) / idf


def _rounded(weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return weights.astype(np.float32).astype(np.float64)


def vote_table(pipeline: Pipeline, categories: Sequence[str] = KEYS) -> VoteTable:
    """The vote table of a fitted pipeline whose weights are rounded; equal probabilities to 1e-6.

    `categories` are those that the pipeline was fitted on, in the order of the table's columns.
    """
    vectoriser, linear = pipeline["words"], pipeline["linear"]
    order = [list(linear.classes_).index(key) for key in categories]
    weights = np.vstack([linear.coef_[order], linear.none_coef_]) * vectoriser.idf_
    return VoteTable(
        categories=tuple(categories),
        features=tuple(vectoriser.features_),
        weights=np.ascontiguousarray(weights.T.astype(np.float32)),
        intercepts=np.append(linear.intercept_[order], linear.none_intercept_),
        shortest=vectoriser.shortest,
        longest=vectoriser.longest,
    )
