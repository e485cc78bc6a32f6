"""The scikit-learn pipeline that is fitted: words → features → logistic regression, with the lexicon added."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sklearn.pipeline import Pipeline

from router.categories import KEYS
from router.features import LEMMA
from training.lexicon import Lexicon, log_odds
from training.linear import AdditiveClassifier
from training.vectoriser import WordVectoriser


@dataclass(frozen=True, slots=True)
class Parameters:
    """What shapes a model; `strength` is the inverse strength of regularisation (scikit-learn's C)."""

    strength: float = 0.5
    shortest: int = 4
    longest: int = 6
    min_df: int = 2
    idf_power: float = 1.5
    lemma_weight: float = 1.5
    lexicon_weight: float = 0.5

    def with_strength(self, strength: float) -> "Parameters":
        """The same parameters with another strength."""
        return replace(self, strength=strength)


def make_pipeline(parameters: Parameters, lexicon: Lexicon) -> Pipeline:
    """An unfitted pipeline; deterministic, so that it needs no seed."""
    return Pipeline([("words", make_vectoriser(parameters, lexicon)), ("linear", make_linear(parameters))])


def make_vectoriser(parameters: Parameters, lexicon: Lexicon) -> WordVectoriser:
    """The first half of the pipeline, unfitted; every lemma of the lexicon is a feature of it."""
    p = parameters
    always = tuple(LEMMA + entry for entry in lexicon)
    return WordVectoriser(p.shortest, p.longest, p.min_df, p.idf_power, p.lemma_weight, always)


def make_linear(parameters: Parameters) -> AdditiveClassifier:
    """The second half of the pipeline, unfitted."""
    return AdditiveClassifier(parameters.strength)


def add_lexicon(
    vectoriser: WordVectoriser,
    linear: AdditiveClassifier,
    lexicon: Lexicon,
    weight: float,
    categories: Sequence[str] = KEYS,
) -> None:
    """Add the lexicon's log-odds, `weight` times, to the weights that were learned for its lemmas."""
    order = [categories.index(key) for key in linear.classes_]
    places = {name: place for place, name in enumerate(vectoriser.features_)}
    for entry, shares in lexicon.items():
        place = places[LEMMA + entry]
        odds = log_odds(shares, categories)[order]
        linear.coef_[:, place] += weight * odds / vectoriser.idf_[place]
