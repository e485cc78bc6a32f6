"""Many complaints: rows in, rows with their classification out, one at a time whatever the size of the file."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

from router.classifier import Classifier
from router.errors import DataError, TextError

Row = dict[str, Any]
Numbered = tuple[int, Row | DataError]
Reader = Callable[[BinaryIO, str], Iterator[Numbered]]

KEPT = (
    "category",
    "queue",
    "decision",
    "reason",
    "confidence",
    "suggestions",
    "secondary",
    "priority",
    "respond_within_hours",
)
"""What bulk classification adds to the fields of a row."""


def read_jsonl(file: BinaryIO, name: str) -> Iterator[Numbered]:
    """Objects with a `text`, a line each; blank lines are passed over."""
    for number, line in enumerate(file, start=1):
        if line.strip():
            yield number, _object(line, f"{name}:{number}")


def read_lines(file: BinaryIO, name: str) -> Iterator[Numbered]:
    """A text a line; blank lines are passed over."""
    for number, line in enumerate(file, start=1):
        if line.strip():
            text = _decoded(line, f"{name}:{number}")
            yield number, text if isinstance(text, DataError) else {"text": text.strip()}


def read_csv(file: BinaryIO, name: str) -> Iterator[Numbered]:
    """Records with a column `text`, by commas, with a heading."""
    reader = csv.DictReader(
        (line.decode("utf-8", "surrogateescape").removeprefix("\ufeff") for line in file), strict=True
    )
    if "text" not in (reader.fieldnames or ()):
        found = ", ".join(reader.fieldnames or ()) or "none"
        raise DataError(f"{name}:1", f"expected a column named text, found the columns {found}")
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield reader.line_num, DataError(f"{name}:{reader.line_num}", f"expected CSV, {error}")
            continue
        yield reader.line_num, {key: value for key, value in record.items() if key is not None}


READERS: dict[str, Reader] = {"jsonl": read_jsonl, "csv": read_csv, "txt": read_lines}


def classify_rows(
    classifier: Classifier, rows: Iterable[Numbered], name: str, skip: Callable[[DataError], None]
) -> Iterator[str]:
    """Yield one line of JSON for each row, in order; what cannot be classified goes to `skip`, which may raise it."""
    for number, row in rows:
        try:
            if isinstance(row, DataError):
                raise row
            yield json.dumps(row | _answer(classifier, row), ensure_ascii=False)
        except DataError as error:
            skip(error)
        except TextError as error:
            skip(DataError(f"{name}:{number}", error.detail))


def _answer(classifier: Classifier, row: Row) -> Row:
    answer = classifier.classify(row.get("text")).as_json()
    return {key: answer[key] for key in KEPT}


def _object(line: bytes, place: str) -> Row | DataError:
    try:
        value = json.loads(line)
    except UnicodeDecodeError as error:
        return DataError(place, f"expected UTF-8, found byte {line[error.start]:#04x} at {error.start}")
    except (ValueError, RecursionError) as error:
        return DataError(place, f"expected a JSON object, {error}")
    return value if isinstance(value, dict) else DataError(place, f"expected a JSON object, got {type(value).__name__}")


def _decoded(line: bytes, place: str) -> str | DataError:
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        return DataError(place, f"expected UTF-8, found byte {line[error.start]:#04x} at {error.start}")
