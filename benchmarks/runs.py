"""What the long runs found: each puts its figures into `docs/runs.json`, the source of a table in `docs/promises.md`.

A run replaces the one of its kind and name that stands there: `make soak`, `make faults` and `make fuzz` record theirs.
"""

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.marked import Marked

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PART = Marked("<!-- runs: made by benchmarks.runs of docs/runs.json -->\n", "<!-- /runs -->\n")
HEAD = ("| run | tried | lost, wrong or failed | when, at which commit |", "| --- | --- | --- | --- |")


def record(kind: str, name: str, figures: dict[str, Any], faults: list[str], docs: Path = DOCS) -> None:
    """Keep what a run of `kind` (see `TRIED`) tried and what was not as it must be, and make the table anew."""
    path = docs / "runs.json"
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    kept = [run for run in found if (run["kind"], run["name"]) != (kind, name)]
    when = {"at": datetime.now(UTC).isoformat(timespec="minutes"), "commit": commit()}
    kept.append({"kind": kind, "name": name, **when, "figures": figures, "faults": faults})
    kept.sort(key=lambda run: (list(TRIED).index(run["kind"]), run["name"]))
    path.write_text(json.dumps(kept, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    update(docs)


def commit() -> str:
    """The commit that is checked out; with a plus where the program was changed since."""

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", "--", "router", "training", "benchmarks", "models")
    return (git("rev-parse", "--short", "HEAD") or "unknown") + ("+" if changed else "")


def update(docs: Path = DOCS) -> None:
    """Put the table in its place; `ValueError` where a marker is missing."""
    PART.put(docs / "promises.md", section(docs))


def section(docs: Path = DOCS) -> str:
    """Markdown of `runs.json`, and the plot of the soak."""
    runs = json.loads((docs / "runs.json").read_text(encoding="utf-8"))
    rows = [f"| {_name(run)} | {_tried(run)} | {_faults(run)} | {_when(run)} |" for run in runs]
    plot = ["", "![The soak, minute by minute](soak.svg)"] if any(run["kind"] == "soak" for run in runs) else []
    return "\n".join([*HEAD, *rows, *plot, ""])


def _name(run: dict[str, Any]) -> str:
    return f"{COMMANDS[run['kind']]}: {run['name']}"


def _tried(run: dict[str, Any]) -> str:
    found: str = TRIED[run["kind"]].format(**run["figures"])
    return found


def _faults(run: dict[str, Any]) -> str:
    return f"**{'; '.join(run['faults'])}**" if run["faults"] else NOTHING[run["kind"]]


def _when(run: dict[str, Any]) -> str:
    return f"{run['at'][:10]}, {run['commit']}"


COMMANDS = {"soak": "`make soak`", "faults": "`make faults`", "fuzzing": "`make fuzz`"}
TRIED = {
    "soak": "{minutes:.0f} minutes, {requests:,} requests by {clients} clients at {share:.0%} of {maximum:.0f}/s, "
    "{complaints:,} complaints, {promotes} promotes; median p99 of a minute {p99:.0f} ms, the worst {worst:.0f} ms; "
    "memory {memory:.0f} MB in minute {judged}, {most:.0f} MB at most from then on",
    "faults": "{kills} SIGKILLs, {complaints:,} complaints by {clients} clients, {answered:,} requests answered "
    "({repeats:,} repeats), {again:,} sent again, {seconds:.0f} s",
    "fuzzing": "{executions:,} inputs in {seconds:.0f} s",
}
NOTHING = {"soak": "nothing: 0 errors", "faults": "lost 0, twice 0, feed in order", "fuzzing": "no finding"}
"""What is written where a run found nothing, for it has checked just that."""
