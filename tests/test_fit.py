"""From a corpus to a model, on a small corpus of our own; the registry; the commands."""

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

from router import ArtefactError, Classifier, InputError, artefact
from router.drift import share
from tests.conftest import ROOT
from training import corpus, registry
from training.cli import main
from training.drift import quantile
from training.evaluate import evaluate
from training.fit import fit_model
from training.folds import author, folds, industry, writer
from training.recalibrate import recalibrate
from training.reference import of_model
from training.windows import window


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """A corpus of every eighth complaint and every twentieth phrase of ours, with the lexicon."""
    folder = tmp_path_factory.mktemp("data")
    for name, step in (("complaints.jsonl", 8), ("phrases.jsonl", 20)):
        lines = (ROOT / "data" / name).read_text().splitlines(keepends=True)
        (folder / name).write_text("".join(lines[::step]))
    (folder / "lexicon.tsv").write_text((ROOT / "data" / "lexicon.tsv").read_text())
    return folder


@pytest.fixture(scope="module")
def models(data: Path, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    model_id = fit_model(data, folder)
    registry.promote(folder, model_id, "first")
    return folder


def run(*words: object, code: int = 0) -> str:
    found = CliRunner().invoke(main, [str(word) for word in words])
    assert found.exit_code == code, found.output
    return found.output


def test_fitting_twice_gives_the_same_bytes(data: Path, models: Path, tmp_path: Path) -> None:
    again = fit_model(data, tmp_path)
    assert again == artefact.current_id(models)
    for file in ("votes.npz", "words.npz"):
        assert (tmp_path / again / file).read_bytes() == (models / again / file).read_bytes()


def test_a_fit_killed_at_any_moment_leaves_the_registry_as_it_was(data: Path, models: Path, tmp_path: Path) -> None:
    kept = shutil.copytree(models, tmp_path / "models")
    before = registry.entries(kept)
    command = [sys.executable, "-m", "training", "fit", "--data", str(data), "--models", str(kept)]
    for seconds in (0.3, 2.0, 5.0, 9.0):
        process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # its workers too
        process.wait()
        assert [(entry.id, entry.current) for entry in registry.entries(kept)] == [(it.id, it.current) for it in before]
        registry.verify(kept / before[0].id)


def test_a_model_knows_what_went_into_it(data: Path, models: Path) -> None:
    meta = artefact.read_meta(models / artefact.current_id(models))
    assert meta["corpus"]["digests"].keys() == {"complaints.jsonl", "phrases.jsonl", "lexicon.tsv"}
    assert meta["corpus"]["rows"] == len(corpus.read(data))
    assert {"python", "scikit-learn", "numpy", "pymorphy3"} <= meta["versions"].keys()
    assert set(meta["tried"]) == {"0.2", "0.4", "0.8"}
    assert meta["out_of_fold"]["macro_f1"] > 0.7


def test_a_models_reference_is_of_complaints_that_it_had_not_seen(data: Path, models: Path) -> None:
    model = artefact.load(models)
    found = of_model(model)
    texts = [row.text for row in corpus.read(data) if row.kind == "complaint"]
    seen = window("", texts, Classifier(model)).sample
    assert found.texts == seen.texts == len(texts)
    assert set(found.categories) == set(model.table.categories)
    assert set(found.decisions) == {"auto", "suggest", "triage"}
    assert (found.length, found.lemmas) == (seen.length, None)
    assert quantile(found.confidence, 0.5) < quantile(seen.confidence, 0.5)
    assert 0.1 < 1 - share(found.unknown, 0) < 0.9
    assert share(seen.unknown, 0) > 0.8
    output = run("drift", "--data", data / "complaints.jsonl", "--models", models)
    assert "Nobody's traffic quite is" in output
    assert f"reference: {len(texts)} complaints, the corpus of {model.id}, out of fold" in output


def test_a_model_is_good_on_texts_it_has_not_seen(models: Path) -> None:
    lines = (ROOT / "data" / "complaints.jsonl").read_text().splitlines()[3::8]
    rows = [corpus.row("a", json.loads(line)) for line in lines]
    found = evaluate(Classifier.load(models=models), rows)
    assert found["macro_f1"] > 0.8
    assert set(found["by_industry"]) == {row.industry for row in rows}
    assert found["auto"]["none_triage"] is not None


def test_an_unknown_model_is_refused_naming_those_there_are(models: Path) -> None:
    with pytest.raises(InputError, match=rf"no model 'r0'.*there are: {artefact.current_id(models)}"):
        registry.promote(models, "r0", "why not")


def test_a_damaged_model_is_not_promoted(data: Path, tmp_path: Path, models: Path) -> None:
    model_id = fit_model(data, tmp_path)
    (tmp_path / model_id / "pipeline.joblib").write_bytes(b"cut")
    with pytest.raises(ArtefactError, match=r"pipeline\.joblib has SHA-256"):
        registry.promote(tmp_path, model_id, "cut")
    assert not (tmp_path / "CURRENT").exists()


def test_promotion_is_remembered_with_its_reason(models: Path) -> None:
    (record,) = [json.loads(line) for line in (models / "HISTORY.jsonl").read_text().splitlines()]
    assert (record["from"], record["to"], record["why"]) == (None, artefact.current_id(models), "first")


def test_the_commands_fit_list_promote_and_evaluate(data: Path, models: Path, tmp_path: Path) -> None:
    current = artefact.current_id(models)
    assert run("fit", "--data", data, "--models", tmp_path).strip() == current
    assert "current (before: none)" in run("promote", current, "--why", "a test", "--models", tmp_path)
    assert run("list", "--models", tmp_path).startswith(f"* {current}  20")
    words = ("evaluate", "--data", data / "complaints.jsonl", "--models", tmp_path)
    assert "macro-F1" in run(*words)
    figures = json.loads(run(*words, "--json"))
    assert {"macro_f1", "accuracy", "ece", "top2", "categories", "auto", "by_industry"} <= figures.keys()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("evaluate", "--data", "missing.jsonl"), "missing.jsonl: no such file or folder"),
        (("promote", "r0", "--why", "x"), "no model 'r0'"),
        (("coverage", "--vocabulary", "missing.tsv"), "missing.tsv: No such file"),
    ],
)
def test_a_users_mistake_is_one_line_and_exit_code_1(words: tuple, message: str) -> None:
    output = run(*words, code=1)
    assert message in output
    assert "Traceback" not in output


def test_calibrate_sets_thresholds_on_ones_own_rows(models: Path, tmp_path: Path, data: Path) -> None:
    rows = [row for row in corpus.read(ROOT / "data" / "complaints.jsonl") if row.label in ("financial", "none")]
    found = recalibrate(Classifier.load(models=models), rows, 0.9)
    assert "financial" in found["auto"]
    assert "technical" not in found["auto"]
    assert found["missing_labels"]["technical"] > 0
    (tmp_path / "own.jsonl").write_text((ROOT / "data" / "complaints.jsonl").read_text())
    before = artefact.read_meta(models / artefact.current_id(models))["thresholds"]
    output = run("calibrate", "--data", tmp_path / "own.jsonl", "--target", "0.9", "--models", models)
    assert "financial: auto from" in output
    after = artefact.read_meta(models / artefact.current_id(models))["thresholds"]
    assert (after["target"], after == before) == (0.9, False)
    registry.verify(models / artefact.current_id(models))


def test_robustness_external_and_learning_curves_come_into_the_report(data: Path, tmp_path: Path) -> None:
    small = tmp_path / "data"
    small.mkdir()
    for name, step in (("complaints.jsonl", 6), ("phrases.jsonl", 6)):
        (small / name).write_text("".join((data / name).read_text().splitlines(keepends=True)[::step]))
    own = ("--models", tmp_path / "models")
    run("promote", run("fit", "--data", small, *own).strip(), "--why", "a test", *own)
    rows = small / "complaints.jsonl"
    assert "translit" in run("robustness", "--data", rows, "--corpus", small, *own)
    assert "macro-F1" in run("external", "--data", rows, "--note", "Tuned on nothing.", "--corpus", small, *own)
    assert "phrase" in run("learning-curve", "--data", small, *own)
    before = {path: path.read_bytes() for path in (tmp_path / "models").glob("*/*")}
    (tmp_path / "none.jsonl").write_text('{"text": "Всем привет", "label": "none"}\n')
    for words in ("robustness", "external"):
        output = run(words, "--data", tmp_path / "none.jsonl", "--corpus", small, *own, code=1)
        assert "none.jsonl: expected complaints labelled with a category, found none" in output
        output = run(words, "--data", rows, "--corpus", tmp_path / "none.jsonl", *own, code=1)
        assert "was fitted on, found none of its complaints" in output
    assert before == {path: path.read_bytes() for path in (tmp_path / "models").glob("*/*")}
    (page,) = (tmp_path / "models").glob("*/report.html")
    for heading in ("Robustness", "Learning curves", "External", "Tuned on nothing.", "<svg"):
        assert heading in page.read_text()


@pytest.mark.parametrize("group", [writer, author, industry])
def test_folds_hold_out_whole_groups_and_test_each_complaint_once(group) -> None:
    rows = corpus.read(ROOT / "data")[::40]
    tested: list[int] = []
    for train, held_out in folds(rows, group, 5):
        assert not {group(rows[n]) for n in train} & {group(rows[n]) for n in held_out}
        assert {rows[n].kind for n in held_out} == {"complaint"}
        tested += held_out.tolist()
    assert sorted(tested) == [n for n, row in enumerate(rows) if row.kind == "complaint"]
