"""The gate before a promotion: each check passes what is sound, tells what is not, and says what it did not look at."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from router import Classifier, artefact
from router.errors import DataError
from tests.conftest import ROOT
from tests.small import every
from training import gate, history, paired, registry
from training.cli import main
from training.commands import promoting
from training.gate import FAILED, PASSED, SKIPPED, Evidence

ROWS = every(23, 5)[:150]
GOLDEN = ROOT / "models" / "golden.jsonl"


def run(*words: object, code: int = 0) -> str:
    found = CliRunner().invoke(main, [str(word) for word in words])
    assert found.exit_code == code, found.output
    return found.output


def outcomes(checks: list[gate.Check]) -> dict[str, str]:
    return {check.name: check.outcome for check in checks}


@pytest.fixture
def shop(workshop) -> tuple[Path, str, str]:
    """A registry in which A serves and B is a candidate."""
    models, a, b = workshop
    registry.promote(models, a, "first")
    return models, a, b


def write(path: Path, rows: list[dict]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return path


def tell(models: Path, model_id: str, **meta: object) -> None:
    path = models / model_id / "meta.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | meta))


def test_a_model_as_good_as_the_current_one_passes_every_check(shop) -> None:
    models, a, _ = shop
    shutil.copytree(models / a, models / "twin")
    checks = gate.gate(models, "twin", Evidence(ROWS, "rows"))
    assert outcomes(checks) == {
        "digests": PASSED,
        **{f"{key} not worse": PASSED for key in Classifier.load(a, models).model.table.categories},
        "precision of auto": PASSED,
        "golden complaints": SKIPPED,
    }


def test_a_model_that_lost_a_category_fails_on_it_and_the_current_one_stays(shop, tmp_path) -> None:
    """The candidate takes every complaint about software for one about money; its files are sound."""
    models, a, _ = shop
    lose(models, a, "software")
    data = write(tmp_path / "rows.jsonl", [{"text": row.text, "label": row.label} for row in ROWS])
    words = ("promote", "worse", "--why", "why not", "--models", models)
    output = run(*words, "--data", data, code=1)
    told = [line for line in output.splitlines() if line.startswith("failed") and "software not worse" in line]
    assert "→ 0.000" in told[0]
    assert "expected at least -0.05" in told[0]
    assert "worse is not promoted, nothing was changed" in output
    assert registry.current(models) == a
    assert len(history.records(models)) == 1
    assert "worse is current" in run(*words, "--data", data, "--force")
    record = history.records(models)[-1]
    assert (record["forced"], record["to"]) == (True, "worse")
    assert any(failure.startswith("software not worse: F1 ") for failure in record["failed"])
    assert "FORCED in spite of: " in run("history", "--models", models)
    assert run("rollback", "--models", models).startswith(f"{a} is current")


def lose(models: Path, model_id: str, category: str) -> None:
    """Register a copy of a model, `worse`, that never says one category."""
    from router import votetable

    folder = shutil.copytree(models / model_id, models / "worse")
    table = artefact.load(models, model_id).table
    intercepts = table.intercepts.copy()
    intercepts[table.categories.index(category)] = -60.0
    votetable.save(replace(table, intercepts=intercepts), folder / "votes.npz")
    digests = artefact.read_meta(folder)["digests"]
    tell(models, "worse", digests=digests | {"votes.npz": artefact.digest((folder / "votes.npz").read_bytes())})


def test_too_few_rows_are_no_proof_and_the_number_that_would_do_is_told(shop) -> None:
    models, _, b = shop
    checks = gate.gate(models, b, Evidence(ROWS[:24], "rows"))
    told = [check.detail for check in checks if check.outcome == FAILED and "not worse" in check.name]
    assert [detail for detail in told if "rows would tell" in detail]


def test_a_wider_margin_lets_pass_what_a_narrow_one_does_not(shop) -> None:
    models, _, b = shop
    narrow, wide = (gate.gate(models, b, Evidence(ROWS, "rows", margin=margin)) for margin in (0.0, 1.0))
    assert FAILED in [check.outcome for check in narrow if "not worse" in check.name]
    assert FAILED not in [check.outcome for check in wide if "not worse" in check.name]


def test_what_the_gate_lets_pass_is_rarely_worse_by_more_than_the_margin() -> None:
    """A candidate that is worse by exactly the margin passes in some 5 % of drawn sets, one that is equal in most."""
    chance, truth = np.random.default_rng(2), np.repeat([0, 1], 300)
    passed = {"equal": 0, "worse": 0}
    for number in range(80):
        shared = chance.random(600) < 0.8  # rows on which both give the same answer
        for name, loss in (("equal", 0.0), ("worse", 0.05 / 0.2)):
            guess = chance.random((2, 600)) < np.array([[0.85], [0.85 - loss]])
            right = np.where(shared, guess[0], guess)
            sides = [paired.Answers(np.eye(2)[np.where(side, truth, 1 - truth)], truth) for side in right]
            lower = paired.draw(*sides, resamples=100, seed=number).lower("f1", 0)
            passed[name] += lower >= -gate.MARGIN
    assert passed["worse"] <= 12
    assert passed["equal"] >= 68


def test_a_contract_broken_beyond_doubt_fails(shop) -> None:
    """With every threshold at nothing all is `auto`, and far from the promised precision."""
    models, _, b = shop
    thresholds = artefact.read_meta(models / b)["thresholds"]
    loose = {**thresholds, "auto": dict.fromkeys(thresholds["auto"], 0.0), "target": 0.99}
    registry.set_thresholds(models, b, loose, "a test")
    found = gate.contract(Classifier.load(b, models), Evidence(ROWS, "rows"))
    assert found.outcome == FAILED
    assert "expected 0.99, the whole 95 % interval is below it: all 0." in found.detail


def test_the_shipped_golden_complaints_are_right_and_sound(classifier) -> None:
    rows = gate.read_golden(GOLDEN)
    counts = {label: sum(found == label for _, found in rows) for _, label in rows}
    assert counts == {**dict.fromkeys(classifier.model.table.categories, 6), "none": 3}
    assert gate.golden(classifier, GOLDEN) == gate.Check("golden complaints", PASSED, "all 27 right")


def test_a_golden_complaint_that_comes_out_wrong_is_shown(shop, tmp_path, classifier) -> None:
    models, _, b = shop
    path = write(models / "golden.jsonl", [{"text": "Не могу вывести выигрыш, верните деньги", "label": "service"}])
    output = run("promote", b, "--why", "x", "--models", models, code=1)
    assert "1 of 1 wrong: «Не могу вывести выигрыш, верните деньги» is service, got financial" in output
    sure = write(tmp_path / "none.jsonl", [{"text": "Выигрыш не выплатили, верните мои деньги", "label": "none"}])
    assert "is none and would be auto" in gate.golden(classifier, sure).detail
    other = write(tmp_path / "other.jsonl", [{"text": "Посылка не пришла", "label": "delivery"}])
    assert gate.golden(classifier, other).outcome == SKIPPED
    assert "other.jsonl is for other categories: delivery" in gate.golden(classifier, other).detail
    assert gate.golden(classifier, tmp_path / "no.jsonl").outcome == SKIPPED
    path.write_text('{"text": "", "label": "service"}\n')
    with pytest.raises(DataError, match=r"golden\.jsonl:1: text must have"):
        gate.golden(classifier, path)


def test_without_rows_the_reports_are_compared_and_what_was_not_is_told(shop) -> None:
    models, a, _ = shop
    shutil.copytree(models / a, models / "twin")
    found = gate.gate(models, "twin", Evidence())
    assert outcomes(found)["no category worse"] == SKIPPED
    assert outcomes(found)["precision of auto"] == SKIPPED
    assert outcomes(found)["out-of-fold macro_f1"] == PASSED
    tell(models, "twin", out_of_fold={"macro_f1": 0.5, "ece": 0.3})
    found = gate.gate(models, "twin", Evidence())
    assert {outcomes(found)[f"out-of-fold {name}"] for name in ("macro_f1", "ece")} == {FAILED}


def test_reports_on_other_complaints_are_not_compared(shop) -> None:
    """A and B were fitted on different complaints: their figures say nothing of which is better."""
    models, _, b = shop
    found = {check.name: check for check in gate.gate(models, b, Evidence())}["out-of-fold figures"]
    assert found.outcome == SKIPPED
    assert "the figures do not compare" in found.detail


def test_a_model_of_other_categories_is_not_compared(shop) -> None:
    models, a, b = shop
    known = artefact.load(models, a)
    other = replace(known, table=replace(known.table, categories=("parcel", "shop", "goods", "people")))
    (found,) = gate.quality(models, Classifier(other), Classifier.load(b, models), Evidence(ROWS, "rows"))
    assert found.outcome == SKIPPED
    assert "has other categories: goods, parcel, people, shop" in found.detail


def test_a_candidate_overtaken_while_it_was_tried_is_tried_again(shop, monkeypatch) -> None:
    """Somebody promotes a third model while the gate is at work; both promotions stand, one after the other."""
    models, a, b = shop
    shutil.copytree(models / a, models / "third")
    tried = []

    def meanwhile(*words: object) -> list[gate.Check]:
        if not tried:
            registry.promote(models, "third", "meanwhile")
        tried.append(registry.current(models))
        return original(*words)

    original = promoting._tried
    monkeypatch.setattr(promoting, "_tried", meanwhile)
    output = run("promote", b, "--why", "x", "--models", models)
    assert f"third became current meanwhile, instead of {a}: trying {b} against it" in output
    assert [(r["from"], r["to"]) for r in history.records(models)] == [(None, a), (a, "third"), ("third", b)]


def test_the_first_model_of_a_registry_is_promoted(workshop) -> None:
    models, a, _ = workshop
    output = run("promote", a, "--why", "first", "--models", models)
    assert "not checked  no category worse: no other model serves" in output
    assert f"{a} is current (before: none)" in output
    assert run("rollback", "--models", models, code=1).startswith("Error: nothing to go back to")


def test_a_damaged_model_is_not_promoted_even_by_force(shop) -> None:
    models, a, b = shop
    (models / b / "out_of_fold.npz").write_bytes(b"cut")
    output = run("promote", b, "--why", "x", "--force", "--models", models, code=1)
    assert "out_of_fold.npz has SHA-256" in output
    assert registry.current(models) == a


def test_a_broken_current_model_does_not_hold_up_its_successor(shop) -> None:
    models, a, b = shop
    (models / a / "votes.npz").write_bytes(b"cut")
    output = run("promote", b, "--why", "x", "--models", models)
    assert "not checked  current model: it cannot be read" in output
    assert registry.current(models) == b


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--why", "  "), "expected a reason after --why"),
        (("--why", "x", "--golden", "missing.jsonl"), "missing.jsonl: no such file"),
        (("--why", "x", "--data", "missing.jsonl"), "missing.jsonl: no such file"),
    ],
)
def test_mistakes_are_told_in_a_line(shop, words, message) -> None:
    models, _, b = shop
    assert message in run("promote", b, *words, "--models", models, code=1)
    assert len(history.records(models)) == 1
