"""Combining marks: a word in Unicode's composed form, in time that grows with its length and no faster."""

from collections.abc import Iterator
from itertools import groupby
from unicodedata import combining, normalize

SHORT = 128
"""Characters of a word that is left to `unicodedata`, whose time grows with the square of a run of marks."""


def composed(word: str) -> str:
    """A word in the normal form NFKC (Unicode Standard Annex 15)."""
    is_easy = len(word) <= SHORT or word.isalnum()  # then no mark stands in it, but U+FF9E and U+FF9F of one class
    return normalize("NFKC", word if is_easy else "".join(_ordered(word)))


def _ordered(word: str) -> Iterator[str]:
    """Its letters taken apart, and the marks after each in canonical order: nothing is left to be put in order then."""
    parts = "".join([normalize("NFKD", letter) for letter in word])
    for _, run in groupby(parts, key=lambda part: combining(part) > 0):
        yield from sorted(run, key=combining)  # letters are of class 0 all, and stay as they are
