"""Word → names of features."""

import pytest

from router.features import ngrams, word_features
from router.lemmas import is_known, lemma


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("деньгами", "деньга"),
        ("завис", "зависнуть"),
        ("еж", "еж"),
        ("#", "#"),
        ("!!", "!!"),
        ("кэшаут", "кэшаут"),
        ("𗀀а", "𗀀а"),
    ],
)
def test_lemma(form: str, expected: str) -> None:
    assert lemma(form) == expected


@pytest.mark.parametrize(("form", "known"), [("счет", True), ("еж", True), ("деньги", True), ("приложуха", False)])
def test_known_words_stand_in_the_dictionary_with_or_without_yo(form: str, known: bool) -> None:
    assert is_known(form) is known


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Бонус".lower(), ["=бонус", "_бону", "бонус", "онус_"]),
        ("не", ["=не"]),
        ("не бонус", ["=бонус", "=не бонус", "_бону", "бонус", "онус_"]),
        ("1500", ["=#"]),
        ("!!!", ["=!!"]),
    ],
)
def test_a_word_has_its_lemma_and_its_ngrams(word: str, expected: list[str]) -> None:
    assert word_features(word, 5, 5) == expected


def test_ngrams_of_every_length_in_order() -> None:
    assert ngrams("_да_", 3, 6) == ["_да", "да_", "_да_"]
