"""From a corpus to its suspects: the steps of `complaint-training audit`, in the order in which they cost."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from training.audit import Suspect, audit
from training.corpus import Row
from training.heldout import Floats, features_of, kept, numbers, probabilities
from training.neighbours import nearest

ALL = "all"


def suspects(rows: Sequence[Row], kind: str, model: tuple[Path, str] | None = None) -> tuple[list[Suspect], int]:
    """The suspects of a kind (or of `all`), worst first, and how many labels were looked at.

    By models fitted here on all rows, or by what a model (its registry, its id) keeps of its complaints.
    """
    rows, names, probability = kept(*model, rows) if model else _fitted(rows)
    places = [place for place, row in enumerate(rows) if kind in (row.kind, ALL)]
    if not places:
        return [], 0
    chosen = [rows[place] for place in places]
    labels = numbers([row.label for row in chosen], names)[1]
    near = nearest(features_of(chosen), np.array([row.kind for row in chosen]))
    return audit(chosen, names, labels, probability[places], near), len(chosen)


def _fitted(rows: Sequence[Row]) -> tuple[Sequence[Row], tuple[str, ...], Floats]:
    names, labels = numbers([row.label for row in rows])
    return rows, names, probabilities(features_of(rows), labels, len(names))
