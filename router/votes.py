"""The compiled model: word → one vote a category. Scoring, and the `votes.npz` format (protocol 1), which it owns.

A text's score for a category is the sum of the votes of its distinct words, divided by the square root of how many
there are, plus an intercept. Votes are fixed-point numbers, and all of a word's votes travel in one integer, side by
side: adding words is adding integers, which is exact and does not depend on the order, and a whole text is one `sum`.
"""

import io
import tokenize
import zipfile
import zlib
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import sqrt
from pathlib import Path
from struct import Struct
from struct import error as struct_error
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from router.errors import ArtefactError
from router.features import LEMMA, word_features
from router.language import is_foreign
from router.lemmas import is_known, lemma
from router.text import MAX_DISTINCT_WORDS, MAX_WORD_LENGTH, is_cyrillic, normal_form, words

PROTOCOL = 1
REMEMBERED_WORDS = 200_000
"""How many words' votes are kept (some 60 MB when full); then they are forgotten and gathered anew."""

_BITS = 64  # of one field: 30 after the point, 8 for 200 words, the rest for votes up to ±2²⁴ and the sign
_POINT = 30
_ONE = float(1 << _POINT)

MAX_VOTE = 64
"""The greatest weight of a feature that is taken: 200 words of 900 features each then fit into a field."""

MIN_RUSSIAN = 0.5
"""The least share of Russian words, among those with letters, of a Russian text."""
MAX_FOREIGN = 0.15
"""The greatest share of words that are marked as another language's (one is always allowed)."""


class Profile(NamedTuple):
    """What a text is made of, in distinct words.

    All; those with letters; Russian ones; those whose lemma the model has met; those marked as another language's.
    """

    words: int
    lettered: int
    russian: int
    familiar: int
    foreign: int

    @property
    def share_russian(self) -> float:
        """Share of Russian words among those with letters, 1 where there are none."""
        return self.russian / self.lettered if self.lettered else 1.0

    @property
    def is_russian(self) -> bool:
        """Whether the text may be read as Russian."""
        return self.share_russian >= MIN_RUSSIAN and self.foreign <= max(1, MAX_FOREIGN * self.lettered)


class Score(NamedTuple):
    """Scores in the order of the model's categories (logits of calibrated probabilities), and the text's profile.

    `none` is the logit of the text being no complaint that a team can act on; `marked` counts its marked words.
    """

    values: tuple[float, ...]
    none: float
    profile: Profile
    marked: int

    @property
    def may_be_marked(self) -> bool:
        """Whether the text has a marked word, or words that were not scored."""
        return self.marked > 0 or self.profile.words >= MAX_DISTINCT_WORDS


@dataclass(frozen=True)
class VoteTable:
    """What `votes.npz` holds. `weights` is float32 of shape (features, k + 1), `intercepts` float64 (k + 1,).

    The first k columns are for the categories, the last is for `none`. `shortest` and `longest` bound the n-grams.
    """

    categories: tuple[str, ...]
    features: tuple[str, ...]
    weights: npt.NDArray[np.float32]
    intercepts: npt.NDArray[np.float64]
    shortest: int
    longest: int


class Votes(dict[str, int]):
    """Word → its packed votes, worked out when the word is first met and remembered.

    `marks` are normal forms that somebody asks for in every text: they are counted on the way, which costs nothing.
    """

    def __init__(self, table: VoteTable, remember: int = REMEMBERED_WORDS, marks: Container[str] = ()) -> None:
        super().__init__()
        self._marks = marks
        self.table = table
        self.categories = table.categories
        *self.intercepts, self.none_intercept = table.intercepts.tolist()
        self._tilt = [max(self.intercepts) - intercept for intercept in self.intercepts]
        self._rows = {name: row for row, name in enumerate(table.features)}
        self._remember = remember
        self._fields = len(self.categories) + 1 + len(Profile._fields) + 1

    def __missing__(self, word: str) -> int:
        packed = pack([*self.fixed_point(word), *self._profile(word), normal_form(word) in self._marks])
        if len(self) >= self._remember:
            self.clear()
        self[word] = packed
        return packed

    def fixed_point(self, word: str) -> list[int]:
        """The word's vote for each category and for `none`, in units of 2⁻³⁰ of a score."""
        names = word_features(word, self.table.shortest, self.table.longest)
        rows = [self._rows[name] for name in names if name in self._rows]
        total = self.table.weights[rows].sum(axis=0, dtype=np.float64)
        return [round(vote * _ONE) for vote in total.tolist()]

    def _profile(self, word: str) -> tuple[int, ...]:
        form = normal_form(word)
        lettered = form[:1].isalpha()
        russian = lettered and is_cyrillic(form) and (is_known(form) or self._has(form))
        return 1, int(lettered), int(russian), int(lettered and self._has(form)), int(is_foreign(form))

    def _has(self, form: str) -> bool:
        return LEMMA + lemma(form) in self._rows

    def score(self, text: str) -> Score:
        """Score a text: one regular expression, one look-up a word, one sum."""
        return self.score_words(words(text))

    def fields(self, word: str) -> tuple[int, ...]:
        """The word's votes for the categories, in units of 2⁻³⁰ of a score."""
        return self._unpack_votes(self[word])

    def totals(self, clause: Iterable[str]) -> list[float]:
        """Scores of a clause, of its distinct words, for the categories only."""
        distinct = set(clause)
        return self._scores(self._sum(distinct), len(distinct))

    def leads(self, clauses: Sequence[Sequence[str]], place: int, lead: float) -> Iterator[tuple[int, list[float]]]:
        """Number and scores of each clause in which a category may lead that at `place` by `lead`.

        Most clauses are passed over by their sums alone: the intercepts add at most `_tilt` to a lead.
        """
        least = (lead - self._tilt[place]) * _ONE
        for number, clause in enumerate(clauses):
            distinct = set(clause)
            sums = self._sum(distinct)
            if max(sums) - sums[place] >= least * sqrt(len(distinct)):
                yield number, self._scores(sums, len(distinct))

    def _sum(self, distinct: Iterable[str]) -> tuple[int, ...]:
        return self._unpack_votes(sum(map(self.__getitem__, distinct)))

    def _unpack_votes(self, packed: int) -> tuple[int, ...]:
        return unpack(packed, len(self.categories))

    def _scores(self, sums: Iterable[int], count: int) -> list[float]:
        scale = 1 / (_ONE * sqrt(count or 1))
        return [total * scale + bias for total, bias in zip(sums, self.intercepts, strict=True)]

    def score_words(self, distinct: Sequence[str]) -> Score:
        """Score a text given as its distinct words."""
        fields = unpack(sum(map(self.__getitem__, distinct)), self._fields)
        *totals, none, count, lettered, russian, familiar, foreign, marked = fields
        scale = 1 / (_ONE * sqrt(count or 1))
        values = tuple([total * scale + bias for total, bias in zip(totals, self.intercepts, strict=True)])
        profile = Profile(count, lettered, russian, familiar, foreign)
        return Score(values, none * scale + self.none_intercept, profile, marked)


def pack(fields: Iterable[int]) -> int:
    """Lay signed fields side by side in one integer, the first lowest; packed integers add field by field."""
    return sum(field << (_BITS * place) for place, field in enumerate(fields))


def unpack(packed: int, count: int) -> tuple[int, ...]:
    """The lowest `count` fields that `pack` (and any sums of its results) laid into an integer.

    A negative field borrows one from the field above. Adding half of a field's range to every field undoes that, and
    flipping the bit that was added leaves each field in two's complement.
    """
    half, mask, layout = _layout(count)
    return layout.unpack((((packed + half) ^ half) & mask).to_bytes(_BITS // 8 * count, "little"))


@cache
def _layout(count: int) -> tuple[int, int, Struct]:
    half = sum(1 << (_BITS * place + _BITS - 1) for place in range(count))
    return half, (1 << (_BITS * count)) - 1, Struct(f"<{count}q")


def save(table: VoteTable, path: Path) -> None:
    """Write `votes.npz`; the same table gives the same bytes."""
    text = "\n".join(table.features).encode()
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            protocol=np.array(PROTOCOL),
            categories=np.array(table.categories),
            ngrams=np.array([table.shortest, table.longest]),
            features=np.frombuffer(text, np.uint8),
            weights=table.weights,
            intercepts=table.intercepts,
        )


UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, struct_error, tokenize.TokenError, ValueError, OSError, EOFError, KeyError),
    *(TypeError, OverflowError, MemoryError, NotImplementedError, RuntimeError, SyntaxError),
)
"""What zipfile, zlib and numpy raise for a file that is damaged, each in its own way (found by fuzzing)."""


def load(content: bytes, name: str, categories: Sequence[str] | None = None) -> VoteTable:
    """Read the bytes of a `votes.npz` (never unpickling); `ArtefactError` where it is damaged or of another kind."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            parts: dict[str, Any] = {key: arrays[key] for key in arrays.files}
    except UNREADABLE as error:
        raise ArtefactError(f"{name} is not a vote table: {error}", "artefact_damaged") from error
    if strange := [key for key, part in parts.items() if not isinstance(part, np.ndarray)]:
        raise ArtefactError(f"{name} has {', '.join(strange)} that is no array", "artefact_damaged")
    _require_protocol(parts, name)
    table = _table(parts, name)
    if categories is not None and table.categories != tuple(categories):
        expected, found = ", ".join(categories), ", ".join(table.categories)
        raise ArtefactError(f"{name} is for the categories {found}; expected {expected}", "artefact_categories")
    return table


def _require_protocol(parts: dict[str, Any], name: str) -> None:
    found = parts["protocol"].tolist() if "protocol" in parts else "none"
    if found != PROTOCOL:
        raise ArtefactError(f"{name} has protocol {found}; expected {PROTOCOL}", "artefact_protocol")


def _table(parts: dict[str, Any], name: str) -> VoteTable:
    try:
        table = VoteTable(
            categories=tuple(parts["categories"].tolist()),
            features=tuple(parts["features"].tobytes().decode().split("\n")),
            weights=parts["weights"],
            intercepts=parts["intercepts"],
            shortest=int(parts["ngrams"][0]),
            longest=int(parts["ngrams"][1]),
        )
    except (KeyError, ValueError, IndexError, TypeError, OverflowError) as error:
        raise ArtefactError(f"{name} lacks a part of a vote table: {error!r}", "artefact_damaged") from error
    shape = (len(table.features), len(table.categories) + 1)
    if table.weights.shape != shape or table.intercepts.shape != shape[1:]:
        found = f"{table.weights.shape} and {table.intercepts.shape}"
        raise ArtefactError(f"{name} has arrays of shape {found}; expected {shape} and {shape[1:]}", "artefact_damaged")
    _require_sound(table, name)
    return table


def _require_sound(table: VoteTable, name: str) -> None:
    """Refuse votes that are no finite numbers or more than a packed sum can hold, and n-grams that no word has."""
    for numbers, kind in ((table.weights, np.float32), (table.intercepts, np.float64)):
        if numbers.dtype != kind or not (np.abs(numbers) <= MAX_VOTE).all():  # NaN compares as false
            expected = f"{np.dtype(kind)} from {-MAX_VOTE} to {MAX_VOTE}"
            raise ArtefactError(f"{name} has votes that are not {expected}", "artefact_damaged")
    if not 1 <= table.shortest <= table.longest <= MAX_WORD_LENGTH:
        found = f"{table.shortest} to {table.longest}"
        raise ArtefactError(f"{name} has n-grams of {found}; expected 1 to {MAX_WORD_LENGTH}", "artefact_damaged")
    if not all(isinstance(key, str) for key in table.categories):
        raise ArtefactError(f"{name} has categories that are not names", "artefact_damaged")
