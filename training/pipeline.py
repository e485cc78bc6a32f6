"""The scikit-learn pipeline that is fitted: words → features → logistic regression."""

from dataclasses import dataclass, replace

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from training.vectoriser import WordVectoriser

ITERATIONS = 400


@dataclass(frozen=True, slots=True)
class Parameters:
    """What cross-validation may choose: the inverse strength of regularisation, and the lengths of n-grams."""

    strength: float = 0.5
    shortest: int = 3
    longest: int = 6
    min_df: int = 2

    def with_strength(self, strength: float) -> "Parameters":
        """The same parameters with another strength."""
        return replace(self, strength=strength)


def make_pipeline(parameters: Parameters) -> Pipeline:
    """An unfitted pipeline; deterministic, so that it needs no seed."""
    return Pipeline([("words", make_vectoriser(parameters)), ("linear", make_linear(parameters))])


def make_vectoriser(parameters: Parameters) -> WordVectoriser:
    """The first half of the pipeline, unfitted."""
    return WordVectoriser(parameters.shortest, parameters.longest, parameters.min_df)


def make_linear(parameters: Parameters) -> LogisticRegression:
    """The second half of the pipeline, unfitted."""
    return LogisticRegression(C=parameters.strength / UNIT, max_iter=ITERATIONS)


UNIT = 25.0
"""Features are idf-weighed, their squares some 25 times larger than plain ones; `strength` is stated for those."""
