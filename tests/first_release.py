"""A database as the first release left it, version 0001, filled by what a test does with the program of today."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine, delete, insert, inspect, select

from router.store import Store, schema
from router.store.tables import counters, metadata

T = TypeVar("T")


def fill(engine: Engine, folder: Path, write: Callable[[Store], T]) -> T:
    """Make the tables of version 0001 and put into them, as far as they had it, what `write` does; returns that."""
    assert schema.upgrade(engine, "0001") == (None, "0001")
    tables = inspect(engine)
    with Store.open(f"sqlite:///{folder}/of-today.sqlite") as today, engine.begin() as connection:
        done = write(today)
        connection.execute(delete(counters))
        for table in metadata.sorted_tables:
            if not tables.has_table(table.name):
                continue
            kept = [table.c[column["name"]] for column in tables.get_columns(table.name)]
            if rows := today.read(
                lambda reading, kept=kept: [dict(row) for row in reading.execute(select(*kept)).mappings()]
            ):
                connection.execute(insert(table), rows)
    return done
