"""The compiled model: word → one vote a category. Scoring, and the `votes.npz` format (protocol 1), which it owns.

A text's score for a category is the sum of the votes of its distinct words, divided by the square root of how many
there are, plus an intercept. Votes are fixed-point numbers, and all of a word's votes travel in one integer, side by
side: adding words is adding integers, which is exact and does not depend on the order, and a whole text is one `sum`.
"""

import io
import tokenize
import zipfile
import zlib
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from struct import error as struct_error
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from router.ballots import ONE, Clauses, CompiledLayout, Layout, Numbered, scores
from router.compiled import speedups
from router.errors import ArtefactError
from router.features import LEMMA, word_features
from router.language import is_foreign
from router.lemmas import is_known, lemma
from router.text import MAX_DISTINCT_WORDS, MAX_WORD_LENGTH, Chunks, first_distinct, is_cyrillic, normal_form
from router.text import clauses as find_clauses

PROTOCOL = 1
REMEMBERED_WORDS = 200_000
"""How many words' votes are kept (some 60 MB when full); then they are forgotten and gathered anew."""

LONG = 1_000
"""In a text of more characters words are counted before any vote is worked out: hostile input costs no more."""

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

    `none` is the logit of the text being no complaint that a team can act on; `marked` counts its marked words;
    `clauses` are the ballots of its words.
    """

    values: tuple[float, ...]
    none: float
    profile: Profile
    marked: int
    clauses: Clauses

    @property
    def may_be_marked(self) -> bool:
        """Whether the text has a marked word, or words that were not scored."""
        return self.marked > 0 or self.is_cut

    @property
    def is_cut(self) -> bool:
        """Whether there may be words that were not scored."""
        return self.profile.words >= MAX_DISTINCT_WORDS


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


class Words(dict[str, Any]):
    """Word → its ballot, cast by a table of votes when the word is first met. `marks` are forms to be counted."""

    def __init__(self, table: VoteTable, rows: Mapping[str, int], marks: Container[str], layout: Layout) -> None:
        super().__init__()
        self._table = table
        self._rows = rows
        self._marks = marks
        self._layout = layout

    def __missing__(self, word: str) -> Any:
        ballot = self._layout.pack(word, self.fixed_point(word), self.counts(word))
        return self.setdefault(word, ballot)  # if another thread was quicker, its ballot is the word's

    def fixed_point(self, word: str) -> list[int]:
        """The word's vote for each category and for `none`, in units of 2⁻³⁰ of a score."""
        names = word_features(word, self._table.shortest, self._table.longest)
        rows = [self._rows[name] for name in names if name in self._rows]
        total = self._table.weights.take(rows, axis=0).sum(axis=0, dtype=np.float64)
        return [round(vote * ONE) for vote in total.tolist()]

    def counts(self, word: str) -> tuple[int, ...]:
        """What the word counts as: as one, as each of the fields of `Profile` after the first, and as marked."""
        form = normal_form(word)
        lettered = form[:1].isalpha()
        known = lettered and LEMMA + lemma(form) in self._rows
        russian = lettered and is_cyrillic(form) and (known or is_known(form))
        return 1, int(lettered), int(russian), int(known), int(is_foreign(form)), int(form in self._marks)


class Votes:
    """Text → its score, by the votes of its words, which are worked out when a word is first met and remembered.

    `marks` are normal forms that somebody asks for in every text: they are counted on the way, which costs nothing.
    The compiled part is used if it is there and `compiled` is true; it makes no difference but of time.
    """

    def __init__(
        self,
        table: VoteTable,
        remember: int = REMEMBERED_WORDS,
        marks: Container[str] = (),
        compiled: bool = True,
    ) -> None:
        self._marks = marks
        self.table = table
        self.categories = table.categories
        self._biases = table.intercepts.tolist()
        self.intercepts = self._biases[:-1]
        self._rows = {name: row for row, name in enumerate(table.features)}
        self._remember = remember
        self.speedups = speedups if compiled else None
        self._layout = (CompiledLayout if self.speedups else Layout)(len(self.categories))
        self.clear()

    def clear(self) -> None:
        """Forget all words. A text that is being scored by another thread goes on with those that it began with."""
        self._words = Words(self.table, self._rows, self._marks, self._layout)
        self._chunks = Chunks(self._words.__getitem__, self.speedups)

    def __len__(self) -> int:
        return len(self._words)

    def __getitem__(self, word: str) -> Any:
        return self._words[word]

    def clauses(self, text: str) -> Clauses:
        """The ballots of each clause's words; words after the first `MAX_DISTINCT_WORDS` distinct ones are not read."""
        if len(self) >= self._remember:
            self.clear()
        chunks, words = self._chunks, self._words
        if len(text) > LONG:
            return [[*map(words.__getitem__, clause)] for clause in first_distinct(find_clauses(text))]
        found = chunks.clauses(text)
        return first_distinct(found) if sum(map(len, found)) > MAX_DISTINCT_WORDS else found

    def clear_clauses(
        self, clauses: Clauses, one: int, other: bool, least: Sequence[int], words: int
    ) -> list[Numbered]:
        """Numbers and scores of the clauses that vote clearly enough for a category: see `Layout.clear`."""
        return self._layout.clear(clauses, one, other, least, words, self.intercepts)

    def marked(self, clauses: Clauses) -> dict[int, list[str]]:
        """The clauses that have a marked word: number → words."""
        return {number: [ballot.word for ballot in clauses[number]] for number in self._layout.marked(clauses)}

    def leads(self, ballots: list[Any], one: int, other: int) -> list[int]:
        """How much more each word votes for category number `one` than for `other`, in units of 2⁻³⁰ of a score."""
        return self._layout.leads(ballots, one, other)

    def score(self, text: str) -> Score:
        """Score a text: one look-up for each of its chunks, and one sum."""
        clauses = self.clauses(text)
        fields = self._layout.total(clauses)
        *totals, count, lettered, russian, familiar, foreign, marked = fields
        *values, none = scores(totals, count, self._biases)
        return Score(tuple(values), none, Profile(count, lettered, russian, familiar, foreign), marked, clauses)


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
