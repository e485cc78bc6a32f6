"""Parquet files of rows: read a row group at a time, written a row group at a time. The only importer of pyarrow.

A row is a JSON object on its way: values that JSON has not (times, decimals) are text in it, and what was read as such
is written as it was.
"""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from router.errors import DataError

GROUP = 10_000
"""Rows that are written together; where the input has no types of its own, they are those of the first so many."""
ROWS = 1_000

KEPT = pa.schema(
    [
        ("category", pa.string()),
        ("queue", pa.string()),
        ("decision", pa.string()),
        ("reason", pa.string()),
        ("confidence", pa.float64()),
        ("suggestions", pa.list_(pa.struct([("category", pa.string()), ("confidence", pa.float64())]))),
        ("secondary", pa.string()),
        ("priority", pa.string()),
        ("respond_within_hours", pa.int64()),
    ]
)
"""The columns that classification adds; those of the input with these names are replaced."""


def read(file: BinaryIO, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Number and fields of every row; at most one row group is held at a time."""
    table = _opened(file, name)
    if "text" not in table.schema_arrow.names:
        raise DataError(name, f"expected a column named text, found the columns {', '.join(table.schema_arrow.names)}")
    number = 0
    try:
        for batch in table.iter_batches(ROWS):
            plain = pa.Table.from_batches([batch]).cast(_as_json(batch.schema, name))
            for row in plain.to_pylist():
                number += 1
                yield number, row
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{name}:{number + 1}", f"expected Parquet, {_line(error)}") from None


def schema(file: BinaryIO, name: str) -> pa.Schema:
    """The columns of a file and their types."""
    return _opened(file, name).schema_arrow


def _opened(file: BinaryIO, name: str) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(file)
    except (pa.ArrowException, OSError) as error:
        raise DataError(name, f"expected Parquet in a file, {_line(error)}") from None


def _as_json(found: pa.Schema, name: str) -> pa.Schema:
    """The same columns, with text for what JSON has not."""
    return pa.schema([field.with_type(_json_type(field.type, f"{name}, column {field.name}")) for field in found])


def _json_type(found: pa.DataType, place: str) -> pa.DataType:
    types = pa.types
    if types.is_dictionary(found):
        return _json_type(found.value_type, place)
    if types.is_temporal(found) or types.is_decimal(found):
        return pa.string()
    if types.is_list(found) or types.is_large_list(found):
        return pa.list_(_json_type(found.value_type, place))
    if types.is_struct(found):
        return pa.struct([field.with_type(_json_type(field.type, place)) for field in found])
    if types.is_binary(found) or types.is_large_binary(found) or types.is_fixed_size_binary(found):
        raise DataError(place, "expected a type that JSON has, found bytes")
    return found


class Writer:
    """Writes lines of JSON as rows. `before` are the columns of the input where they are known."""

    def __init__(self, file: BinaryIO, name: str, before: pa.Schema | None) -> None:
        self._file = file
        self._name = name
        self._schema = None if before is None else _with_kept(before)
        self._rows: list[dict[str, Any]] = []
        self._written = 0
        self._writer: pq.ParquetWriter | None = None

    def write(self, lines: bytes) -> None:
        """Take rows; they are written with others."""
        self._rows.extend(map(json.loads, lines.split(b"\n")))
        if len(self._rows) >= GROUP:
            self._flush()

    def close(self) -> None:
        """Write what is left, and the end of the file."""
        if self._rows or self._writer is None:
            self._flush()
        self.abandon()

    def abandon(self) -> None:
        """End the file with what has been written; it must still be open."""
        if self._writer is not None:
            self._writer.close()

    def _flush(self) -> None:
        try:
            if self._schema is None:
                self._schema = _with_kept(_inferred(self._rows))
            self._require_no_more(self._schema)
            plain = pa.Table.from_pylist(self._rows, _as_json(self._schema, self._name))
            if self._writer is None:
                self._writer = pq.ParquetWriter(self._file, self._schema)
            self._writer.write_table(plain.cast(self._schema))
        except pa.ArrowException as error:
            place = f"{self._name}, rows {self._written + 1} to {self._written + len(self._rows)}"
            raise DataError(place, f"expected values of the columns' types, {_line(error)}") from None
        self._written += len(self._rows)
        self._rows = []

    def _require_no_more(self, found: pa.Schema) -> None:
        known = set(found.names)
        for place, row in enumerate(self._rows, start=self._written + 1):
            if not row.keys() <= known:
                more = ", ".join(sorted(row.keys() - known))
                raise DataError(
                    f"{self._name}, row {place}", f"expected the columns of the first rows, found {more} too"
                )


def _with_kept(found: pa.Schema) -> pa.Schema:
    own = [field.remove_metadata() for field in found if field.name not in KEPT.names]
    return pa.schema([*own, *KEPT])


def _inferred(rows: list[dict[str, Any]]) -> pa.Schema:
    """Types by the values; a column of nothing is of text."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    arrays = {name: pa.array([row.get(name) for row in rows]).type for name in names}
    return pa.schema([(name, pa.string() if pa.types.is_null(kind) else kind) for name, kind in arrays.items()])


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
