"""Suspected wrong labels, worst first: what held-out models, similar texts or near-duplicates do not bear out.

The rules are those of confident learning (Northcutt, Jiang and Chuang 2021, "Confident Learning: Estimating
Uncertainty in Dataset Labels", sections 3.1 and 4): a label's own threshold is the mean probability that held-out
models give it on the rows that bear it. Written from the paper. `benchmarks.audit` measures it on planted errors.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from training.check import Shingles
from training.corpus import Row
from training.heldout import Floats, Ints
from training.neighbours import Nearest

SUSPECTED = 0.8
"""The doubt above which a label is suspected in any case; models of small corpora never doubt so much."""
NEIGHBOURS = 0.5
"""What it adds if all similar texts have another label. Chosen on planted errors, see docs/labels.md."""
CONTRADICTED = 0.5
"""What a near-duplicate with another label adds to the doubt: one of the two labels must be wrong."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A row whose label may be wrong. `doubt` orders the worst first; `reasons` are for people.

    `given` and `other` are the held-out probabilities of the label and of the one that is proposed.
    """

    row: Row
    proposed: str
    given: float
    other: float
    doubt: float
    reasons: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """A flat object: the row, what is proposed, and why."""
        names = ("id", "text", "label", "kind", "author", "place")
        return {name: getattr(self.row, name) for name in names} | {
            "proposed": self.proposed,
            "given": round(self.given, 4),
            "other": round(self.other, 4),
            "doubt": round(self.doubt, 4),
            "reasons": list(self.reasons),
        }


def audit(rows: Sequence[Row], names: Sequence[str], labels: Ints, probability: Floats, near: Nearest) -> list[Suspect]:
    """The suspects among rows (n) of labels (n,), numbers of `names` (k), by held-out probabilities (n, k)."""
    twins = contradictions(rows)
    doubt = combined(probability, labels, near)
    found = []
    for place in np.flatnonzero(
        suspected(probability, labels, doubt) | np.isin(np.arange(len(rows)), list(twins))
    ).tolist():
        suspect = _suspect(rows[place], names, probability[place], float(doubt[place]), near.labels(place, labels))
        found.append(_contradicted(suspect, [rows[other] for other in twins.get(place, ())]))
    return sorted(found, key=lambda suspect: (-suspect.doubt, suspect.row.id))


def _suspect(row: Row, names: Sequence[str], probability: Floats, doubt: float, around: Ints) -> Suspect:
    label = names.index(row.label)
    other = max((place for place in range(len(names)) if place != label), key=probability.__getitem__)
    given, found = float(probability[label]), float(probability[other])
    said = f"held-out model gives {names[other]} {found:.2f}, label {row.label} {given:.2f}"
    return Suspect(row, names[other], given, found, doubt, (said, *_around(names, label, around)))


def _around(names: Sequence[str], label: int, around: Ints) -> Iterator[str]:
    """What the most similar texts are labelled, where most of them agree on another label."""
    if len(around):
        most = int(np.bincount(around).argmax())
        count = int((around == most).sum())
        if most != label and 2 * count > len(around):
            yield f"{count} of the {len(around)} most similar texts are labelled {names[most]}"


def _contradicted(suspect: Suspect, twins: Sequence[Row]) -> Suspect:
    if not twins:
        return suspect
    said = tuple(f"near-duplicate {twin.id} is labelled {twin.label}" for twin in twins)
    return replace(suspect, doubt=suspect.doubt + CONTRADICTED, reasons=said + suspect.reasons)


def combined(probability: Floats, labels: Ints, near: Nearest) -> Floats:
    """The doubt that orders suspects (n,): that of held-out models, and half the disagreement of similar texts."""
    return doubts(probability, labels) + NEIGHBOURS * near.disagreement(labels)


def doubts(probability: Floats, labels: Ints) -> Floats:
    """How much less a label is believed (n,) than labels of its kind are on average.

    Self-confidence less the threshold of its label, turned round. Subtracting the threshold is what keeps a label that
    models seldom believe (`none`) from filling the list.
    """
    own = probability[np.arange(len(labels)), labels]
    return thresholds(probability, labels)[labels] - own


def suspected(probability: Floats, labels: Ints, doubt: Floats) -> npt.NDArray[np.bool_]:
    """Which labels (n,) are suspected: another one is believed at its own threshold or above, or the doubt is great."""
    over = np.where(probability >= thresholds(probability, labels), probability, 0.0)
    joint = (over.max(axis=1) > 0) & (over.argmax(axis=1) != labels)
    return np.asarray(joint | (doubt > SUSPECTED))


def thresholds(probability: Floats, labels: Ints) -> Floats:
    """Mean probability of each label on the rows that bear it (k,), 1 where none does."""
    count = np.bincount(labels, minlength=probability.shape[1])
    total = np.bincount(labels, probability[np.arange(len(labels)), labels], minlength=probability.shape[1])
    return np.where(count, total / np.maximum(count, 1), 1.0)


def contradictions(rows: Sequence[Row]) -> Mapping[int, list[int]]:
    """Places of the near-duplicates with another label, for every row that has one."""
    index = Shingles()
    found: dict[int, list[int]] = {}
    for place, row in enumerate(rows):
        item = replace(row, place=str(place))
        for other in map(int, index.neighbours(item)):
            if rows[other].label != row.label:
                found.setdefault(place, []).append(other)
                found.setdefault(other, []).append(place)
        index.add(item)
    return found
