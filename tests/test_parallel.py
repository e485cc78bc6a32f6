"""Bulk work by several processes: the same answers in the same order, and what a person sees of it."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from router import bulk, intake, progress
from router.cli import main
from router.errors import DataError, WorkError
from router.parallel import ALONE, BATCH, BATCH_BYTES, batches, in_order

TEXTS = ("не могу вывести деньги", "приложение вылетает", "код из смс не приходит")


def test_several_processes_give_the_same_lines_in_the_same_order(tmp_path: Path) -> None:
    rows = [json.dumps({"id": n, "text": TEXTS[n % 3]}) + "\n" for n in range((ALONE + 3) * BATCH)]
    rows[ALONE * BATCH + 7] = "{broken\n"
    (tmp_path / "rows.jsonl").write_text("".join(rows))
    found = []
    for jobs in ("1", "2"):
        words = ["classify", "--input", str(tmp_path / "rows.jsonl"), "--skip-bad", "--jobs", jobs]
        found.append(CliRunner().invoke(main, words))
    assert found[0].stdout == found[1].stdout
    assert [result.stderr.count(f"rows.jsonl:{ALONE * BATCH + 8}: expected a JSON object") for result in found] == [
        1,
        1,
    ]
    assert len(found[1].stdout.splitlines()) == (ALONE + 3) * BATCH - 1


@pytest.mark.parametrize(
    "line",
    [
        b'{"id": 12345678901234567890123, "text": "\xd0\xbd\xd0\xb5 \xd0\xbc\xd0\xbe\xd0\xb3\xd1\x83", "x": [1e5, {}]}',
        b'  {"text": "\\u043d\\u0435 \\u043c\\u043e\\u0433\\u0443", "more": "a\\\\b"}  ',
        b'{"text": "two", "category": "mine", "confidence": 7}',
        b'\xef\xbb\xbf{"text": "with a mark"}',
    ],
)
def test_a_line_is_the_row_and_the_fields_of_the_api(classifier, line: bytes) -> None:
    [found] = bulk.classify_rows(classifier, bulk.FORMS["jsonl"], [(1, line + b"\r\n")], "rows")
    row = json.loads(line)
    answer = classifier.classify(row["text"]).as_json()
    assert json.loads(found) == row | {key: answer[key] for key in bulk.KEPT}
    assert b"\n" not in found
    assert not found.startswith(b"\xef\xbb\xbf")


def test_only_some_batches_are_read_ahead() -> None:
    taken = 0

    def parts():
        nonlocal taken
        while taken < 100 * BATCH:
            taken += 1
            yield taken, b""

    results = in_order(list, parts(), 2)
    assert next(results) == (1, b"")
    assert taken < 10 * BATCH
    results.close()


@pytest.mark.timeout(60)
def test_a_process_that_is_killed_ends_the_work_by_an_error() -> None:
    def dies(batch: list) -> list:
        if multiprocessing.parent_process() is not None:
            os.kill(os.getpid(), signal.SIGKILL)
        return batch

    results = in_order(dies, ((number, b"") for number in range((ALONE + 3) * BATCH)), 2)
    with pytest.raises(WorkError, match="one of 2 processes was killed"):
        list(results)


ENDLESS = """
from itertools import count
from os import getpid
from router.parallel import in_order
for pid in in_order(lambda rows: [getpid()], ((number, b"") for number in count()), 2):
    print(pid, flush=True)
"""


def test_processes_end_with_the_one_that_began_them() -> None:
    with subprocess.Popen([sys.executable, "-c", ENDLESS], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        workers = {int(next(parent.stdout)) for _ in range(ALONE + 20)} - {parent.pid}
        found = [psutil.Process(pid) for pid in workers]
        parent.kill()
        left = psutil.wait_procs(found, timeout=20)[1]
        assert not [process for process in left if process.status() != psutil.STATUS_ZOMBIE]
    assert workers


@pytest.mark.parametrize("row", [b"x" * (BATCH_BYTES // 3 + 1), {"text": "x" * (BATCH_BYTES // 3), "n": 1}])
def test_batches_of_long_rows_are_of_fewer(row: object) -> None:
    assert [len(batch) for batch in batches((number, row) for number in range(7))] == [3, 3, 1]
    assert [len(batch) for batch in batches((number, b"x") for number in range(BATCH + 1))] == [BATCH, 1]


@pytest.mark.parametrize("count", [BATCH + 7, (ALONE + 4) * BATCH + 7])
def test_what_was_read_before_a_fault_is_answered_before_it_is_told(count: int) -> None:
    def parts():
        yield from ((number, b"") for number in range(count))
        raise DataError("rows.csv:9", "broken")

    found = []
    with pytest.raises(DataError, match=r"rows\.csv:9: broken"):
        for number, _ in in_order(list, parts(), 2):
            found.append(number)
    assert found == [*range(count)]


def test_progress_tells_rate_and_time_left() -> None:
    told: list[str] = []
    moments = iter(range(100))
    assert list(progress.shown(iter("abc"), lambda: 0.5, told.append, now=lambda: next(moments))) == ["a", "b", "c"]
    assert told[0].startswith("\r1 rows, 1 a second, 1 s left")
    assert told[-1].endswith("\n")


@pytest.mark.parametrize(("share", "end"), [(None, "a second   "), (0.5, "4 s left   ")])
def test_time_left_is_told_where_the_size_is_known(share: float | None, end: str) -> None:
    assert progress.line(8, 4.0, share).endswith(end)


def test_several_rows_that_are_answered_at_once_are_counted_one_by_one(classifier) -> None:
    lines = [(number, b'{"text": "\xd0\xb0"}' if number != 3 else b"[]") for number in range(7)]
    found = intake._batch(classifier, bulk.FORMS["jsonl"], "in", lines)
    assert [intake.rows_of((None, answer)) for answer in found] == [3, 1, 3]
    told: list[str] = []
    assert len(list(progress.shown(found, lambda: None, told.append, lambda item: intake.rows_of((None, item))))) == 3
    assert told[-1].startswith("\r7 rows")
