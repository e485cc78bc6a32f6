"""The lexicon: of twenty real complaints that have a lemma, how many are of each category, by judgement.

Two readers judged each lemma independently, of ten complaints each; a line holds the sum.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from router.categories import KEYS
from router.errors import DataError
from training.shares import are_judged, base

Lexicon = Mapping[str, tuple[int, ...]]

NAME = "lexicon.tsv"
TOTAL = 20
SMOOTHING = 0.5


def read(path: Path, categories: Sequence[str] = KEYS) -> Lexicon:
    """Read `lemma`, tab, a count for each category in their order; an absent file is an empty lexicon.

    Where the categories are the router's own in another order, the file still has the router's.
    """
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    found = dict(_entry(f"{path}:{number}", line, len(categories)) for number, line in enumerate(lines, start=1))
    if not are_judged(categories) or tuple(categories) == KEYS:
        return found
    order = [KEYS.index(key) for key in categories]
    return {lemma: tuple(counts[place] for place in order) for lemma, counts in found.items()}


def log_odds(counts: tuple[int, ...], categories: Sequence[str] = KEYS) -> npt.NDArray[np.float64]:
    """Logarithm of smoothed shares over base shares, one for each category."""
    usual = base(categories)
    return np.asarray(np.log((np.array(counts) / TOTAL + SMOOTHING * usual) / ((1 + SMOOTHING) * usual)))


def _entry(place: str, line: str, columns: int) -> tuple[str, tuple[int, ...]]:
    lemma, _, rest = line.partition("\t")
    counts = tuple(int(part) for part in rest.split() if part.isdigit())
    if not lemma or len(counts) != columns or sum(counts) != TOTAL:
        expected = f"a lemma, a tab and {columns} whole numbers that sum to {TOTAL}"
        raise DataError(place, f"expected {expected}, got {line!r}")
    return lemma, counts
