"""Which frequent words of real complaints the corpus lacks: where writing pays."""

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from router.errors import DataError
from router.lemmas import lemma
from router.text import forms
from training.corpus import Row

ENOUGH = 3


@dataclass(frozen=True, slots=True)
class Gap:
    """A lemma or a pair of lemmas, how many of a thousand real complaints have it, and how many texts of the corpus."""

    entry: str
    per_mille: float
    texts: int
    categories: tuple[str, ...]


def read_vocabulary(path: Path) -> dict[str, float]:
    """Entry → per mille, from a table with the columns `lemma` or `lemma_bigram`, and `per_mille`, by tabs."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    except OSError as error:
        raise DataError(str(path), error.strerror or "cannot be read") from None
    except UnicodeDecodeError:
        raise DataError(str(path), "expected UTF-8") from None
    name = next((key for key in ("lemma", "lemma_bigram") if lines and key in lines[0]), None)
    if name is None or "per_mille" not in lines[0]:
        raise DataError(
            str(path), "expected a tab-separated table with the columns lemma (or lemma_bigram) and per_mille"
        )
    return {line[name]: _number(line["per_mille"], f"{path}:{number}") for number, line in enumerate(lines, start=2)}


def gaps(rows: Sequence[Row], vocabulary: dict[str, float], enough: int = ENOUGH) -> list[Gap]:
    """Entries that fewer than `enough` texts of the corpus have, the most frequent first."""
    counts: Counter[str] = Counter()
    labels: dict[str, set[str]] = {}
    for row in rows:
        for entry in _entries(row.text) & vocabulary.keys():
            counts[entry] += 1
            labels.setdefault(entry, set()).add(row.label)
    found = [
        Gap(entry, share, counts[entry], tuple(sorted(labels.get(entry, ()))))
        for entry, share in vocabulary.items()
        if counts[entry] < enough
    ]
    return sorted(found, key=lambda gap: (-gap.per_mille, gap.entry))


def _entries(text: str) -> set[str]:
    lemmas = [lemma(form) for form in forms(text) if form[:1].isalpha()]
    return {*lemmas, *_pairs(lemmas)}


def _pairs(lemmas: Iterable[str]) -> list[str]:
    return [f"{first} {second}" for first, second in pairwise(lemmas)]


def _number(value: str | None, place: str) -> float:
    try:
        return float(value or "")
    except ValueError:
        raise DataError(place, f"per_mille must be a number, got {value!r}") from None
