"""Which texts to label next, as pure functions of probabilities and features: doubtful ones, no two alike.

Margin sampling (Scheffer, Decomain and Wrobel 2001), its doubt weighed by the distance to the nearest labelled text,
spread by a greedy choice that weighs by the distance to those already picked too (weighted k-centre; cf. Sener and
Savarese 2018). What else was tried, and what it brought, `benchmarks.active` measures.
"""

import numpy as np
import scipy.sparse as sp

from training.heldout import Floats, Ints

CANDIDATES = 5
"""Picks are spread among this many times as many texts, those of the greatest worth."""
ENOUGH = 400
"""With fewer labelled texts than this, distance to them says little: all is far, and the strange comes first."""
BLOCK = 1_000  # texts whose likeness to all others is held in memory at once


def doubt(probability: Floats) -> Floats:
    """How near the two likeliest categories are (n,): 1 where they are level, 0 where one is certain."""
    ranked = np.sort(probability, axis=1)
    return np.asarray(1 - (ranked[:, -1] - ranked[:, -2]))


def uncovered(doubts: Floats, covered: Floats, labelled: int) -> Floats:
    """Doubts (n,), weighed by the distance to the nearest of the `labelled` texts once there are enough of them."""
    return doubts * (1 - covered) if labelled >= ENOUGH else doubts


def coverage(directions: sp.csr_matrix, others: sp.csr_matrix) -> Floats:
    """The likeness (cosine, 0 to 1) of each text (n, features) to the nearest of others (m, features): (n,)."""
    found = np.zeros(directions.shape[0])
    for start in range(0, others.shape[0], BLOCK):
        likeness = (directions @ others[start : start + BLOCK].T).max(axis=1).toarray().ravel()
        found = np.maximum(found, likeness)
    return np.clip(found, 0, 1)


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
