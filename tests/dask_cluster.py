"""A real Dask cluster of processes of their own, that a test may kill and that cannot keep the tests from ending."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from distributed import Client

PATIENCE = 60
"""Seconds for everything to be up, on a slow machine too."""


@contextmanager
def cluster_of(workers: int, folder: Path) -> Iterator[str]:
    """The address of a scheduler with so many workers of one thread; a worker that is killed is replaced."""
    file = folder / "scheduler.json"
    with ExitStack() as stack:
        options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
        stack.enter_context(program("dask_scheduler", folder, *options))
        address = written(file)
        options = [address, "--nworkers", str(workers), "--nthreads", "1", "--no-dashboard", "--memory-limit", "0"]
        stack.enter_context(program("dask_worker", folder, *options))
        with Client(address, set_as_default=False, timeout=PATIENCE) as client:
            client.wait_for_workers(workers, timeout=PATIENCE)
        yield address


@contextmanager
def program(name: str, folder: Path, *options: str) -> Iterator[None]:
    """A program of Dask's with all its children; they are killed at the end, whatever state they are in."""
    command = [sys.executable, "-m", f"distributed.cli.{name}", *options]
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def written(file: Path) -> str:
    """The address that the scheduler writes when it is up."""
    for _ in range(PATIENCE * 10):
        if file.exists() and file.read_text():
            return str(json.loads(file.read_text())["address"])
        time.sleep(0.1)
    raise AssertionError("the scheduler did not start")
