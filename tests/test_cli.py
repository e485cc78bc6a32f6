"""`complaint-router classify` as a person and as a pipe uses it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from router.cli import main

ROWS = [{"id": 1, "text": "не могу вывести деньги"}, {"id": 2, "text": "код из смс не приходит", "extra": [1]}]


@pytest.fixture
def run():
    return lambda *words, **more: CliRunner().invoke(main, ["classify", *map(str, words)], **more)


def lines(rows: list[dict]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def test_one_text_gives_a_readable_answer(run) -> None:
    found = run("не могу вывести деньги")
    assert found.exit_code == 0
    assert found.output.startswith("payments: ")
    assert "because of: " in found.output


def test_one_text_gives_the_apis_object_with_json(run) -> None:
    assert json.loads(run("не могу вывести деньги", "--json").output)["queue"] == "payments"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("rows.jsonl", lines(ROWS)),
        ("rows.csv", "id,text\n1,не могу вывести деньги\n2,код из смс не приходит\n"),
        ("rows.txt", "не могу вывести деньги\n\nкод из смс не приходит\n"),
        ("rows.txt", "\ufeffне могу вывести деньги\r\nкод из смс не приходит\r\n"),
        ("rows.csv", "\ufeffid,text\r\n1,не могу вывести деньги\r\n\r\n2,код из смс не приходит"),
    ],
)
def test_bulk_reads_every_form_and_keeps_order_and_fields(run, tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    found = [json.loads(line) for line in run("--input", tmp_path / name).output.splitlines()]
    assert [row["category"] for row in found] == ["financial", "technical"]
    assert [row["text"] for row in found] == [row["text"] for row in ROWS]
    assert name == "rows.txt" or [int(row["id"]) for row in found] == [1, 2]
    assert name != "rows.jsonl" or found[1]["extra"] == [1]


def test_bulk_reads_standard_input_and_writes_a_file(run, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    assert run("--input", "-", "--output", target, input=lines(ROWS)).exit_code == 0
    assert len(target.read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.jsonl", None, "missing.jsonl: No such file"),
        ("rows.xlsx", "", "expected a file ending in .jsonl"),
        ("rows.jsonl", lines(ROWS) + "{broken\n", "rows.jsonl:3: expected a JSON object"),
        ("rows.jsonl", "5\n", "rows.jsonl:1: expected a JSON object, got int"),
        ("rows.jsonl", '{"text": ""}\n', "rows.jsonl:1: text must have 1 to 20,000 characters"),
        ("rows.jsonl", '{"txt": "a"}\n', "rows.jsonl:1: text must be a string"),
        ("rows.csv", "id,complaint\n1,a\n", "expected a column named text, found the columns id, complaint"),
        ("rows.csv", "", "expected a column named text, found the columns none"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_1(
    run, tmp_path: Path, name: str, content: str | None, message: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    found = run("--input", tmp_path / name)
    assert found.exit_code == 1
    assert message in found.output
    assert "Traceback" not in found.output


def test_invalid_utf_8_is_named_by_line(run, tmp_path: Path) -> None:
    for name in ("rows.jsonl", "rows.txt"):
        (tmp_path / name).write_bytes(b'{"text": "\xff"}\n')
        assert f"{name}:1: expected UTF-8, found byte 0xff" in run("--input", tmp_path / name).output


def test_a_csv_of_invalid_utf_8_is_named_by_line(run, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_bytes(b"text\n\xff\xfe\n")
    assert "rows.csv:2: text must be valid Unicode" in run("--input", tmp_path / "rows.csv").output


def test_a_line_that_is_no_csv_is_named_and_passed_over(run, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text('id,text\n1,раз\n\n2,"два"!\n3,"три"!\n4,"четыре\nпять"\n')
    found = run("--input", tmp_path / "rows.csv", "--skip-bad")
    assert [json.loads(line)["id"] for line in found.stdout.splitlines()] == ["1", "4"]
    assert [line.split(": ")[0].rpartition(":")[2] for line in found.stderr.splitlines()[:2]] == ["4", "5"]


def test_what_stands_in_a_quote_that_is_never_closed_is_no_row(run, tmp_path: Path) -> None:
    letter = "4,вылетает приложение\n" * 10_000
    (tmp_path / "rows.csv").write_text(f'id,text,mail\n1,раз,"{letter}"\n2,два,"{letter}')
    found = run("--input", tmp_path / "rows.csv", "--skip-bad")
    (row,) = map(json.loads, found.stdout.splitlines())
    assert (row["id"], row["mail"]) == ("1", letter)
    assert found.exit_code == 1
    assert "rows.csv:10003: expected CSV, unexpected end of data" in found.stderr


def test_a_directory_without_parts_is_named(run, tmp_path: Path) -> None:
    for words in ((), ("--format", "jsonl")):
        found = run("--input", tmp_path, *words)
        assert (found.exit_code, f"{tmp_path}: expected parts ending in .jsonl" in found.output) == (1, True)


def test_skip_bad_goes_on_and_counts(run, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text("{broken\n" + lines(ROWS) + '{"text": ""}\n')
    found = run("--input", tmp_path / "rows.jsonl", "--skip-bad")
    assert found.exit_code == 0
    assert len(found.stdout.splitlines()) == 2
    assert "2 rows skipped" in found.stderr


@pytest.mark.parametrize("words", [[], ["a", "--input", "-"], ["a", "--scheduler", "tcp://127.0.0.1:9"]])
def test_neither_or_both_is_a_usage_error(run, words: list[str]) -> None:
    assert run(*words).exit_code == 2


def test_a_closed_pipe_ends_it_quietly() -> None:
    rows = lines(ROWS * 20_000)
    command = f"{sys.executable} -m router classify --input - | head -n 1"
    found = subprocess.run(command, check=True, shell=True, input=rows, capture_output=True, text=True, timeout=60)
    assert json.loads(found.stdout)["category"] == "financial"
    assert found.stderr == ""


@pytest.mark.parametrize(("closed", "name"), [("<&-", "input"), (">&-", "output")])
def test_a_closed_stream_is_told_in_a_line(tmp_path: Path, closed: str, name: str) -> None:
    source = "-" if name == "input" else tmp_path / "rows.jsonl"
    (tmp_path / "rows.jsonl").write_text(lines(ROWS))
    command = f"{sys.executable} -m router classify --input {source} {closed}"
    found = subprocess.run(command, check=False, shell=True, capture_output=True, text=True, timeout=60)
    assert (found.returncode, found.stderr) == (1, f"Error: standard {name} is closed: expected it open, or a file\n")


def test_an_output_that_lacks_a_character_is_told_in_a_line() -> None:
    words = [sys.executable, "-m", "router", "classify", "не могу вывести деньги 😀", "--json"]
    environment = os.environ | {"PYTHONIOENCODING": "koi8-r"}
    found = subprocess.run(words, check=False, capture_output=True, env=environment, timeout=60)
    expected = "Error: output: expected UTF-8 (PYTHONIOENCODING=utf-8), charmap lacks '\\U0001f600'\n"
    assert (found.returncode, found.stderr.decode("koi8-r")) == (1, expected)


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    script = (
        "import resource, sys; from router.cli import main\n"
        "try: main(['classify', '--input', sys.argv[1], '--output', '/dev/null'])\n"
        "except SystemExit: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    peaks = []
    for size in (100, 20_000):
        (tmp_path / "rows.jsonl").write_text(lines(ROWS * size))
        words = [sys.executable, "-c", script, str(tmp_path / "rows.jsonl")]
        peaks.append(int(subprocess.run(words, capture_output=True, text=True, check=True).stdout))
    assert peaks[1] < peaks[0] + 8_000  # KiB


def test_help_has_examples() -> None:
    assert "complaint-router classify" in CliRunner().invoke(main, ["--help"]).output
    assert "--skip-bad" in CliRunner().invoke(main, ["classify", "--help"]).output
