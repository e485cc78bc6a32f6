"""Sixteen clients register complaints, repeating their keys, while the service is killed again and again.

    python -m benchmarks.endurance [--complaints 5000] [--rounds 10]      # `make faults` takes 100 rounds

Each complaint must be registered exactly once, numbers must be unique, nothing that was acknowledged may be lost, and a
reader of the feed that is killed too must see every change once and in order.
"""

import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import click

from benchmarks import runs
from benchmarks.postgres import postgres
from benchmarks.service import ROOT, Client, Service

CLIENTS = 16
REPEATED = 0.3
"""The share of requests that are sent once more, by another client, at about the same time."""


@dataclass
class Outcome:
    """What the clients were told, what the service holds at the end, and what the reader of the feed saw."""

    acknowledged: dict[int, set[tuple[str, str]]] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    unanswered: int = 0
    kills: int = 0
    stored: list[tuple[str, str]] = field(default_factory=list)
    followed: list[list[str]] = field(default_factory=list)

    def faults(self, complaints: int) -> list[str]:
        """What is not as it must be; empty where all is well."""
        told = {pair for pairs in self.acknowledged.values() for pair in pairs}
        cursors = [int(cursor) for cursor, *_ in self.followed]
        checks = {
            "an acknowledged request is missing": len(self.acknowledged) == complaints,
            "one key was given two complaints": all(len(pairs) == 1 for pairs in self.acknowledged.values()),
            "numbers are not unique": len({number for _, number in self.stored}) == complaints,
            "what is stored is not what was acknowledged": sorted(self.stored) == sorted(told),
            "the feed was not read once and in order": cursors == list(range(1, complaints + 1)),
            "the feed tells of other complaints": {row[2] for row in self.followed} == {found for found, _ in told},
            "another status than 200 or 201 was answered": set(self.statuses) <= {200, 201},
        }
        return [fault for fault, holds in checks.items() if not holds]

    def figures(self, complaints: int) -> dict[str, int]:
        """What was tried, in numbers."""
        return {
            "kills": self.kills,
            "complaints": complaints,
            "clients": CLIENTS,
            "answered": sum(self.statuses.values()),
            "repeats": self.statuses[200],
            "again": self.unanswered,
        }


def run(database_url: str, folder: Path, complaints: int, kills: int, workers: int = 1, seed: int = 1) -> Outcome:
    """Register `complaints` while the service is killed `kills` times, and look at what came of it."""
    outcome, lock = Outcome(), Lock()
    work = _work(complaints, random.Random(seed))
    with Service(database_url, folder / "service.log", workers) as service:
        clients = [Thread(target=_client, args=(service.port, work, outcome, lock)) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        _kill_now_and_then(service, folder / "feed.txt", outcome, complaints, kills, random.Random(seed))
        for client in clients:
            client.join()
        with Client(service.port) as last:
            outcome.stored = list(all_complaints(last))
        outcome.followed = _followed(service.port, folder / "feed.txt", complaints)
    return outcome


def _work(complaints: int, chance: random.Random) -> Iterator[int]:
    """The numbers to send, some of them twice, in about rising order."""
    numbers = [number for number in range(complaints) for _ in range(1 + (chance.random() < REPEATED))]
    numbers.sort(key=lambda number: number + chance.random() * 30)
    return iter(numbers)


def _client(port: int, work: Iterator[int], outcome: Outcome, lock: Lock) -> None:
    with Client(port) as client:
        while (number := _taken(work, lock)) is not None:
            status, answer = _until_answered(client, number, outcome, lock)
            with lock:
                outcome.statuses[status] += 1
                if status in (200, 201):
                    outcome.acknowledged.setdefault(number, set()).add((answer["id"], answer["number"]))


def _taken(work: Iterator[int], lock: Lock) -> int | None:
    with lock:
        return next(work, None)


def _until_answered(client: Client, number: int, outcome: Outcome, lock: Lock) -> tuple[int, Any]:
    body = {"text": f"Третий день не могу вывести деньги, заявка {number}", "client_ref": f"client {number % 100}"}
    while True:
        try:
            return client.post("/v1/complaints", body, Idempotency_Key=f"key-{number}")
        except (OSError, HTTPException):
            with lock:
                outcome.unanswered += 1
            time.sleep(0.02)


def _kill_now_and_then(
    service: Service, feed: Path, outcome: Outcome, complaints: int, kills: int, chance: random.Random
) -> None:
    """Kill the service and the reader, at a random moment of each of `kills` parts of the work; start both again."""
    reader = _reader(service.port, feed)
    for kill in range(1, kills + 1):
        while len(outcome.acknowledged) < complaints * (kill - chance.random() / 2) / (kills + 1):
            time.sleep(0.005)
        time.sleep(chance.random() / 50)
        service.kill()
        reader.kill()
        reader.wait()
        service.start()
        reader = _reader(service.port, feed)
        outcome.kills += 1
    reader.kill()
    reader.wait()


def _reader(port: int, feed: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "benchmarks.follower", str(port), str(feed)], cwd=ROOT)


def _followed(port: int, feed: Path, complaints: int) -> list[list[str]]:
    """Let the reader come to the end of the feed; returns the lines that it wrote in all its lives."""
    reader = _reader(port, feed)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and len(feed.read_bytes().splitlines()) < complaints:
        time.sleep(0.05)
    reader.kill()
    reader.wait()
    return [line.split() for line in feed.read_text().splitlines()]


def all_complaints(client: Client) -> Iterator[tuple[str, str]]:
    """Every complaint (id, number) that the service holds, page by page."""
    cursor = "0"
    while cursor is not None:
        _, page = client.get(f"/v1/complaints?cursor={cursor}&limit=100")
        yield from ((complaint["id"], complaint["number"]) for complaint in page["complaints"])
        cursor = page["next"]


@click.command()
@click.option("--complaints", default=5_000, show_default=True)
@click.option("--rounds", "--kills", "kills", default=10, show_default=True, help="SIGKILLs.")
@click.option("--record", is_flag=True, help="Put the figures into docs/runs.json and docs/promises.md.")
def main(complaints: int, kills: int, record: bool) -> None:
    """Register complaints under fire on SQLite and on PostgreSQL."""
    with tempfile.TemporaryDirectory() as name, postgres() as new_database:
        for kind, url in (("SQLite", f"sqlite:///{name}/complaints.sqlite"), ("PostgreSQL", new_database())):
            folder = Path(name) / kind
            folder.mkdir()
            begin = time.monotonic()
            outcome = run(url, folder, complaints, kills)
            faults = outcome.faults(complaints)
            figures = outcome.figures(complaints) | {"seconds": time.monotonic() - begin}
            tried = runs.TRIED["faults"].format(**figures)
            print(f"{kind}: {tried}: {'; '.join(faults) or 'each exactly once, none lost'}")
            if record:
                runs.record("faults", kind, figures, faults)
            if faults:
                raise SystemExit(1)


if __name__ == "__main__":
    main()
