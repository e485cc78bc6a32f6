"""Scores of texts by models that have seen neither their writer (or industry) nor them."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed

from router.categories import KEYS, NONE
from training.corpus import Row, complaints
from training.folds import Fold, Group, folds
from training.lexicon import Lexicon
from training.pipeline import Parameters, add_lexicon, make_linear, make_vectoriser
from training.shares import weights

Scores = npt.NDArray[np.float64]
Step = Callable[[str], None]


def out_of_fold(
    rows: Sequence[Row],
    lexicon: Lexicon,
    group: Group,
    strengths: Sequence[float],
    parameters: Parameters,
    at_most: int | None = None,
    categories: Sequence[str] = KEYS,
) -> Scores:
    """Scores of every complaint by a model fitted without its group, for each strength of regularisation.

    Shape (strengths, rows, categories + 1), the last column for `none`; NaN where a row is a phrase. Folds run in
    parallel.
    """
    scores = np.full((len(strengths), len(rows), len(categories) + 1), np.nan)
    parts = list(folds(rows, group, at_most))
    jobs = (delayed(_fold)(rows, lexicon, part, strengths, parameters, categories) for part in parts)
    for (_, held_out), found in zip(parts, Parallel(n_jobs=-1)(jobs), strict=True):
        scores[:, held_out] = found
    return scores


def _fold(
    rows: Sequence[Row],
    lexicon: Lexicon,
    part: Fold,
    strengths: Sequence[float],
    parameters: Parameters,
    categories: Sequence[str],
) -> Scores:
    train, held_out = part  # together: an array by itself joblib would put on one worker, and lose with it
    fitted_on = [rows[index] for index in train]
    vectoriser = make_vectoriser(parameters, lexicon)
    features = vectoriser.fit_transform([row.text for row in fitted_on])
    tested = vectoriser.transform([rows[index].text for index in held_out])
    labels, weight = np.array([row.label for row in fitted_on]), weights(fitted_on, categories)
    placed = labels != NONE
    whole = complaints(fitted_on)
    about_none = make_linear(parameters).fit(features[whole], labels[whole].tolist())
    scores = []
    for strength in strengths:
        linear = make_linear(parameters.with_strength(strength)).fit(
            features[placed], labels[placed].tolist(), weight[placed]
        )
        add_lexicon(vectoriser, linear, lexicon, parameters.lexicon_weight, categories)
        order = [list(linear.classes_).index(key) for key in categories]
        scores.append(np.column_stack([linear.decision_function(tested)[:, order], about_none.none_function(tested)]))
    return np.stack(scores)
