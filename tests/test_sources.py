"""Rows in parts, in Parquet and behind addresses: in as they are, out in order, nothing lost or doubled."""

import json
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from router import InputError, parquet, sources
from router.cli import main

MONEY, CODE = "не могу вывести деньги", "код из смс не приходит"
ROWS = [{"id": 1, "text": MONEY}, {"id": 2, "text": CODE, "extra": [1]}]


def run(*words: object, code: int = 0):
    found = CliRunner().invoke(main, ["classify", *map(str, words)])
    assert found.exit_code == code, found.output
    assert "Traceback" not in found.output
    return found


def lines(rows: list[dict]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def objects(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of two parts and of what is no part."""
    found = tmp_path / "in"
    found.mkdir()
    (found / "part-1.jsonl").write_text(lines(ROWS[1:]))
    (found / "part-0.csv").write_text(f"id,text\n1,{MONEY}\n")
    (found / "_SUCCESS").touch()
    (found / ".part-9.jsonl").write_text("half")
    (found / "notes.doc").write_text("no part")
    return found


@pytest.fixture
def typed(tmp_path: Path) -> Path:
    """A Parquet file with types that JSON has not, in row groups of 700."""
    count = 2_500
    columns = {
        "id": pa.array(range(count), pa.int32()),
        "text": pa.array([f"{MONEY} {n}" for n in range(count)], pa.string()),
        "at": pa.array([datetime(2026, 11, 22, 9, 0, n % 60, n, UTC) for n in range(count)], pa.timestamp("us", "UTC")),
        "day": pa.array([date(2026, 11, 1 + n % 28) if n % 3 else None for n in range(count)]),
        "sum": pa.array([Decimal(n) / 4 for n in range(count)], pa.decimal128(12, 2)),
        "channel": pa.array([("form", "chat")[n % 2] for n in range(count)]).dictionary_encode(),
        "tags": pa.array([["a", "b"]] * count),
        "queue": pa.array(["old"] * count),
    }
    pq.write_table(pa.table(columns), tmp_path / "rows.parquet", row_group_size=700)
    return tmp_path / "rows.parquet"


def test_a_folders_parts_are_read_in_order_of_name(folder: Path) -> None:
    found = objects(run("--input", folder).output)
    assert [(str(row["id"]), row["category"]) for row in found] == [("1", "financial"), ("2", "technical")]
    assert found[1]["extra"] == [1]


def test_a_pattern_names_parts(folder: Path) -> None:
    assert [row["id"] for row in objects(run("--input", folder / "part-*.jsonl").output)] == [2]
    assert "expected parts ending in .jsonl" in run("--input", folder / "no-*.jsonl", code=1).output


def test_parts_go_to_parts(folder: Path, tmp_path: Path) -> None:
    run("--input", folder, "--output", f"{tmp_path}/out/")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["part-0.jsonl", "part-1.jsonl"]
    assert [row["id"] for row in objects((tmp_path / "out" / "part-1.jsonl").read_text())] == [2]


def test_a_bad_row_is_named_by_its_part_which_does_not_appear_half(folder: Path, tmp_path: Path) -> None:
    (folder / "part-1.jsonl").write_text(lines(ROWS) + "{broken\n")
    (tmp_path / "out").mkdir()
    found = run("--input", folder, "--output", tmp_path / "out", code=1)
    assert f"{folder}/part-1.jsonl:3: expected a JSON object" in found.stderr
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["part-0.jsonl"]


@pytest.mark.parametrize(
    ("target", "message"),
    [("in/", "expected an output that is not the input"), ("out/", "expected parts of different names")],
)
def test_outputs_that_would_overwrite_are_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    name = "part-0" if target == "out/" else "part-2"
    (folder / f"{name}.jsonl").write_text(lines(ROWS))
    assert message in run("--input", "in", "--output", target, code=1).output
    assert objects((folder / "part-1.jsonl").read_text()) == ROWS[1:]


@pytest.mark.parametrize("spelt", ["in/part-1.jsonl", "../{}/in/part-1.jsonl", "link.jsonl", "twin.jsonl"])
def test_a_file_is_not_overwritten_by_its_answers(folder: Path, tmp_path: Path, spelt: str) -> None:
    path = folder / "part-1.jsonl"
    (tmp_path / "link.jsonl").symlink_to(path)
    (tmp_path / "twin.jsonl").hardlink_to(path)
    target = f"{tmp_path}/{spelt.format(tmp_path.name)}"
    assert "expected an output that is not the input" in run("--input", path, "--output", target, code=1).output
    assert objects(path.read_text()) == ROWS[1:]


def test_parquet_comes_out_as_json(typed: Path) -> None:
    found = objects(run("--input", typed).output)
    assert [row["id"] for row in found] == list(range(2_500))
    assert {row["queue"] for row in found} == {"payments"}
    assert (found[1]["at"], found[1]["day"]) == ("2026-11-22 09:00:01.000001Z", "2026-11-02")
    assert (found[3]["sum"], found[3]["day"], found[3]["channel"], found[3]["tags"]) == (
        "0.75",
        None,
        "chat",
        ["a", "b"],
    )


@pytest.mark.parametrize("jobs", [1, 2])
def test_parquet_keeps_its_types_in_parquet(typed: Path, tmp_path: Path, jobs: int) -> None:
    run("--input", typed, "--output", tmp_path / "out.parquet", "--jobs", jobs)
    before, after = pq.read_table(typed), pq.read_table(tmp_path / "out.parquet")
    own = [name for name in before.column_names if name != "queue"]
    assert after.select(own).equals(before.select(own))
    assert after.column_names[len(own) :][:3] == ["category", "queue", "decision"]
    assert set(after["queue"].to_pylist()) == {"payments"}
    assert after["suggestions"][0].as_py()[0].keys() == {"category", "confidence"}


def test_json_lines_become_parquet_with_types_by_their_values(tmp_path: Path) -> None:
    rows = [{"text": MONEY, "n": n, "nothing": None, "deep": {"a": [n]}} for n in range(3)]
    (tmp_path / "rows.jsonl").write_text(lines(rows))
    run("--input", tmp_path / "rows.jsonl", "--output", tmp_path / "out.parquet")
    found = pq.read_table(tmp_path / "out.parquet")
    assert [{key: row[key] for key in rows[0]} for row in found.to_pylist()] == rows
    assert found.schema.field("n").type == pa.int64()


def test_an_empty_input_gives_parquet_without_rows(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").touch()
    run("--input", tmp_path / "rows.jsonl", "--output", tmp_path / "out.parquet")
    assert pq.read_table(tmp_path / "out.parquet").num_rows == 0


def test_a_value_that_fits_no_column_is_told_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("router.parquet.GROUP", 2)
    for last, message in (
        ({"n": "a"}, "rows 3 to 3: expected values of the columns' types"),
        ({"m": 1}, "found m too"),
    ):
        (tmp_path / "rows.jsonl").write_text(lines([{"text": MONEY, "n": 1}] * 2 + [{"text": MONEY} | last]))
        found = run("--input", tmp_path / "rows.jsonl", "--output", tmp_path / "out.parquet", code=1)
        assert message in found.output
        assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl"]


def test_parquet_is_held_a_batch_at_a_time(tmp_path: Path) -> None:
    """Whatever a file's size: no more than a few batches of its rows are Python objects at once."""
    with open(tmp_path / "rows.parquet", "wb") as file:
        writer = pq.ParquetWriter(file, pa.schema([("text", pa.string())]))
        for _ in range(40):
            writer.write_table(pa.table({"text": [MONEY * 20] * 5_000}))
        writer.close()
    before = pa.total_allocated_bytes()
    with open(tmp_path / "rows.parquet", "rb") as file:
        for number, _ in parquet.read(file, "x"):
            if number % 50_000 == 0:
                assert pa.total_allocated_bytes() - before < 12e6  # the whole file is 160 MB of text
    assert number == 200_000


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"id": [1]}, "expected a column named text, found the columns id"),
        ({"text": [MONEY], "photo": [b"x"]}, "column photo: expected a type that JSON has, found bytes"),
        ({"text": [1]}, "rows.parquet:1: text must be a string"),
        (None, "rows.parquet: expected Parquet in a file"),
    ],
)
def test_parquet_that_does_not_fit_is_told(tmp_path: Path, table: dict | None, message: str) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(b"text\n") if table is None else pq.write_table(pa.table(table), path)
    assert message in run("--input", path, code=1).output


def test_parquet_on_standard_input_is_told() -> None:
    found = CliRunner().invoke(main, ["classify", "--input", "-", "--format", "parquet"], input=b"PAR1")
    assert (found.exit_code, "standard input: expected Parquet in a file" in found.output) == (1, True)


def test_addresses_in_and_out(folder: Path, tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    memory.put(f"{folder}/part-1.jsonl", "/complaints/in/part-1.jsonl")
    memory.put(f"{folder}/part-0.csv", "/complaints/in/part-0.csv")
    try:
        for source in ("memory://complaints/in", "memory://complaints/in/part-*"):
            run("--input", source, "--output", "memory://complaints/out/")
            assert json.loads(memory.cat("/complaints/out/part-1.jsonl"))["id"] == 2
            assert json.loads(memory.cat("/complaints/out/part-0.jsonl"))["category"] == "financial"
        run("--input", "memory://complaints/in/part-1.jsonl", "--output", f"file://{tmp_path}/out.parquet")
        assert pq.read_table(tmp_path / "out.parquet")["extra"].to_pylist() == [[1]]
        run("--input", f"file://{tmp_path}/out.parquet", "--output", "memory://complaints/again.parquet")
        assert len(memory.cat("/complaints/again.parquet")) > 1_000
    finally:
        memory.rm("/complaints", recursive=True)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("memory://nowhere/rows.jsonl", "memory://nowhere/rows.jsonl: no such file"),
        ("nothing://bucket/rows.jsonl", "expected an address that fsspec knows"),
        ("s3://bucket/rows.jsonl", "s3fs"),
    ],
)
def test_an_address_that_cannot_be_read_is_told(address: str, message: str) -> None:
    assert message in run("--input", address, code=1).output


@pytest.mark.parametrize(
    ("library", "module", "words", "extra"),
    [
        ("fsspec.core", "fsspec.core", ("memory://a/rows.jsonl",), "files"),
        ("pyarrow", "router.parquet", ("rows.parquet",), "parquet"),
        ("pyarrow", "router.parquet", ("rows.jsonl", "--output", "out.parquet"), "parquet"),
    ],
)
def test_a_missing_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str, module: str, words: tuple, extra: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.jsonl").write_text(lines(ROWS))
    (tmp_path / "rows.parquet").touch()
    monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.delattr("router.parquet", raising=False)
    monkeypatch.setitem(sys.modules, library, None)
    assert f"pip install 'complaint-router[{extra}]'" in run("--input", *words, code=1).output


def test_files_of_this_machine_need_neither_library(folder: Path) -> None:
    with pytest.raises(InputError, match="expected a file ending in"):
        sources.form_of("rows.xlsx")
    script = (
        "import sys; from router.cli import main\n"
        "try: main(['classify', '--input', sys.argv[1], '--output', '/dev/null'])\n"
        "except SystemExit: print(sorted({'fsspec', 'pyarrow', 'distributed', 'dask'} & set(sys.modules)))"
    )
    words = [sys.executable, "-c", script, str(folder)]
    assert subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip() == "[]"
