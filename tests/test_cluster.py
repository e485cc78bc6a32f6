"""Bulk work on a real Dask cluster of several processes: the same bytes, whoever dies."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from click.testing import CliRunner
from distributed import Client

from router import Classifier, cluster
from router.cli import main
from router.parallel import BATCH, BATCH_BYTES
from router.sources import Source
from tests.dask_cluster import cluster_of, program, written

TEXTS = ("не могу вывести деньги", "приложение вылетает при входе", "код из смс не приходит", "хамит оператор")


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory) -> Iterator[str]:
    """The address of a cluster of three processes."""
    with cluster_of(3, tmp_path_factory.mktemp("cluster")) as address:
        yield address


@pytest.fixture
def client(scheduler: str) -> Iterator[Client]:
    with Client(scheduler, set_as_default=False) as found:
        yield found


def write(path: Path, count: int) -> Path:
    rows = [json.dumps({"id": n, "text": f"{TEXTS[n % 4]} {n // 4}"}, ensure_ascii=False) + "\n" for n in range(count)]
    rows[count // 2] = "{broken\n"
    path.write_text("".join(rows))
    return path


def run(*words: object, code: int = 0):
    found = CliRunner().invoke(main, ["classify", *map(str, words)])
    assert found.exit_code == code, found.output
    return found


def kill_one(client: Client, output: Path, killed: Event) -> None:
    """SIGKILL a worker as soon as there are answers."""
    pids = client.run(os.getpid)
    while not output.exists() or not output.stat().st_size:
        killed.wait(0.01)
    os.kill(next(iter(pids.values())), signal.SIGKILL)
    killed.set()


def test_a_worker_killed_in_the_middle_changes_no_byte(scheduler: str, client: Client, tmp_path: Path) -> None:
    source = write(tmp_path / "rows.jsonl", 20 * BATCH)
    here, there = tmp_path / "here.jsonl", tmp_path / "there.jsonl"
    run("--input", source, "--skip-bad", "--jobs", 1, "--output", here)
    workers, killed = set(client.nthreads()), Event()
    thread = Thread(target=kill_one, args=(client, there, killed))
    thread.start()
    found = run("--input", source, "--skip-bad", "--scheduler", scheduler, "--output", there)
    thread.join()
    assert there.read_bytes() == here.read_bytes()
    assert found.stderr.splitlines()[-1] == "1 rows skipped"
    assert f"rows.jsonl:{10 * BATCH + 1}: expected a JSON object" in found.stderr
    client.wait_for_workers(3, timeout=60)
    assert len(set(client.nthreads()) - workers) == 1  # another took the place of one


def test_a_worker_is_killed_while_it_works(scheduler: str, client: Client, classifier: Classifier) -> None:
    """The batch that is being taken up when a worker dies is far ahead of the answers that are out by then."""
    source = Source("rows.jsonl", "jsonl")
    line = '{{"id": {}, "text": "не могу вывести деньги, номер {}"}}'
    taken = 0

    def sent() -> Iterator[cluster.Batch]:
        nonlocal taken
        for taken in range(30):
            if taken == 15:
                os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)
            yield cluster.Batch(source, [(n, line.format(n, n).encode()) for n in range(taken * 50, taken * 50 + 50)])

    client.wait_for_workers(3, timeout=60)
    answers = cluster.in_order(scheduler, classifier, sent())
    ids = [json.loads(next(answers)[1])["id"]]
    assert taken <= 3 * cluster.AHEAD  # a window of batches is under way, not all
    ids += [json.loads(answer)["id"] for _, answer in answers]
    assert ids == list(range(1_500))


def test_batches_are_bounded_in_rows_and_bytes() -> None:
    source = Source("rows.jsonl", "jsonl")
    many = list(cluster.batches([(source, ((n, b"{}") for n in range(2 * BATCH + 1)))]))
    assert [len(batch.rows) for batch in many] == [BATCH, BATCH, 1]
    large = list(cluster.batches([(source, ((n, b"x" * BATCH_BYTES) for n in range(3)))]))
    assert [len(batch.rows) for batch in large] == [1, 1, 1]


def test_parts_go_to_parts_on_the_cluster(scheduler: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("b.jsonl", "a.jsonl"):
        write(tmp_path / "in" / name, 900)
    (tmp_path / "in" / "empty.jsonl").touch()
    for target, more in (("here/", ()), ("there/", ("--scheduler", scheduler))):
        run("--input", tmp_path / "in", "--output", f"{tmp_path}/{target}", "--skip-bad", *more)
    for name in ("a.jsonl", "b.jsonl", "empty.jsonl"):
        assert (tmp_path / "there" / name).read_bytes() == (tmp_path / "here" / name).read_bytes()
    assert len((tmp_path / "there" / "a.jsonl").read_text().splitlines()) == 899


def test_a_bad_row_ends_it_with_its_place(scheduler: str, tmp_path: Path) -> None:
    source = write(tmp_path / "rows.jsonl", 100)
    found = run("--input", source, "--scheduler", scheduler, code=1)
    assert "rows.jsonl:51: expected a JSON object" in found.stderr


def test_workers_that_would_answer_differently_are_refused(
    scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "versions", lambda: {"pymorphy3-dicts-ru": "1"})
    found = run("--input", write(tmp_path / "rows.jsonl", 10), "--scheduler", scheduler, code=1)
    assert "expected {'pymorphy3-dicts-ru': '1'}" in found.stderr


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("tcp://127.0.0.1:9", "no Dask scheduler answers at tcp://127.0.0.1:9: Connection refused"),
        ("nonsense", "nonsense: expected a Dask scheduler's address such as tcp://host:8786"),
    ],
)
def test_an_unreachable_scheduler_is_told_in_one_line(tmp_path: Path, address: str, message: str) -> None:
    found = run("--input", write(tmp_path / "rows.jsonl", 10), "--scheduler", address, code=1)
    assert found.stderr == f"Error: {message}\n"


def test_a_cluster_without_workers_is_told(tmp_path: Path) -> None:
    options = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(tmp_path / "s.json"))
    rows = write(tmp_path / "rows.jsonl", 10)
    with program("dask_scheduler", tmp_path, *options):
        words = ["classify", "--input", str(rows), "--scheduler", written(tmp_path / "s.json")]
        command = [sys.executable, "-m", "router", *words]
        found = subprocess.run(command, check=False, capture_output=True, text=True)
    assert found.returncode == 1
    assert "has no worker" in found.stderr


def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "router.cluster")
    monkeypatch.delattr("router.cluster")
    monkeypatch.setitem(sys.modules, "distributed", None)
    found = run("--input", write(tmp_path / "rows.jsonl", 10), "--scheduler", "tcp://127.0.0.1:9", code=1)
    assert "pip install 'complaint-router[cluster]'" in found.stderr
