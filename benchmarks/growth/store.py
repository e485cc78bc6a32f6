"""The database: what an agent's pages and registering cost by what is stored, and by how much of it is open.

Once `OPEN` complaints are open while ever more are stored that were answered and accepted; once all are open, ten
times as many each time. Some live through the service's own steps, the others are copies of those, made by SQL.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr
from functools import partial
from itertools import islice, repeat
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import ColumnElement, Connection, Select, String, Table, cast, func, insert, literal, select, update

from benchmarks.growth.curve import EACH, TOTAL, Curve, decades, seconds
from benchmarks.growth.texts import complaints as made
from router import Classifier
from router import complaints as life
from router.store import Store, Transaction
from router.store.tables import changes, complaints, counters, decisions, messages
from router.web import create_app
from training.corpus import Row

SEEDS = 100
OPEN = 500
AT_ONCE = 20_000
"""Copies a transaction."""
TIMES = 15
NUMBERED = 10**11
"""An id is 20 characters of its seed's and 12 of a number of its own."""

LIST, QUEUES, PAGE, REGISTER = "a queue's page", "the page of all queues", "a page of `/v1/complaints`", "registering"
ASKED = {
    LIST: "/desk/queues/payments",
    QUEUES: "/desk",
    PAGE: "/v1/complaints?queue=payments&status=registered",
}
KINDS = {LIST: TOTAL, QUEUES: TOTAL}
"""These look through what is open: the one for what waits for a decision, the other to sum it up."""


def curves(rows: Sequence[Row], urls: Callable[[str], str], most: int, kind: str = "SQLite") -> list[Curve]:
    """From a thousand to a million stored, and from a hundred to a hundred thousand open.

    `urls` gives the URL of an empty database by its name.
    """
    stored = _named(f"{kind}, {OPEN} open", dict.fromkeys((*ASKED, REGISTER), EACH), "stored complaints")
    with opened(urls("stored")) as (store, classifier, client):
        texts = made(rows)
        seed(store, classifier, islice(texts, SEEDS), closed=True)
        multiply(store, SEEDS, OPEN)
        seed(store, classifier, islice(texts, OPEN))
        for size in decades(2 * OPEN, 1_000_000, most):
            multiply(store, SEEDS, size)
            _measure(stored, client, texts, size)
    waiting = _named(
        f"{kind}, all open", {name: KINDS.get(name, EACH) for name in (*ASKED, REGISTER)}, "open complaints"
    )
    with opened(urls("open")) as (store, classifier, client):
        seed(store, classifier, islice(texts, SEEDS))
        for size in decades(SEEDS, 100_000, most):
            multiply(store, SEEDS, size)
            _measure(waiting, client, texts, size)
    return [*stored.values(), *waiting.values()]


def _named(where: str, kinds: Mapping[str, str], of: str) -> dict[str, Curve]:
    return {name: Curve(f"{name} ({where})", of, "ms", kind) for name, kind in kinds.items()}


def _measure(found: dict[str, Curve], client: FlaskClient, texts: Iterator[str], size: int) -> None:
    for name, jobs in _jobs(client, texts).items():
        next(jobs)()  # what was not asked yet is slower
        times = [seconds(job) * 1000 for job in islice(jobs, TIMES)]
        found[name].add(size, times, worst=max(times))


def _jobs(client: FlaskClient, texts: Iterator[str]) -> dict[str, Iterator[Callable[[], None]]]:
    pages: dict[str, Iterator[Callable[[], None]]] = {
        name: repeat(partial(_get, client, path)) for name, path in ASKED.items()
    }
    return pages | {REGISTER: (partial(_register, client, words) for words in texts)}


def _get(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text[:500]


def _register(client: FlaskClient, words: str) -> None:
    answer = client.post("/v1/complaints", json={"text": words}, headers={"Idempotency-Key": uuid4().hex})
    assert answer.status_code == 201, answer.text[:500]


@contextmanager
def opened(url: str) -> Iterator[tuple[Store, Classifier, FlaskClient]]:
    """The store at `url`, and a client of the application on it, whose log goes nowhere."""
    classifier = Classifier.load()
    with ExitStack() as stack:
        stack.enter_context(redirect_stderr(stack.enter_context(open(os.devnull, "w"))))
        store = stack.enter_context(Store.open(url))
        yield store, classifier, stack.enter_context(create_app(classifier=classifier, store=store).test_client())


def seed(store: Store, classifier: Classifier, texts: Iterable[str], closed: bool = False) -> None:
    """Register a complaint for each text; with `closed`, answer all of them, and have all but a tenth accepted."""
    for number, words in enumerate(texts):
        filing = life.Filing(words, client_ref=f"client-{number}")
        act = life.Act(life.register(store, classifier, filing).complaint.id)
        if closed:
            life.answer(store, act, "Проверили, всё исправлено.")  # we looked into it, all is mended
        if closed and number % 10:
            life.accept(store, act)


def multiply(store: Store, first: int, size: int) -> None:
    """Copy the first so many complaints again and again until there are `size`."""
    while (have := store.read(_numbers)[0]) < size:
        store.write(partial(_copies, first=first, many=min(AT_ONCE, size - have)))


def _copies(transaction: Transaction, first: int, many: int) -> None:
    for done in range(0, many, first):
        _copy(transaction, min(first, many - done))


def _numbers(connection: Connection) -> tuple[int, int]:
    """The last numbers of complaints and changes."""
    found = {row.name: row.value for row in connection.execute(select(counters))}
    return found["complaints"], found["changes"]


def _copy(transaction: Transaction, many: int) -> None:
    """Copy the first so many complaints with their decisions, changes and messages, under new numbers and ids."""
    connection = transaction.connection
    have, changed = _numbers(connection)
    chosen = complaints.c.seq <= many
    new = complaints.c.seq + have
    ids = {"complaint_id": _id(complaints.c.id, new), "decision_id": _id(complaints.c.decision_id, new)}
    own = {"id": ids["complaint_id"], "seq": new, "number": literal("2026-") + cast(new, String)}
    later = {"change_seq": messages.c.change_seq + changed}
    _insert(connection, complaints, own | {"decision_id": ids["decision_id"]}, select(complaints).where(chosen))
    for table, values in (
        (decisions, {"id": ids["decision_id"]}),
        (changes, {"seq": changes.c.seq + changed, "number": own["number"]}),
        (messages, later),
    ):
        joined = select(table).join(complaints, complaints.c.id == table.c.complaint_id).where(chosen)
        _insert(connection, table, values | {"complaint_id": ids["complaint_id"]}, joined)
    top = connection.execute(select(func.max(changes.c.seq))).scalar_one()
    for name, value in (("complaints", have + many), ("changes", top)):
        connection.execute(update(counters).where(counters.c.name == name).values(value=value))


def _id(found: ColumnElement[str], number: ColumnElement[int]) -> ColumnElement[str]:
    return func.substr(found, 1, 20) + cast(number + NUMBERED, String)


def _insert(connection: Connection, table: Table, values: dict[str, Any], rows: Select[Any]) -> None:
    """Insert rows of the table again with other values in some columns."""
    query = rows.with_only_columns(*(values.get(column.name, column) for column in table.columns))
    connection.execute(insert(table).from_select([column.name for column in table.columns], query))
