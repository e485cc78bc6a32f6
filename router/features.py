"""Word → names of its features: the lemma and the character n-grams. What training weighs and the service looks up."""

from functools import cache

from router.lemmas import lemma
from router.text import normal_form, split_negation

LEMMA = "="
"""First character of a lemma's feature name; an n-gram's name has none, its word boundaries are `_`."""


def word_features(word: str, shortest: int, longest: int) -> list[str]:
    """Feature names of a word as `router.text.words` gives it: lemma, negated lemma, n-grams of `shortest`…`longest`.

    >>> word_features("не бонус", 5, 6)
    ['=бонус', '=не бонус', '_бону', 'бонус', 'онус_', '_бонус', 'бонус_']
    """
    negation = split_negation(word)[0]
    form = normal_form(word)
    if not form:
        return []
    base = lemma(form)
    names = [LEMMA + base, f"{LEMMA}{negation} {base}"] if negation else [LEMMA + base]
    return [*names, *ngrams(f"_{form}_", shortest, longest)] if form[0].isalpha() else names


def ngrams(marked: str, shortest: int, longest: int) -> list[str]:
    """Character n-grams of a form with its boundaries marked; a repeated one is repeated."""
    return [marked[start:end] for start, end in _places(len(marked), shortest, longest)]


@cache
def _places(length: int, shortest: int, longest: int) -> tuple[tuple[int, int], ...]:
    sizes = range(shortest, min(longest, length) + 1)
    return tuple((start, start + size) for size in sizes for start in range(length - size + 1))
