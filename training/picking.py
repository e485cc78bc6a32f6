"""Which texts to label next, as pure functions of probabilities and features: doubtful ones, no two alike.

Margin sampling (Scheffer, Decomain and Wrobel 2001) among the most doubtful, spread by a greedy choice that weighs a
text's doubt by its distance to those already picked (weighted k-centre; cf. Sener and Savarese 2018). What else was
tried, and what it brought, `benchmarks.active` measures.
"""

import numpy as np
import scipy.sparse as sp

from training.heldout import Floats, Ints

CANDIDATES = 5
"""Picks are spread among this many times as many texts, the most doubtful ones."""


def doubt(probability: Floats) -> Floats:
    """How near the two likeliest categories are (n,): 1 where they are level, 0 where one is certain."""
    ranked = np.sort(probability, axis=1)
    return np.asarray(1 - (ranked[:, -1] - ranked[:, -2]))


def spread(directions: sp.csr_matrix, worth: Floats, count: int) -> tuple[Ints, Floats]:
    """Places of `count` texts of great worth (n,), best first, no two alike, and each one's likeness to those before.

    `directions` (n, features) have length one; likeness is their cosine. Among the `CANDIDATES` times `count` texts of
    the greatest worth, the next one is always that with the greatest worth times distance to the nearest before it.
    """
    candidates = np.argsort(-worth, kind="stable")[: CANDIDATES * count]
    chosen = directions[candidates]
    likeness = np.zeros(len(candidates))
    free = np.ones(len(candidates), bool)
    picked, alike = [], []
    for _ in range(min(count, len(candidates))):
        place = int(np.argmax(np.where(free, worth[candidates] * (1 - likeness), -1.0)))
        picked.append(place)
        alike.append(float(likeness[place]))
        free[place] = False
        likeness = np.maximum(likeness, np.clip((chosen @ chosen[place].T).toarray().ravel(), 0, 1))
    return candidates[picked], np.array(alike)
