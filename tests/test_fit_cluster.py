"""Fitting on a real Dask cluster of several processes gives the same votes, also where one of them dies."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from time import sleep

import pytest
from click.testing import CliRunner
from distributed import Client

from tests.conftest import ROOT
from tests.dask_cluster import cluster_of
from training.cli import main


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory) -> Iterator[str]:
    """The address of a cluster of two processes."""
    with cluster_of(2, tmp_path_factory.mktemp("cluster")) as address:
        yield address


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A corpus of every 60th complaint and every 400th phrase of ours."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name, step in (("complaints.jsonl", 60), ("phrases.jsonl", 400)):
        lines = (ROOT / "data" / name).read_text().splitlines(keepends=True)
        (folder / name).write_text("".join(lines[::step]))
    return folder


def run(*words: object, code: int = 0):
    found = CliRunner().invoke(main, ["fit", *map(str, words)])
    assert found.exit_code == code, found.output
    return found


def kill_a_busy_one(client: Client, killed: list[int]) -> None:
    """SIGKILL a worker as soon as one works on a fold."""
    pids = client.run(os.getpid)
    while not killed:
        sleep(0.01)
        busy = [worker for worker, keys in client.processing().items() if any("_fold" in str(key) for key in keys)]
        for worker in busy[:1]:
            killed.append(pids[worker])
            os.kill(pids[worker], signal.SIGKILL)


def test_a_fit_on_a_cluster_gives_the_same_votes_though_a_worker_is_killed(
    scheduler: str, data: Path, tmp_path: Path
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    model_id = run("--data", data, "--models", here).output.strip()
    killed: list[int] = []
    with Client(scheduler, set_as_default=False) as client:
        thread = Thread(target=kill_a_busy_one, args=(client, killed), daemon=True)
        thread.start()
        found = run("--data", data, "--models", there, "--scheduler", scheduler)
        thread.join(timeout=5)
    assert len(killed) == 1
    assert found.stdout.strip() == model_id
    assert (there / model_id / "votes.npz").read_bytes() == (here / model_id / "votes.npz").read_bytes()


def test_workers_with_other_libraries_are_refused(
    scheduler: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.bundle.platform.python_version", lambda: "3.99")
    found = run("--data", data, "--models", tmp_path, "--scheduler", scheduler, code=1)
    assert "has other versions than here, which has {'python': '3.99'}" in found.stderr


def test_an_unreachable_scheduler_is_told_before_anything_is_read(tmp_path: Path) -> None:
    found = run("--data", tmp_path / "missing", "--models", tmp_path, "--scheduler", "tcp://127.0.0.1:9", code=1)
    assert found.stderr == "Error: no Dask scheduler answers at tcp://127.0.0.1:9: Connection refused\n"
