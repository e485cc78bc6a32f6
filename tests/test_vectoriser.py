"""Texts → matrix, as scikit-learn expects of a transformer."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import estimator_checks as checks

from training.vectoriser import WordVectoriser

TEXTS = ["не могу вывести деньги", "деньги не пришли", "код не приходит", "оператор хамит"]


# `parametrize_with_checks` feeds arrays of numbers and skips estimators of text; these are the checks that do not.
@pytest.mark.parametrize(
    "check",
    [
        checks.check_estimator_cloneable,
        checks.check_estimator_repr,
        checks.check_estimator_tags_renamed,
        checks.check_valid_tag_types,
        checks.check_no_attributes_set_in_init,
        checks.check_parameters_default_constructible,
        checks.check_get_params_invariance,
        checks.check_set_params,
        checks.check_do_not_raise_errors_in_init_or_set_params,
        checks.check_mixin_order,
    ],
    ids=lambda check: check.__name__,
)
def test_scikit_learns_own_checks(check) -> None:
    check("WordVectoriser", WordVectoriser())


def test_a_row_is_the_sum_of_its_words_over_the_root_of_their_number() -> None:
    vectoriser = WordVectoriser(min_df=1, idf_power=0.0, lemma_weight=1.0)
    matrix = vectoriser.fit_transform(TEXTS)
    column = vectoriser.features_.index("=деньга")
    assert matrix[:, column].toarray().ravel() == pytest.approx([1 / np.sqrt(3), 1 / np.sqrt(2), 0, 0])


def test_transform_agrees_with_fit_transform_and_with_itself_row_by_row() -> None:
    vectoriser = WordVectoriser(min_df=1)
    matrix = vectoriser.fit_transform(TEXTS)
    again = vectoriser.transform(TEXTS)
    alone = [vectoriser.transform([text]).toarray()[0] for text in TEXTS]
    assert (matrix != again).nnz == 0
    assert np.allclose(again.toarray(), alone)


def test_rare_features_are_left_out_unless_always_wanted() -> None:
    features = WordVectoriser(min_df=2, always=("=хамить", "=никогда")).fit(TEXTS).features_
    assert {"=деньга", "=хамить", "=никогда"} <= set(features)
    assert "=оператор" not in features


def test_one_text_in_place_of_many_is_refused() -> None:
    with pytest.raises(TypeError, match="expected an iterable of texts, got one string"):
        WordVectoriser().fit_transform("не могу войти")


def test_an_unfitted_one_says_so_and_a_clone_is_equal() -> None:
    with pytest.raises(NotFittedError):
        WordVectoriser().transform(TEXTS)
    assert clone(WordVectoriser(min_df=3)).get_params()["min_df"] == 3
