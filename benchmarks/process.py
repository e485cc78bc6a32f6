"""What a process of its own costs: from its start to the first answer, and its memory by then.

Run as `python -m benchmarks.process`, it classifies once and prints kilobytes.
"""

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from training.corpus import Row

ROOT = Path(__file__).parent.parent
TRIAL = "не могу вывести деньги"  # I cannot withdraw my money


def start(times: int = 3) -> dict[str, float]:
    """Median seconds until a new process has answered, and its peak memory in MB."""
    seconds, memory = [], []
    for _ in range(times):
        began = time.perf_counter()
        command = [sys.executable, "-m", "benchmarks.process"]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
        seconds.append(time.perf_counter() - began)
        memory.append(int(done.stdout) / 1024)
    return {"start": median(seconds), "memory": median(memory)}


def bulk(rows: "Sequence[Row]", count: int) -> dict[str, float]:
    """Complaints a second of `complaint-router classify --input`, JSON lines in and out: on the clock, and a core."""
    with tempfile.TemporaryDirectory(prefix="complaint-router-bench-") as folder:
        source, target = Path(folder, "in.jsonl"), Path(folder, "out.jsonl")
        source.write_text("".join(f"{line}\n" for line in recombined(rows, count)), encoding="utf-8")
        before, began = _children(), time.perf_counter()
        command = [sys.executable, "-m", "router", "classify", "--input", str(source), "--output", str(target)]
        subprocess.run(command, check=True, cwd=ROOT)
        clock, cores = time.perf_counter() - began, _children() - before
        with target.open("rb") as file:
            assert sum(1 for _ in file) == count
    return {"per_second": count / clock, "per_core_second": count / cores, "rows": count}


def recombined(rows: "Sequence[Row]", count: int) -> Iterator[str]:
    """JSON lines of new complaints of about 40 words, made of the sentences of ours."""
    chance = random.Random(3)
    sentences = [part for row in rows if row.kind == "complaint" for part in row.text.split(". ") if part]
    for number in range(count):
        text = ""
        while text.count(" ") < 36:
            text += chance.choice(sentences) + ". "
        yield json.dumps({"id": number, "text": text.strip()}, ensure_ascii=False)


def _children() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def peak_memory() -> int:
    """Peak resident memory in KB; from /proc, for `getrusage` counts what the parent had before `exec`."""
    status = Path(f"/proc/{os.getpid()}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])


def main() -> None:
    """Load the router, classify once, print the memory."""
    from router import Classifier

    Classifier.load().classify(TRIAL)
    sys.stdout.write(str(peak_memory()))


if __name__ == "__main__":
    main()
