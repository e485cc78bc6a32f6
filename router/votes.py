"""The compiled model: word → one vote a category, and a text's score.

A text's score for a category is the sum of the votes of its distinct words, divided by the square root of how many
there are, plus an intercept. Votes are fixed-point numbers, and all of a word's votes travel in one integer, side by
side: adding words is adding integers, which is exact and does not depend on the order, and a whole text is one `sum`.
"""

from collections.abc import Container, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from router.ballots import ONE, Clauses, CompiledLayout, Layout, Numbered, scores
from router.compiled import speedups
from router.features import LEMMA, word_features
from router.language import is_cyrillic, is_foreign
from router.lemmas import is_known, lemma
from router.text import LONG_WORD, MAX_DISTINCT_WORDS, Chunks, first_distinct, normal_form
from router.text import clauses as find_clauses
from router.votetable import VoteTable

REMEMBERED_WORDS = 200_000
"""How many words' votes are kept (some 60 MB when full), a long word as several; then they are forgotten."""

LONG = 1_000
"""In a text of more characters words are counted before any vote is worked out: hostile input costs no more."""

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


class Known(Protocol):
    """What was worked out before of some words: see `router.known`."""

    def get(self, word: str, /) -> tuple[list[int], tuple[int, ...]] | None:
        """A word's votes in fixed point, and its counts but for the last; None for a word that is not among them."""


class Words(dict[str, Any]):
    """Word → its ballot, cast by a table of votes when the word is first met.

    It has `size` votes. `marks` are forms to be counted; `known` says what was worked out before of some words.
    """

    def __init__(
        self,
        table: VoteTable,
        rows: Mapping[str, int],
        marks: Container[str],
        layout: Layout,
        known: Known | None,
    ) -> None:
        super().__init__()
        self.size = len(table.categories) + 1
        self._table = table
        self._rows = rows
        self._marks = marks
        self._layout = layout
        self._known = known
        self.more = 0  # as many words as take the memory that long ones take beyond their own

    def __missing__(self, word: str) -> Any:
        known = self._known and self._known.get(word)
        if known:
            votes, counts = known
            ballot = self._layout.pack(word, votes, (*counts, int(normal_form(word) in self._marks)))
        else:
            ballot = self._layout.pack(word, self.fixed_point(word), self.counts(word))
        if len(word) >= LONG_WORD:
            self.more += len(word) // LONG_WORD
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
    What is `known` of words is taken from there. The compiled part is used if it is there and `compiled` is true; it
    makes no difference but of time.
    """

    def __init__(
        self,
        table: VoteTable,
        remember: int = REMEMBERED_WORDS,
        marks: Container[str] = (),
        compiled: bool = True,
        known: Known | None = None,
    ) -> None:
        self._known = known
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
        words = Words(self.table, self._rows, self._marks, self._layout, self._known)
        chunks = Chunks(words.__getitem__, self.speedups)
        self.words, self._chunks = words, chunks  # no call in between: chunks of other words would never be forgotten

    def __len__(self) -> int:
        return len(self.words)

    def __getitem__(self, word: str) -> Any:
        return self.words[word]

    def clauses(self, text: str) -> Clauses:
        """The ballots of each clause's words; words after the first `MAX_DISTINCT_WORDS` distinct ones are not read."""
        chunks, words = self._chunks, self.words
        if len(words) + words.more >= self._remember:
            self.clear()
            chunks, words = self._chunks, self.words
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
