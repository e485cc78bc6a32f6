"""A backup: one file of JSON lines that either database can write, while it is in use, and either can be made from.

The first line says which version of the tables it holds, the last how many rows, so that a cut file is noticed.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import groupby, islice
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Connection, DateTime, Engine, MetaData, Table, delete, insert, select, text
from sqlalchemy.exc import OperationalError, StatementError

from router.errors import DataError, StoreError
from router.store import schema
from router.store.engine import PRIVATE

FORMAT = "complaint-router backup 1"
CHUNK = 1_000
DEVICES = Path("/dev")
"""Where links lead to standard output even if that is a file."""


def write(engine: Engine, path: Path) -> int:
    """Write all rows, as of one moment, to a new file, flushed to disk; returns their number."""
    with engine.connect() as connection, _whole(path) as file:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
            connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))  # the disk may be slow
        count = -2
        for line in _lines(connection):
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            count += 1
    return count


@contextmanager
def _whole(path: Path) -> Iterator[TextIO]:
    """A new file for its owner alone, which comes into its place once it is whole, and else is removed.

    What is there and no file, such as /dev/stdout or a pipe, is written to.
    """
    if path.exists() and (not path.is_file() or path.parent == DEVICES):
        with path.open("w", encoding="utf-8") as device:
            yield device
        return
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.unlink(missing_ok=True)  # of one that was killed
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)  # follows no link
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _lines(connection: Connection) -> Iterator[dict[str, Any]]:
    version = schema.version(connection)
    if version is None:
        raise StoreError("the database is empty; there is nothing to back up", "store_empty")
    yield {"format": FORMAT, "version": version, "at": datetime.now(UTC).isoformat()}
    count = 0
    for table in _tables(connection):
        for row in connection.execution_options(yield_per=CHUNK).execute(select(table)).mappings():
            yield {"table": table.name, "row": {name: _plain(value) for name, value in row.items()}}
            count += 1
    yield {"rows": count}


def _plain(value: Any) -> Any:
    if not isinstance(value, datetime):
        return value
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


def _tables(connection: Connection) -> list[Table]:
    """The tables that a database has, those first that others refer to."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


def restore(engine: Engine, path: Path) -> int:
    """Fill an empty database from a backup, all or nothing, and bring it up to date; returns the number of rows."""
    with path.open("rb") as file, engine.connect().execution_options(writes=True) as connection:
        lines = (_object(f"{path}:{number}", line) for number, line in enumerate(file, start=1))
        head = next(lines, {})
        if head.get("format") != FORMAT or not isinstance(head.get("version"), str):
            raise DataError(f"{path}:1", f"expected the first line of a {FORMAT}")
        with connection.begin():
            schema.wait_for_turn(connection)
            if schema.version(connection) is not None:
                raise StoreError("the database is not empty; restore into a new one", "store_not_empty")
            schema.upgrade_within(connection, head["version"])
            count = _fill(connection, path, lines)
            schema.upgrade_within(connection)
    return count


def _fill(connection: Connection, path: Path, lines: Iterator[dict[str, Any]]) -> int:
    tables = {table.name: table for table in _tables(connection)}
    connection.execute(delete(tables["counters"]))
    count, stated = 0, None
    try:
        for name, group in groupby(lines, key=lambda line: line.get("table")):
            if name is None:
                stated = next(group).get("rows")
                break
            while rows := [_row(tables[name], line["row"]) for line in islice(group, CHUNK)]:
                connection.execute(insert(tables[name]), rows)
                count += len(rows)
    except OperationalError:  # the database's own fault: a disk that is full, a connection lost
        raise
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError, StatementError) as error:
        raise DataError(str(path), f"expected rows of our tables; row {count + 1:,} or soon after is not") from error
    if stated != count:
        raise DataError(str(path), f"the file is cut short: {count} rows found, its last line states {stated}")
    if next(lines, None) is not None:
        raise DataError(str(path), "expected nothing after the line that states the number of rows")
    if missing := {"changes", "complaints"} - {row.name for row in connection.execute(select(tables["counters"]))}:
        raise DataError(str(path), f"expected the counters changes and complaints; it lacks {', '.join(missing)}")
    return count


def _row(table: Table, values: Any) -> dict[str, Any]:
    if not isinstance(values, dict):
        raise TypeError("not an object")
    return {name: _typed(table, name, value) for name, value in values.items()}


def _typed(table: Table, name: str, value: Any) -> Any:
    column = table.c[name].type
    if value is None or not isinstance(column, DateTime):
        return value
    time = datetime.fromisoformat(value)
    return time if column.timezone else time.replace(tzinfo=None)


def _object(place: str, line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError(place, f"expected a JSON object, {error}") from None
    if not isinstance(value, dict):
        raise DataError(place, "expected a JSON object")
    return value
