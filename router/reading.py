"""How a text is read: plainly, or with Latin letters or a wrong keyboard layout undone; and in which language it is.

Undoing is tried only where hardly a word is Russian, and kept only where it makes most words known. It works word by
word, so that every word keeps its place in the text as sent.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from router.language import RUSSIAN, language_of
from router.lemmas import is_known
from router.text import MAX_WORD_LENGTH, clauses, normal_form
from router.votes import Score, Votes

MIN_WORDS = 2
"""Nothing is undone in a text of fewer words."""
MOST_KNOWN = 0.6
"""An undoing is kept where at least this share of the words is known afterwards."""

LAYOUT = dict(zip("qwertyuiop[]asdfghjkl;'zxcvbnm,.`", "йцукенгшщзхъфывапролджэячсмитьбюё", strict=True))
"""Keys of the English layout → letters that stand on them in the Russian one."""

TRANSLIT = {
    "shch": "щ", "sch": "щ", "yo": "ё", "jo": "ё", "zh": "ж", "kh": "х", "ts": "ц", "tz": "ц", "ch": "ч", "sh": "ш",
    "yu": "ю", "ju": "ю", "ya": "я", "ja": "я", "ye": "е", "iy": "ий", "yy": "ый", "ii": "ий", "ij": "ий",
    "a": "а", "b": "б", "v": "в", "g": "г", "d": "д", "e": "е", "z": "з", "i": "и", "j": "й", "k": "к", "l": "л",
    "m": "м", "n": "н", "o": "о", "p": "п", "r": "р", "s": "с", "t": "т", "u": "у", "f": "ф", "h": "х", "c": "ц",
    "y": "ы", "w": "в", "x": "х", "q": "к", "'": "ь", "4": "ч", "6": "ш",
}  # fmt: skip
"""Latin spellings → Russian letters, the longest first where several fit."""

_TRANSLIT = re.compile("|".join(sorted(map(re.escape, TRANSLIT), key=len, reverse=True)))
_LATIN_WORD = re.compile(r"[a-z][a-z'46]*")
_KEYS = re.compile(r"[a-z\[\];',.`]+")
_SOFTENED = re.compile("(?<=[бвгдзклмнпрстфхц])")
_SHORT_I = re.compile("(?<=[аеиоуыэюя])[ыи]")

Undo = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as it was read.

    `undone` is `translit`, `layout` or None; `language` is an ISO 639-1 code or `unknown`. Where something was undone,
    `places` gives for every character of `text` the span of the text as sent that it came from.
    """

    text: str = field(repr=False)
    language: str = RUSSIAN
    undone: str | None = None
    places: tuple[tuple[int, int], ...] | None = field(default=None, repr=False)

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The span of the text as sent that a span of `text` came from."""
        return (start, end) if self.places is None else (self.places[start][0], self.places[end - 1][1])


def read(votes: Votes, text: str) -> tuple[Reading, Score]:
    """Read a text and score it as it was read."""
    score = votes.score(text)
    if score.profile.is_russian or score.profile.lettered < MIN_WORDS:
        return Reading(text), score
    for name, word, undo in (("layout", _KEYS, undo_layout), ("translit", _LATIN_WORD, undo_translit)):
        other = _undone(text, name, word, undo)
        if other is None:
            break
        other_score = votes.score(other.text)
        if other_score.profile.share_russian >= max(MOST_KNOWN, score.profile.share_russian):
            return other, other_score
    return Reading(text, language_of(normal_form(word) for word in chain.from_iterable(clauses(text)))), score


def undo_layout(word: str) -> str:
    """Letters of the Russian layout for the keys that were hit; punctuation at the end may be just that.

    >>> undo_layout("ghb[jlbn"), undo_layout("rjl."), undo_layout("cktle.")
    ('приходит', 'код.', 'следую')
    """
    whole = "".join(map(LAYOUT.__getitem__, word))
    bare = word.rstrip(".,;'[]`")
    if bare == word or is_known(whole):
        return whole
    return "".join(map(LAYOUT.__getitem__, bare)) + word[len(bare) :]


def undo_translit(word: str) -> str:
    """Russian letters for Latin ones, with the soft signs and «й» that people leave out.

    >>> undo_translit("dengi"), undo_translit("moy"), undo_translit("vyvesti"), undo_translit("schet")
    ('деньги', 'мой', 'вывести', 'счет')
    """
    plain = _TRANSLIT.sub(lambda found: TRANSLIT[found.group()], word)
    return next(filter(is_known, _spellings(plain)), plain)


def _spellings(plain: str) -> Iterator[str]:
    short = _SHORT_I.sub("й", plain)
    yield from (plain, short)
    yield from (plain.replace(one, other) for one, other in (("ц", "тс"), ("щ", "сч"), ("ые", "ье"), ("е", "э")))
    for form in (plain, short)[: 1 + (short != plain)]:
        places = [found.start() for found in _SOFTENED.finditer(form)]
        yield from (f"{form[:place]}ь{form[place:]}" for place in places)


def _undone(text: str, name: str, word: re.Pattern[str], undo: Undo) -> Reading | None:
    lowered = text.lower()
    if len(lowered) != len(text):
        return None  # places would not be those of the text as sent
    parts: list[str] = []
    places: list[tuple[int, int]] = []
    begin = 0
    for found in chain(word.finditer(lowered), [None]):
        start, end = found.span() if found else (len(lowered), len(lowered))
        parts.append(lowered[begin:start])
        places += [(place, place + 1) for place in range(begin, start)]
        if found:
            letters = undo(found.group()[:MAX_WORD_LENGTH]) + found.group()[MAX_WORD_LENGTH:]
            parts.append(letters)
            places += [(start, end)] * len(letters)
        begin = end
    changed = "".join(parts)
    return Reading(changed, RUSSIAN, name, tuple(places))
