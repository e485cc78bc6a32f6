"""Text → words: the only place where a text is prepared, for training and for the service alike.

A *word* is a lower-cased token as it stands in the text, together with the negation before it, if there is one («не
приходит» is one word); `normal_form` folds its spelling. Working on words instead of on the whole text keeps every
place in the original, and lets everything that depends on a word be remembered.
"""

import re
from collections.abc import Callable, Container, Hashable, Iterable, Iterator
from functools import lru_cache
from itertools import chain, islice
from os import urandom
from sys import intern
from typing import Any, NamedTuple, TypeVar

from router.compiled import speedups
from router.errors import TextError
from router.marks import composed

MAX_CHARACTERS = 20_000
MAX_DISTINCT_WORDS = 200
"""Words after the first 200 distinct ones (some 350 running words) are not read: work on hostile input is bounded."""
MAX_WORD_LENGTH = 40
LONG_WORD = 128  # characters from which a word takes as much memory as several; few are met twice
REMEMBERED_CHUNKS = 1 << 16
"""How many chunks' words are kept (some 15 MB when full); then they are forgotten and read anew."""

_INVISIBLE = "\u00ad\u200b-\u200f\u2060\ufeff"  # soft hyphen, zero-width marks: invisible inside a word
_MARKS = "\u0300-\u036f"  # combining marks: «й» may arrive as «и» + breve
PLACEHOLDERS = ("карта", "телефон", "почта", "паспорт", "инн", "снилс", "счёт", "кошелёк")
"""What personal data is masked with (card, phone, e-mail, passport, tax id, insurance id, account, crypto wallet)."""

NEGATIONS = ("не", "ни", "без", "нет")
"""Not, nor, without, none: they turn the word that follows."""

WORD = re.compile(
    rf"(?:(?:{'|'.join(NEGATIONS)})\s{{1,3}}(?!(?:{'|'.join(NEGATIONS)})\b)(?=[^\W\d_]))?"  # «не » of «не приходит»
    rf"(?!https?://|www\.)[^\W_]+(?:[{_INVISIBLE}{_MARKS}]+[^\W_]*)*"  # word, number, or both: «деньги», «1500», «4g»
    r"|https?://\S+|www\.\S+"  # an address
    r"|@\w+"  # a handle: «@support»
    rf"|\[(?:{'|'.join(PLACEHOLDERS)})\]"
    r"|[!?]+|\.{3,}|…|\){2,}|\({2,}"  # emotion: «!!!», «?!», «...», «))»
    r"|[₽$€]|[\U0001F300-\U0001FAFF\u2600-\u27BF]"  # money and emoji
)

CLAUSE_END = re.compile(r"(?<=[.!?;…])\s+|\n+")

# Latin letters that look like Cyrillic ones; read as Cyrillic inside Cyrillic words only: «cчёт», «дeньги».
LOOK_ALIKES = str.maketrans("aeopcyxkmtbhnu", "аеорсухкмтвнпи")
_MIXED = re.compile("(?=.*[а-я])(?=.*[a-z])")
_DIGIT_INSIDE = re.compile("(?<=[а-я])[03](?=[а-я])")
_DIGITS = re.compile(r"\d+")
_REPEATS = re.compile(r"([^\W\d_])\1{2,}")  # three and more of one letter: «нееет»
_IGNORED = re.compile(f"[{_INVISIBLE}]")

Span = tuple[int, int]
Value = TypeVar("Value", bound=Hashable)


class Token(NamedTuple):
    """A word at its place: `text[start:end]`, offsets in code points of the text as sent."""

    word: str
    start: int
    end: int


def require_text(text: object) -> str:
    """Return `text` if it can be classified; raise `TextError` naming what was expected otherwise."""
    if not isinstance(text, str):
        raise TextError(f"text must be a string, got {type(text).__name__}", "text_wrong_type")
    length = len(text.strip())
    if not length:
        raise TextError("text must have 1 to 20,000 characters after trimming, got none", "text_empty")
    if length > MAX_CHARACTERS:
        raise TextError(f"text must have 1 to 20,000 characters after trimming, got {length:,}", "text_too_long")
    if "\x00" in text:
        raise TextError(f"text must not contain NUL, found one at character {text.index(chr(0))}", "text_has_nul")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        detail = f"text must be valid Unicode, found a lone surrogate at character {error.start}"
        raise TextError(detail, "text_not_unicode") from None
    return text


class Piece(NamedTuple):
    """A chunk that is more, or less, than one word in the middle of a clause: what its words are worth, what it does.

    `ends` says that a clause ends after it; `opens` is the negation that it ends in, which may belong to what follows.
    A `strange` chunk is long, or there is more than one space beside it: its clause is read without chunks.
    """

    values: tuple[Any, ...] = ()
    ends: bool = False
    opens: str = ""
    strange: bool = False


class Chunks(dict[str, Any]):
    """What stands between two spaces → the value of its only word, or else a `Piece`; worked out once and remembered.

    `value` gives what is to stand for a word. Most chunks are one plain word: its value is kept bare, so that with the
    vocabulary of real traffic, where reaching for memory is most of the work, it is one reach away.
    """

    def __init__(self, value: Callable[[str], Any], speedups: Any = speedups) -> None:
        super().__init__()
        self._value = value
        self._memory = speedups.Memory(REMEMBERED_CHUNKS, int.from_bytes(urandom(8), "little")) if speedups else None

    def __missing__(self, chunk: str) -> Any:
        found = self.read(chunk)
        if len(self) >= REMEMBERED_CHUNKS:
            self.clear()
        if found.__class__ is not Piece or not found.strange:
            self[intern(chunk)] = found
        return found

    def read(self, chunk: str) -> Any:
        """Work out what stands for a chunk."""
        if len(chunk) > MAX_WORD_LENGTH or not chunk or " ".join(chunk.split()) != chunk:
            return Piece(strange=True)
        lowered = chunk.lower()
        words = WORD.findall(lowered)
        if words and words[-1] in NEGATIONS and lowered.endswith(words[-1]):
            return Piece(tuple(map(self._value, words[:-1])), opens=words[-1])
        values, ends = tuple(map(self._value, words)), chunk[-1] in ".!?;…"
        return values[0] if len(values) == 1 and not ends else Piece(values, ends)

    def clauses(self, text: str) -> list[list[Any]]:
        """What stands for the words of each clause, in order; see `clauses`."""
        return self._spaced(text) or [self._clause(part) for part in CLAUSE_END.split(text)]

    def _clause(self, text: str) -> list[Any]:
        found = self._spaced(text.strip())
        return found[0] if found else [self._value(word) for word in WORD.findall(text.lower())]

    def _spaced(self, text: str) -> list[list[Any]] | None:
        """Clauses of a text with single spaces: there a word lies in one chunk or is negated. None if it is strange."""
        return self._memory.spaced(self, Piece, text) if self._memory is not None else self._spaced_plainly(text)

    def _spaced_plainly(self, text: str) -> list[list[Any]] | None:
        clause: list[Any] = []
        found = [clause]
        piece = Piece()
        chunks = iter(text.split(" "))
        for value in map(self.__getitem__, chunks):
            if value.__class__ is not Piece:
                clause.append(value)
                continue
            piece = value
            while piece.opens:  # «не» may belong to what follows it
                clause += piece.values
                piece = self._negated(piece.opens, next(chunks, None))
            if piece.strange:
                return None
            clause += piece.values
            if piece.ends:
                found.append(clause := [])
        if piece.ends and not clause:
            found.pop()  # nothing follows, so that it ended the text and no clause
        return found

    def _negated(self, negation: str, chunk: str | None) -> Piece:
        value = self._value(negation) if chunk is None else self[f"{negation} {chunk}"]
        return value if value.__class__ is Piece else Piece((value,))


_words = Chunks(intern)


def clauses(text: str) -> list[list[str]]:
    """Words of each clause of `text`, in order; clauses end at a full stop and its like, or at the end of a line."""
    return _words.clauses(text)


def first_distinct(found: list[list[Any]]) -> list[list[Any]]:
    """Clauses up to the last of the first `MAX_DISTINCT_WORDS` distinct words."""
    seen: set[Any] = set()
    for number, clause in enumerate(found):
        for place, word in enumerate(clause):
            seen.add(word)
            if len(seen) > MAX_DISTINCT_WORDS:
                return [*found[:number], clause[:place]]
    return found


def words(text: str) -> list[str]:
    """Distinct words of `text` in order of first appearance, at most `MAX_DISTINCT_WORDS` of them."""
    return list(islice(dict.fromkeys(chain.from_iterable(clauses(text))), MAX_DISTINCT_WORDS))


def clause_tokens(text: str, numbers: Container[int] | None = None) -> Iterator[tuple[int, list[Token]]]:
    """Number and words, with their spans in `text` as given, of each clause (of those of `numbers`).

    They are the same words that `clauses` finds.
    """
    lowered = text.lower()
    places = None if len(lowered) == len(text) else _places(text)
    begin = 0
    for number, end in enumerate([*CLAUSE_END.finditer(lowered), None]):
        stop = end.start() if end else len(lowered)
        if numbers is None or number in numbers:
            found = [Token(match.group(), *match.span()) for match in WORD.finditer(lowered, begin, stop)]
            yield number, found if places is None else [_placed(token, places) for token in found]
        begin = end.end() if end else stop


def tokens(text: str) -> Iterator[Token]:
    """Every word of `text` with its span; the same words that `words` finds."""
    return chain.from_iterable(found for _, found in clause_tokens(text))


def stand_in_order(text: str, lowered: str) -> bool:
    """Whether each word of `text` is found from the end of the word before it on: nothing between is taken for it."""
    return len(lowered) == len(text) and "http" not in lowered and "www" not in lowered


def first_spans(text: str, read: Iterable[tuple[str, Value]]) -> dict[Value, Span]:
    """What stands for each word of `text` → the span of the word where it first stands. `read` gives both in order."""
    lowered = text.lower()
    if not stand_in_order(text, lowered):
        found = zip(read, tokens(text), strict=False)  # of a long text not all is read
        spans: dict[Value, Span] = {}
        for (_, value), (_, start, end) in found:
            spans.setdefault(value, (start, end))
        return spans
    first: dict[Value, Span] = {}
    end = 0
    for word, value in read:
        start = lowered.find(word, end)
        end = start + len(word)
        if value not in first:
            first[value] = start, end
    return first


def _placed(token: Token, places: list[int]) -> Token:
    word, start, end = token
    return Token(word, places[start], places[end - 1] + 1)


def _places(text: str) -> list[int]:
    """Index in `text` of every character of `text.lower()`: a few letters («İ») become longer when lower-cased."""
    return [index for index, character in enumerate(text) for _ in character.lower()]


def split_negation(word: str) -> tuple[str, str]:
    """The negation and the rest of a word; the negation is empty where there is none.

    >>> split_negation("не приходит"), split_negation("приходит")
    (('не', 'приходит'), ('', 'приходит'))
    """
    negation, *rest = word.split(maxsplit=1)
    return (negation, rest[0]) if rest else ("", word)


def normal_form(word: str) -> str:
    """Fold the spelling of a lower-cased word: «ё» → «е», look-alikes, repeated letters, digits as one `#`.

    A negation before it is left out.

    >>> normal_form("нееет"), normal_form("cчёт"), normal_form("2000р"), normal_form("@bank_help")
    ('нет', 'счет', '#р', '@')
    """
    return _folded(word) if len(word) < LONG_WORD else _folded_long(word)


@lru_cache(1 << 16)
def _folded(word: str) -> str:
    word = split_negation(word)[1]
    if word[0] == "@" or word.startswith(("http://", "https://", "www.")):
        return word[0] if word[0] == "@" else "http"
    if not word[0].isalnum():
        return word if word[0] == "[" else word[:2]
    folded = composed(_IGNORED.sub("", word)).lower().replace("ё", "е")
    return _REPEATS.sub(r"\1", _DIGITS.sub("#", _without_look_alikes(folded)))[:MAX_WORD_LENGTH]


_folded_long = lru_cache(8)(_folded.__wrapped__)  # it is asked for several times in a row


def _without_look_alikes(word: str) -> str:
    if _MIXED.match(word):
        word = word.translate(LOOK_ALIKES)
    return _DIGIT_INSIDE.sub(lambda digit: "о" if digit.group() == "0" else "з", word)


def forms(text: str) -> list[str]:
    """Normal forms of all words in the order of the text, repeated ones too, negations as words of their own.

    >>> forms("Ещё не пришли, не пришли!")
    ['еще', 'не', 'пришли', 'не', 'пришли', '!']
    """
    found = []
    for word in chain.from_iterable(clauses(text)):
        negation = split_negation(word)[0]
        found += [negation, normal_form(word)] if negation else [normal_form(word)]
    return found
