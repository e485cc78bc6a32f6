"""Many complaints: rows in, rows with their classification out, one at a time whatever the size of the file."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO, NamedTuple

from router.classifier import Classifier
from router.errors import DataError, InputError, TextError

Row = dict[str, Any]
Numbered = tuple[int, Any]
"""The number of a line, and what stands there: bytes, or what has been made of them already."""


class Form(NamedTuple):
    """A form of input: `read` takes the file apart, `row` makes a row of a part. Only `row` can be done in parallel."""

    read: Callable[[BinaryIO, str], Iterator[Numbered]]
    row: Callable[[Any, str], Row | DataError]


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


def read_lines(file: BinaryIO, name: str) -> Iterator[Numbered]:
    """The lines of a file; blank ones are passed over."""
    return ((number, line) for number, line in enumerate(file, start=1) if line.strip())


def read_csv(file: BinaryIO, name: str) -> Iterator[Numbered]:
    """Records with a column `text`, by commas, with a heading."""
    reader = csv.DictReader(
        (line.decode("utf-8", "surrogateescape").removeprefix("\ufeff") for line in file), strict=True
    )
    try:
        heading = reader.fieldnames or ()
    except csv.Error as error:
        raise DataError(f"{name}:1", f"expected CSV with a heading, {error}") from error
    if "text" not in heading:
        found = ", ".join(heading) or "none"
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


def read_parquet(file: BinaryIO, name: str) -> Iterator[Numbered]:
    """Rows of a Parquet file with a column `text`, by their numbers."""
    try:
        from router import parquet  # pyarrow is needed for Parquet only
    except ModuleNotFoundError:
        raise InputError(f"{name} needs pyarrow: pip install 'complaint-router[parquet]'") from None
    return parquet.read(file, name)


def classify_rows(
    classifier: Classifier, form: Form, parts: Iterable[Numbered], name: str
) -> Iterator[str | DataError]:
    """A line of JSON for each part, in order, or why it cannot be classified."""
    for number, part in parts:
        place = f"{name}:{number}"
        row = form.row(part, place)
        yield row if isinstance(row, DataError) else _line(classifier, row, place)


def _line(classifier: Classifier, row: Row, place: str) -> str | DataError:
    try:
        answer = classifier.classify(row.get("text")).as_json()
    except TextError as error:
        return DataError(place, error.detail)
    line = _ENCODER.encode(row | {key: answer[key] for key in KEPT})
    return line if _is_unicode(line) else DataError(place, "expected UTF-8 in every field, found what is no character")


def _is_unicode(line: str) -> bool:
    """Whether a line can be written: a field may hold bytes that are no UTF-8, or half of a pair (`"\\ud800"`)."""
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True


_ENCODER = json.JSONEncoder(ensure_ascii=False)  # `json.dumps` would make one for every row


def _object(line: bytes, place: str) -> Row | DataError:
    try:
        value = json.loads(line)
    except UnicodeDecodeError as error:
        return DataError(place, f"expected UTF-8, found byte {line[error.start]:#04x} at {error.start}")
    except (ValueError, RecursionError) as error:
        return DataError(place, f"expected a JSON object, {error}")
    return value if isinstance(value, dict) else DataError(place, f"expected a JSON object, got {type(value).__name__}")


def _text(line: bytes, place: str) -> Row | DataError:
    try:
        return {"text": line.decode().strip()}
    except UnicodeDecodeError as error:
        return DataError(place, f"expected UTF-8, found byte {line[error.start]:#04x} at {error.start}")


def _record(found: Row | DataError, place: str) -> Row | DataError:
    return found


FORMS = {
    "jsonl": Form(read_lines, _object),
    "csv": Form(read_csv, _record),
    "parquet": Form(read_parquet, _record),
    "txt": Form(read_lines, _text),
}
"""JSON objects with a `text`, a line each; comma-separated records with a heading; Parquet; a text a line."""
