"""The commands that look after the database, and forgetting a client, on SQLite and on PostgreSQL."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from router import complaints as life
from router.cli import main
from router.settings import shipped_models
from router.store import Store, engine, queries, schema
from router.store.tables import metadata
from tests.conftest import ROOT
from training.cli import main as training_main


@pytest.fixture
def run():
    return lambda *words: CliRunner().invoke(main, [*map(str, words)])


def test_upgrade_backup_and_restore(run, database_url: str, tmp_path: Path) -> None:
    at, file = ("--database-url", database_url), tmp_path / "b.jsonl"
    copy = ("--database-url", f"sqlite:///{tmp_path}/copy.sqlite")
    assert run("db", "backup", file, *at).output == "Error: the database is empty; there is nothing to back up\n"
    assert run("db", "upgrade", *at).output == f"version {schema.HEAD}, before: empty\n"
    assert run("db", "upgrade", *at).output == f"version {schema.HEAD}, as before\n"
    assert run("db", "backup", file, *at).output == f"2 rows written to {file}\n"
    assert run("db", "restore", file, *copy).output == "2 rows restored\n"
    assert run("db", "restore", file, *copy).exit_code == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("db", "restore", "missing.jsonl"), "missing.jsonl: No such file or directory"),
        (("db", "upgrade", "--database-url", "mysql://secret"), "no database of kind mysql can be used"),
        (("db", "upgrade", "--database-url", "sqlite:////nowhere/c.sqlite"), "unable to open database file"),
        (("forget", "--client-ref", "nobody"), "no complaint carries the client reference 'nobody'"),
        (("forget", "--number", "2026-000017"), "no complaint has the number '2026-000017'"),
        (("forget", "--client-ref", "\udcff"), "client_ref: expected text in UTF-8, got '\\udcff'"),
        (("keys", "revoke", "\udcff"), "ID: expected text in UTF-8, got '\\udcff'"),
        (("serve", "--database-url", "secret"), "the database's URL cannot be read"),
        (("db", "upgrade", "--database-url", "sqlite:///c?timeout=secret"), "options of the database's URL cannot be"),
        (("db", "upgrade", "--database-url", "postgresql://u:secret@127.0.0.1:1/d?no=1"), 'connection option "no"'),
        (("serve", "--database-url", "postgresql://u:secret@127.0.0.1:1/d?connect_timeout=x"), "connect_timeout"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_1(run, words, message: str) -> None:
    assert run("db", "upgrade").exit_code == 0  # the database that is meant where none is named
    found = run(*words)
    assert found.exit_code == 1
    assert found.output.startswith("Error: ")
    assert message in found.output
    assert "secret" not in found.output


def test_the_databases_url_comes_from_the_environment(run, database_url: str, monkeypatch) -> None:
    monkeypatch.setenv("COMPLAINT_ROUTER_DATABASE_URL", database_url)
    assert "before: empty" in run("db", "upgrade").output


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("router", ("keys", "list")),
        ("router", ("keys", "revoke", "k1")),
        ("router", ("forget", "--client-ref", "u-42")),
        ("training", ("feedback",)),
        ("training", ("review", "--budget", "3", "--since", "7d")),
        ("training", ("drift", "--since", "7d")),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0],
)
def test_a_mistyped_path_does_not_become_a_database(program: str, words: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "complaint.sqlite"
    command = {"router": main, "training": training_main}[program]
    found = CliRunner().invoke(command, [*words, "--database-url", f"sqlite:///{path}"])
    assert (found.exit_code, found.output) == (1, f"Error: no database at {path}: expected the one that `serve` made\n")
    assert not path.exists()


def test_forget_says_what_was_erased_and_which_models_were_trained_on_it(
    run, store: Store, shared_url: str, classifier, tmp_path: Path
) -> None:
    made = life.register(store, classifier, life.Filing("не могу вывести деньги", client_ref="к1", key="k"))
    life.answer(store, life.Act(made.complaint.id), "Ответ")
    for name, complaints in (("m1", [made.complaint.id]), ("m2", ["other"])):
        shutil.copytree(shipped_models() / classifier.model.id, tmp_path / name)
        meta = json.loads((tmp_path / name / "meta.json").read_text())
        meta["corpus"]["complaints"] = complaints
        (tmp_path / name / "meta.json").write_text(json.dumps(meta))
    found = run("forget", "--client-ref", "к1", "--models", tmp_path, "--database-url", shared_url)
    assert found.output == (
        "erased the texts of 1 complaints: 2026-000001\n"
        "erased 1 messages, 0 comments, 1 idempotency keys\n"
        "models trained on them: m1\n"
    )


def test_what_names_no_client_or_was_written_afterwards_is_forgotten_by_its_number(
    run, store: Store, shared_url: str, classifier
) -> None:
    first, other = (life.register(store, classifier, life.Filing(text)).complaint for text in ("ТАЙНА1", "другое"))
    words = ("forget", "--number", first.number, "--database-url", shared_url)
    assert run(*words).output.startswith(f"erased the texts of 1 complaints: {first.number}\n")
    life.answer(store, life.Act(first.id), "ТАЙНА2")
    life.rate(store, life.Act(first.id), 1, "ТАЙНА3")
    assert "erased 1 messages, 1 comments, 0 idempotency keys\n" in run(*words).output
    kept = store.read(lambda reading: [str(list(reading.execute(select(table)))) for table in metadata.sorted_tables])
    assert "ТАЙНА" not in "".join(kept)
    assert store.read(queries.complaint, other.id) == other
    for wrong in ((), ("--number", "1", "--client-ref", "1")):
        assert run("forget", *wrong).exit_code == 2


def test_forget_ends_with_an_error_while_somebody_keeps_the_words_in_the_log(
    run, tmp_path: Path, classifier, monkeypatch
) -> None:
    monkeypatch.setattr(engine, "PRAGMAS", (*engine.PRAGMAS, "busy_timeout = 200"))
    url = f"sqlite:///{tmp_path}/c.sqlite"
    words = ("forget", "--client-ref", "к1", "--database-url", url)
    with Store.open(url) as store:
        life.register(store, classifier, life.Filing("не могу вывести деньги", client_ref="к1"))
    reading = engine.make_engine(url)
    with reading.connect() as connection:
        schema.version(connection)
        for complaints in ("1 complaints: ", "0 complaints"):
            found = run(*words)
            assert found.exit_code == 1
            assert f"erased the texts of {complaints}" in found.output
            assert found.output.endswith("somebody is reading (a backup?): forget it again\n")
    reading.dispose()
    assert run(*words).output == "Error: no complaint carries the client reference 'к1'\n"


def test_what_a_backup_to_standard_output_says_is_no_line_of_it(store: Store, shared_url: str) -> None:
    words = [sys.executable, "-m", "router", "db", "backup", "/dev/stdout", "--database-url", shared_url]
    found = subprocess.run(words, capture_output=True, check=True, cwd=ROOT)
    first, *_, last = map(json.loads, found.stdout.splitlines())
    assert first["format"] == "complaint-router backup 1"
    assert found.stderr.decode() == f"{last['rows']} rows written to /dev/stdout\n"
