"""A database's URL → a SQLAlchemy engine whose commits are flushed to disk before they return."""

import os
import sqlite3
from contextlib import suppress
from time import monotonic, sleep
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from router.errors import InputError

EXPECTED = "expected sqlite:///FILE or postgresql://USER@HOST/DATABASE"
BUSY_SECONDS = 30
PRIVATE = 0o600
"""The mode of files that hold what clients wrote: for their owner alone."""
PRAGMAS = (
    "synchronous = FULL",  # a commit returns once the log is flushed to disk
    "foreign_keys = ON",
    "secure_delete = ON",  # what is erased is overwritten
)
WRITING = "READ COMMITTED"
"""Isolation of what writes on PostgreSQL, whatever the server's own is: who waited sees what others wrote meanwhile."""
SETTINGS = (
    "idle_in_transaction_session_timeout = '20s'",  # a worker that is frozen or cut off has its turn no longer
    f"lock_timeout = '{BUSY_SECONDS}s'",
)
"""Of each session of PostgreSQL."""


def make_engine(url: str, patience: float | None = None) -> Engine:
    """An engine for a SQLite file or a PostgreSQL database; `InputError` for a URL of anything else.

    What the database does not answer within `patience` seconds fails. Without it commands wait: 30 seconds for a lock
    of SQLite, and for PostgreSQL as long as it takes.
    """
    parsed = parse(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, BUSY_SECONDS if patience is None else patience)
    try:
        engine = create_engine(
            parsed,
            isolation_level=WRITING,
            pool_pre_ping=True,
            pool_size=8,
            max_overflow=8,
            pool_timeout=BUSY_SECONDS if patience is None else patience,
        )
        event.listen(engine, "connect", _set)
        if patience is not None:
            from router.store.patience import limit  # it needs the driver, too

            limit(engine, patience)
    except ModuleNotFoundError:
        raise InputError("PostgreSQL needs its driver: pip install 'complaint-router[postgres]'") from None
    return engine


def _set(connection: Any, _record: Any) -> None:
    connection.autocommit = True  # in a transaction they would end with it, if that is rolled back
    connection.execute("; ".join(f"SET {setting}" for setting in SETTINGS))
    connection.autocommit = False


def for_reading(engine: Engine) -> Engine:
    """The same engine for transactions that read: all that one reads is of one moment, as it is on SQLite anyway."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ")


def parse(url: str) -> URL:
    """The URL, with the driver that we use; an error never shows it, since it may hold a password."""
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise InputError(f"the database's URL cannot be read; {EXPECTED}", "invalid_database_url") from None
    if backend == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return _with_sound_options(parsed.set(drivername="sqlite+pysqlite"))
    if backend in ("postgresql", "postgres"):
        return _with_sound_options(parsed.set(drivername="postgresql+psycopg"))
    raise InputError(f"no database of kind {backend} can be used; {EXPECTED}", "invalid_database_url")


def _with_sound_options(url: URL) -> URL:
    """The same, if what follows its `?` can be read."""
    try:
        url.get_dialect()().create_connect_args(url)
    except (ArgumentError, ValueError):
        names = ", ".join(url.query)
        raise InputError(f"the options of the database's URL cannot be read: {names}", "invalid_database_url") from None
    return url


def _sqlite(url: URL, patience: float) -> Engine:
    engine = create_engine(url, pool_size=8, max_overflow=8, connect_args={"timeout": patience})
    event.listen(engine, "do_connect", _make_private)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _make_private(_dialect: Any, _record: Any, words: Any, _options: Any) -> None:
    """Make the file, if it is new, before SQLite does, which lets everybody read it; its log gets the same mode."""
    if not str(words[0]).startswith("file:"):
        with suppress(OSError):
            os.close(os.open(words[0], os.O_CREAT | os.O_EXCL, PRIVATE))


def _prepare(connection: Any, _record: Any) -> None:
    """Leave transactions to us (the driver's own would begin too late) and set what must hold for each connection."""
    connection.isolation_level = None
    connection.create_function("lower", 1, _lower, deterministic=True)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").fetchall()
    _log_ahead(connection)


def _lower(text: str | None) -> str | None:
    """SQLite's own knows ASCII only, and agents search in Russian."""
    return text.lower() if text is not None else None


def _log_ahead(connection: Any) -> None:
    """Write-ahead logging: readers do not wait for the writer. Of several who turn it on at once SQLite lets one do it
    and refuses the others without waiting, so they ask again."""
    deadline = monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
        except sqlite3.OperationalError:
            if monotonic() > deadline:
                raise
            sleep(0.01)
        else:
            return


def _begin(connection: Connection) -> None:
    """Begin a transaction that writes by taking the write lock, so that it never has to be upgraded and refused."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
