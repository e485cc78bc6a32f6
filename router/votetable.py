"""The table of votes that the model is compiled to, and the format of `votes.npz` (protocol 1)."""

import io
import tokenize
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from struct import error as struct_error
from typing import Any

import numpy as np
import numpy.typing as npt

from router.ballots import ONE
from router.errors import ArtefactError
from router.text import MAX_WORD_LENGTH

PROTOCOL = 1
MAX_VOTE = 64
"""The greatest weight of a feature that is taken: 200 words of 900 features each then fit into a field."""

MOST_OF_A_WORD = int(MAX_VOTE * 900 * ONE)
"""The greatest vote of a word, in fixed point."""


@dataclass(frozen=True)
class VoteTable:
    """What `votes.npz` holds. `weights` is float32 of shape (features, k + 1), `intercepts` float64 (k + 1,).

    The first k columns are for the categories, the last is for `none`. `shortest` and `longest` bound the n-grams.
    """

    categories: tuple[str, ...]
    features: tuple[str, ...]
    weights: npt.NDArray[np.float32]
    intercepts: npt.NDArray[np.float64]
    shortest: int
    longest: int


def save(table: VoteTable, path: Path) -> None:
    """Write `votes.npz`; the same table gives the same bytes."""
    text = "\n".join(table.features).encode()
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            protocol=np.array(PROTOCOL),
            categories=np.array(table.categories),
            ngrams=np.array([table.shortest, table.longest]),
            features=np.frombuffer(text, np.uint8),
            weights=table.weights,
            intercepts=table.intercepts,
        )


UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, struct_error, tokenize.TokenError, ValueError, OSError, EOFError, KeyError),
    *(TypeError, OverflowError, MemoryError, NotImplementedError, RuntimeError, SyntaxError),
)
"""What zipfile, zlib and numpy raise for a file that is damaged, each in its own way (found by fuzzing)."""


def load(content: bytes, name: str, categories: Sequence[str] | None = None) -> VoteTable:
    """Read the bytes of a `votes.npz` (never unpickling); `ArtefactError` where it is damaged or of another kind."""
    parts = read_arrays(content, name)
    require_protocol(parts, name)
    table = _table(parts, name)
    if categories is not None and table.categories != tuple(categories):
        expected, found = ", ".join(categories), ", ".join(table.categories)
        raise ArtefactError(f"{name} is for the categories {found}; expected {expected}", "artefact_categories")
    return table


def read_arrays(content: bytes, name: str) -> dict[str, Any]:
    """The arrays of an `npz`, never unpickled; `ArtefactError` where it is damaged."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            parts: dict[str, Any] = {key: arrays[key] for key in arrays.files}
    except UNREADABLE as error:
        raise ArtefactError(f"{name} cannot be read: {error}", "artefact_damaged") from error
    if strange := [key for key, part in parts.items() if not isinstance(part, np.ndarray)]:
        raise ArtefactError(f"{name} has {', '.join(strange)} that is no array", "artefact_damaged")
    return parts


def require_protocol(parts: dict[str, Any], name: str) -> None:
    """`ArtefactError` where arrays state another protocol than this."""
    found = parts["protocol"].tolist() if "protocol" in parts else "none"
    if found != PROTOCOL:
        raise ArtefactError(f"{name} has protocol {found}; expected {PROTOCOL}", "artefact_protocol")


def _table(parts: dict[str, Any], name: str) -> VoteTable:
    try:
        table = VoteTable(
            categories=tuple(parts["categories"].tolist()),
            features=tuple(parts["features"].tobytes().decode().split("\n")),
            weights=parts["weights"],
            intercepts=parts["intercepts"],
            shortest=int(parts["ngrams"][0]),
            longest=int(parts["ngrams"][1]),
        )
    except (KeyError, ValueError, IndexError, TypeError, OverflowError) as error:
        raise ArtefactError(f"{name} lacks a part of a vote table: {error!r}", "artefact_damaged") from error
    shape = (len(table.features), len(table.categories) + 1)
    if table.weights.shape != shape or table.intercepts.shape != shape[1:]:
        found = f"{table.weights.shape} and {table.intercepts.shape}"
        raise ArtefactError(f"{name} has arrays of shape {found}; expected {shape} and {shape[1:]}", "artefact_damaged")
    _require_sound(table, name)
    return table


def _require_sound(table: VoteTable, name: str) -> None:
    """Refuse votes that are no finite numbers or more than a packed sum can hold, and n-grams that no word has."""
    for numbers, kind in ((table.weights, np.float32), (table.intercepts, np.float64)):
        if numbers.dtype != kind or not (np.abs(numbers) <= MAX_VOTE).all():  # NaN compares as false
            expected = f"{np.dtype(kind)} from {-MAX_VOTE} to {MAX_VOTE}"
            raise ArtefactError(f"{name} has votes that are not {expected}", "artefact_damaged")
    if not 1 <= table.shortest <= table.longest <= MAX_WORD_LENGTH:
        found = f"{table.shortest} to {table.longest}"
        raise ArtefactError(f"{name} has n-grams of {found}; expected 1 to {MAX_WORD_LENGTH}", "artefact_damaged")
    if not all(isinstance(key, str) for key in table.categories):
        raise ArtefactError(f"{name} has categories that are not names", "artefact_damaged")
