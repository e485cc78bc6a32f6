"""Fitted pipeline → vote table: every feature's weight for every category, as the service reads it."""

import numpy as np
from sklearn.pipeline import Pipeline

from router.categories import KEYS
from router.votes import VoteTable


def round_weights(pipeline: Pipeline) -> None:
    """Round the pipeline's weights to what float32 can hold, so that both files of a model hold the very same ones."""
    vectoriser, linear = pipeline["words"], pipeline["linear"]
    rounded = (linear.coef_ * vectoriser.idf_).astype(np.float32)
    linear.coef_ = rounded.astype(np.float64) / vectoriser.idf_


def vote_table(pipeline: Pipeline) -> VoteTable:
    """The vote table of a fitted pipeline whose weights are rounded; equal probabilities to 1e-6."""
    vectoriser, linear = pipeline["words"], pipeline["linear"]
    order = [list(linear.classes_).index(key) for key in KEYS]
    return VoteTable(
        categories=KEYS,
        features=tuple(vectoriser.features_),
        weights=np.ascontiguousarray((linear.coef_ * vectoriser.idf_)[order].T.astype(np.float32)),
        intercepts=linear.intercept_[order].astype(np.float64),
        shortest=vectoriser.shortest,
        longest=vectoriser.longest,
    )
