"""What to label next: doubtful, new, no two alike; when to stop; and that it saves labels."""

import json
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from click.testing import CliRunner

from benchmarks.active import OURS, RANDOM, labels_needed, mean, simulate, texts_of
from router import Classifier
from router import complaints as life
from tests.conftest import ROOT
from training import corpus
from training.cli import main
from training.picking import coverage, doubt, spread, uncovered
from training.review import Item, model_before, new_words, review
from training.stopping import Outlook, agreement

DOUBTFUL = "Сравнил два онлайн-кинотеатра, стоимость одинаковая, каталог не открывается"
CLEAR = "Третий день не могу вывести деньги на карту, выплата не пришла"


def items(*texts: str) -> list[Item]:
    return [Item(text, {"id": f"u{number}"}) for number, text in enumerate(texts)]


def run(*words: object, code: int = 0) -> tuple[list[dict], str]:
    found = CliRunner().invoke(main, ["review", "--corpus", "none", *(str(word) for word in words)])
    assert found.exit_code == code, found.output
    return [json.loads(line) for line in found.stdout.splitlines()], found.stderr


def written(path: Path, *rows: dict) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return path


def test_doubt_is_greatest_where_two_are_level() -> None:
    found = doubt(np.array([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0], [0.5, 0.3, 0.2]]))
    assert found.tolist() == pytest.approx([1.0, 0.0, 0.8])


def test_doubt_is_weighed_by_the_distance_to_enough_labelled_texts() -> None:
    directions = sp.csr_matrix(np.array([[1.0, 0], [0.6, 0.8]]))
    covered = coverage(directions, sp.csr_matrix(np.array([[1.0, 0]])))
    assert covered.tolist() == pytest.approx([1, 0.6])
    assert coverage(directions, directions[:0]).tolist() == [0, 0]
    assert uncovered(np.ones(2), covered, 400).tolist() == pytest.approx([0, 0.4])
    assert uncovered(np.ones(2), covered, 399).tolist() == [1, 1]


def test_no_two_alike_are_picked_and_nothing_twice() -> None:
    directions = sp.csr_matrix(np.array([[1.0, 0], [1, 0], [1, 0], [0, 1]]))
    places, alike = spread(directions, np.array([0.9, 0.9, 0.8, 0.5]), 3)
    assert places.tolist() == [0, 3, 1]
    assert alike.tolist() == [0, 0, 1]
    assert sorted(spread(directions, np.ones(4), 9)[0].tolist()) == [0, 1, 2, 3]


def test_the_doubtful_come_before_the_clear_and_near_duplicates_once(classifier: Classifier) -> None:
    picks, outlook = review(classifier, items(CLEAR, DOUBTFUL, f"{DOUBTFUL}!", f"{CLEAR} опять"), 2)
    assert picks[0].item.text.rstrip("!") == DOUBTFUL
    assert len({pick.item.text.rstrip("!") for pick in picks}) == 2
    assert (outlook.texts, outlook.picks) == (4, 2)
    assert 0 < outlook.picked_errors < outlook.errors < 4


def test_each_pick_has_its_reasons_in_words(classifier: Classifier) -> None:
    (pick,), _ = review(classifier, items("шмурдык забрякал пендюрку, приложение не работает"), 1)
    assert new_words(pick.answer) == ["шмурдык", "забрякал", "пендюрку"]
    assert pick.reasons[0].startswith("not sure: ")
    assert pick.reasons[1] == "words new to the model: шмурдык, забрякал, пендюрку"
    assert pick.reasons[2] == "unlike the picks before it"


def test_what_is_like_a_labelled_text_comes_later(classifier: Classifier) -> None:
    other = "Чат поддержки пропал из приложения после обновления"
    pool = items(DOUBTFUL, other)
    first = review(classifier, pool, 1)[0][0].item.text
    labelled = [f"{first} {number}" for number in range(400)]
    assert {review(classifier, pool, 1, labelled)[0][0].item.text, first} == {DOUBTFUL, other}


def test_what_teaches_nothing_is_left_out(classifier: Classifier) -> None:
    picks, outlook = review(classifier, items("The application crashes all the time", "!!!", CLEAR), 3)
    assert [pick.item.text for pick in picks] == [CLEAR]
    assert outlook.texts == 1


@pytest.mark.parametrize(
    ("outlook", "beginning", "part"),
    [
        (
            Outlook(200, 20, 30, 8),
            "label on: ",
            "some 20 of 200 first guesses in the pool are wrong (10.0%), 8 of them",
        ),
        (Outlook(200, 20, 30, 8, 0.1), "stop: ", "(10.0%), no more than the 10.0% accepted"),
        (Outlook(200, 20, 30, 8, 0.05, "r1", 0.995), "stop: r1, the model before it, agrees at kappa 0.995", "little"),
        (Outlook(200, 20, 30, 8, 0.05, "r1", 0.95), "label on: ", "r1, the model before it, agrees at kappa 0.950"),
    ],
)
def test_the_outlook_is_one_sentence(outlook: Outlook, beginning: str, part: str) -> None:
    assert outlook.sentence().startswith(beginning)
    assert part in outlook.sentence()
    assert outlook.stop == outlook.sentence().startswith("stop")


def test_agreement_is_kappa() -> None:
    assert agreement(list("aabb"), list("aabb")) == 1
    assert agreement(list("aabb"), list("abab")) == pytest.approx(0)
    assert agreement(["a", "a"], ["a", "a"]) == 1


def test_the_model_before_is_that_of_the_history_if_it_is_still_there(tmp_path: Path) -> None:
    assert model_before(tmp_path, "r2") is None
    at = "2026-11-01T12:00:00Z"
    moves = [{"at": at, "from": None, "to": "r1", "why": "-"}, {"at": at, "from": "r1", "to": "r2", "why": "-"}]
    written(tmp_path / "HISTORY.jsonl", *moves)
    assert model_before(tmp_path, "r2") is None
    (tmp_path / "r1").mkdir()
    written(tmp_path / "r1" / "meta.json", {})
    assert model_before(tmp_path, "r2") == "r1"
    assert model_before(tmp_path, "r1") is None


def test_the_command_writes_rows_that_only_lack_their_label(tmp_path: Path) -> None:
    known = {"text": CLEAR, "label": "financial"}
    rows = (
        {"id": "7", "text": f"{DOUBTFUL}, телефон +7 912 345-67-89", "channel": "chat"},
        known,
        {"text": CLEAR},
    )
    pool = written(tmp_path / "pool.jsonl", *rows)
    found, said = run("--data", pool, "--budget", 1, "--output", tmp_path / "next.jsonl")
    assert found == []
    assert said.startswith(("label on: an estimated some ", "stop: an estimated some "))
    (pick,) = [json.loads(line) for line in (tmp_path / "next.jsonl").read_text().splitlines()]
    assert (pick["id"], pick["channel"], pick["label"]) == ("7", "chat", None)
    assert pick["text"].endswith("телефон [телефон]")
    (row,) = corpus.read(written(tmp_path / "labelled.jsonl", pick | {"label": "technical"}))
    assert (row.label, row.kind) == ("technical", "complaint")


def test_complaints_that_an_agent_placed_are_not_in_the_pool(shared_url, store, classifier) -> None:
    made = [life.register(store, classifier, life.Filing(f"{DOUBTFUL} {n}")).complaint for n in range(4)]
    confirmed, undone, *_ = made
    life.categorise(store, life.Act(confirmed.id, "Анна"), "technical", "operations")
    life.categorise(store, life.Act(undone.id, "Анна"), "service", "support-quality")
    life.undo(store, life.Act(undone.id, "Анна"))
    found, said = run("--database-url", shared_url, "--since", "520w", "--budget", 10)
    assert {row["id"] for row in found} == {complaint.id for complaint in made[1:]}
    assert "of 3 first guesses" in said
    assert {row["number"] for row in run("--database-url", shared_url, "--since", "520w", "--most", 1)[0]} == {
        made[-1].number
    }


@pytest.mark.parametrize(
    ("rows", "words", "message"),
    [
        ([{"text": CLEAR, "label": "financial"}], (), "expected rows with a text and without a label, found none"),
        ([{"text": ""}], (), "text must have 1 to 20,000 characters"),
        ([{"text": "!!!"}], (), "expected texts in Russian of two words and more, found none among 1"),
        ([{"text": CLEAR}], ("--previous", "r0"), "r0"),
    ],
)
def test_a_users_mistake_is_one_line(tmp_path: Path, rows: list[dict], words: tuple, message: str) -> None:
    said = run("--data", written(tmp_path / "pool.jsonl", *rows), *words, code=1)[1]
    assert message in said
    assert "Traceback" not in said


def test_an_empty_database_is_said_to_be_so(shared_url, store) -> None:
    assert "found none in this span of time" in run("--database-url", shared_url, code=1)[1]


def test_choosing_saves_labels_against_chance() -> None:
    """A smaller `benchmarks.active`: fewer features, fewer labels."""
    texts = texts_of(corpus.placed(corpus.read(ROOT / "data" / "complaints.jsonl")), min_df=60)
    sizes, further = (100, 200, 300, 400, 500, 700, 900), (1200, 1500, 2000)
    ours = mean([simulate(texts, OURS, seed, sizes) for seed in range(4)])
    by_chance = mean([simulate(texts, RANDOM, seed, (*sizes, *further)) for seed in range(4)])
    last = labels_needed(ours, by_chance)[-1]
    assert last["labels"] == 900
    assert last["share"] is None or last["share"] < 0.85
    gains = [one["macro_f1"] - other["macro_f1"] for one, other in zip(ours[1:], by_chance[1:], strict=False)]
    assert np.mean(gains) > 0.005
