"""Reading labelled rows, and every fault by its place."""

import json
from pathlib import Path

import pytest

from router import DataError
from training import corpus

GOOD = {"text": "не могу войти", "label": "technical"}


def write(path: Path, *values: object) -> Path:
    path.write_text("".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values))
    return path


def test_text_and_label_are_enough(tmp_path: Path) -> None:
    (row,) = corpus.read(write(tmp_path / "a.jsonl", GOOD))
    assert (row.text, row.label, row.kind, row.secondary) == ("не могу войти", "technical", "complaint", None)
    assert row.place.endswith("a.jsonl:1")


def test_a_folder_is_all_its_files_in_order_of_name(tmp_path: Path) -> None:
    write(tmp_path / "b.jsonl", GOOD | {"id": "2"})
    write(tmp_path / "a.jsonl", GOOD | {"id": "1"})
    assert [row.id for row in corpus.read(tmp_path)] == ["1", "2"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "a.jsonl:1: expected a JSON object"),
        ("[]", "a.jsonl:1: expected a JSON object, got list"),
        ('{"text": "а"}', "label must be one of financial, technical, service, software, none, got None"),
        ('{"text": "а", "label": "money"}', "got 'money'"),
        ('{"text": "", "label": "none"}', "1 to 20,000 characters"),
        ('{"text": "а", "label": "none", "secondary": "none"}', "secondary must be null or one of"),
    ],
)
def test_a_fault_names_its_line(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "a.jsonl").write_text(line + "\n")
    with pytest.raises(DataError, match=message.replace("(", r"\(")):
        corpus.read(tmp_path / "a.jsonl")


def test_invalid_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'{"text": "\xff"}')
    with pytest.raises(DataError, match="expected UTF-8, found byte 0xff"):
        corpus.read(tmp_path / "a.jsonl")


@pytest.mark.parametrize("path", ["nothing.jsonl", "."])
def test_where_there_is_nothing_it_says_so(tmp_path: Path, path: str) -> None:
    with pytest.raises(DataError, match=r"no such file|found none"):
        corpus.read(tmp_path / path)


def test_a_table_of_ones_own_is_read_as_well(tmp_path: Path) -> None:
    table = tmp_path / "own.csv"
    table.write_text(
        '\ufefftext,label,author,secondary\n"Вход, увы, закрыт",technical,,\nДеньги?,financial,Б,service\n'
    )
    first, second = corpus.read(tmp_path)
    assert (first.text, first.label, first.secondary, first.author) == (
        "Вход, увы, закрыт",
        "technical",
        None,
        "unknown",
    )
    assert (first.kind, first.id, first.place) == ("complaint", f"{table}:2", f"{table}:2")
    assert (second.author, second.secondary) == ("Б", "service")


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b"label\nservice\n", "own.csv:1: expected a column named text, found the columns label"),
        (
            "text\nденьги\n".encode(),
            "own.csv:2: label must be one of financial, technical, service, software, none, got None",
        ),
        (b"text,label\n,service\n", "own.csv:2: text"),
        (b'text,label\n"open,service\n', r"own.csv:\d: expected CSV"),
        (b"text,label\n\xff\xfe,service\n", "own.csv:2: text"),
    ],
)
def test_a_fault_of_a_table_has_its_line(tmp_path: Path, content: bytes, detail: str) -> None:
    (tmp_path / "own.csv").write_bytes(content)
    with pytest.raises(DataError, match=detail):
        corpus.read(tmp_path)


def test_a_line_nested_too_deeply_is_a_fault_of_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("[" * 100_000)
    with pytest.raises(DataError, match=r"a\.jsonl:1: expected a JSON object, maximum recursion"):
        corpus.read(tmp_path)
