"""Words whose votes were worked out at fitting: `words.npz`, which spares every new process working them out.

A word that is not among them, or a model without the file, gets the same votes when the word is met, to the last bit.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from router.errors import ArtefactError
from router.votes import Words
from router.votetable import MOST_OF_A_WORD, PROTOCOL, read_arrays, require_protocol

NAME = "words.npz"
COUNTED = 5
"""How many counts are kept of each word: all of `Words.counts` but the last, which is the service's own."""

Known = tuple[list[int], tuple[int, ...]]
"""A word's votes in fixed point, and its counts."""


class KnownWords:
    """`votes` is int64 of shape (words, k + 1), `counts` uint8 of shape (words, 5)."""

    def __init__(self, words: Sequence[str], votes: npt.NDArray[np.int64], counts: npt.NDArray[np.uint8]) -> None:
        self.words = words
        self.votes = votes
        self.counts = counts
        self._rows = {word: row for row, word in enumerate(words)}

    def get(self, word: str) -> Known | None:
        """What was worked out for a word; None for one that is not among them."""
        row = self._rows.get(word)
        return None if row is None else (self.votes[row].tolist(), tuple(self.counts[row].tolist()))


def work_out(words: Iterable[str], by: Words) -> KnownWords:
    """The votes and counts of words, in alphabetical order."""
    found = sorted(set(words))
    votes = np.array([by.fixed_point(word) for word in found], np.int64).reshape(len(found), by.size)
    counts = np.array([by.counts(word)[:COUNTED] for word in found], np.uint8).reshape(len(found), COUNTED)
    return KnownWords(found, votes, counts)


def save(known: KnownWords, path: Path) -> None:
    """Write `words.npz`; the same words give the same bytes."""
    text = np.frombuffer("\n".join(known.words).encode(), np.uint8)
    with path.open("wb") as file:
        np.savez_compressed(file, protocol=np.array(PROTOCOL), words=text, votes=known.votes, counts=known.counts)


def load(content: bytes, name: str, categories: int) -> KnownWords:
    """Read the bytes of a `words.npz` (never unpickling); `ArtefactError` where it does not fit."""
    parts = read_arrays(content, name)
    require_protocol(parts, name)
    try:
        words = parts["words"].tobytes().decode().split("\n")
        known = KnownWords(words if words != [""] else [], parts["votes"], parts["counts"])
    except (KeyError, ValueError) as error:
        raise ArtefactError(f"{name} lacks a part of known words: {error!r}", "artefact_damaged") from error
    _require_sound(known, name, categories + 1)
    return known


def _require_sound(known: KnownWords, name: str, votes: int) -> None:
    """Refuse arrays of another shape, and numbers that a packed sum cannot hold."""
    expected: tuple[tuple[str, Any, Any, int, int], ...] = (
        ("votes", known.votes, np.int64, votes, MOST_OF_A_WORD),
        ("counts", known.counts, np.uint8, COUNTED, 1),
    )
    for kind, found, numbers, columns, most in expected:
        if found.dtype != numbers or found.shape != (len(known.words), columns):
            wanted = f"{np.dtype(numbers)} of {(len(known.words), columns)}"
            raise ArtefactError(
                f"{name} has {kind} of {found.dtype} {found.shape}; expected {wanted}", "artefact_damaged"
            )
        if ((found > most) | (found < -most if kind == "votes" else found < 0)).any():
            raise ArtefactError(f"{name} has {kind} of more than {most}", "artefact_damaged")
    if not known.counts[:, :1].all():  # it counts the words whose votes are summed, each of which is biased
        raise ArtefactError(f"{name} has words that do not count as one", "artefact_damaged")
