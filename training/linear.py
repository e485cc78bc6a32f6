"""The linear half of the model: four votes a feature, and a fifth that says whether the text is a complaint at all."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

from router.categories import NONE

ITERATIONS = 400
PAIR = 2
NEVER = -30.0
"""The logit of `none` where no text of the corpus was labelled so; finite, for JSON knows no infinity."""

Floats = npt.NDArray[np.float64]


class AdditiveClassifier(ClassifierMixin, BaseEstimator):
    """Multinomial logistic regression over the categories, and a binary one for `none` against the rest.

    Learned: `classes_` (k categories), `coef_` (k, features), `intercept_` (k,), `none_coef_` (features,),
    `none_intercept_`. Rows labelled `none` teach only the second one, phrases (`complaint` false) only the first.
    """

    def __init__(self, strength: float = 0.5, none_strength: float = 0.5) -> None:
        self.strength = strength
        self.none_strength = none_strength

    def fit(
        self,
        X: sp.csr_matrix,  # noqa: N803 - scikit-learn's name
        y: Sequence[str],
        sample_weight: Floats | None = None,
        complaint: npt.NDArray[np.bool_] | None = None,
    ) -> Self:
        """Fit on features (n, features), labels (n,), weights (n,) and which rows are whole complaints (n,).

        Weights are for the categories only. By default they are even, and all rows are complaints.
        """
        labels = np.asarray(y)
        placed = labels != NONE
        whole = np.ones(len(labels), bool) if complaint is None else complaint
        weight = np.ones(len(labels)) if sample_weight is None else sample_weight
        halved = PAIR if len(np.unique(labels[placed])) == PAIR else 1  # see _of_each
        of_category = LogisticRegression(C=self.strength * halved, max_iter=ITERATIONS)
        of_category.fit(X[placed], labels[placed], sample_weight=weight[placed])
        self.classes_ = of_category.classes_
        self.coef_, self.intercept_ = _of_each(of_category)
        self._fit_none(X[whole], ~placed[whole])
        return self

    def _fit_none(self, features: sp.csr_matrix, none: npt.NDArray[np.bool_]) -> None:
        self.none_coef_, self.none_intercept_ = np.zeros(features.shape[1]), NEVER
        if none.any():
            found = LogisticRegression(C=self.none_strength, max_iter=ITERATIONS).fit(features, none)
            self.none_coef_, self.none_intercept_ = found.coef_[0], float(found.intercept_[0])

    def decision_function(self, X: sp.csr_matrix) -> Floats:  # noqa: N803 - as above
        """Scores (n, k): logits of the categories."""
        check_is_fitted(self)
        return np.asarray(X @ self.coef_.T) + self.intercept_

    def none_function(self, X: sp.csr_matrix) -> Floats:  # noqa: N803 - as above
        """Scores (n,): the logit of a text being no complaint that a team can act on."""
        check_is_fitted(self)
        return np.asarray(X @ self.none_coef_) + self.none_intercept_

    def predict_proba(self, X: sp.csr_matrix) -> Floats:  # noqa: N803 - as above
        """Probabilities (n, k) of the categories, given that it is one of them."""
        return np.asarray(softmax(self.decision_function(X), axis=1))

    def predict(self, X: sp.csr_matrix) -> Any:  # noqa: N803 - as above
        """The likeliest category of each row (n,)."""
        return self.classes_[self.decision_function(X).argmax(axis=1)]


def _of_each(fitted: LogisticRegression) -> tuple[Floats, Floats]:
    """Votes (k, features) and intercepts (k,). Of two categories scikit-learn keeps but the difference of their votes.

    Half of it each is the multinomial optimum, if the difference is regularised half as much: its square is four times
    that of either half, the sum of theirs twice.
    """
    if len(fitted.classes_) != PAIR:
        return fitted.coef_, fitted.intercept_
    halves = np.array([[-0.5], [0.5]])
    return halves * fitted.coef_, (halves * fitted.intercept_).ravel()
