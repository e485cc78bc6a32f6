"""The database: the only package that imports SQLAlchemy. `Store` is all that the rest of the router sees of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError, InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from router.errors import StoreError
from router.store import backup, erasure, schema
from router.store.engine import for_reading, make_engine, parse
from router.store.writing import Transaction, Writer

T = TypeVar("T")
P = ParamSpec("P")
UNREACHABLE = (OperationalError, InterfaceError, PoolTimeoutError)

__all__ = ["Store", "Transaction"]


def utc_now() -> datetime:
    """The time, aware and in UTC."""
    return datetime.now(UTC)


class Store:
    """An open database. Safe to share between threads, not across a fork. `clock` gives the time of all it writes."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._reading = for_reading(engine)
        self._writer = Writer(engine, clock)
        self.clock = clock

    @classmethod
    def open(cls, url: str, clock: Callable[[], datetime] = utc_now, patience: float | None = None) -> Self:
        """Open a database, bringing an empty or older one up to date; `StoreError` where it is newer than we know.

        `patience` is for how many seconds a database that hangs is waited for (see `router.store.engine`).
        """
        store = cls(make_engine(url, patience), clock)
        try:
            store.upgrade()
        except StoreError:
            store.close()
            raise
        return store

    @classmethod
    def existing(cls, url: str) -> Self:
        """The same for commands that look at what is there: a mistyped path of SQLite must not become a database."""
        found = parse(url)
        name = found.database or ""
        if found.get_backend_name() == "sqlite" and not (name.startswith("file:") or Path(name).exists()):
            raise StoreError(f"no database at {name}: expected the one that `serve` made", "store_not_found")
        return cls.open(url)

    @classmethod
    def at(cls, url: str) -> Self:
        """A database as it is, of whatever version, for the commands that look after it."""
        return cls(make_engine(url))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()

    def read(self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a query of `router.store.queries` and its kind; all that it reads is of one moment."""
        with _Answering(), self._reading.connect() as connection:
            return query(connection, *args, **kwargs)

    def write(self, job: Callable[[Transaction], T]) -> T:
        """Run a job that writes; it is flushed to disk when this returns (see `router.store.writing`)."""
        with _Answering():
            result: T = self._writer.write(job)
            return result

    def upgrade(self) -> tuple[str | None, str]:
        """Bring the database up to date; returns the versions (before, after)."""
        with _Answering():
            return schema.upgrade(self._engine)

    def backup(self, path: Path) -> int:
        """Write a backup; returns the number of rows."""
        with _Answering():
            return backup.write(self._engine, path)

    def restore(self, path: Path) -> int:
        """Fill this empty database from a backup; returns the number of rows."""
        with _Answering():
            return backup.restore(self._engine, path)

    def forget(self, client_ref: str | None = None, number: str | None = None) -> erasure.Erased:
        """Erase a client's words, or those about one complaint, from the files too; returns what was erased."""
        erased = self.write(lambda transaction: erasure.forget(transaction, client_ref, number))
        with _Answering():
            return replace(erased, from_files=erasure.scrub(self._engine))


def _is_of_connecting(error: BaseException | None) -> bool:
    """Whether no statement was made yet; all other errors of the driver would be faults of ours."""
    return isinstance(error, ProgrammingError) and error.statement is None


class _Answering:
    """Turns a database that does not answer into a `StoreError`, which says nothing that a URL could hold."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: Any, error: BaseException | None, _trace: Any) -> None:
        if isinstance(error, UNREACHABLE) or type(error) is DatabaseError or _is_of_connecting(error):
            reason = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise StoreError(f"the database does not answer: {reason}") from error
