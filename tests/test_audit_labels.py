"""Suspected wrong labels: planted ones are found far more often than by chance, and each has its reason in words."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks.audit import KINDS, USED, measure
from router import artefact
from router.settings import shipped_models
from tests.conftest import ROOT
from training import corpus
from training.audit import audit, contradictions, doubts, suspected
from training.cli import main
from training.heldout import features_of, numbers, probabilities
from training.neighbours import nearest
from training.pipeline import Parameters, make_vectoriser

ROWS = [*corpus.read(ROOT / "data" / "complaints.jsonl")[::5], *corpus.read(ROOT / "data" / "phrases.jsonl")[::20]]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of every eighth complaint, one of them with a label that cannot be right."""
    folder = tmp_path_factory.mktemp("data")
    rows = [json.loads(line) for line in (ROOT / "data" / "complaints.jsonl").read_text().splitlines()[::8]]
    rows[3] |= {"id": "wrong", "text": "Приложение вылетает после обновления, кнопка не нажимается", "label": "service"}
    content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "complaints.jsonl").write_text(content)
    return folder


def run(*words: object, code: int = 0) -> str:
    found = CliRunner().invoke(main, [str(word) for word in words])
    assert found.exit_code == code, found.output
    return found.stdout if code == 0 else found.output


def test_planted_wrong_labels_are_found_far_more_often_than_by_chance() -> None:
    found = measure(ROWS, 0.05, seed=0)
    for kind in KINDS:
        top, chance = found[kind]["scores"][USED], found[kind]["chance"]
        assert chance == pytest.approx(0.05, abs=0.002)
        assert top["of"] > 70
        assert top["low"] > 6 * chance, found


def test_the_models_that_judge_a_row_have_not_seen_its_label() -> None:
    features = features_of(ROWS)
    names, labels = numbers([row.label for row in ROWS])
    noise = np.random.default_rng(0).permutation(labels)
    own = probabilities(features, noise, len(names))[np.arange(len(noise)), noise]
    assert own.mean() == pytest.approx(
        float((np.bincount(noise) / len(noise)) @ (np.bincount(noise) / len(noise))), abs=0.02
    )


def test_doubt_is_measured_against_what_labels_of_the_kind_get() -> None:
    probability = np.array([[0.9, 0.1], [0.7, 0.3], [0.2, 0.8], [0.6, 0.4], [0.5, 0.5]])
    labels = np.array([0, 0, 0, 1, 1])
    assert doubts(probability, labels).tolist() == pytest.approx([-0.3, -0.1, 0.4, 0.05, -0.05])
    assert suspected(probability, labels, np.zeros(5)).tolist() == [False, False, True, True, False]
    assert suspected(probability, labels, np.array([0, 0.9, 0, 0, 0])).tolist() == [False, True, True, True, False]


def test_near_duplicates_with_other_labels_contradict_each_other() -> None:
    text = "третий день не могу вывести деньги со счёта"
    rows = [
        corpus.Row("a", text, "financial"),
        corpus.Row("b", f"{text} опять", "technical"),
        corpus.Row("c", text, "financial"),
        corpus.Row("d", "приложение вылетает сразу после входа", "software"),
    ]
    assert contradictions(rows) == {0: [1], 1: [0, 2], 2: [1]}
    names, labels = numbers([row.label for row in rows])
    sure = np.eye(3)[labels] * 0.8 + 0.1
    sure[1] = [0.7, 0.1, 0.2]
    features = make_vectoriser(replace(Parameters(), min_df=1), {}).fit_transform([row.text for row in rows])
    near = nearest(features, np.array([row.kind for row in rows]))
    assert near.disagreement(labels)[1] == 1
    first, *others = audit(rows, names, labels, sure, near)
    assert (first.row.id, first.proposed, [suspect.row.id for suspect in others]) == ("b", "financial", ["a", "c"])
    assert first.reasons == (
        "near-duplicate a is labelled financial",
        "near-duplicate c is labelled financial",
        "held-out model gives financial 0.70, label technical 0.20",
        "2 of the 2 most similar texts are labelled financial",
    )


def test_the_command_lists_the_worst_with_the_reason(data: Path) -> None:
    found = [json.loads(line) for line in run("audit", "--data", data, "--json", "--most", "200").splitlines()]
    place = [suspect["id"] for suspect in found].index("wrong")
    assert place < 0.05 * 914
    assert found[place]["proposed"] == "software"
    assert found[place]["reasons"][0].startswith("held-out model gives software 0.")
    assert [suspect["doubt"] for suspect in found] == sorted((one["doubt"] for one in found), reverse=True)
    assert {suspect["kind"] for suspect in found} == {"complaint"}


def test_what_a_model_keeps_of_its_own_complaints_is_taken_at_once(tmp_path: Path) -> None:
    lines = (ROOT / "data" / "complaints.jsonl").read_text().splitlines(keepends=True)[::10]
    (tmp_path / "some.jsonl").write_text("".join(lines))
    current = artefact.current_id(shipped_models())
    output = run("audit", "--data", tmp_path / "some.jsonl", "--model", current, "--most", "3")
    assert len(output.splitlines()) == 3
    assert all(" → " in line and "held-out model gives" in line for line in output.splitlines())
    (tmp_path / "some.jsonl").write_text(lines[0].replace('"id": "', '"id": "new-'))
    output = run("audit", "--data", tmp_path / "some.jsonl", "--model", current, code=1)
    assert f"model {current} keeps nothing of 1 complaints such as new-" in output


def test_too_little_to_hold_anything_out_is_one_line(tmp_path: Path) -> None:
    row = {"text": "не могу вывести деньги", "label": "financial"}
    (tmp_path / "a.jsonl").write_text(f"{json.dumps(row)}\n" * 12)
    output = run("audit", "--data", tmp_path, code=1)
    assert "expected at least 10 rows of two labels to hold some out, got 12 rows of 1" in output


def test_phrases_are_audited_on_demand(tmp_path: Path) -> None:
    rows = [json.loads(line) for line in (ROOT / "data" / "phrases.jsonl").read_text().splitlines()[::40]]
    rows[3] |= {"id": "wrong", "text": "приложение вылетает после обновления", "label": "service"}
    (tmp_path / "phrases.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    assert "wrong  service → software" in run("audit", "--data", tmp_path, "--kind", "phrase")
    assert run("audit", "--data", tmp_path) == ""
