"""What registering a complaint costs, beside bare classification, and what bounds it.

    python -m benchmarks.registering [--seconds 5]

Clients are threads with a kept connection each, on the machine of the service, so they take their share of its cores.
"""

import os
import socket
import tempfile
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import Thread

import click
import psutil

from benchmarks.postgres import postgres
from benchmarks.service import Service

CLIENTS = (1, 16)
WARM_SECONDS = 1.0
TEXT = (
    "Третий день не могу вывести деньги, заявка {}, поддержка молчит, в приложении пишет ошибку, верните мои средства"
)


@dataclass(frozen=True)
class Cost:
    """Requests a second, their median time in ms, and the processor time of the service a request, in ms."""

    rate: float
    median: float
    cpu: float


class Wire:
    """The cheapest client there is: bytes out, bytes in, on one connection."""

    def __init__(self, port: int, path: str) -> None:
        self._head = f"POST {path} HTTP/1.1\r\nHost:\r\nContent-Type: application/json\r\n"
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, key: str) -> None:
        """Send one complaint with a key of its own; anything but 200 or 201 is a fault of the measurement."""
        body = f'{{"text": "{TEXT.format(key)}"}}'.encode()
        head = f"{self._head}Idempotency-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n"
        self._socket.sendall(head.encode() + body)
        answer = self._socket.recv(65_536)
        while b"\r\n\r\n" not in answer or len(answer.partition(b"\r\n\r\n")[2]) < _length(answer):
            answer += self._socket.recv(65_536)
        assert answer.startswith(b"HTTP/1.1 20"), answer[:500]

    def close(self) -> None:
        self._socket.close()


def _length(answer: bytes) -> int:
    return int(answer.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])


def measure(service: Service, path: str, clients: int, seconds: float, keys: "count[int]") -> Cost:
    """Let `clients` send for so long."""
    _send(service.port, path, clients, WARM_SECONDS, keys)
    before, begin = service.cpu_seconds(), time.perf_counter()
    times = _send(service.port, path, clients, seconds, keys)
    spent = time.perf_counter() - begin
    cpu = (service.cpu_seconds() - before) / len(times)
    return Cost(len(times) / spent, sorted(times)[len(times) // 2] * 1000, cpu * 1000)


def _send(port: int, path: str, clients: int, seconds: float, keys: "count[int]") -> list[float]:
    times: list[float] = []
    threads = [Thread(target=_client, args=(port, path, seconds, keys, times)) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def _client(port: int, path: str, seconds: float, keys: "count[int]", times: list[float]) -> None:
    wire, end = Wire(port, path), time.perf_counter() + seconds
    while (begin := time.perf_counter()) < end:
        wire.post(f"k{next(keys)}")
        times.append(time.perf_counter() - begin)
    wire.close()


def flush_milliseconds(folder: Path, times: int = 200) -> float:
    """The median time of an fdatasync after 8 KB were appended to a file there."""
    spent = []
    with (folder / "flush").open("wb", buffering=0) as file:
        for _ in range(times):
            file.write(os.urandom(8192))
            begin = time.perf_counter()
            os.fdatasync(file.fileno())
            spent.append(time.perf_counter() - begin)
    return sorted(spent)[times // 2] * 1000


@click.command()
@click.option("--seconds", default=5.0, show_default=True, help="Of each measurement.")
def main(seconds: float) -> None:
    """Print requests a second, median milliseconds, and the service's processor milliseconds a request."""
    print(f"{'':<28}{'clients':>8}{'req/s':>9}{'median ms':>11}{'cpu ms':>8}")
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name, postgres() as new_database:
        folder, keys = Path(name), count()
        urls = {"SQLite": f"sqlite:///{folder}/complaints.sqlite", "PostgreSQL": new_database()}
        for kind, url in urls.items():
            with Service(url, folder / "log") as service:
                for path in ("/v1/classify", "/v1/complaints"):
                    for clients in CLIENTS:
                        cost = measure(service, path, clients, seconds, keys)
                        label = f"{path} {kind}"
                        print(f"{label:<28}{clients:>8}{cost.rate:>9,.0f}{cost.median:>11.2f}{cost.cpu:>8.2f}")
        print(f"one flush of this disk: {flush_milliseconds(folder):.2f} ms; {psutil.cpu_count()} cores, one worker")


if __name__ == "__main__":
    main()
