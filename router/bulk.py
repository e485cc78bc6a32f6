"""Many complaints: rows in, rows with their classification out, one at a time whatever the size of the file."""

import csv
import json
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import zip_longest
from typing import Any, BinaryIO, NamedTuple

from router.classifier import Classification, Classifier
from router.errors import DataError, InputError, TextError
from router.parallel import Numbered

Row = dict[str, Any]


class Form(NamedTuple):
    """A form of input: `read` takes the file apart, `row` makes a row of a part. Only `row` can be done in parallel.

    `is_json` says that a part is a JSON object already.
    """

    read: Callable[[BinaryIO, str], Iterator[Numbered]]
    row: Callable[[Any, str], Row | DataError]
    is_json: bool = False


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
_ANSWERED = frozenset(KEPT)


MOST_OF_A_FIELD = 1 << 23
"""Characters of a field of CSV: a quote that is never closed must not take the rest of the file into memory."""


def read_lines(file: BinaryIO, name: str) -> Iterator[Numbered]:
    """The lines of a file; blank ones are passed over."""
    return ((number, line) for number, line in enumerate(file, start=1) if line.strip())


def read_csv(file: BinaryIO, name: str) -> Iterator[Numbered]:
    """Records with a column `text`, by commas, with a heading; the number is that of a record's last line.

    A line that is no CSV is told in its place. Where a record of several lines is none, nobody knows where the next one
    begins: the file is read no further, for what stands inside of quotes is no row.
    """
    csv.field_size_limit(MOST_OF_A_FIELD)
    reader = csv.reader((line.decode("utf-8", "surrogateescape").removeprefix("\ufeff") for line in file), strict=True)
    try:
        heading = next(reader, [])
    except csv.Error as error:
        raise DataError(f"{name}:1", f"expected CSV with a heading, {error}") from error
    if "text" not in heading:
        found = ", ".join(heading) or "none"
        raise DataError(f"{name}:1", f"expected a column named text, found the columns {found}")
    while True:
        first = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            fault = DataError(f"{name}:{first}", f"expected CSV, {error}")
            if reader.line_num > first:
                raise fault from error
            yield first, fault
            continue
        if record:
            yield reader.line_num, dict(zip_longest(heading, record[: len(heading)]))


def read_parquet(file: BinaryIO, name: str) -> Iterator[Numbered]:
    """Rows of a Parquet file with a column `text`, by their numbers."""
    try:
        from router import parquet  # pyarrow is needed for Parquet only
    except ModuleNotFoundError:
        raise InputError(f"{name} needs pyarrow: pip install 'complaint-router[parquet]'") from None
    return parquet.read(file, name)


def classify_rows(
    classifier: Classifier, form: Form, parts: Iterable[Numbered], name: str
) -> Iterator[bytes | DataError]:
    """A line of JSON (UTF-8, without its end) for each part, in order, or why it cannot be classified."""
    for number, part in parts:
        place = f"{name}:{number}"
        row = form.row(part, place)
        yield row if isinstance(row, DataError) else _line(classifier, row, place, part if form.is_json else None)


def _line(classifier: Classifier, row: Row, place: str, written: bytes | None) -> bytes | DataError:
    try:
        answer = answered(classifier.classify(row.get("text")))
    except TextError as error:
        return DataError(place, error.detail)
    try:
        return b"%b, %b}" % (_as_written(row, written) or _anew(row), answer.encode())
    except UnicodeEncodeError:  # a field may hold bytes that are no UTF-8, or half of a pair (`"\ud800"`)
        return DataError(place, "expected UTF-8 in every field, found what is no character")


def _as_written(row: Row, written: bytes | None) -> bytes | None:
    """A row as it stands in the file, less its last brace, which spares writing it anew; None where that may not be."""
    if written is None or not written.startswith(b"{") or any(map(written.__contains__, _DOUBTFUL)):
        return None
    return written.rstrip()[:-1] if _ANSWERED.isdisjoint(row) else None


_DOUBTFUL = b"\\u", b"\0", b"\xed"
"""Bytes of a line that is another encoding's than UTF-8, or may hold half of a pair."""


def _anew(row: Row) -> bytes:
    return _encode({key: value for key, value in row.items() if key not in _ANSWERED})[:-1].encode()


def answered(answer: Classification) -> str:
    """The fields `KEPT` of an answer, as they stand between the braces of a JSON object."""
    figures = [round(value, 6) for _, value in answer.suggestions]
    decision = answer.decision
    frame = _frame(
        *(answer.category, answer.queue, decision.kind, decision.reason, answer.secondary_category),
        *(answer.priority, answer.respond_within_hours, *[key for key, _ in answer.suggestions]),
    )
    return frame % (figures[0], *figures)


@lru_cache(1 << 12)
def _frame(
    category: str | None,
    queue: str,
    decision: str,
    reason: str | None,
    secondary: str | None,
    priority: str,
    hours: int,
    *order: str,
) -> str:
    """The fields with `%r` for every confidence; there are few different ones, so that they are written once."""
    head = _part(category=category, queue=queue, decision=decision, reason=reason)
    ranked = ", ".join(f'{{{_part(category=key)}, "confidence": %r}}' for key in order)
    tail = _part(secondary=secondary, priority=priority, respond_within_hours=hours)
    return f'{head}, "confidence": %r, "suggestions": [{ranked}], {tail}'


def _part(**fields: Any) -> str:
    """Fields of an object without its braces, in a frame."""
    return _encode(fields)[1:-1].replace("%", "%%")


_encode = json.JSONEncoder(ensure_ascii=False).encode  # `json.dumps` would make an encoder for every row


def _object(line: bytes, place: str) -> Row | DataError:
    try:
        value = json.loads(line)
    except UnicodeDecodeError as error:
        return DataError(place, f"expected UTF-8, found byte {error.object[error.start]:#04x} at {error.start}")
    except (ValueError, RecursionError) as error:
        return DataError(place, f"expected a JSON object, {error}")
    return value if isinstance(value, dict) else DataError(place, f"expected a JSON object, got {type(value).__name__}")


def _text(line: bytes, place: str) -> Row | DataError:
    try:
        return {"text": line.removeprefix(BOM_UTF8).decode().strip()}
    except UnicodeDecodeError as error:
        return DataError(place, f"expected UTF-8, found byte {error.object[error.start]:#04x} at {error.start}")


def _record(found: Row | DataError, place: str) -> Row | DataError:
    return found


FORMS = {
    "jsonl": Form(read_lines, _object, is_json=True),
    "csv": Form(read_csv, _record),
    "parquet": Form(read_parquet, _record),
    "txt": Form(read_lines, _text),
}
"""JSON objects with a `text`, a line each; comma-separated records with a heading; Parquet; a text a line."""
