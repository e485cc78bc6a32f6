"""Writing: whoever waits to write is written together, in one transaction, and told once it is flushed to disk.

All writing goes in turn: a transaction begins by locking the counters (SQLite: the database), in this process and in
every other. So the numbers of changes are given in the order in which they are committed, a reader of the feed who has
seen number n will never see a smaller one appear, and what a job reads cannot change before it writes.
The price of a flush is shared by all who waited for it (group commit).
"""

from collections.abc import Callable
from datetime import datetime
from threading import Event, Lock
from typing import Any

from sqlalchemy import Connection, Engine, Table, bindparam, insert, select, update
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from router.errors import RouterError, StoreError
from router.store.tables import (
    api_keys,
    changes,
    complaints,
    counters,
    decisions,
    idempotency_keys,
    messages,
    ratings,
)

IN_ORDER = (complaints, decisions, changes, messages, ratings, idempotency_keys, api_keys)
"""Tables in an order in which rows may be inserted: what is referred to comes first."""
_COUNTERS = select(counters.c.name, counters.c.value).order_by(counters.c.name).with_for_update()
_COUNT = update(counters).where(counters.c.name == bindparam("counter")).values(value=bindparam("reached"))
_INSERTS = {table: insert(table) for table in IN_ORDER}


class Transaction:
    """One transaction that writes, with the counters locked. `now` is the time of all that it writes.

    The clock is read once the counters are ours: read before, it would give a change an earlier time than the ones
    that were written while it waited for its turn.
    """

    def __init__(self, connection: Connection, clock: Callable[[], datetime]) -> None:
        self.connection = connection
        self.seen: dict[str, tuple[str, str]] = {}
        self._rows: dict[Table, list[dict[str, Any]]] = {}
        self._counters: dict[str, int] = {row.name: row.value for row in connection.execute(_COUNTERS)}
        self._before = dict(self._counters)
        self.now = clock()

    def next(self, counter: str) -> int:
        """The next number of a counter."""
        self._counters[counter] += 1
        return self._counters[counter]

    def last(self, counter: str) -> int:
        """The number that `next` gave last."""
        return self._counters[counter]

    def add(self, table: Table, **values: Any) -> None:
        """Insert a row, at the latest when the transaction ends."""
        self._rows.setdefault(table, []).append(values)

    def flush(self) -> None:
        """Insert now what was added, so that it can be read."""
        for table in IN_ORDER:
            if rows := self._rows.pop(table, None):
                self.connection.execute(_INSERTS[table], rows)

    def finish(self) -> None:
        """Insert what was added and store the counters."""
        self.flush()
        reached = [
            {"counter": name, "reached": value} for name, value in self._counters.items() if value != self._before[name]
        ]
        if reached:
            self.connection.execute(_COUNT, reached)


class Ticket:
    """A job that waits to be written, and what became of it: a result, or the error that it ended with."""

    def __init__(self, job: Callable[[Transaction], Any]) -> None:
        self.job = job
        self.woken = Event()
        self.begun = self.done = False
        self.result: Any = None
        self.error: RouterError | SQLAlchemyError | None = None

    def run(self, transaction: Transaction) -> None:
        """Do the job; one that ends with a named error must have written nothing."""
        self.begun, self.result, self.error = True, None, None
        try:
            self.result = self.job(transaction)
        except RouterError as error:
            self.error = error

    def close(self, error: RouterError | SQLAlchemyError | None = None) -> None:
        """It is written, or it failed; whoever waits for it may go on."""
        self.error = error or self.error
        self.done = True
        self.woken.set()

    def outcome(self) -> Any:
        """The result, or the error raised."""
        if self.error is not None:
            raise self.error
        return self.result


class Writer:
    """Runs jobs in turn, those that wait together in one transaction. Safe to share between threads.

    There is no thread of its own: the first who comes writes, also for those who come meanwhile, and then wakes the
    first of the next.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock
        self._lock = Lock()
        self._waiting: list[Ticket] = []
        self._writing = False

    def write(self, job: Callable[[Transaction], Any]) -> Any:
        """Run `job` in a transaction, perhaps with others', and return its result once that is flushed to disk.

        A job checks first and writes then: where it raises a `RouterError` it must have written nothing.
        """
        ticket = Ticket(job)
        with self._lock:
            self._waiting.append(ticket)
            wait, self._writing = self._writing, True
        if wait:
            ticket.woken.wait()
        if not ticket.done:
            self._write_all_who_wait()
        return ticket.outcome()

    def _write_all_who_wait(self) -> None:
        with self._lock:
            group, self._waiting = self._waiting, []
        try:
            self._together(group)
        finally:
            for ticket in group:
                if not ticket.done:  # a job of the group ended with a fault of ours, which its leader now raises
                    ticket.close(StoreError("the transaction was given up; send it again", "store_interrupted"))
            self._wake_next()

    def _wake_next(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting[0].woken.set()
            else:
                self._writing = False

    def _together(self, group: list[Ticket]) -> None:
        """Commit a group; where that fails, none of it is done, and each is tried alone.

        Where the database did not let us begin, nobody is tried again: each would wait as long, one after the other.
        """
        try:
            self._commit(group)
        except DBAPIError as error:
            for ticket in group:
                if not group[0].begun:
                    ticket.close(error)
                elif error.connection_invalidated:  # the commit may have succeeded, so we must not do it again
                    ticket.close(StoreError("the database went away; it may or may not be stored", "store_uncertain"))
                else:
                    self._alone(ticket)

    def _alone(self, ticket: Ticket) -> None:
        try:
            self._commit([ticket])
        except SQLAlchemyError as error:
            ticket.close(error)

    def _commit(self, group: list[Ticket]) -> None:
        with self._engine.connect().execution_options(writes=True) as connection, connection.begin():
            transaction = Transaction(connection, self._clock)
            for ticket in group:
                ticket.run(transaction)
            transaction.finish()
        for ticket in group:
            ticket.close()
