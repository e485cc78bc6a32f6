"""The file of feedback: a JSON line for each complaint that agents judged, and what became of each.

A line is a row of a corpus (`training.corpus`) with, besides, who labelled it and when, all `judgements` over its life,
its `quarantine` (what it contradicts; empty where it contradicts nothing) and how it was `settled` (None until it is).
The file changes in one step and by one process at a time, so that a pull and a review may run side by side.
"""

import glob
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock

from router.errors import DataError, InputError
from training.corpus import read_objects
from training.registry import write_whole

NAME = "feedback.jsonl"
FIELDS = ("id", "text", "label", "change", "judgements", "quarantine", "settled")
DROPPED = "dropped"

Row = dict[str, Any]


def place(path: Path) -> Path:
    """The file that `path` means: itself, or `feedback.jsonl` in the folder that it is; `InputError` in a corpus."""
    if not path.is_dir() and path.suffix:
        return path
    if others := sorted(file.name for file in path.glob("*.jsonl") if file.name != NAME):
        raise InputError(f"{path} holds {others[0]}: expected a folder of its own, for fit reads all of a corpus")
    return path / NAME


def read(path: Path) -> list[Row]:
    """All rows of the file, none where there is no file; `DataError` at the first that `pull` did not write."""
    if not path.exists():
        return []
    rows = []
    for where, row in read_objects(path):
        if missing := [name for name in FIELDS if name not in row]:
            raise DataError(where, f"expected a row of `feedback pull`; it lacks {', '.join(missing)}")
        if wrong := [name for name in FIELDS if not _fits(name, row[name])]:
            raise DataError(where, f"expected a row of `feedback pull`; {wrong[0]} is {row[wrong[0]]!r:.60}")
        rows.append(row)
    return rows


def _fits(name: str, value: Any) -> bool:
    """Whether a field holds what `pull` and `review` write there; people edit the file by hand."""
    match name:
        case "judgements":
            return isinstance(value, list) and bool(value) and all(_has(one, "agent", "label") for one in value)
        case "quarantine":
            return isinstance(value, list) and all(_has(one, "reason") for one in value)
        case "settled":
            return value is None or _has(value, "verdict", "label")
    return isinstance(value, int if name == "change" else str)


def _has(value: Any, *names: str) -> bool:
    return isinstance(value, dict) and all(name in value for name in names)


def existing(path: Path) -> list[Row]:
    """The same of a file that must be there."""
    if not path.exists():
        raise DataError(str(path), "no such file; `feedback pull` makes it")
    return read(path)


def write(path: Path, rows: Iterable[Row]) -> None:
    """Replace the file in one step."""
    content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    if not path.exists() or path.read_bytes() != content.encode():
        write_whole(path, content.encode())


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep every other process of ours from changing the file meanwhile; ends with the process, however it ends.

    What a killed process left half written goes: it may hold the words of clients who want to be forgotten.
    """
    with FileLock(path.with_name(f".{path.name}.lock")):
        for left in path.parent.glob(f".{glob.escape(path.name)}.[0-9]*"):
            left.unlink()
        yield


def is_dropped(row: Row) -> bool:
    """Whether whoever settled it found that nothing can be learnt from it."""
    return row["settled"] is not None and row["settled"]["verdict"] == DROPPED


def is_open(row: Row) -> bool:
    """Whether it is in quarantine and nobody has settled it yet."""
    return bool(row["quarantine"]) and row["settled"] is None


def usable(rows: Iterable[Row]) -> list[Row]:
    """The rows that a fit may learn from: those that contradict nothing, and those that somebody kept or changed."""
    return [row for row in rows if not is_open(row) and not is_dropped(row)]
