"""What the long runs found stands in docs/promises.md as they wrote it."""

import json
from pathlib import Path

import pytest

from benchmarks import fuzzing, runs
from benchmarks.endurance import Outcome
from benchmarks.soak import Record, report, summary

FOUND = {"executions": 1_234, "seconds": 61.2}


def test_the_table_of_promises_is_that_of_the_runs() -> None:
    assert runs.PART.split((runs.DOCS / "promises.md").read_text(encoding="utf-8"))[1] == runs.section()


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    (tmp_path / "promises.md").write_text(f"before\n{runs.PART.begin}{runs.PART.end}after\n")
    return tmp_path


def test_a_run_replaces_the_one_of_its_kind_and_name(docs: Path) -> None:
    runs.record("fuzzing", "text", FOUND, ["crash-1"], docs)
    runs.record("fuzzing", "corpus", FOUND | {"executions": 5}, [], docs)
    page = (docs / "promises.md").read_text()
    assert page.startswith(f"before\n{runs.PART.begin}| run |")
    assert page.endswith(f"{runs.PART.end}after\n")
    assert "| `make fuzz`: text | 1,234 inputs in 61 s | **crash-1** | 20" in page
    runs.record("fuzzing", "text", FOUND, [], docs)
    page = (docs / "promises.md").read_text()
    assert [line.split(" | ")[2] for line in page.splitlines() if "make fuzz" in line] == ["no finding"] * 2
    assert "crash-1" not in page


def test_every_kind_of_run_gives_the_figures_of_its_row(docs: Path) -> None:
    seen = Record(answers=[(float(second), 5.0) for second in range(421)], memory=[(310.0, 90.0), (400.0, 93.0)])
    seen.kinds["register"] = 84
    runs.record("soak", "SQLite", summary(report(seen, 1.0, 1)), [], docs)
    runs.record("faults", "SQLite", Outcome(kills=3).figures(50) | {"seconds": 9.0}, ["one is missing"], docs)
    page = (docs / "promises.md").read_text()
    assert "7 minutes, 421 requests by 16 clients at 70% of 1/s, 84 complaints, 0 promotes" in page
    assert "memory 90 MB in minute 6, 93 MB at most from then on | nothing: 0 errors" in page
    assert "3 SIGKILLs, 50 complaints by 16 clients" in page
    assert "**one is missing**" in page
    assert "](soak.svg)" in page
    assert {run["commit"] for run in json.loads((docs / "runs.json").read_text())} == {runs.commit()}


def test_a_page_without_the_markers_is_refused(docs: Path) -> None:
    (docs / "promises.md").write_text("no markers\n")
    with pytest.raises(ValueError, match="expected a part between <!-- runs"):
        runs.record("fuzzing", "text", FOUND, [], docs)


def test_libfuzzers_words_are_read() -> None:
    said = [
        "#2\tINITED cov: 2 ft: 2 corp: 1/1b exec/s: 0 rss: 37Mb",
        "artifact_prefix='build/fuzz/'; Test unit written to build/fuzz/crash-0123abc",
        "stat::number_of_executed_units: 4096",
    ]
    assert fuzzing.executed(said) == 4_096
    assert fuzzing.executed(said[:2]) == 0
    assert fuzzing.findings(said) == ["crash-0123abc"]
