"""The service as a process of its own, and a client that asks it over a kept connection."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Self

import psutil

ROOT = Path(__file__).parent.parent


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


class Service:
    """`complaint-router serve` on a port of its own; it can be stopped, killed, and started again there."""

    def __init__(self, database_url: str, log: Path, workers: int = 1) -> None:
        self.port = free_port()
        self.log = log
        self._command = [sys.executable, "-m", "router", "serve", "--port", str(self.port)]
        self._command += ["--workers", str(workers), "--database-url", database_url]
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def running(cls, command: list[str], port: int, log: Path) -> Self:
        """The same for another program that answers `/readyz` on this port."""
        service = cls("", log)
        service._command, service.port = command, port
        return service

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start, and wait until it answers."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self._command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + 30
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the service did not start: {self.log.read_text()[-2000:]}")
            time.sleep(0.02)

    def kill(self) -> None:
        """SIGKILL to the service and its workers at once."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def stop(self) -> int:
        """SIGTERM, as an operator stops it; waits for the end and returns the exit code."""
        assert self._process is not None
        self._process.terminate()
        code = self._process.wait(30)
        self._process = None
        return code

    @property
    def pid(self) -> int:
        """The process that the workers belong to."""
        assert self._process is not None
        return self._process.pid

    def cpu_seconds(self) -> float:
        """The processor time that the service and its workers have used so far."""
        times = [process.cpu_times() for process in self._processes()]
        return sum(spent.user + spent.system for spent in times)

    def memory(self) -> list[float]:
        """MB of the service and of each worker; a page that several share is divided between them (PSS)."""
        return [process.memory_full_info().pss / 2**20 for process in self._processes()]

    def _processes(self) -> list[psutil.Process]:
        assert self._process is not None
        parent = psutil.Process(self._process.pid)
        return [parent, *parent.children(recursive=True)]

    def _answers(self) -> bool:
        try:
            with Client(self.port) as client:
                return client.get("/readyz")[0] == 200
        except (OSError, HTTPException):
            return False


class Client:
    """A client with one kept connection; gives (status, parsed body)."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)

    def get(self, path: str) -> tuple[int, Any]:
        return self._ask("GET", path, None, {})

    def post(self, path: str, body: Any, **headers: str) -> tuple[int, Any]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = json.dumps(body).encode()
        return self._ask("POST", path, content, {"Content-Type": "application/json"} | named)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, Any]:
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, HTTPException):
            self._connection.close()
            raise
