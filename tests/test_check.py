"""Validating a corpus: each kind of fault at its place, and the shipped corpus without any."""

import json
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.conftest import ROOT
from training import corpus
from training.check import check
from training.cli import main

GOOD = {
    "id": "1",
    "text": "не могу войти в аккаунт с утра",
    "label": "technical",
    "secondary": None,
    "industry": "bank",
    "channel": "chat",
    "author": "a",
    "kind": "complaint",
}


def faults(tmp_path: Path, *rows: dict, against: list[corpus.Row] | None = None) -> list[str]:
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return [f"{Path(fault.place).name}: {fault.detail}" for fault in check(tmp_path, against or [])[1]]


def test_a_sound_corpus_has_no_faults(tmp_path: Path) -> None:
    assert faults(tmp_path, GOOD, GOOD | {"id": "2", "text": "деньги не пришли"}) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"label": "money"}, "a.jsonl:2: label must be one of"),
        ({"kind": "essay"}, "a.jsonl:2: kind must be one of complaint, phrase, got 'essay'"),
        ({"channel": "fax"}, "a.jsonl:2: channel must be null or one of"),
        ({"secondary": "technical"}, "a.jsonl:2: secondary must differ from the label"),
        ({"mood": "bad"}, "a.jsonl:2: has unknown fields mood"),
        ({"id": "1"}, "a.jsonl:2: id '1' is already that of"),
        ({"text": GOOD["text"]}, "a.jsonl:2: duplicate of"),
        ({"text": "Не могу войти в аккаунт с утра!!!"}, "a.jsonl:2: duplicate of"),
        ({"text": "не могу войти в аккаунт с утра опять"}, "a.jsonl:2: near-duplicate of"),
        ({"text": "пишите на ivan@example.org срочно"}, "a.jsonl:2: has what looks like personal data: e-mail"),
        ({"text": "мой телефон +7 (912) 345-67-89 жду"}, "a.jsonl:2: has what looks like personal data: phone"),
        ({"text": "карта 4276 1234 5678 9012 заблокирована"}, "a.jsonl:2: has what looks like personal data: card"),
    ],
)
def test_a_fault_is_named_at_its_line(tmp_path: Path, change: dict, fault: str) -> None:
    other = GOOD | {"id": "2", "text": "деньги не пришли на карту"} | change
    assert any(found.startswith(fault) for found in faults(tmp_path, GOOD, other))


@pytest.mark.parametrize("text", ["списали 15000 руб 12.05.2026 в 14:30", "заказ 12345678", "перевёл 1 000 000 рублей"])
def test_sums_and_dates_are_no_personal_data(tmp_path: Path, text: str) -> None:
    assert faults(tmp_path, GOOD | {"text": text}) == []


def test_a_missing_field_is_named(tmp_path: Path) -> None:
    short = {key: value for key, value in GOOD.items() if key != "author"}
    assert faults(tmp_path, short) == [f"a.jsonl:1: lacks author; expected the fields {', '.join(corpus.FIELDS)}"]


def test_rows_of_another_set_must_not_be_repeated(tmp_path: Path) -> None:
    other = corpus.row("dev.jsonl:7", {"text": GOOD["text"], "label": "technical"})
    assert faults(tmp_path, GOOD, against=[other]) == ["a.jsonl:1: duplicate of dev.jsonl:7"]


def test_the_command_ends_with_1_where_there_are_faults(tmp_path: Path) -> None:
    faults(tmp_path, GOOD, GOOD)
    found = CliRunner().invoke(main, ["check", str(tmp_path)])
    assert found.exit_code == 1
    assert "a.jsonl:2: duplicate of" in found.output
    assert "2 rows, 2 faults" in found.output


def test_the_shipped_corpus_is_sound_and_as_large_as_promised() -> None:
    rows, found = check(ROOT / "data")
    assert found == []
    kinds = Counter((row.kind, row.label) for row in rows)
    complaints = {label: count for (kind, label), count in kinds.items() if kind == "complaint"}
    phrases = {label: count for (kind, label), count in kinds.items() if kind == "phrase"}
    assert complaints.pop("none") >= 600
    assert sum(complaints.values()) >= 4_500
    assert min(complaints.values()) >= 500
    assert sum(phrases.values()) >= 22_000
    assert min(phrases.values()) >= 3_300
