"""Which texts are held out together: those of one writer, or of one industry, never a random sample of either.

Where a corpus does not know its writers or industries, or they do not allow it, stretches of every label are.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from router.categories import NONE
from training.corpus import Row

Indices = npt.NDArray[np.int64]
Group = Callable[[Row], str]
Fold = tuple[Indices, Indices]

STRETCHES = 5
"""Folds of a corpus whose groups do not allow to hold them out."""
MOST_HELD_OUT = 0.75
"""No fold may hold out a greater share of the complaints: what is left would say nothing of the whole."""


def writer(row: Row) -> str:
    """Who wrote the text: the author without the letter of the voice («c1a» and «c1b» are one writer's voices)."""
    return row.author.rstrip("abcdefgh") or row.author


def author(row: Row) -> str:
    """The voice that a text was written in."""
    return row.author


def industry(row: Row) -> str:
    """The industry that a text is about."""
    return row.industry


def folds(rows: Sequence[Row], group: Group, at_most: int | None = None) -> Iterator[Fold]:
    """Yield (train, held out) indices; every group with complaints is held out once, whole.

    With `at_most`, groups are joined into that many folds of about equal size. Phrases of a held-out group are neither
    trained on nor tested: quality is that on whole complaints. Where `ungrouped` says why this cannot be done, every
    complaint is held out once, and phrases are trained on always.
    """
    return _stretches(rows, at_most or STRETCHES) if ungrouped(rows, group, at_most) else _groups(rows, group, at_most)


def ungrouped(rows: Sequence[Row], group: Group, at_most: int | None = None) -> str | None:
    """Why whole groups cannot be held out of these rows, in words; None where they can."""
    found, total = list(_groups(rows, group, at_most)), sum(row.kind == "complaint" for row in rows)
    if len(found) < 2:  # noqa: PLR2004 - nothing to learn from is left
        return f"no second {group.__name__} is named"
    if any(len(held_out) > MOST_HELD_OUT * total for _, held_out in found):
        return f"one {group.__name__} has more than {MOST_HELD_OUT:.0%} of the complaints"
    labels = np.array([row.label for row in rows])
    placed = set(labels) - {NONE}
    if any(placed - set(labels[train]) for train, _ in found):
        return f"all texts of a category are of one {group.__name__}"
    return None


def _stretches(rows: Sequence[Row], count: int) -> Iterator[Fold]:
    """Each label's complaints in `count` stretches, so that neighbours, which are often alike, stay together."""
    fold = np.full(len(rows), -1)
    labels = np.array([row.label if row.kind == "complaint" else "" for row in rows])
    for label in set(labels) - {""}:
        places = np.flatnonzero(labels == label)
        fold[places] = np.arange(len(places)) * count // len(places)
    for number in range(count):
        yield np.flatnonzero(fold != number), np.flatnonzero(fold == number)


def _groups(rows: Sequence[Row], group: Group, at_most: int | None) -> Iterator[Fold]:
    names = np.array([group(row) for row in rows])
    complaint = np.array([row.kind == "complaint" for row in rows])
    for members in _parts(names[complaint], at_most):
        inside = np.isin(names, members)
        yield np.flatnonzero(~inside), np.flatnonzero(inside & complaint)


def _parts(names: npt.NDArray[np.str_], at_most: int | None) -> list[list[str]]:
    found, counts = np.unique(names, return_counts=True)
    parts: list[list[str]] = [[] for _ in range(min(at_most or len(found), len(found)))]
    sizes = [0] * len(parts)
    for place in np.argsort(-counts, kind="stable"):
        smallest = sizes.index(min(sizes))
        parts[smallest].append(str(found[place]))
        sizes[smallest] += int(counts[place])
    return parts
