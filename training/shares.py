"""Shares of the categories in real traffic: overall, and by industry. The corpus is balanced by design, traffic is not.

Judged, in round figures, from what clients of each industry write about; the overall ones are the dev set's, rounded.
They are known of the router's own categories only: a corpus for other ones is taken to have the shares of its traffic.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from router.categories import KEYS
from training.corpus import Row

OVERALL = {"financial": 0.33, "technical": 0.17, "service": 0.20, "software": 0.30}

BY_INDUSTRY = {
    #                    financial, technical, service, software
    "bank": (0.50, 0.05, 0.38, 0.07),  # mortgages, fees and how the branch treated one
    "apps": (0.15, 0.15, 0.10, 0.60),  # reviews in app stores
    "telecom": (0.25, 0.40, 0.30, 0.05),  # no signal, charges, silence
    "betting": (0.60, 0.15, 0.15, 0.10),  # settlement and withdrawals
    "casino": (0.60, 0.15, 0.15, 0.10),
    "betting_games": (0.55, 0.20, 0.10, 0.15),
    "media_games_state": (0.10, 0.40, 0.10, 0.40),  # blocked channels, broken buttons
}


def are_judged(categories: Iterable[str]) -> bool:
    """Whether shares are known of these categories, in whatever order."""
    return set(categories) == set(KEYS)


def base(categories: Sequence[str]) -> npt.NDArray[np.float64]:
    """The shares that a lexicon's counts are held against (k,): even ones where none are known."""
    return np.array([OVERALL[key] if are_judged(categories) else 1 / len(categories) for key in categories])


def prior(rows: Sequence[Row], categories: Sequence[str] = KEYS) -> dict[str, float]:
    """The shares that a model is told of: the judged ones, else those of the corpus' complaints."""
    if are_judged(categories):
        return OVERALL
    count = Counter(row.label for row in rows if row.kind == "complaint")
    total = sum(count[key] for key in categories)
    return {key: round(count[key] / total, 6) for key in categories}


def shift(categories: Sequence[str]) -> npt.NDArray[np.float64]:
    """What makes scores of even shares those of real ones (k,): their logarithms; nothing where none are known."""
    if not are_judged(categories):
        return np.zeros(len(categories))
    return np.log([OVERALL[key] * len(KEYS) for key in categories])


def weights(rows: Sequence[Row], categories: Sequence[str] = KEYS) -> npt.NDArray[np.float64]:
    """Weight of each row (n,): complaints count as their category's share in their industry, over an even share.

    That times the row's own weight.
    """
    judged = are_judged(categories)
    return np.array([(_weight(row) if judged else 1.0) * row.weight for row in rows])


def _weight(row: Row) -> float:
    if row.kind != "complaint" or row.label not in KEYS or row.industry not in BY_INDUSTRY:
        return 1.0
    return len(KEYS) * BY_INDUSTRY[row.industry][KEYS.index(row.label)]
