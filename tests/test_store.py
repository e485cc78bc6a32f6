"""The store, on SQLite and on PostgreSQL: its version, its durability, its backups, and writing together."""

import json
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier, Event

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, event, insert, inspect, select, text, update
from sqlalchemy.exc import IntegrityError

from router import DataError, InputError
from router import complaints as life
from router.errors import ConflictError, StoreError
from router.store import Store, queries, schema
from router.store import engine as engine_module
from router.store.engine import make_engine
from router.store.tables import complaints, counters, decisions, metadata
from tests import first_release

FOLDER = Path(schema.__file__).parent / "migrations"


def register(store: Store, classifier, text: str = "не могу вывести деньги", **more) -> life.Registration:
    return life.register(store, classifier, life.Filing(text, **more))


def made_of(engine: Engine) -> dict[str, object]:
    """All that a database says of its tables, and the rows that it begins with."""
    found = inspect(engine)
    with engine.connect() as connection:
        rows = {name: sorted(connection.execute(text(f"SELECT * FROM {name}"))) for name in found.get_table_names()}
    what = ("columns", "indexes", "foreign_keys", "pk_constraint", "unique_constraints", "check_constraints")
    return rows | {
        f"{name} {kind}": sorted(map(repr, got if isinstance(got, list) else [got]))
        for name in found.get_table_names()
        for kind in what
        for got in [getattr(found, f"get_{kind}")(name)]
    }


def test_a_new_database_is_made_as_the_migrations_would_make_it(database_url: str, request, tmp_path: Path) -> None:
    """Only a new one is made without them; and they make the tables that the program uses."""
    other = (
        f"sqlite:///{tmp_path}/other.sqlite" if "sqlite" in database_url else request.getfixturevalue("new_postgres")()
    )
    made, migrated = make_engine(database_url), make_engine(other)
    assert schema.upgrade(made) == (None, schema.HEAD)
    schema.upgrade(migrated, "0001")
    assert schema.upgrade(migrated) == ("0001", schema.HEAD)
    assert made_of(made) == made_of(migrated)
    with migrated.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    made.dispose()
    migrated.dispose()


def test_the_newest_migration_is_the_version_of_the_program() -> None:
    assert ScriptDirectory(str(FOLDER)).get_current_head() == schema.HEAD


def test_an_older_database_is_brought_up_to_date_and_keeps_its_rows(
    opened, database_url: str, classifier, tmp_path: Path
) -> None:
    engine = make_engine(database_url)
    kept = first_release.fill(engine, tmp_path, lambda store: register(store, classifier).complaint)
    assert opened(Store.at(database_url)).upgrade() == ("0001", schema.HEAD)
    assert opened(Store.open(database_url)).read(queries.complaint, kept.id) == kept
    engine.dispose()


def test_a_newer_database_is_refused(opened, database_url: str) -> None:
    store = opened(Store.open(database_url))
    store.write(lambda writing: writing.connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(
        StoreError, match=f"has version 9999; this program knows versions up to {schema.HEAD}"
    ) as caught:
        opened(Store.open(database_url))
    assert caught.value.code == "store_newer"


def test_many_may_open_an_empty_database_at_once(opened, database_url: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        stores = [opened(store) for store in pool.map(Store.open, [database_url] * 8)]
    assert [store.upgrade() for store in stores] == [(schema.HEAD, schema.HEAD)] * 8


def test_sqlite_flushes_each_commit_checks_references_and_overwrites_what_is_deleted(opened, tmp_path: Path) -> None:
    store = opened(Store.open(f"sqlite:///{tmp_path}/c.sqlite"))
    for pragma, value in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1)):
        assert store.read(lambda connection, name=pragma: connection.execute(text(f"PRAGMA {name}")).scalar()) == value


def test_references_are_checked(store: Store, classifier) -> None:
    made = register(store, classifier)
    with pytest.raises(IntegrityError):
        store.write(lambda writing: writing.connection.execute(complaints.delete()))
    assert store.read(queries.complaint, made.complaint.id) == made.complaint


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "cannot be read"),
        ("sqlite://", "no database of kind sqlite"),
        ("sqlite:///:memory:", "no database of kind sqlite"),
        ("mysql://secret@host/db", "no database of kind mysql"),
        ("postgresql://user:secret@host:port/db", "cannot be read"),
        ("nonsense", "cannot be read"),
    ],
)
def test_a_url_of_anything_else_is_refused_without_showing_it(opened, url: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        opened(Store.open(url))
    assert "secret" not in str(caught.value)


def test_a_database_that_cannot_be_reached_is_a_named_error(opened, tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}/missing/c.sqlite", f"postgresql://x@/db?host={tmp_path}"):
        with pytest.raises(StoreError, match="does not answer"):
            opened(Store.open(url))


def test_a_file_that_is_no_database_is_a_named_error(opened, tmp_path: Path) -> None:
    (tmp_path / "c.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match="not a database"):
        opened(Store.open(f"sqlite:///{tmp_path}/c.sqlite"))


def test_those_who_wait_are_written_in_one_transaction_and_a_bad_one_harms_no_other(store: Store) -> None:
    """One job holds the turn until nine more wait; of those one is refused, one breaks a constraint, one has a bug."""
    begun, others = Event(), Barrier(10)

    def first(writing):
        begun.set()
        others.wait(10)
        return writing.connection

    def count(name: str):
        return lambda writing: writing.connection.execute(insert(counters).values(name=name, value=1)) and writing

    def refuse(_writing):
        raise ConflictError("no", "no")

    def twice(writing):
        return count("n0")(writing) and count("n0")(writing)

    def attempt(job):
        others.wait(10)
        return store.write(job)

    with ThreadPoolExecutor(10) as pool:
        leader = pool.submit(store.write, first)
        begun.wait(10)
        jobs = [pool.submit(attempt, job) for job in (*map(count, "abcdefg"), refuse, twice)]
        leader.result(10)
        outcomes = [type(job.exception(10)) for job in jobs]
    assert outcomes == [type(None)] * 7 + [ConflictError, IntegrityError]
    stored = store.read(lambda connection: set(connection.execute(select(counters.c.name)).scalars()))
    assert stored == {"changes", "complaints", *"abcdefg"}
    store.write(
        lambda writing: writing.connection.execute(counters.delete().where(counters.c.name.in_(list("abcdefg"))))
    )


def test_a_bug_in_a_job_stores_nothing_and_stops_nobody(store: Store, classifier) -> None:
    with pytest.raises(ZeroDivisionError):
        store.write(lambda writing: writing.next("complaints") / 0)
    assert register(store, classifier).complaint.number == "2026-000001"


def test_when_the_connection_is_lost_in_a_transaction_nobody_is_told_that_it_is_stored(
    opened, new_postgres, classifier
) -> None:
    store = opened(Store.open(new_postgres()))
    with pytest.raises(StoreError) as caught:
        store.write(lambda job: job.connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())")))
    assert caught.value.code == "store_uncertain"
    assert register(store, classifier).complaint.seq == 1


def test_a_change_has_the_time_of_its_turn_not_of_when_it_began_to_wait(
    opened, store: Store, shared_url, classifier, clock
) -> None:
    """Else a change that waited would stand in the feed with an earlier time than the ones before it."""
    other, begun, waits = opened(Store.open(shared_url, clock)), Event(), Event()

    def hold(_writing) -> None:
        begun.set()
        waits.wait(10)

    with ThreadPoolExecutor(2) as pool:
        held = pool.submit(other.write, hold)
        begun.wait(10)
        made = pool.submit(register, store, classifier)
        with suppress(TimeoutError):
            made.result(0.5)  # by now it waits for its turn
        clock.forward(hours=1)
        waits.set()
        assert made.result(10).complaint.registered_at == clock.now
        held.result(10)


def test_who_waits_for_a_locked_database_is_refused_together_and_not_one_after_the_other(
    opened, tmp_path: Path, classifier, monkeypatch
) -> None:
    monkeypatch.setattr(engine_module, "PRAGMAS", (*engine_module.PRAGMAS, "busy_timeout = 300"))
    store, other = (opened(Store.open(f"sqlite:///{tmp_path}/c.sqlite")) for _ in range(2))
    begun, waits, attempts = Event(), Event(), []
    event.listen(store._engine, "checkout", lambda *_: attempts.append(1))

    def hold(_writing) -> None:
        begun.set()
        waits.wait(30)

    with ThreadPoolExecutor(9) as pool:
        held = pool.submit(other.write, hold)
        begun.wait(10)
        jobs = [pool.submit(register, store, classifier) for _ in range(8)]
        assert [type(job.exception(30)) for job in jobs] == [StoreError] * 8
        waits.set()
        held.result(10)
    assert len(attempts) < 8
    assert register(store, classifier).complaint.seq == 1


def test_a_worker_that_is_frozen_in_its_turn_stops_the_others_for_a_moment_only(
    opened, new_postgres, classifier, monkeypatch
) -> None:
    """As where its machine is cut off: PostgreSQL would keep the lock until TCP gives the connection up."""
    settings = ("idle_in_transaction_session_timeout = '500ms'", "lock_timeout = '20s'")
    monkeypatch.setattr(engine_module, "SETTINGS", (*engine_module.SETTINGS, *settings))
    url, begun, waits = new_postgres(), Event(), Event()
    frozen, store = opened(Store.open(url)), opened(Store.open(url))

    def hold(_writing) -> None:
        begun.set()
        waits.wait(30)

    with ThreadPoolExecutor(2) as pool:
        held = pool.submit(frozen.write, hold)
        begun.wait(10)
        assert pool.submit(register, store, classifier).result(25).complaint.seq == 1
        assert not held.done()
        waits.set()
        assert type(held.exception(10)) is StoreError
    assert register(frozen, classifier).complaint.seq == 2


def test_whatever_isolation_the_server_is_set_to_those_who_waited_are_written(opened, new_postgres, classifier) -> None:
    url = new_postgres()
    engine = make_engine(url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        name = connection.execute(text("SELECT current_database()")).scalar()
        connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_isolation TO 'repeatable read'"))
    engine.dispose()
    stores = [opened(Store.open(url)) for _ in range(3)]
    with ThreadPoolExecutor(12) as pool:
        assert not any(pool.map(lambda number: stores[number % 3].read(queries.feed, 0, 1), range(24)))
        made = list(pool.map(lambda number: register(stores[number % 3], classifier), range(60)))
    assert sorted(one.complaint.seq for one in made) == list(range(1, 61))


def test_two_stores_on_one_database_give_each_number_once_and_in_order(
    opened, store: Store, shared_url, classifier
) -> None:
    other = opened(Store.open(shared_url, store.clock))

    def file(number: int) -> life.Registration:
        return register((store, other)[number % 2], classifier, key=f"k{number // 4}")

    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(file, range(160)))
    other.close()
    assert sum(registration.created for registration in made) == 40
    feed = store.read(queries.feed, 0, 1_000)
    assert [change.seq for change in feed] == list(range(1, 41))
    assert [change.number for change in feed] == [f"2026-{number:06}" for number in range(1, 41)]


def test_a_reader_never_sees_a_later_change_before_an_earlier_one(opened, store: Store, shared_url, classifier) -> None:
    """While two stores write, whatever a reader sees has no gap."""
    other = opened(Store.open(shared_url, store.clock))
    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(register, (store, other)[number % 2], classifier) for number in range(120)]
        while not all(job.done() for job in jobs):
            seen = [change.seq for change in store.read(queries.feed, 0, 1_000)]
            assert seen == list(range(1, len(seen) + 1))
    other.close()


def test_what_one_reads_is_of_one_moment_though_others_write_meanwhile(store: Store, classifier) -> None:
    made = register(store, classifier).complaint

    def read_twice(connection) -> list[tuple[int, int]]:
        before = queries.complaint(connection, made.id)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(life.answer, store, life.Act(made.id), "Ответ").result(10)
        return [(before.version, queries.history(connection, made.id)[-1].version)]

    assert store.read(read_twice) == [(1, 1)]
    assert store.read(queries.complaint, made.id).version == 2


@pytest.fixture
def filled(store: Store, classifier) -> Store:
    made = register(store, classifier, key="k", client_ref="клиент 1", channel="form").complaint
    act = life.Act(made.id, "Анна")
    life.categorise(store, act, "service", "support-quality")
    life.answer(store, act, "Ответ с «кавычками»\nи строками")
    life.rate(store, act, 2, "долго")
    return store


def contents(store: Store) -> dict[str, list]:
    return store.read(
        lambda connection: {
            table.name: sorted(map(str, connection.execute(select(table)))) for table in metadata.sorted_tables
        }
    )


def test_a_backup_is_restored_by_either_database_to_the_same_rows(
    opened, filled: Store, new_postgres, tmp_path: Path
) -> None:
    count = filled.backup(tmp_path / "b.jsonl")
    for url in (f"sqlite:///{tmp_path}/restored.sqlite", new_postgres()):
        restored = opened(Store.at(url))
        assert restored.restore(tmp_path / "b.jsonl") == count
        assert contents(restored) == contents(filled)
        restored.close()


def test_a_restored_database_goes_on_where_it_was(opened, filled: Store, tmp_path: Path, classifier) -> None:
    filled.backup(tmp_path / "b.jsonl")
    restored = opened(Store.at(f"sqlite:///{tmp_path}/restored.sqlite"))
    restored.restore(tmp_path / "b.jsonl")
    assert register(restored, classifier).complaint.seq == 2
    assert [change.seq for change in restored.read(queries.feed, 0, 10)] == [1, 2, 3, 4, 5]


def test_a_backup_of_an_older_version_is_restored_and_brought_up_to_date(
    opened, database_url: str, classifier, tmp_path
) -> None:
    engine = make_engine(database_url)
    first_release.fill(engine, tmp_path, lambda store: register(store, classifier))
    Store(engine).backup(tmp_path / "b.jsonl")
    engine.dispose()
    restored = opened(Store.at(f"sqlite:///{tmp_path}/restored.sqlite"))
    restored.restore(tmp_path / "b.jsonl")
    assert restored.upgrade() == (schema.HEAD, schema.HEAD)


def test_a_backup_is_not_restored_over_anything(opened, filled: Store, shared_url: str, tmp_path: Path) -> None:
    filled.backup(tmp_path / "b.jsonl")
    before = contents(filled)
    with pytest.raises(StoreError, match="not empty"):
        opened(Store.at(shared_url)).restore(tmp_path / "b.jsonl")
    assert contents(filled) == before


def _without(lines: list[str], part: str) -> list[str]:
    """A backup without the rows that have a part in them, which says so at its end."""
    kept = [line for line in lines[:-1] if part not in line]
    return [*kept, json.dumps({"rows": len(kept) - 1})]


HUGE = json.dumps({"table": "counters", "row": {"name": "x", "value": 10**30}})


def test_of_two_who_restore_at_once_one_does_and_the_other_is_told_why(
    opened, filled: Store, database_url: str, classifier, tmp_path: Path
) -> None:
    for _ in range(40):
        register(filled, classifier)
    count = filled.backup(tmp_path / "b.jsonl")
    stores = [opened(Store.at(database_url)) for _ in range(3)]
    together = Barrier(3)

    def restore(store: Store) -> int:
        store.read(lambda connection: connection.execute(text("SELECT 1")))
        together.wait(10)
        return store.restore(tmp_path / "b.jsonl")

    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(restore, store) for store in stores]
        outcomes = sorted(str(job.exception(30) or job.result()) for job in jobs)
    assert outcomes == [str(count)] + ["the database is not empty; restore into a new one"] * 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda lines: [], "expected the first line"),
        (lambda lines: ["{}", *lines[1:]], "expected the first line"),
        (lambda lines: [lines[0].replace(schema.HEAD, "9999"), *lines[1:]], "version 9999"),
        (lambda lines: lines[:-1], "cut short"),
        (lambda lines: lines[:-2] + lines[-1:], "cut short"),
        (lambda lines: [*lines[:-1], lines[-1][:4]], "expected a JSON object"),
        (lambda lines: [*lines[:2], "[]", *lines[2:]], "expected a JSON object"),
        (lambda lines: [*lines[:2], lines[2], *lines[2:]], "expected rows of our tables"),
        (lambda lines: [*lines[:2], '{"table": "other", "row": {}}', *lines[2:]], "expected rows of our tables"),
        (lambda lines: lines * 2, "nothing after the line that states the number of rows"),
        (lambda lines: _without(lines, '"counters"'), "expected the counters"),
        (lambda lines: [*lines[:2], '{"table": "complaints", "row": {"x": 1}}', *lines[2:]], "rows of our tables"),
        (lambda lines: [lines[0], '{"table": "complaints", "row": []}', *lines[1:]], "rows of our tables"),
        (lambda lines: [lines[0], HUGE, *lines[1:]], "rows of our tables"),
    ],
)
def test_a_damaged_backup_leaves_the_database_empty(
    opened, filled: Store, tmp_path: Path, change, message: str
) -> None:
    path = tmp_path / "b.jsonl"
    filled.backup(path)
    path.write_text("\n".join(change(path.read_text().splitlines())))
    target = opened(Store.at(f"sqlite:///{tmp_path}/restored.sqlite"))
    with pytest.raises((DataError, StoreError), match=message):
        target.restore(path)
    assert target.read(schema.version) is None


def test_a_disk_that_is_full_is_not_taken_for_a_damaged_backup(
    opened, filled: Store, tmp_path: Path, classifier, monkeypatch
) -> None:
    for _ in range(30):
        register(filled, classifier, "не могу вывести деньги. " * 500)
    filled.backup(tmp_path / "b.jsonl")
    monkeypatch.setattr(engine_module, "PRAGMAS", (*engine_module.PRAGMAS, "max_page_count = 100"))
    with pytest.raises(StoreError, match="database or disk is full"):
        opened(Store.at(f"sqlite:///{tmp_path}/restored.sqlite")).restore(tmp_path / "b.jsonl")


def test_a_backup_of_nothing_is_refused(opened, database_url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nothing to back up"):
        opened(Store.at(database_url)).backup(tmp_path / "b.jsonl")
    assert not list(tmp_path.glob("b.jsonl*"))


def test_a_backup_is_for_its_owner_alone_and_written_through_no_link(store: Store, tmp_path: Path) -> None:
    other, folder = tmp_path / "other", tmp_path / "backups"
    folder.mkdir()
    other.write_text("kept")
    for name in ("b.jsonl.partial", f".b.jsonl.{os.getpid()}", "b.jsonl"):
        (folder / name).symlink_to(other)
    store.backup(folder / "b.jsonl")
    assert other.read_text() == "kept"
    assert stat.S_IMODE((folder / "b.jsonl").lstat().st_mode) == 0o600


def test_a_backup_to_a_pipe_is_written_into_it(store: Store, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE) as reader:
        store.backup(pipe)
        assert reader.communicate()[0].startswith(b'{"format": "complaint-router backup 1"')
    assert pipe.is_fifo()


def test_backups_to_one_file_at_once_do_not_mix(filled: Store, opened, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "router", "db", "backup", str(tmp_path / "b.jsonl"), "--database-url"]
    url = filled._engine.url.render_as_string(hide_password=False)
    running = [subprocess.Popen([*words, url], stdout=subprocess.PIPE) for _ in range(3)]
    assert [one.communicate()[0] and one.returncode for one in running] == [0] * 3
    restored = opened(Store.at(f"sqlite:///{tmp_path}/restored.sqlite"))
    restored.restore(tmp_path / "b.jsonl")
    assert contents(restored) == contents(filled)


def test_a_new_sqlite_file_and_its_log_are_for_their_owner_alone(opened, tmp_path: Path, classifier) -> None:
    store = opened(Store.open(f"sqlite:///{tmp_path}/c.sqlite"))
    register(store, classifier)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == dict.fromkeys(("c.sqlite", "c.sqlite-wal", "c.sqlite-shm"), 0o600)


def test_a_backup_is_of_one_moment_while_rows_arrive(opened, store: Store, classifier, tmp_path: Path) -> None:
    register(store, classifier)
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(register, store, classifier, key=f"k{number}") for number in range(60)]
        store.backup(tmp_path / "b.jsonl")
        [job.result() for job in jobs]
    rows = [json.loads(line) for line in (tmp_path / "b.jsonl").read_text().splitlines()[1:-1]]
    by_table = {name: sum(row["table"] == name for row in rows) for name in ("complaints", "decisions", "changes")}
    assert len(set(by_table.values())) == 1
    opened(Store.at(f"sqlite:///{tmp_path}/restored.sqlite")).restore(tmp_path / "b.jsonl")


def test_forgetting_a_client_erases_every_word_also_from_the_files(opened, tmp_path: Path, classifier) -> None:
    store = opened(Store.open(f"sqlite:///{tmp_path}/c.sqlite"))
    threat = "не могу вывести ТАЙНА1, подаю на вас в ТАЙНА5 суд"
    made = register(store, classifier, threat, key="k", client_ref="ТАЙНА2").complaint
    kept = register(store, classifier, "код не приходит", client_ref="другой").complaint
    life.answer(store, life.Act(made.id), "ТАЙНА3")
    life.rate(store, life.Act(made.id), 1, "ТАЙНА4")
    erased = store.forget("ТАЙНА2")
    assert (erased.complaints, erased.messages, erased.comments, erased.keys) == ({made.id: made.number}, 1, 1, 1)
    store.close()
    for path in tmp_path.iterdir():
        assert "ТАЙНА".encode() not in path.read_bytes(), path
    assert store.read(queries.complaint, kept.id) == kept


THREAT = "Третий день не могу вывести деньги, подаю в суд"


def risks(store: Store, decision_id: str) -> list[dict]:
    return store.read(queries.decision, decision_id).classification["risks"]


def test_forgetting_erases_the_words_that_a_decision_quotes_and_keeps_what_they_named(store: Store, classifier) -> None:
    made = register(store, classifier, THREAT, client_ref="клиент 1")
    other = register(store, classifier, THREAT, client_ref="клиент 2")
    (risk,) = risks(store, made.decision.id)
    assert risk["text"] == "подаю в суд"
    store.forget("клиент 1")
    assert risks(store, made.decision.id) == [risk | {"text": ""}]
    assert risks(store, other.decision.id) == [risk]


def test_words_that_decisions_of_forgotten_clients_kept_before_are_erased_by_the_upgrade(
    opened, database_url: str, classifier, tmp_path: Path
) -> None:
    def forgotten(store: Store) -> list[str]:
        made = [register(store, classifier, THREAT, client_ref=f"клиент {number}") for number in range(2)]
        store.forget("клиент 0")
        with_words = made[1].decision.classification
        store.write(lambda writing: writing.connection.execute(update(decisions).values(classification=with_words)))
        return [one.decision.id for one in made]

    engine = make_engine(database_url)
    ids = first_release.fill(engine, tmp_path, forgotten)
    engine.dispose()
    store = opened(Store.open(database_url))
    assert [[risk["text"] for risk in risks(store, decision)] for decision in ids] == [[""], ["подаю в суд"]]


def test_what_a_reader_keeps_in_the_log_is_told_and_gone_the_next_time(
    opened, tmp_path: Path, classifier, monkeypatch
) -> None:
    monkeypatch.setattr(engine_module, "PRAGMAS", (*engine_module.PRAGMAS, "busy_timeout = 200"))
    url, log = f"sqlite:///{tmp_path}/c.sqlite", tmp_path / "c.sqlite-wal"
    store, reading = opened(Store.open(url)), make_engine(url)
    register(store, classifier, "не могу вывести ТАЙНА1", client_ref="ТАЙНА2")
    with reading.connect() as connection:
        connection.execute(text("SELECT count(*) FROM complaints")).scalar()
        erased = store.forget("ТАЙНА2")
        assert (len(erased.complaints), erased.from_files) == (1, False)
        assert "ТАЙНА".encode() in log.read_bytes()
    reading.dispose()
    assert store.forget("ТАЙНА2").from_files
    assert "ТАЙНА".encode() not in log.read_bytes()


def test_the_statistics_of_postgresql_forget_too(opened, new_postgres, classifier) -> None:
    url = new_postgres()
    store, engine = opened(Store.open(url)), make_engine(url)
    for number in range(20):
        register(store, classifier, f"не могу вывести ТАЙНА {number}", client_ref="ТАЙНА")
    quoted = text("SELECT count(*) FROM pg_stats WHERE concat(most_common_vals, histogram_bounds) LIKE '%ТАЙНА%'")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
        assert connection.execute(quoted).scalar()
        store.forget("ТАЙНА")
        assert not connection.execute(quoted).scalar()
    engine.dispose()


def test_forgetting_leaves_the_history_and_says_so(filled: Store) -> None:
    erased = filled.forget("клиент 1")
    found = filled.read(queries.complaint, next(iter(erased.complaints)))
    assert (found.text, found.client_ref, found.rating, found.channel) == (None, None, 2, "form")
    assert [change.kind for change in filled.read(queries.history, found.id)][-2:] == ["rated", "forgotten"]
    assert [message.text for message in filled.read(queries.dialogue, found.id)] == [None]
    assert filled.read(queries.comment, found.id) is None
    assert filled.forget("клиент 1").complaints == {}
