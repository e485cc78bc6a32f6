"""Bulk work by several processes: the same answers in the same order, and what a person sees of it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from router import progress
from router.cli import main
from router.parallel import BATCH, in_order

TEXTS = ("не могу вывести деньги", "приложение вылетает", "код из смс не приходит")


def test_several_processes_give_the_same_lines_in_the_same_order(tmp_path: Path) -> None:
    rows = [json.dumps({"id": n, "text": TEXTS[n % 3]}) + "\n" for n in range(5 * BATCH)]
    rows[BATCH + 7] = "{broken\n"
    (tmp_path / "rows.jsonl").write_text("".join(rows))
    found = []
    for jobs in ("1", "2"):
        words = ["classify", "--input", str(tmp_path / "rows.jsonl"), "--skip-bad", "--jobs", jobs]
        found.append(CliRunner().invoke(main, words))
    assert found[0].stdout == found[1].stdout
    assert [result.stderr.count("rows.jsonl:408: expected a JSON object") for result in found] == [1, 1]
    assert len(found[1].stdout.splitlines()) == 5 * BATCH - 1


def test_only_some_batches_are_read_ahead() -> None:
    taken = 0

    def parts():
        nonlocal taken
        while taken < 100 * BATCH:
            taken += 1
            yield taken

    results = in_order(list, parts(), 2)
    assert next(results) == 1
    assert taken < 10 * BATCH
    results.close()


def test_progress_tells_rate_and_time_left() -> None:
    told: list[str] = []
    moments = iter(range(100))
    assert list(progress.shown(iter("abc"), lambda: 0.5, told.append, lambda: next(moments))) == ["a", "b", "c"]
    assert told[0].startswith("\r1 rows, 1 a second, 1 s left")
    assert told[-1].endswith("\n")


@pytest.mark.parametrize(("share", "end"), [(None, "a second   "), (0.5, "4 s left   ")])
def test_time_left_is_told_where_the_size_is_known(share: float | None, end: str) -> None:
    assert progress.line(8, 4.0, share).endswith(end)
