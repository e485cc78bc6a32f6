"""Mixed traffic for a long time at 70 % of what the service can take: no error, steady memory, steady latency.

    python -m benchmarks.soak [--minutes 30] [--output build/soak] [--record]

First it fills the memories of words, which are bounded, so that whatever grows afterwards has no bound; then it
measures how much of this very mix the service takes at most. Then it sends 70 % of that, evenly: complaints
classified singly and in batches, registered, corrected, answered, pages of queues and of the desk by a logged-in
agent, and metrics; two models are promoted in turn. It writes `soak.json` and `soak.svg`: requests, errors, p50 and
p99 by the minute, and the memory of all workers; with `--record` into `docs`, where `promises.md` gets its row.
"""

import json
import os
import random
import shutil
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

import click
import psutil

from benchmarks import runs
from benchmarks.service import Client, Service
from benchmarks.soak_traffic import MIX, Visitor
from router import access
from router.settings import shipped_models
from router.store import Store
from training import plots
from training.registry import promote, write_whole

CLIENTS = 16
SHARE = 0.7
WARM_MINUTES = 5
MEMORY_BAND = 0.05
PROMOTE_EVERY = 20.0
SAMPLE_EVERY = 5.0
FILLING, BATCH = 70_000, 1_000
FIRST_SECONDS = 30
"""Before the maximum is measured: lists are full by then, and as dear as they will be."""
HELD = 0.95
"""The least share of the requests that were due in a minute."""
STEADY = 2.0
"""How many times the median of all minutes' p99 the worst minute's may be."""


@dataclass
class Record:
    """What was seen: for each answer its moment and milliseconds, errors by kind, memory in MB at moments (seconds)."""

    answers: list[tuple[float, float]] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    memory: list[tuple[float, float]] = field(default_factory=list)
    promotes: int = 0


@dataclass(frozen=True)
class Minute:
    """One minute of it."""

    minute: int
    requests: int
    p50: float
    p99: float
    memory: float


class Pace:
    """Hands out the moments at which requests are to be sent, `rate` a second; without a rate, at once."""

    def __init__(self, rate: float | None) -> None:
        self._rate, self._lock = rate, Lock()
        self._next = time.monotonic()

    def wait(self) -> None:
        """Return when the next request is due."""
        if self._rate is None:
            return
        with self._lock:
            due = self._next = max(self._next + 1 / self._rate, time.monotonic() - 1)
        time.sleep(max(0.0, due - time.monotonic()))


def drive(port: int, keys: dict[str, str], seconds: float, rate: float | None, record: Record) -> None:
    """Let `CLIENTS` visitors send the mix for so long."""
    ended, pace, began = Event(), Pace(rate), time.monotonic()

    def run(number: int) -> None:
        visitor = Visitor(port, keys, random.Random(number))
        while not ended.is_set():
            pace.wait()
            begin = time.monotonic()
            kind, fault = visitor.act()
            record.answers.append((begin - began, (time.monotonic() - begin) * 1000))
            record.kinds[kind] += 1
            if fault:
                record.errors[f"{kind}: {fault}"] += 1
        visitor.close()

    threads = [Thread(target=run, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    ended.wait(seconds)
    ended.set()
    for thread in threads:
        thread.join()


def watch(pid: int, models: Path, names: tuple[str, str], record: Record, ended: Event) -> None:
    """Note the memory of all workers, and promote two models in turn, until told to stop."""
    began = promoted = time.monotonic()
    while not ended.wait(SAMPLE_EVERY):
        now = time.monotonic()
        record.memory.append((now - began, memory(pid)))
        if now - promoted >= PROMOTE_EVERY:
            promote(models, names[record.promotes % 2], "soak")
            record.promotes += 1
            promoted = now


def memory(pid: int) -> float:
    """Memory of a service and its workers in MB; what they share counts once, where the system tells it (Linux)."""
    parent = psutil.Process(pid)
    found = [one.memory_full_info() for one in (parent, *parent.children(recursive=True))]
    return float(sum(getattr(one, "pss", one.rss) for one in found) / 1024**2)


def fill_memories(port: int, key: str) -> None:
    """Send `FILLING` different words, more than are remembered whatever model serves (`router.text`, `router.lemmas`).

    They are numbers, as every complaint of the traffic has one of its own.
    """
    with Client(port) as client:
        for start in range(0, FILLING, BATCH):
            items = [{"id": str(number), "text": f"Заявка {number} открыта"} for number in range(start, start + BATCH)]
            status, _ = client.post("/v1/classify/batch", {"items": items}, Authorization=f"Bearer {key}")
            if status != 200:
                raise RuntimeError(f"expected the batch to be classified, the answer was {status}")


def by_minute(record: Record) -> list[Minute]:
    """The record, minute by minute; the last, begun one is left out unless it is the only one."""
    last = int(record.answers[-1][0] // 60)
    found = []
    for minute in range(max(1, last)):
        times = sorted(ms for at, ms in record.answers if at // 60 == minute)
        seen = [mb for at, mb in record.memory if at // 60 == minute]
        place = min(len(times) - 1, int(len(times) * 0.99))
        found.append(Minute(minute, len(times), times[len(times) // 2], times[place], max(seen, default=0.0)))
    return found


def faults(record: Record, minutes: list[Minute], rate: float) -> list[str]:
    """What is not as it must be; empty where all is well. Memory is judged from the sixth minute on.

    `rate` is the number of requests a second that were to be sent.
    """
    found = [f"{count} x {what}" for what, count in record.errors.items()]
    if slack := [one.minute + 1 for one in minutes if one.requests < HELD * 60 * rate]:
        found.append(f"less than {HELD:.0%} of the rate was kept in the minutes {', '.join(map(str, slack))}")
    late = minutes[WARM_MINUTES:]
    if late and max(one.memory for one in late) > (1 + MEMORY_BAND) * late[0].memory:
        found.append(f"memory grew from {late[0].memory:.0f} MB to {max(one.memory for one in late):.0f} MB")
    slow = sorted(one.p99 for one in minutes)
    if slow[-1] > STEADY * slow[len(slow) // 2]:
        found.append(f"p99 was {slow[-1]:.0f} ms in the worst minute, {slow[len(slow) // 2]:.0f} ms in the median one")
    return found


def registry(folder: Path) -> tuple[Path, tuple[str, str]]:
    """A registry of two models that are the shipped one under two names."""
    models, shipped = folder / "models", shipped_models()
    current = (shipped / "CURRENT").read_text(encoding="utf-8").strip()
    names = (f"{current}-a", f"{current}-b")
    for name in names:
        shutil.copytree(shipped / current, models / name)
    write_whole(models / "CURRENT", names[1].encode())
    return models, names


def run(minutes: float, workers: int, folder: Path) -> dict[str, Any]:
    """Measure the maximum, then soak; returns the report."""
    url = f"sqlite:///{folder}/complaints.sqlite"
    with Store.open(url) as store:
        keys = {role: access.create(store, f"soak {role}", role) for role in access.ROLES}
    models, names = registry(folder)
    os.environ["COMPLAINT_ROUTER_MODELS"] = str(models)
    with Service(url, folder / "log", workers) as service:
        fill_memories(service.port, keys["intake"])
        most = Record()
        drive(service.port, keys, FIRST_SECONDS, None, Record())
        drive(service.port, keys, 20, None, most)
        maximum = len(most.answers) / 20
        record, ended = Record(), Event()
        watcher = Thread(target=watch, args=(service.pid, models, names, record, ended))
        watcher.start()
        drive(service.port, keys, minutes * 60, SHARE * maximum, record)
        ended.set()
        watcher.join()
    return report(record, maximum, workers)


def report(record: Record, maximum: float, workers: int) -> dict[str, Any]:
    """What goes into `soak.json`."""
    minutes = by_minute(record)
    return {
        "maximum_per_second": round(maximum, 1),
        "share": SHARE,
        "workers": workers,
        "clients": CLIENTS,
        "cores": psutil.cpu_count(),
        "mix": MIX,
        "requests": len(record.answers),
        "kinds": dict(record.kinds.most_common()),
        "promotes": record.promotes,
        "errors": dict(record.errors),
        "faults": faults(record, minutes, SHARE * maximum),
        "minutes": [asdict(one) for one in minutes],
    }


def summary(found: dict[str, Any]) -> dict[str, Any]:
    """A report in a line; a run of fewer than six minutes is judged by its last one."""
    minutes = found["minutes"]
    late = minutes[WARM_MINUTES:] or minutes[-1:]
    slow = sorted(one["p99"] for one in minutes)
    return {
        "minutes": len(minutes),
        "requests": found["requests"],
        "clients": found["clients"],
        "share": found["share"],
        "maximum": found["maximum_per_second"],
        "complaints": found["kinds"].get("register", 0),
        "promotes": found["promotes"],
        "p99": slow[len(slow) // 2],
        "worst": slow[-1],
        "judged": late[0]["minute"] + 1,
        "memory": late[0]["memory"],
        "most": max(one["memory"] for one in late),
    }


@click.command()
@click.option("--minutes", default=30.0, show_default=True)
@click.option("--workers", default=1, show_default=True)
@click.option("--output", type=click.Path(path_type=Path), default=Path("build/soak"), show_default=True)
@click.option("--record", is_flag=True, help="Write into docs instead, and put the figures into docs/promises.md.")
def main(minutes: float, workers: int, output: Path, record: bool) -> None:
    """Soak the service; exit code 1 where something is not as it must be."""
    output = runs.DOCS if record else output
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="complaint-router-soak-") as name:
        found = run(minutes, workers, Path(name))
    (output / "soak.json").write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    (output / "soak.svg").write_text(plots.soak(found["minutes"]), encoding="utf-8")
    figures = summary(found)
    if record:
        runs.record("soak", f"SQLite, {workers} worker" + "s" * (workers > 1), figures, found["faults"])
    print(f"{runs.TRIED['soak'].format(**figures)}: {'; '.join(found['faults']) or 'all as it must be'}")
    if found["faults"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
