"""The labelled corpus: its schema, and reading it (JSON lines or CSV) with the place of every fault."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from router.bulk import read_csv
from router.categories import KEYS, NONE
from router.errors import DataError, TextError
from router.text import require_text

KINDS = ("complaint", "phrase")
CHANNELS = ("form", "email", "chat", "appstore", "board", "tweet", "note")
FIELDS = ("id", "text", "label", "secondary", "industry", "channel", "author", "kind")


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled text. `place` is `FILE:LINE`; `sure` (1 to 3) is known of doubly read measuring sets only.

    `weight` is what a fit gives it beyond its share; no file states it, see `training.mixing`.
    """

    id: str
    text: str
    label: str
    secondary: str | None = None
    industry: str = "unknown"
    channel: str | None = None
    author: str = "unknown"
    kind: str = "complaint"
    sure: int | None = None
    place: str = ""
    weight: float = 1.0


def data_files(path: Path) -> list[Path]:
    """The `.jsonl` and `.csv` files of a folder in order of name, or the one file that `path` is."""
    if path.is_dir():
        if files := sorted(file for file in path.iterdir() if file.suffix in (".jsonl", ".csv")):
            return files
        raise DataError(str(path), "expected a folder with .jsonl or .csv files, found none")
    if not path.exists():
        raise DataError(str(path), "no such file or folder")
    return [path]


def read_objects(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every row of a file as (`FILE:LINE`, object); `DataError` at the first that is none."""
    return ((place, require_object(found)) for place, found in records(path))


def require_object(found: dict[str, Any] | DataError) -> dict[str, Any]:
    """The object that was read, or the fault that was."""
    if isinstance(found, DataError):
        raise found
    return found


def records(path: Path) -> Iterator[tuple[str, dict[str, Any] | DataError]]:
    """Every row of a JSON-lines file (blank lines are passed over) or a CSV file, or why it is none."""
    with path.open("rb") as file:
        if path.suffix == ".csv":
            yield from ((f"{path}:{number}", _of_csv(part)) for number, part in read_csv(file, str(path)))
            return
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield f"{path}:{number}", _of_line(f"{path}:{number}", line)


def _of_csv(record: dict[str, str | None] | DataError) -> dict[str, Any] | DataError:
    """A record as an object. An empty cell is null, and so is every field that the file has no column for."""
    if isinstance(record, DataError):
        return record
    return {"secondary": None, "channel": None, "kind": "complaint"} | {
        name: value.strip() or None for name, value in record.items() if value is not None
    }


def _of_line(place: str, line: bytes) -> dict[str, Any] | DataError:
    try:
        return parse_object(place, line)
    except DataError as error:
        return error


def parse_object(place: str, line: bytes) -> dict[str, Any]:
    """One line of JSON that must be an object; `DataError` with its place otherwise."""
    try:
        value = json.loads(line)
    except UnicodeDecodeError as error:
        raise DataError(place, f"expected UTF-8, found byte {line[error.start]:#04x} at {error.start}") from None
    except (ValueError, RecursionError) as error:
        raise DataError(place, f"expected a JSON object, {error}") from None
    if not isinstance(value, dict):
        raise DataError(place, f"expected a JSON object, got {type(value).__name__}")
    return value


def read(path: Path, categories: Sequence[str] = KEYS) -> list[Row]:
    """All rows of a file or a folder; `DataError` at the first that cannot be used."""
    return [row(place, value, categories) for file in data_files(path) for place, value in read_objects(file)]


def row(place: str, value: Mapping[str, Any], categories: Sequence[str] = KEYS) -> Row:
    """A row from a JSON object; only `text` and `label` (one of `categories`, or `none`) are required."""
    label = value.get("label")
    secondary = value.get("secondary")
    if label not in (*categories, NONE):
        raise DataError(place, f"label must be one of {', '.join((*categories, NONE))}, got {label!r}")
    if secondary is not None and secondary not in categories:
        raise DataError(place, f"secondary must be null or one of {', '.join(categories)}, got {secondary!r}")
    try:
        text = require_text(value.get("text"))
    except TextError as error:
        raise DataError(place, error.detail) from None
    return Row(
        id=str(value.get("id") or place),
        text=text,
        label=label,
        secondary=secondary,
        industry=str(value.get("industry") or "unknown"),
        channel=value.get("channel"),
        author=str(value.get("author") or "unknown"),
        kind=str(value.get("kind") or "complaint"),
        sure=value.get("sure"),
        place=place,
    )


def require_enough(rows: Sequence[Row], categories: Sequence[str], least: int, data: Path) -> None:
    """Refuse a corpus that has fewer than `least` complaints of some category."""
    count = Counter(item.label for item in rows if item.kind == "complaint")
    if short := [f"{count[key]} of {key}" for key in categories if count[key] < least]:
        raise DataError(str(data), f"expected at least {least} complaints of every category, found {', '.join(short)}")


def complaints(rows: Sequence[Row]) -> npt.NDArray[np.bool_]:
    """Which rows are whole complaints, not phrases (n,)."""
    return np.array([item.kind == "complaint" for item in rows], bool)


def placed(rows: Iterable[Row]) -> list[Row]:
    """The rows whose label is a category (all but `none`)."""
    return [item for item in rows if item.label != NONE]
