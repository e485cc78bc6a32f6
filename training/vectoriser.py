"""Texts → sparse matrix of word features, by the very functions that the service uses."""

from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from router.features import LEMMA, word_features
from router.text import words

TYPICAL_IDF = 8.0
"""About the mean over features of a corpus of ours; dividing by it keeps weights near 1 whatever the power."""


class WordVectoriser(TransformerMixin, BaseEstimator):
    """Each row is the mean of its distinct words' feature counts times the square root of how many words there are.

    Features are those of `router.features.word_features`, weighed by smoothed inverse document frequency to the power
    `idf_power`, those of lemmas `lemma_weight` times more. A feature that fewer than `min_df` texts have is left out,
    unless it is among the names `always`. Learned: `features_` (names), `idf_` (one weight a feature).
    """

    def __init__(
        self,
        shortest: int = 4,
        longest: int = 6,
        min_df: int = 2,
        idf_power: float = 1.5,
        lemma_weight: float = 1.5,
        always: Sequence[str] = (),
    ) -> None:
        self.shortest = shortest
        self.longest = longest
        self.min_df = min_df
        self.idf_power = idf_power
        self.lemma_weight = lemma_weight
        self.always = always

    def fit(self, texts: Iterable[str], y: Any = None) -> Self:
        """Learn which features there are and their weights from an iterable of n texts."""
        self.fit_transform(texts)
        return self

    def fit_transform(self, texts: Iterable[str], y: Any = None, **_: Any) -> sp.csr_matrix:
        """Fit and return the matrix, float64 of shape (n texts, n features)."""
        grid = _Grid(_documents(texts))
        names = [word_features(word, self.shortest, self.longest) for word in grid.words]
        known = sorted({name for of_word in names for name in of_word}.union(self.always))
        frequency = _document_frequency(grid, _counts(names, known))
        kept = np.flatnonzero((frequency >= self.min_df) | np.isin(known, list(self.always)))
        self.features_ = [known[column] for column in kept]
        self.idf_ = self._weights(np.log((1 + len(grid.cells)) / (1 + frequency[kept])) + 1)
        return self._matrix(grid, names)

    def transform(self, texts: Iterable[str]) -> sp.csr_matrix:
        """Return the matrix of n texts, float64 of shape (n texts, n features)."""
        check_is_fitted(self)
        grid = _Grid(_documents(texts))
        return self._matrix(grid, [word_features(word, self.shortest, self.longest) for word in grid.words])

    def _weights(self, idf: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        lemmas = np.array([name.startswith(LEMMA) for name in self.features_])
        return idf**self.idf_power / TYPICAL_IDF**self.idf_power * np.where(lemmas, self.lemma_weight, 1.0)

    def _matrix(self, grid: "_Grid", names: Sequence[list[str]]) -> sp.csr_matrix:
        return (grid.scaled() @ (_counts(names, self.features_) @ sp.diags(self.idf_))).tocsr()

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Names of the columns."""
        check_is_fitted(self)
        return np.array(self.features_, dtype=object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.no_validation = True
        return tags


class _Grid:
    """The distinct words of some documents, and which document has which."""

    def __init__(self, documents: Sequence[list[str]]) -> None:
        rows: dict[str, int] = {}
        self.cells = [[rows.setdefault(word, len(rows)) for word in document] for document in documents]
        self.words = list(rows)

    def cells_matrix(self) -> sp.csr_matrix:
        return _indicator(self.cells, len(self.words))

    def scaled(self) -> sp.csr_matrix:
        sizes = np.array([max(1, len(cells)) for cells in self.cells])
        return sp.diags(sizes**-0.5) @ self.cells_matrix()


def _documents(texts: Iterable[str]) -> list[list[str]]:
    if isinstance(texts, str):
        raise TypeError("expected an iterable of texts, got one string")
    return [words(text) for text in texts]


def _counts(names: Sequence[list[str]], known: Sequence[str]) -> sp.csr_matrix:
    """How often each word (row) has each of the known features (columns)."""
    places = {name: place for place, name in enumerate(known)}
    return _indicator([[places[name] for name in of_word if name in places] for of_word in names], len(known))


def _document_frequency(grid: _Grid, counts: sp.csr_matrix) -> npt.NDArray[np.float64]:
    present = (grid.cells_matrix() @ counts).sign()
    return np.asarray(present.sum(axis=0)).ravel()


def _indicator(rows: Sequence[Sequence[int]], columns: int) -> sp.csr_matrix:
    indices = np.fromiter((column for row in rows for column in row), np.int32)
    starts = np.cumsum([0, *(len(row) for row in rows)])
    return sp.csr_matrix((np.ones(len(indices)), indices, starts), shape=(len(rows), columns))
