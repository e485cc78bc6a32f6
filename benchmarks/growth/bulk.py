"""Bulk classification by the real command: seconds and peak memory by the number of complaints."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path

import psutil

from benchmarks.growth.curve import TOTAL, Curve, decades, repeated, seconds
from benchmarks.growth.texts import complaints
from benchmarks.process import ROOT
from training.corpus import Row

EVERY = 0.1
"""Seconds between two looks at the memory."""


def curves(rows: Sequence[Row], folder: Path, most: int, patience: float) -> list[Curve]:
    """From a thousand to a million complaints; one file grows from size to size."""
    source, target = folder / "in.jsonl", folder / "out.jsonl"
    found = Curve("`classify --input`, all cores", "complaints", "s", TOTAL)
    endless, have = complaints(rows), 0
    for size in decades(1_000, 1_000_000, most):
        _append(source, islice(endless, size - have), have)
        peaks: list[float] = []
        have = size
        run = partial(_run, source, target, peaks)
        times = repeated(run, patience)
        with target.open("rb") as file:
            assert sum(1 for _ in file) == size
        found.add(size, times, megabytes=max(peaks))
    source.unlink()
    target.unlink()
    return [found]


def _run(source: Path, target: Path, peaks: list[float]) -> float:
    return seconds(lambda: peaks.append(classify(source, target)))


def _append(path: Path, texts: Iterator[str], first: int) -> None:
    with path.open("a", encoding="utf-8") as file:
        for number, text in enumerate(texts, start=first):
            file.write(json.dumps({"id": number, "text": text}, ensure_ascii=False) + "\n")


def classify(source: Path, target: Path) -> float:
    """Run the command on a file; returns the peak of the MB that all its processes took together."""
    command = [sys.executable, "-m", "router", "classify", "--input", str(source), "--output", str(target)]
    peak = 0.0
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            peak = max(peak, _megabytes(watched))
            with suppress(subprocess.TimeoutExpired):
                process.wait(EVERY)
        said = process.stderr.read() if process.stderr else ""
    if process.returncode:
        raise RuntimeError(f"the command ended with {process.returncode}: {said[-500:]}")
    return peak


def _megabytes(process: psutil.Process) -> float:
    """Of a process and its children; a page that several share is divided between them, where the system tells."""
    total = 0.0
    try:
        for one in (process, *process.children(recursive=True)):
            memory = one.memory_full_info()
            total += getattr(memory, "pss", memory.uss)
    except (psutil.NoSuchProcess, psutil.AccessDenied):  # one of them has just ended
        return 0.0
    return total / 2**20
