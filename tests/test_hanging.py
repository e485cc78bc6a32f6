"""A database that hangs where one that is gone would say so: locked by somebody else, or frozen."""

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path

import psutil
import psycopg
import pytest

from benchmarks.postgres import Server, postgres_server
from router import complaints as life
from router.errors import StoreError
from router.store import Store, queries

PATIENCE = 2.0
TEXT = "не могу вывести деньги"
WRITERS = 6


def refused(job) -> float:
    """Seconds until a job was refused because of the database."""
    began = time.monotonic()
    with pytest.raises(StoreError):
        job()
    return time.monotonic() - began


def waits(store: Store, classifier) -> list[float]:
    """Seconds that each of several had to wait who registered at once, in vain."""
    with ThreadPoolExecutor(WRITERS) as pool:
        jobs = [partial(life.register, store, classifier, life.Filing(TEXT, key=f"k{n}")) for n in range(WRITERS)]
        return list(pool.map(refused, jobs))


def test_who_waits_for_a_locked_sqlite_is_refused_together_and_not_one_after_the_other(
    opened, tmp_path: Path, classifier
) -> None:
    """The first waits alone, all others after it once; together some two patiences, however many they are."""
    store = opened(Store.open(f"sqlite:///{tmp_path}/c.sqlite", patience=PATIENCE))
    with closing(sqlite3.connect(tmp_path / "c.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert max(waits(store, classifier)) < 2 * PATIENCE + PATIENCE
        other.execute("COMMIT")
    assert life.register(store, classifier, life.Filing(TEXT, key="k0")).complaint.seq == 1


def test_who_waits_for_a_locked_postgresql_is_refused(opened, new_postgres, classifier) -> None:
    url = new_postgres()
    store = opened(Store.open(url, patience=PATIENCE))
    with closing(psycopg.connect(url)) as other:
        other.execute("LOCK TABLE counters")
        assert max(waits(store, classifier)) < 2 * PATIENCE + 3 * PATIENCE
        left = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        assert other.execute(left).fetchone() == (0,), "nobody goes on waiting in the server"
        other.rollback()
    assert life.register(store, classifier, life.Filing(TEXT, key="k0")).complaint.seq == 1


def test_a_frozen_postgresql_is_given_up_and_used_again_when_it_goes_on(opened, classifier) -> None:
    with postgres_server() as server:
        store = opened(Store.open(server.new_database(), patience=PATIENCE))
        life.register(store, classifier, life.Filing(TEXT, key="k"))
        everyone = processes(server)
        for process in everyone:
            process.suspend()
        try:
            assert refused(lambda: store.read(queries.feed, 0, 1)) < 4 * PATIENCE
            assert max(waits(store, classifier)) < 10 * PATIENCE
        finally:
            for process in everyone:
                process.resume()
        assert len(store.read(queries.feed, 0, 10)) == 1
        assert not life.register(store, classifier, life.Filing(TEXT, key="k")).created


def processes(server: Server) -> list[psutil.Process]:
    first = psutil.Process(int((server.folder / "postmaster.pid").read_text().split()[0]))
    return [first, *first.children(recursive=True)]
