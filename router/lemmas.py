"""Word form → dictionary form. The only module that imports pymorphy3."""

import re
from functools import cache, lru_cache

import pymorphy3

CACHED_WORDS = 1 << 16
_CYRILLIC = re.compile("[а-яё]+")


@cache
def _analyzer() -> pymorphy3.MorphAnalyzer:
    return pymorphy3.MorphAnalyzer(lang="ru")


@lru_cache(CACHED_WORDS)
def lemma(form: str) -> str:
    """The dictionary form of a normal form, «е» for «ё»; what is not all Cyrillic letters is its own lemma.

    >>> lemma("деньгами"), lemma("завис"), lemma("#")
    ('деньга', 'зависнуть', '#')
    """
    if not _CYRILLIC.fullmatch(form):
        return form
    found = _in_dictionary(form) if len(form) > 1 else set()  # a letter alone may be an initial, too
    return _folded(found.pop() if len(found) == 1 else _analyzer().parse(form)[0].normal_form)


def _in_dictionary(form: str) -> set[str]:
    """The lemmas that the dictionary has for a form. Mostly it is one: then no parse need be built and ordered."""
    analyzer = _analyzer()
    dictionary = analyzer.dictionary
    found = dictionary.words.similar_items(form, analyzer.char_substitutes)
    return {dictionary.build_normal_form(*place, word) for word, places in found for place in places}


@lru_cache(CACHED_WORDS)
def is_known(form: str) -> bool:
    """Whether the form stands in the Russian dictionary (OpenCorpora, by pymorphy3), «е» read as «ё» too."""
    return bool(_analyzer().word_is_known(form))


def forms(dictionary_form: str) -> frozenset[str]:
    """Every form of a lemma, «е» for «ё», homonyms' forms with it; a word in no dictionary is inflected by analogy.

    >>> sorted(forms("суд"))[:4]
    ['суд', 'суда', 'судам', 'судами']
    """
    parses = [parse for parse in _analyzer().parse(dictionary_form) if _folded(parse.normal_form) == dictionary_form]
    return frozenset(_folded(form.word) for parse in parses for form in parse.lexeme) | {dictionary_form}


def _folded(form: str) -> str:
    return form.replace("ё", "е")
