"""The shipped model is what its meta.json says, and what the corpus gives."""

import json
from dataclasses import replace

import joblib
import numpy as np
import pytest

from router import Classifier, artefact
from router.categories import KEYS
from router.decision import probabilities
from router.settings import shipped_models
from tests.conftest import ROOT
from training import corpus, lexicon, registry
from training.compile import vote_table
from training.evaluate import evaluate
from training.fit import fit_pipeline, set_logits
from training.pipeline import Parameters

FOLDER = shipped_models() / artefact.current_id(shipped_models())


@pytest.fixture(scope="module")
def complaints() -> list[corpus.Row]:
    return corpus.read(ROOT / "data" / "complaints.jsonl")


def test_digests_are_true_and_the_corpus_is_the_one_it_was_fitted_on() -> None:
    registry.verify(FOLDER)
    stated = artefact.read_meta(FOLDER)["corpus"]["digests"]
    assert stated == {name: artefact.digest((ROOT / "data" / name).read_bytes()) for name in stated}
    assert set(stated) == {"complaints.jsonl", "phrases.jsonl", "lexicon.tsv"}


def test_the_artefact_is_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 20 * 2**20


def test_both_files_give_the_same_probabilities(classifier, complaints) -> None:
    pipeline = joblib.load(FOLDER / artefact.PIPELINE)
    texts = [row.text for row in complaints[::10]]
    order = [list(pipeline.classes_).index(key) for key in KEYS]
    ours = np.array([probabilities(classifier.votes.score(text).values) for text in texts])
    assert np.abs(pipeline.predict_proba(texts)[:, order] - ours).max() < 1e-6


def test_evaluation_on_our_own_complaints_equals_meta(classifier, complaints) -> None:
    found = evaluate(classifier, complaints)
    stated = artefact.read_meta(FOLDER)["in_sample"]
    assert {key: pytest.approx(found[key], abs=1e-6) for key in stated} == stated


def test_the_corpus_gives_the_shipped_votes(classifier, complaints) -> None:
    """Fitted anew with the chosen parameters: votes equal to 1e-3 (processors round differently), same decisions."""
    meta = artefact.read_meta(FOLDER)
    rows = corpus.read(ROOT / "data")
    pipeline = fit_pipeline(rows, lexicon.read(ROOT / "data" / "lexicon.tsv"), Parameters(**meta["parameters"]))
    set_logits(pipeline, meta["temperature"])
    table = vote_table(pipeline)
    assert table.features == classifier.model.table.features
    assert np.abs(table.weights - classifier.model.table.weights).max() < 1e-3
    again = Classifier(replace(classifier.model, table=table))
    assert [decided(again, row.text) for row in complaints] == [decided(classifier, row.text) for row in complaints]


def decided(by: Classifier, text: str) -> tuple[str | None, str]:
    answer = by.classify(text)
    return answer.category, answer.decision.kind


def test_the_report_stands_alone_and_carries_the_figures() -> None:
    page = (FOLDER / "report.html").read_text()
    meta = artefact.read_meta(FOLDER)
    assert meta["id"] in page
    assert f"{meta['out_of_fold']['macro_f1']:.3f}" in page
    external = json.loads((FOLDER / "external.json").read_text())
    assert f"{external['figures']['macro_f1']:.3f}" in page
    assert "<script" not in page
    assert 'src="http' not in page
