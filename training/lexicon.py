"""The lexicon: of twenty real complaints that have a lemma, how many are of each category, by judgement.

Two readers judged each lemma independently, of ten complaints each; a line holds the sum.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from router.categories import KEYS
from router.errors import DataError
from training.shares import OVERALL

Lexicon = Mapping[str, tuple[int, ...]]

NAME = "lexicon.tsv"
TOTAL = 20
SMOOTHING = 0.5


def read(path: Path) -> Lexicon:
    """Read `lemma`, tab, four counts in the order of the categories; an absent file is an empty lexicon."""
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(_entry(f"{path}:{number}", line) for number, line in enumerate(lines, start=1))


def log_odds(counts: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Logarithm of smoothed shares over base shares, one for each category."""
    base = np.array([OVERALL[key] for key in KEYS])
    return np.asarray(np.log((np.array(counts) / TOTAL + SMOOTHING * base) / ((1 + SMOOTHING) * base)))


def _entry(place: str, line: str) -> tuple[str, tuple[int, ...]]:
    lemma, _, rest = line.partition("\t")
    counts = tuple(int(part) for part in rest.split() if part.isdigit())
    if not lemma or len(counts) != len(KEYS) or sum(counts) != TOTAL:
        expected = f"a lemma, a tab and {len(KEYS)} whole numbers that sum to {TOTAL}"
        raise DataError(place, f"expected {expected}, got {line!r}")
    return lemma, counts
