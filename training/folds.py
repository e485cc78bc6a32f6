"""Which texts are held out together: those of one writer, or of one industry, never a random sample of either."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from training.corpus import Row

Indices = npt.NDArray[np.int64]
Group = Callable[[Row], str]


def writer(row: Row) -> str:
    """Who wrote the text: the author without the letter of the voice («c1a» and «c1b» are one writer's voices)."""
    return row.author.rstrip("abcdefgh") or row.author


def author(row: Row) -> str:
    """The voice that a text was written in."""
    return row.author


def industry(row: Row) -> str:
    """The industry that a text is about."""
    return row.industry


def folds(rows: Sequence[Row], group: Group, at_most: int | None = None) -> Iterator[tuple[Indices, Indices]]:
    """Yield (train, held out) indices; every group with complaints is held out once, whole.

    With `at_most`, groups are joined into that many folds of about equal size. Phrases of a held-out group are neither
    trained on nor tested: quality is that on whole complaints.
    """
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
