"""Connections to PostgreSQL on which nothing is waited for without end.

A server that is frozen, or that the network has cut off, closes nothing: psycopg would wait for it for hours.
"""

from collections.abc import Generator
from time import monotonic
from typing import Any

import psycopg
from sqlalchemy import Engine, event


def limit(engine: Engine, seconds: float) -> None:
    """Give an answer, and a lock of another transaction, so many seconds; then the statement fails."""
    kind = _bounded(seconds)

    def connect(_dialect: Any, _record: Any, words: Any, options: Any) -> psycopg.Connection[Any]:
        return kind.connect(*words, **{"connect_timeout": max(2, round(seconds))} | options)

    def prepare(connection: Any, _record: Any) -> None:
        """So that nobody who gave up goes on waiting for a lock in the server."""
        connection.execute(f"SET lock_timeout = {round(seconds * 900)}")  # ms: before we give up ourselves
        connection.commit()

    event.listen(engine, "do_connect", connect)
    event.listen(engine, "connect", prepare)


def _bounded(seconds: float) -> type[psycopg.Connection[Any]]:
    """A kind of connection that gives up, and is closed, where the server has not answered for so many seconds."""

    class Bounded(psycopg.Connection[Any]):
        def wait(self, gen: Any, *words: Any, **options: Any) -> Any:
            """As psycopg's own, which asks every tenth of a second whether to wait on."""
            return super().wait(self._until(monotonic() + seconds, gen), *words, **options)

        def _until(self, end: float, gen: Any) -> Generator[Any, Any, Any]:
            try:
                state = next(gen)
                while True:
                    ready = yield state
                    if not ready and monotonic() > end:
                        self.pgconn.finish()  # by which SQLAlchemy knows that it is of no more use
                        raise psycopg.OperationalError(f"no answer within {seconds:g} s")
                    state = gen.send(ready)
            except StopIteration as ended:
                return ended.value

    return Bounded
