"""The linear half of the model, on numbers small enough to solve by hand."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.optimize import minimize
from scipy.special import log_softmax

from training.linear import AdditiveClassifier


@pytest.mark.parametrize("categories", [2, 3])
def test_votes_are_the_optimum_of_multinomial_regression_for_two_categories_too(categories: int) -> None:
    random, strength = np.random.default_rng(0), 0.4
    features = random.normal(size=(60, 2))
    labels = np.argmax(features @ random.normal(size=(2, categories)) + random.normal(size=(60, categories)), axis=1)
    found = AdditiveClassifier(strength).fit(sp.csr_matrix(features), [f"c{label}" for label in labels])

    def loss(values: np.ndarray) -> float:
        votes, intercept = values[: 2 * categories].reshape(categories, 2), values[2 * categories :]
        right = log_softmax(features @ votes.T + intercept, axis=1)[np.arange(60), labels]
        return (votes**2).sum() / 2 - strength * right.sum()

    best = minimize(loss, np.zeros(3 * categories)).x
    assert found.coef_ == pytest.approx(best[: 2 * categories].reshape(categories, 2), abs=0.01)
    assert found.intercept_ - found.intercept_.mean() == pytest.approx(
        best[2 * categories :] - best[2 * categories :].mean(), abs=0.01
    )
