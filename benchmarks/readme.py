"""README's performance section: made of the JSON that the benchmarks wrote, and put between two markers."""

import json
from pathlib import Path
from typing import Any

from benchmarks import report
from benchmarks.marked import Marked

HERE = Path(__file__).parent
README = HERE.parent / "README.md"
PART = Marked("<!-- performance: made by python -m benchmarks -->\n", "<!-- /performance -->\n")


def section(folder: Path = HERE) -> str:
    """Markdown of `results.json` and, where there is one, `growth.json`."""
    found = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    growth = folder / "growth.json"
    grown: dict[str, Any] | None = json.loads(growth.read_text(encoding="utf-8")) if growth.exists() else None
    return report.section(found, grown)


def update(path: Path = README, folder: Path = HERE) -> None:
    """Put the section in its place; `ValueError` where a marker is missing."""
    PART.put(path, section(folder))
