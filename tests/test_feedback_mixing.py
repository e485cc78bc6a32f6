"""How much agents' labels weigh in a fit, and what a model says of those that went in."""

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from router import Classifier, artefact
from router import complaints as life
from router.categories import KEYS
from router.cli import main as router_main
from router.policy import Policy
from router.store import Store
from tests.conftest import ROOT
from tests.test_feedback_file import row
from training import corpus, mixing
from training.cli import main
from training.feedback import book
from training.mixing import Feedback, chosen, grouped, mix
from training.pipeline import Parameters

OURS = [one for one in corpus.read(ROOT / "data" / "complaints.jsonl") if one.label in KEYS]
BASE = OURS[::80]


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """A corpus of every eightieth complaint of ours."""
    folder = tmp_path_factory.mktemp("data")
    lines = (ROOT / "data" / "complaints.jsonl").read_text().splitlines(keepends=True)
    (folder / "complaints.jsonl").write_text("".join(lines[::80]))
    return folder


def own(rows: Sequence[corpus.Row]) -> Feedback:
    return Feedback([replace(one, author=str(number)) for number, one in enumerate(rows)])


PLACES = [
    "утром",
    "днём",
    "вечером",
    "ночью",
    "дома",
    "сегодня",
    "вчера",
    "снова",
    "тут",
    "там",
    "нигде",
    "везде",
    "всегда",
    "часто",
    "редко",
]


def nonsense(number: int) -> corpus.Row:
    """A complaint in words that the corpus does not know, whose made-up product tells its category."""
    product = ("глюмбары", "шмурдики", "хрензяблы", "пуськомёты")[number % 4]
    first, second = PLACES[number % 15], PLACES[number // 15 % 15]
    return corpus.Row(str(number), f"{first} опять {second} эти {product} {first} не такие", KEYS[number % 4])


def test_labels_given_at_random_are_given_no_weight() -> None:
    labels = [one.label for one in OURS[25::100]]
    random.Random(6).shuffle(labels)
    rows = [replace(one, label=label) for one, label in zip(OURS[25::100], labels, strict=True)]
    found = mix(BASE, own(rows), {}, Parameters())
    assert (found.meta["feedback"]["weight"], found.rows, found.corpus) == (0.0, [], {})
    assert found.meta["feedback"]["note"].startswith("not used: on held-out ones nothing is surely gained")
    assert set(found.meta["feedback"]["tried"]) == {"0", "0.5", "1", "2", "4"}


@pytest.mark.parametrize(
    ("feedback", "told"),
    [
        (own([nonsense(number) for number in range(49)]), "of 49 complaints in 49 groups"),
        (Feedback([replace(nonsense(number), author="1") for number in range(60)]), "of 60 complaints in 1 groups"),
        (own([]), "of 0 complaints in 0 groups"),
    ],
)
def test_too_few_are_not_used_and_the_model_says_so(feedback: Feedback, told: str) -> None:
    found = mix(BASE, feedback, {}, Parameters())
    assert found.rows == []
    expected = f"not used: {told} no weight can be chosen, it takes 50 in 5"
    assert (found.meta["feedback"]["weight"], found.meta["feedback"]["note"]) == (0.0, expected)


def scores(*wrong: int) -> np.ndarray:
    """For each weight, scores of 40 texts of the first category, of which so many are taken for the second."""
    found = np.zeros((len(wrong), 40, len(KEYS)))
    for of, count in zip(found, wrong, strict=True):
        of[:, 0] = np.where(np.arange(40) * 7 % 40 < count, -2, 2)
    return found


@pytest.mark.parametrize(
    ("wrong", "weight"),
    [
        ((10, 10, 10, 10, 10), 0.0),  # all alike: the corpus alone
        ((20, 18, 4, 4, 4), 1.0),  # the best ones are alike: the smallest of them
        ((4, 10, 15, 20, 20), 0.0),
        ((20, 20, 20, 20, 4), 4.0),
    ],
)
def test_the_smallest_weight_within_a_standard_error_is_taken(wrong: tuple, weight: float) -> None:
    rows = [corpus.Row(str(number), "а", KEYS[0], author=str(number)) for number in range(40)]
    assert chosen(scores(*wrong), rows)[0] == weight


def test_complaints_of_one_group_are_no_independent_witnesses() -> None:
    rows = [corpus.Row(str(number), "а", KEYS[0], author=str(number)) for number in range(40)]
    alone, together = (
        chosen(scores(20, 15, 10, 5, 0), [replace(one, author=name(one)) for one in rows])[1]
        for name in (lambda one: one.author, lambda one: str(int(one.author) * 7 % 40 // 8))
    )
    assert together["0"]["standard_error"] > 2 * alone["0"]["standard_error"]


def test_what_is_held_out_shares_no_near_duplicate_client_or_agent_as_far_as_the_data_allow() -> None:
    rows = [row(number, f"{chr(1072 + number) * 4} не работает", "software", agent=f"А{number}") for number in range(8)]
    rows[1]["text"] = rows[0]["text"]
    rows[2]["client"] = rows[3]["client"] = "2026-000003"
    rows[4]["agent"] = rows[5]["agent"] = "Анна"
    grouping, groups = grouped(rows)
    assert grouping == ("client", "agent")
    assert groups.tolist() == [0, 0, 1, 1, 2, 2, 3, 4]
    for one in rows[:6]:
        one["agent"] = "Анна"
    grouping, groups = grouped(rows)  # one agent has most of it
    assert grouping == ("client",)
    assert groups.tolist() == [0, 0, 1, 1, 2, 3, 4, 5]


def test_only_settled_rows_that_are_not_in_the_corpus_come_in(tmp_path: Path) -> None:
    settled = {"verdict": "dropped", "label": "software", "by": "Вера", "at": ""}
    rows = [row(number, f"{chr(1072 + number) * 4} не работает", "software") for number in range(4)]
    rows[1]["quarantine"] = rows[2]["quarantine"] = [{"reason": "model"}]
    rows[2]["settled"] = settled | {"verdict": "kept"}
    rows[3]["settled"] = settled
    book.write(tmp_path / "f.jsonl", rows)
    found = mixing.read(tmp_path / "f.jsonl", ["0"])
    assert [one.id for one in found.rows] == ["2"]
    counts = {name: found.meta[name] for name in ("rows", "quarantined", "dropped", "in_corpus", "usable")}
    assert counts == {"rows": 4, "quarantined": 1, "dropped": 1, "in_corpus": 1, "usable": 1}


def test_from_agents_choices_to_a_model_that_forget_names(classifier, data: Path, tmp_path: Path) -> None:
    models, url = tmp_path / "models", f"sqlite:///{tmp_path}/c.sqlite"
    with Store.open(url) as store:
        for number in range(60):
            made = nonsense(number)
            filing = life.Filing(made.text, client_ref=f"u{number}")
            filed = life.register(store, classifier, filing).complaint
            life.categorise(store, life.Act(filed.id, "Анна"), made.label, Policy().queue(made.label))
    run = CliRunner().invoke
    assert run(main, ["feedback", "pull", "--database-url", url, "--to", str(tmp_path / "own")]).exit_code == 0
    rows = book.read(tmp_path / "own" / "feedback.jsonl")
    assert len(book.usable(rows)) >= 50
    found = run(main, ["fit", "--data", str(data), "--feedback", str(tmp_path / "own"), "--models", str(models)])
    assert found.exit_code == 0, found.output
    meta = artefact.read_meta(models / found.stdout.strip())
    assert f"feedback {meta['feedback']['note']}" in found.stderr
    weight, tried = meta["feedback"]["weight"], meta["feedback"]["tried"]
    assert weight > 0
    assert (tried["0"]["accuracy"] < 0.6, tried[f"{weight:g}"]["accuracy"] > 0.9) == (True, True)
    assert meta["corpus"]["complaints"] == sorted(one["id"] for one in book.usable(rows))
    assert meta["feedback"]["sha256"] == artefact.digest((tmp_path / "own" / "feedback.jsonl").read_bytes())
    assert Classifier.load(meta["id"], models).classify(nonsense(100).text).suggestions[0][0] == nonsense(100).label
    page = (models / meta["id"] / "report.html").read_text()
    assert "Feedback of agents" in page
    assert meta["feedback"]["sha256"] in page
    number = int(book.usable(rows)[0]["number"].split("-")[1]) - 1
    forgotten = run(
        router_main, ["forget", "--client-ref", f"u{number}", "--database-url", url, "--models", str(models)]
    )
    assert f"models trained on them: {meta['id']}" in forgotten.output


def test_a_label_that_the_model_does_not_know_is_refused_by_its_number(data: Path, tmp_path: Path) -> None:
    book.write(tmp_path / "f.jsonl", [row(7, "не работает ничего", "delivery")])
    found = CliRunner().invoke(main, ["fit", "--data", str(data), "--feedback", str(tmp_path / "f.jsonl")])
    assert found.exit_code == 1
    assert "2026-000007: label must be one of" in found.output
    assert json.loads((tmp_path / "f.jsonl").read_text())["label"] == "delivery"


def test_feedback_may_have_categories_of_ones_own(tmp_path: Path) -> None:
    book.write(tmp_path / "f.jsonl", [row(7, "не работает ничего", "delivery")])
    assert [one.label for one in mixing.read(tmp_path / "f.jsonl", [], ["delivery", "returns"]).rows] == ["delivery"]


def test_a_fit_without_the_file_that_it_is_given_ends_before_it_begins(data: Path, tmp_path: Path) -> None:
    words = ["fit", "--data", str(data), "--feedback", str(tmp_path / "f.jsonl"), "--models", str(tmp_path)]
    found = CliRunner().invoke(main, words)
    assert (found.exit_code, found.output.count("\n")) == (1, 1)
    assert "f.jsonl: no such file; `feedback pull` makes it" in found.output
