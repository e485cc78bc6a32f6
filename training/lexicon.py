"""The lexicon: of ten real complaints that have a lemma, how many are of each category, by judgement."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from router.categories import KEYS
from router.errors import DataError

Lexicon = Mapping[str, tuple[int, ...]]

NAME = "lexicon.tsv"
TENTHS = 10
BASE = {"financial": 0.33, "technical": 0.17, "service": 0.20, "software": 0.30}
"""Shares of the categories in real complaints, which the judgements start from (rounded shares of the dev set)."""
SMOOTHING = 0.5


def read(path: Path) -> Lexicon:
    """Read `lemma`, tab, four tenths in the order of the categories; an absent file is an empty lexicon."""
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(_entry(f"{path}:{number}", line) for number, line in enumerate(lines, start=1))


def log_odds(tenths: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Logarithm of smoothed shares over base shares, one for each category."""
    base = np.array([BASE[key] for key in KEYS])
    return np.asarray(np.log((np.array(tenths) / TENTHS + SMOOTHING * base) / ((1 + SMOOTHING) * base)))


def _entry(place: str, line: str) -> tuple[str, tuple[int, ...]]:
    lemma, _, rest = line.partition("\t")
    tenths = tuple(int(part) for part in rest.split() if part.isdigit())
    if not lemma or len(tenths) != len(KEYS) or sum(tenths) != TENTHS:
        expected = f"a lemma, a tab and {len(KEYS)} whole numbers that sum to {TENTHS}"
        raise DataError(place, f"expected {expected}, got {line!r}")
    return lemma, tenths
