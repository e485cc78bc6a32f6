"""Coverage-guided fuzzing of all that reads what others send: a text, a corpus, a bulk file, a model, a backup.

    pip install atheris        # Apache-2, by Google; wheels for Linux and Python 3.11 to 3.13
    python -m benchmarks.fuzzing text [--seconds 600] [--kept build/fuzz/text] [--record]
    python -m benchmarks.fuzzing corpus | bulk | artefact | backup …

The folder `--kept` keeps what was found interesting, so that the next run goes on from there. An exception that is none
of `router.errors`, a broken promise or an input that takes longer than five seconds (it is instrumented) ends the run,
and the input is kept in `build/fuzz` as `crash-…` or `timeout-…`. Every finding becomes a row of `tests/test_fuzz.py`.

libFuzzer ends its process without a word to Python, so it runs in one of its own: `benchmarks.fuzz_process`.
"""

import re
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import click

from benchmarks import runs
from benchmarks.fuzz_targets import TARGETS

FINDINGS = ("crash-", "timeout-", "oom-", "leak-")
_EXECUTED = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_FOUND = re.compile(rf"Test unit written to \S*?((?:{'|'.join(FINDINGS)})\w+)")


def executed(lines: Iterable[str]) -> int:
    """How many inputs libFuzzer ran, as its last statistics say; 0 where it came to none."""
    return sum(int(found[1]) for line in lines if (found := _EXECUTED.search(line)))


def findings(lines: Iterable[str]) -> list[str]:
    """The names of the files that findings were written to."""
    return [found[1] for line in lines if (found := _FOUND.search(line))]


def run(target: str, seconds: int, kept: Path | None) -> tuple[int, list[str], float]:
    """Fuzz in a process of its own, whose output is shown; returns inputs run, findings, seconds."""
    words = [sys.executable, "-m", "benchmarks.fuzz_process", target, f"-max_total_time={seconds}"]
    words += ["-print_final_stats=1", *([str(kept)] if kept else [])]
    began, lines = time.monotonic(), []
    with subprocess.Popen(words, cwd=runs.ROOT, stderr=subprocess.PIPE, text=True, errors="replace") as process:
        assert process.stderr is not None
        for line in process.stderr:
            lines.append(line)
            sys.stderr.write(line)
    count, found = executed(lines), findings(lines)
    if process.returncode and not found:
        found = [f"the fuzzer ended with {process.returncode}"]
    return count, found, time.monotonic() - began


@click.command()
@click.argument("target", type=click.Choice(list(TARGETS)))
@click.option("--seconds", default=600, show_default=True, help="To fuzz for.")
@click.option("--kept", type=click.Path(path_type=Path), help="Folder of interesting inputs, used again.")
@click.option("--record", is_flag=True, help="Put the figures into docs/runs.json and docs/promises.md.")
def main(target: str, seconds: int, kept: Path | None, record: bool) -> None:
    """Fuzz one target; exit code 1 where something was found."""
    (runs.ROOT / "build" / "fuzz").mkdir(parents=True, exist_ok=True)
    if kept:
        kept.mkdir(parents=True, exist_ok=True)
    count, found, took = run(target, seconds, kept)
    print(f"{target}: {count:,} inputs in {took:.0f} s: {'; '.join(found) or 'no finding'}")
    if record:
        runs.record("fuzzing", target, {"executions": count, "seconds": took}, found)
    if found:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
