"""What the framework costs and what the model costs: `/v1/classify` beside an empty route, on the same server.

    python -m benchmarks.framework [--rounds 9] [--seconds 2]

One worker each, asked in turn, so that a busy machine disturbs all of them alike; medians of the rounds.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.process import TRIAL
from benchmarks.service import ROOT, Service, free_port
from router import Classifier
from training import corpus

CONNECTIONS = 16
TEXTS = 200
STARTS = 5
"""Of the command and of the service with each count of workers; medians of them."""
WORDS = range(25, 56)
TITLES = {
    "bare": "the server alone (a WSGI function that returns bytes)",
    "flask": "an empty Flask route (parses JSON, returns JSON of the same size)",
    "classify": "`/v1/classify`",
}
Figures = dict[str, Any]


def measure(texts: Sequence[str], folder: Path, rounds: int = 9, seconds: float = 2.0) -> Figures:
    """Requests a second and processor µs a request of each, the model's own µs; start and memory of 1 and 2 workers.

    `command` is what the command line takes for one complaint, in seconds.
    """
    classifier = Classifier.load()
    requests = [_request(text) for text in texts]
    with ExitStack() as stack:
        services = {name: stack.enter_context(one) for name, one in _services(classifier, texts, folder).items()}
        found = _rounds(services, requests, rounds, seconds)
    found["model"] = {"cpu": _processor(lambda: [classifier.classify(text).as_json() for text in texts]) / len(texts)}
    ratios = [ours / empty for ours, empty in zip(found["classify"]["rates"], found["flask"]["rates"], strict=True)]
    found["ratio"] = median(ratios)
    found["load"] = os.getloadavg()[0]
    found["command"] = median(_command() for _ in range(STARTS))
    return found | {"workers": [_workers(count, requests, folder) for count in (1, 2)]}


def _services(classifier: Classifier, texts: Sequence[str], folder: Path) -> dict[str, Service]:
    """The servers to compare; the empty ones answer with the object whose size is the median."""
    answers = sorted(
        (classifier.classify(text).as_json() for text in texts), key=lambda answer: len(json.dumps(answer))
    )
    path = folder / "answer.json"
    path.write_text(json.dumps(answers[len(answers) // 2]), encoding="utf-8")
    empty = {}
    for kind in ("bare", "flask"):
        port = free_port()
        command = [sys.executable, "-m", "benchmarks.empty", kind, str(port), str(path)]
        empty[kind] = Service.running(command, port, folder / f"{kind}.log")
    return empty | {"classify": Service(f"sqlite:///{folder}/complaints.sqlite", folder / "classify.log")}


def _rounds(services: dict[str, Service], requests: Sequence[bytes], rounds: int, seconds: float) -> Figures:
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in services}
    for service in services.values():
        rate(service, requests, seconds)
    for _ in range(rounds):
        for name, service in services.items():
            seen[name].append(rate(service, requests, seconds))
    return {
        name: {"rates": [per for per, _ in one], "rate": median(r for r, _ in one), "cpu": median(c for _, c in one)}
        for name, one in seen.items()
    }


def rate(service: Service, requests: Sequence[bytes], seconds: float) -> tuple[float, float]:
    """Requests a second over 16 kept connections, and the service's processor µs a request."""
    with ExitStack() as stack:
        wires = [stack.enter_context(_wire(service.port)) for _ in range(CONNECTIONS)]
        for number, wire in enumerate(wires):
            wire.sendall(requests[number % len(requests)])
        count, spent, began = CONNECTIONS, service.cpu_seconds(), time.perf_counter()
        while time.perf_counter() < began + seconds:
            for wire in wires:
                _read(wire)
                wire.sendall(requests[count % len(requests)])
                count += 1
        for wire in wires:
            _read(wire)
        return count / (time.perf_counter() - began), (service.cpu_seconds() - spent) / count * 1e6


def _wire(port: int) -> socket.socket:
    wire = socket.create_connection(("127.0.0.1", port))
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return wire


def _read(wire: socket.socket) -> None:
    """Read one answer, which must be 200."""
    answer = wire.recv(65_536)
    while b"\r\n\r\n" not in answer:
        answer += wire.recv(65_536)
    assert answer.startswith(b"HTTP/1.1 200"), answer[:300]
    head, _, body = answer.partition(b"\r\n\r\n")
    left = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]) - len(body)
    while left > 0:
        left -= len(wire.recv(left))


def _request(text: str) -> bytes:
    body = json.dumps({"text": text}, ensure_ascii=False).encode()
    head = f"POST /v1/classify HTTP/1.1\r\nHost:\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


def _processor(job: Callable[[], object], times: int = 9) -> float:
    """Median processor µs of a job."""
    spent = []
    for _ in range(times):
        began = time.process_time()
        job()
        spent.append(time.process_time() - began)
    return median(spent) * 1e6


def _workers(count: int, requests: Sequence[bytes], folder: Path) -> Figures:
    """Seconds until the first answer, requests a second once the texts are known, and MB: of a worker, and of all."""
    service = Service(f"sqlite:///{folder}/complaints.sqlite", folder / f"{count}.log", workers=count)
    start = median(_start(service) for _ in range(STARTS))
    with service:
        rate(service, requests, 5.0)
        per_second, _ = rate(service, requests, 3.0)
        megabytes = service.memory()
    return {"workers": count, "start": start, "rate": per_second, "memory": sum(megabytes), "each": max(megabytes[1:])}


def _start(service: Service) -> float:
    """Seconds from process start to the first answer."""
    began = time.perf_counter()
    with service:
        return time.perf_counter() - began


def _command() -> float:
    """Seconds that `complaint-router classify TEXT` takes."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "router", "classify", TRIAL], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def table(found: Figures) -> list[str]:
    """Markdown: requests a second and processor time, and what of it is whose."""
    lines = [
        "| one worker, 16 connections | requests/s | ratio | processor µs a request |",
        "| --- | ---: | ---: | ---: |",
    ]
    base = found["flask"]
    for name, title in TITLES.items():
        one = found[name]
        ratio = found["ratio"] if name == "classify" else one["rate"] / base["rate"]
        lines.append(f"| {title} | {one['rate']:,.0f} | {ratio:.2f} | {one['cpu']:.0f} |")
    lines.append(f"| of which the model | | | {found['model']['cpu']:.0f} |")
    lines.append("")
    if "command" in found:
        lines.append(f"- `complaint-router classify TEXT` ends after {found['command']:.2f} s")
    for one in found["workers"]:
        lines.append(
            f"- {one['workers']} worker(s): {one['rate']:,.0f} requests/s, first answer after {one['start']:.2f} s, "
            f"{one['memory']:.0f} MB in all, {one['each']:.0f} MB a worker (shared pages divided)"
        )
    return lines


def texts() -> list[str]:
    """Complaints of ours of 25 to 55 words."""
    rows = corpus.read(Path(__file__).parent.parent / "data")
    found = [row.text for row in rows if row.kind == "complaint" and len(row.text.split()) in WORDS]
    return found[:: max(1, len(found) // TEXTS)][:TEXTS]


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.framework")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="complaint-router-bench-") as folder:
        found = measure(texts(), Path(folder), options.rounds, options.seconds)
    print("\n".join([*table(found), f"- load average {found['load']:.1f}"]))


if __name__ == "__main__":
    main()
