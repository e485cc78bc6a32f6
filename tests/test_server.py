"""The service as it is run: granian, workers, signals. Everything here is a real process."""

import gc
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import psutil
import pytest

from router import Classifier
from router.server import loading
from training.registry import write_whole

FIRST = Classifier.load().model.id
TEXT = "Третий день не могу вывести деньги"


class Server:
    """A running `complaint-router serve`, with a registry of its own, and its log."""

    def __init__(self, folder: Path, workers: int) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.models, self.log = folder / "models", folder / "log"
        command = [sys.executable, "-m", "router", "serve", "--port", str(self.port), "--workers", str(workers)]
        environment = os.environ | {"COMPLAINT_ROUTER_MODELS": str(self.models)}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, start_new_session=True)
        self.wait(lambda: self.call("/readyz"))

    def call(self, path: str, body: object = None, timeout: float = 30) -> str:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", data, {"Content-Type": "application/json", "Connection": "close"}
        )
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.read().decode()

    def wait(self, condition, seconds: float = 15) -> float:
        """Seconds until the condition holds."""
        began = time.monotonic()
        while time.monotonic() < began + seconds:
            try:
                if condition():
                    return time.monotonic() - began
            except urllib.error.URLError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"not within {seconds} s:\n{self.log.read_text()}")

    def figure(self, name: str) -> float:
        found = re.search(rf"^complaint_router_{re.escape(name)} (\S+)$", self.call("/metrics"), re.MULTILINE)
        return float(found[1]) if found else 0

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)


@pytest.fixture
def start(tmp_path: Path):
    shipped = Path(__file__).parent.parent / "models" / FIRST
    for name in (FIRST, "second", "broken"):
        (tmp_path / "models" / name).mkdir(parents=True)
        for file in ("votes.npz", "meta.json"):
            shutil.copy(shipped / file, tmp_path / "models" / name)
    (tmp_path / "models" / "broken" / "votes.npz").write_bytes(b"PK")
    write_whole(tmp_path / "models" / "CURRENT", FIRST.encode())
    started = []

    def one(workers: int) -> Server:
        started.append(Server(tmp_path, workers))
        return started[-1]

    yield one
    for server in started:
        server.process.terminate()
        server.process.wait(15)


def test_workers_share_their_figures_and_all_take_a_promoted_model(start) -> None:
    server = start(2)
    for _ in range(20):
        server.call("/v1/classify", {"text": TEXT})
    assert server.figure('requests_total{method="POST",route="/v1/classify",status="200"}') == 20
    server.wait(lambda: server.figure(f'model{{model="{FIRST}"}}') == 2)

    write_whole(server.models / "CURRENT", b"broken")
    server.wait(lambda: server.figure("models_refused_total") >= 2, 5)
    assert server.figure(f'model{{model="{FIRST}"}}') == 2

    write_whole(server.models / "CURRENT", b"second")
    server.wait(lambda: server.figure('model{model="second"}') == 2, 5)
    assert {json.loads(server.call("/v1/classify", {"text": TEXT}))["model"] for _ in range(10)} == {"second"}

    assert server.stop() == 0
    lines = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
    refused = [line for line in lines if line["event"] == "model_refused"]
    assert [line["code"] for line in refused] == ["artefact_digest"] * 2
    assert "вывести" not in server.log.read_text()


def test_requests_under_way_are_finished_under_sigterm(start) -> None:
    server = start(1)
    words = [f"слово{chr(0x430 + n % 32)}{chr(0x430 + n // 32 % 32)}{chr(0x430 + n // 1024)}" for n in range(8_000)]
    items = [{"id": n, "text": " ".join(words[n * 20 : n * 20 + 190])} for n in range(400)]
    answers: list[str] = []
    clients = [
        threading.Thread(target=lambda: answers.append(server.call("/v1/classify/batch", {"items": items})))
        for _ in range(3)
    ]
    for client in clients:
        client.start()
    time.sleep(0.4)
    assert not answers
    assert server.stop() == 0
    for client in clients:
        client.join(15)
    assert [len(json.loads(answer)["results"]) for answer in answers] == [400] * 3


def test_every_request_that_was_begun_is_answered_under_sigterm(start) -> None:
    """What is refused or reset had not been taken from the kernel's queue: it can be sent again."""
    server = start(2)
    answered: list[str] = []

    def client() -> None:
        while True:
            try:
                answered.append(server.call("/v1/classify", {"text": TEXT}))
            except (urllib.error.URLError, ConnectionResetError):
                return

    clients = [threading.Thread(target=client) for _ in range(8)]
    for one in clients:
        one.start()
    time.sleep(0.5)
    assert server.stop() == 0
    for one in clients:
        one.join(15)
    assert len(answered) == server.log.read_text().count('"/v1/classify"') > 8


def test_workers_end_when_the_process_that_began_them_was_killed(start) -> None:
    """They would go on for ever, in the place of those that are started next on their port."""
    server = start(2)
    workers = psutil.Process(server.process.pid).children()
    server.process.kill()
    server.process.wait()
    assert psutil.wait_procs(workers, timeout=15)[1] == []
    with pytest.raises(urllib.error.URLError):
        server.call("/healthz")


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_client_that_never_pauses_does_not_keep_it_from_stopping(start, sent: signal.Signals) -> None:
    """The signal goes to all processes at once, as from a terminal or from systemd."""
    server = start(2)
    stopped = threading.Event()

    def client() -> None:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=15)
        while not stopped.is_set():
            try:
                body = json.dumps({"text": TEXT})
                connection.request("POST", "/v1/complaints", body, {"Content-Type": "application/json"})
                connection.getresponse().read()
            except (OSError, HTTPException):
                connection.close()
                time.sleep(0.05)

    clients = [threading.Thread(target=client) for _ in range(8)]
    for one in clients:
        one.start()
    try:
        time.sleep(1)
        os.killpg(server.process.pid, sent)
        assert server.process.wait(10) == 0
    finally:
        stopped.set()
        for one in clients:
            one.join(15)


def test_workers_share_the_memory_of_what_was_loaded_before_they_were_forked(start) -> None:
    server = start(2)
    server.call("/v1/classify", {"text": TEXT})
    workers = psutil.Process(server.process.pid).children()
    found = [process.memory_full_info() for process in workers]
    assert len(workers) == 2
    for memory in found:
        assert memory.uss < memory.rss / 2
        assert memory.pss < 120 * 2**20
    assert server.stop() == 0


def test_what_is_loaded_is_kept_from_the_garbage_collector_and_what_comes_later_is_not() -> None:
    before = gc.get_freeze_count()
    try:
        with loading():
            assert not gc.isenabled()
            loaded = [[number] for number in range(10_000)]
        assert gc.isenabled()
        assert gc.get_freeze_count() >= before + len(loaded)
    finally:
        gc.unfreeze()
