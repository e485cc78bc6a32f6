"""The texts most like each text, and how many of them bear another label."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sklearn.preprocessing import normalize

from training.heldout import Floats, Ints

COUNT = 10
BLOCK = 500  # rows whose likeness to all others is held in memory at once


class Nearest(NamedTuple):
    """The places (n, COUNT) of the most similar texts of each text, and their cosines; 0 where there are fewer."""

    places: Ints
    likeness: Floats

    def disagreement(self, labels: Ints) -> Floats:
        """Share of the neighbours, weighed by likeness, whose label is another (n,); 0 for a text unlike any."""
        total = self.likeness.sum(axis=1)
        other = np.where(labels[self.places] != labels[:, None], self.likeness, 0.0).sum(axis=1)
        return np.asarray(other / np.where(total > 0, total, 1.0))

    def labels(self, place: int, labels: Ints) -> Ints:
        """The labels of one text's neighbours."""
        return np.asarray(labels[self.places[place][self.likeness[place] > 0]])


def nearest(features: sp.csr_matrix, groups: npt.NDArray[np.str_]) -> Nearest:
    """The neighbours of each text (n, features) within its group (n,): phrases are compared with phrases."""
    found = Nearest(np.zeros((len(groups), COUNT), np.int64), np.zeros((len(groups), COUNT)))
    for group in np.unique(groups):
        members = np.flatnonzero(groups == group)
        directions, count = normalize(features[members]), min(COUNT, len(members) - 1)
        for start in range(0, len(members) if count else 0, BLOCK):
            likeness = (directions[start : start + BLOCK] @ directions.T).toarray()
            likeness[np.arange(len(likeness)), start + np.arange(len(likeness))] = -1  # not oneself
            best = np.argpartition(-likeness, count - 1, axis=1)[:, :count]
            rows = members[start : start + BLOCK]
            found.places[rows, :count] = members[best]
            found.likeness[rows, :count] = np.take_along_axis(likeness, best, axis=1)
    return found
