"""Clients that mean harm, or know no better: slow ones, very many, and those that send as much as they can."""

import json
import resource
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from http.client import HTTPConnection
from pathlib import Path

import psutil
import pytest

from benchmarks.service import Client, Service

TEXT = "Третий день не могу вывести деньги"
MB = 1024 * 1024
CONNECTIONS = 2_000
MEMORY = 300 * MB


@pytest.fixture(scope="module")
def service(tmp_path_factory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("hostile")
    with Service(f"sqlite:///{folder}/c.sqlite", folder / "log") as found:
        yield found


def connected(service: Service, stack: ExitStack) -> socket.socket:
    return stack.enter_context(socket.create_connection(("127.0.0.1", service.port), timeout=10))


def served(service: Service, attempts: int = 5) -> float:
    """Seconds until a complaint of somebody else was classified.

    Sent again as clients do: seen once, on a starved machine, granian had too few threads begun for a burst of slow
    bodies, and began another only when another request came.
    """
    begin = time.monotonic()
    for _ in range(attempts):
        with suppress(TimeoutError), Client(service.port, timeout=5) as client:
            assert client.post("/v1/classify", {"text": TEXT})[0] == 200
            return time.monotonic() - begin
    raise AssertionError(f"nobody else was served in {attempts} attempts")


@pytest.mark.parametrize(
    "part",
    [
        b"",
        b"POST /v1/classify HTTP/1.1\r\nHost:\r\nX-Slow: ",
        b"POST /v1/classify HTTP/1.1\r\nHost:\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
        b"POST /v1/classify/batch HTTP/1.1\r\nHost:\r\nContent-Type: application/json\r\n"
        b"Content-Length: 8000000\r\n\r\n{",
        b'POST /v1/classify HTTP/1.1\r\nHost:\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"te',
    ],
    ids=["nothing", "half a header", "half a body", "half a long body", "half a chunk"],
)
def test_clients_that_send_a_byte_now_and_then_keep_nobody_waiting(service: Service, part: bytes) -> None:
    with ExitStack() as stack:
        slow = [connected(service, stack) for _ in range(100)]
        for client in slow:
            client.sendall(part)
        for _ in range(5):
            for client in slow:
                with suppress(OSError):
                    client.sendall(b"a")
            served(service)


def test_2_000_connections_at_once_are_served_or_refused_and_the_service_goes_on(service: Service) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2 * CONNECTIONS:
        pytest.skip(f"a process may open {hard} files here; the test needs {2 * CONNECTIONS}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2 * CONNECTIONS), hard))
    body = json.dumps({"text": TEXT}).encode()
    head = f"POST /v1/classify HTTP/1.1\r\nHost:\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    answers: Counter[str] = Counter()
    with ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        clients = []
        for _ in range(CONNECTIONS):
            try:
                clients.append(connected(service, stack))
                clients[-1].sendall(f"{head}Connection: close\r\n\r\n".encode() + body)
            except OSError:
                answers["refused"] += 1
        for client in clients:
            answers[status(client)] += 1
    assert answers.total() >= CONNECTIONS
    assert set(answers) <= {"200", "503", "refused"}, answers
    assert answers["200"] > 0
    assert served(service) < 10


def test_http_2_is_not_spoken(service: Service) -> None:
    """By it one connection has 200 requests under way: three, with bodies that never end, took all threads for good."""
    with ExitStack() as stack:
        client = connected(service, stack)
        client.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0")
        assert status(client) in ("400", "refused")


def status(client: socket.socket) -> str:
    """The status of an answer; what ends without one was refused, what takes 60 seconds hangs."""
    client.settimeout(60)
    try:
        found = client.recv(64)
    except ConnectionError:
        return "refused"
    return found.split()[1].decode() if found else "refused"


def shapes() -> dict[str, bytes]:
    """Bodies of about the 8 MiB that are taken, and what becomes most of them in memory."""
    room = 8 * MB - 100
    items = [{"id": n, "text": "не могу вывести деньги " * 860} for n in range(200)]
    return {
        "the greatest batch": json.dumps({"items": items}, ensure_ascii=False).encode(),
        "empty objects": b'{"items": [' + b"{}," * (room // 3) + b"{}]}",
        "small objects": b'{"items": [' + b'{"":0},' * (room // 7) + b"{}]}",
        "numbers": b'{"items": [' + b"0.1," * (room // 4) + b"0]}",
        "one string": b'{"text": "' + b"\xf0\x9f\x98\xa1" * (room // 4) + b'"}',
        "keys": b"{" + b",".join(b'"%x":0' % n for n in range(room // 10)) + b"}",
        "brackets": b"[" * room,
    }


@pytest.mark.parametrize("shape", shapes())
def test_no_request_takes_300_megabytes(service: Service, shape: str) -> None:
    body = shapes()[shape]
    assert len(body) <= 8 * MB
    path = "/v1/classify/batch" if body.startswith(b'{"items"') else "/v1/classify"
    status, before, most = peak(service, path, body)
    assert status in (200, 400, 413, 422)
    assert most - before < MEMORY, f"{shape}: {(most - before) / MB:.0f} MB"


def test_a_body_without_end_is_refused_before_it_fills_the_memory(service: Service) -> None:
    chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    with ExitStack() as stack:
        client, before = connected(service, stack), memory(service)
        client.sendall(b"POST /v1/classify HTTP/1.1\r\nHost:\r\nTransfer-Encoding: chunked\r\n\r\n")
        with suppress(OSError):
            for _ in range(400 * MB // 0x10000):
                client.sendall(chunk)
        assert memory(service) - before < MEMORY
    assert served(service) < 10


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("size", [8 * MB + 1, 9 * MB, 40 * MB])
def test_who_sends_too_much_is_told_so(service: Service, size: int, chunked: bool) -> None:
    """By a client that looks at no answer before it has sent all, as most do; it found its connection cut."""
    parts = (b"a" * min(MB, size - at) for at in range(0, size, MB)) if chunked else b"a" * size
    connection = HTTPConnection("127.0.0.1", service.port, timeout=60)
    connection.request("POST", "/v1/classify", parts, {"Content-Type": "application/json"}, encode_chunked=chunked)
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["code"]) == (413, "request_entity_too_large")
    connection.close()


def test_who_asks_before_sending_too_much_need_not_send_it(service: Service) -> None:
    with ExitStack() as stack:
        client = connected(service, stack)
        head = b"POST /v1/classify HTTP/1.1\r\nHost:\r\nContent-Type: application/json\r\nContent-Length: 9000000\r\n"
        client.sendall(head + b"Expect: 100-continue\r\n\r\n")
        assert status(client) == "413"


def test_a_body_in_chunks_is_read_as_any_other(service: Service) -> None:
    connection = HTTPConnection("127.0.0.1", service.port, timeout=60)
    whole = json.dumps({"text": TEXT, "channel": "a" * 50}).encode()
    for path, status in (("/v1/classify", 422), ("/v1/complaints", 201)):
        parts = (whole[at : at + 7] for at in range(0, len(whole), 7))
        connection.request("POST", path, parts, {"Content-Type": "application/json"}, encode_chunked=True)
        answer = connection.getresponse()
        assert (answer.status, bool(answer.read())) == (status, True)
    connection.close()


def peak(service: Service, path: str, body: bytes) -> tuple[int, int, int]:
    """Status, memory before, and the most while the request was served, in bytes."""
    for process in processes(service):
        Path(f"/proc/{process.pid}/clear_refs").write_text("5")  # the high-water mark starts anew
    before = memory(service)
    with ExitStack() as stack:
        client = connected(service, stack)
        head = f"POST {path} HTTP/1.1\r\nHost:\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        client.sendall(f"{head}Connection: close\r\n\r\n".encode() + body)
        answered = status(client)
    return int(answered), before, sum(map(high_water, processes(service)))


def processes(service: Service) -> list[psutil.Process]:
    parent = psutil.Process(service.pid)
    return [parent, *parent.children(recursive=True)]


def memory(service: Service) -> int:
    return sum(process.memory_info().rss for process in processes(service))


def high_water(process: psutil.Process) -> int:
    """The most memory that a process has had."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024
