"""The file of feedback: pulling it, its quarantine, settling it, and how far agents agree."""

import io
import json
import random
import re
import signal
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from time import monotonic, sleep

import pytest
from click.testing import CliRunner
from rich.console import Console

from router import DataError, InputError
from router import complaints as life
from router.store import Store
from tests.conftest import ROOT, Clock
from training import corpus
from training.cli import main
from training.feedback import book
from training.feedback.agreement import ENOUGH, agreement, figures
from training.feedback.card import card, keys
from training.feedback.pull import pull
from training.feedback.quarantine import marked, near_duplicates
from training.feedback.review import Docket

QUEUES = {"financial": "payments", "technical": "operations", "service": "support-quality", "software": "development"}
MONEY = "Третий день не могу вывести деньги, поддержка молчит"
TEXTS = [
    "вывод завис и деньги не пришли на карту уже неделю",
    "оператор нагрубил мне в чате и бросил трубку",
    "кнопка оплаты в приложении не нажимается после обновления",
    "сайт не открывается ни с компьютера, ни с телефона",
    "комиссию сняли дважды, верните мне переплату",
]


def placed(store: Store, classifier, text: str, *choices: tuple[str | None, str], client: str | None = None) -> str:
    """Register a text, let each agent choose a category, return the complaint's id."""
    found = life.register(store, classifier, life.Filing(text, client_ref=client)).complaint
    for agent, category in choices:
        life.categorise(store, life.Act(found.id, agent), category, QUEUES[category])
    return found.id


def run(*words: object, answers: str | None = None, code: int = 0) -> str:
    found = CliRunner().invoke(main, [str(word) for word in words], input=answers)
    assert found.exit_code == code, found.output
    return found.output


def likeliest(classifier, text: str) -> str:
    return classifier.classify(text).suggestions[0][0]


def row(number: int, text: str, label: str, **values: object) -> book.Row:
    agent = values.get("agent", "Анна")
    judgement = {"agent": agent, "at": "2026-11-22T09:00:00.000Z", "blind": False, "label": label}
    plain = {
        "id": str(number),
        "number": f"2026-{number:06}",
        "text": text,
        "label": label,
        "agent": agent,
        "at": "2026-11-22T09:00:00.000Z",
        "feedback": "confirmed",
        "predicted": label,
        "confidence": 0.8,
        "model": "r0",
        "client": None,
        "change": number,
        "judgements": [judgement],
        "quarantine": [],
        "settled": None,
    }
    return plain | values


def quarantined(*rows: book.Row) -> list[book.Row]:
    return marked(rows, near_duplicates(rows))


def reasons(found: list[book.Row]) -> list[list[tuple[str, str]]]:
    return [[(reason["reason"], reason["label"]) for reason in one["quarantine"]] for one in found]


# Pulling


def test_pull_brings_labels_with_agent_and_time_and_masks_texts(shared_url, store, classifier, tmp_path: Path) -> None:
    first = placed(store, classifier, TEXTS[0], ("Анна", "financial"), client="u1")
    placed(store, classifier, TEXTS[1], (None, "service"), client="u1")
    placed(store, classifier, TEXTS[2])
    output = run("feedback", "pull", "--database-url", shared_url, "--to", tmp_path / "new")
    assert f"{tmp_path / 'new' / 'feedback.jsonl'}: 2 rows; 2 new, 0 changed, 0 gone" in output
    one, other = book.read(tmp_path / "new" / "feedback.jsonl")
    assert (one["id"], one["label"], one["agent"], one["at"]) == (
        first,
        "financial",
        "Анна",
        "2026-11-22T09:00:00.000Z",
    )
    assert one["client"] == other["client"] == one["number"]
    assert (one["predicted"], one["model"]) == (likeliest(classifier, TEXTS[0]), classifier.model.id)
    assert other["judgements"] == [{"agent": None, "at": one["at"], "blind": False, "label": "service"}]


def test_texts_are_masked_whatever_the_store_holds(tmp_path: Path, monkeypatch, classifier) -> None:
    monkeypatch.setattr(life, "mask", str)  # as a store of before masking
    with Store.open(f"sqlite:///{tmp_path}/c.sqlite") as store:
        placed(store, classifier, f"{MONEY}, карта 4111 1111 1111 1111", ("Анна", "financial"))
        pull(store, tmp_path / "f.jsonl")
    assert book.read(tmp_path / "f.jsonl")[0]["text"] == f"{MONEY}, карта [карта]"


def test_a_second_pull_adds_what_is_new_and_changes_what_has_changed(store, classifier, tmp_path, clock: Clock) -> None:
    path = tmp_path / "f.jsonl"
    ids = [placed(store, classifier, text, ("Анна", "financial")) for text in TEXTS[:3]]
    assert pull(store, path).new == 3
    content = path.read_bytes()
    again = pull(store, path)
    assert (again.new, again.changed, again.gone, path.read_bytes()) == (0, 0, 0, content)
    clock.forward(minutes=5)
    life.categorise(store, life.Act(ids[0], "Анна"), "service", QUEUES["service"])
    life.categorise(store, life.Act(ids[1], "Анна"), "service", QUEUES["service"])
    life.undo(store, life.Act(ids[1], "Анна"))
    ids.append(placed(store, classifier, TEXTS[3], ("Борис", "technical")))
    third = pull(store, path)
    assert (third.new, third.changed, third.gone, third.rows) == (1, 2, 0, 4)
    rows = {one["id"]: one for one in book.read(path)}
    assert [rows[of]["label"] for of in ids] == ["service", "financial", "financial", "technical"]
    assert len(rows[ids[0]]["judgements"]) == 2
    assert len(rows[ids[1]]["judgements"]) == 1


def test_what_was_forgotten_or_undone_leaves_the_file(store, classifier, tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    placed(store, classifier, TEXTS[0], ("Анна", "financial"), client="u1")
    undone = placed(store, classifier, TEXTS[1], ("Анна", "service"), client="u2")
    stays = placed(store, classifier, TEXTS[2], ("Анна", "software"), client="u3")
    pull(store, path)
    store.forget("u1")
    life.undo(store, life.Act(undone, "Анна"))
    assert pull(store, path).gone == 2
    assert [one["id"] for one in book.read(path)] == [stays]
    assert TEXTS[0] not in path.read_text()


def test_a_file_of_another_database_is_refused_and_left_as_it_is(store, classifier, tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    placed(store, classifier, TEXTS[0], ("Анна", "financial"))
    pull(store, path)
    before = path.read_bytes()
    with (
        Store.open(f"sqlite:///{tmp_path}/empty.sqlite") as empty,
        pytest.raises(InputError, match="holds 1 complaint"),
    ):
        pull(empty, path)
    assert path.read_bytes() == before


def test_what_a_killed_pull_left_behind_is_removed_for_it_holds_texts(store, tmp_path: Path) -> None:
    (tmp_path / ".f.jsonl.4711").write_text(MONEY)
    pull(store, tmp_path / "f.jsonl")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".f.jsonl.lock", "f.jsonl"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", None),
        ("label", 5),
        ("change", "2"),
        ("judgements", []),
        ("judgements", [{"agent": "А"}]),
        ("quarantine", "model"),
        ("settled", "kept"),
        ("settled", {"label": "service"}),
    ],
)
def test_a_field_that_was_edited_into_something_else_is_told(tmp_path: Path, field: str, value: object) -> None:
    book.write(tmp_path / "f.jsonl", [row(1, MONEY, "service"), row(2, MONEY, "service") | {field: value}])
    with pytest.raises(DataError, match=rf"f\.jsonl:2: expected a row of `feedback pull`; {field} is "):
        book.read(tmp_path / "f.jsonl")


def test_a_corpus_is_no_place_for_feedback() -> None:
    with pytest.raises(InputError, match=r"data holds complaints\.jsonl: expected a folder of its own"):
        book.place(ROOT / "data")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"text": "a", "label": "service"}\n', r"f\.jsonl:1: expected a row of `feedback pull`; it lacks id, change"),
        ("[]\n", r"f\.jsonl:1: expected a JSON object, got list"),
        (None, r"f\.jsonl: no such file; `feedback pull` makes it"),
    ],
)
def test_a_file_that_is_none_of_ours_is_refused_in_one_line(content: str | None, message: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "f.jsonl").write_text(content)
    for command in ("review", "agreement"):
        output = run("feedback", command, tmp_path / "f.jsonl", code=1)
        assert len(output.splitlines()) == 1
        assert re.search(message, output)


AGAIN = """
import os, signal, sys, time
import router.store, training.feedback.pull
from training.cli import main
for line in sys.stdin:
    began = time.monotonic()
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        main(sys.argv[1:])
    if line.strip():
        time.sleep(float(line))
        os.kill(child, signal.SIGKILL)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), time.monotonic() - began, flush=True)
"""
"""For each line that it is sent, runs a command in a child, kills it after so many seconds, says how it ended."""


def test_a_pull_killed_at_any_moment_leaves_the_old_file_or_the_new_one(classifier, tmp_path: Path) -> None:
    url, path = f"sqlite:///{tmp_path}/c.sqlite", tmp_path / "f.jsonl"
    with Store.open(url) as store:
        for number in range(30):
            placed(store, classifier, f"{TEXTS[number % 5]} {number}", ("Анна", "financial"))
        pull(store, path)
        old = path.read_bytes()
        for number in range(30, 60):
            placed(store, classifier, f"{TEXTS[number % 5]} {number}", ("Борис", "financial"))
    command = [sys.executable, "-c", AGAIN, "feedback", "pull", "--database-url", url, "--to", str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:

        def attempt(moment: object = "") -> tuple[int, float]:
            """Begin a pull and kill it after a moment; returns how it ended and how long it took."""
            process.stdin.write(f"{moment}\n")
            process.stdin.flush()
            code, lasted = process.stdout.readline().split()
            return int(code), float(lasted)

        code, lasted = attempt()
        new = path.read_bytes()
        assert code == 0
        assert new != old
        chance, killed = random.Random(6), 0
        early, late = ([chance.uniform(least, 1) * lasted for _ in range(4)] for least in (0, 0.7))
        for moment in [0.0, *early, *late]:
            path.write_bytes(old)
            killed += attempt(moment)[0] == -signal.SIGKILL
            assert path.read_bytes() in (old, new)
        assert killed  # the first at the least: the others as far as the machine is no faster than when it was timed
        path.write_bytes(old)
        assert attempt()[0] == 0  # nothing that was left behind stands in the way
        assert path.read_bytes() == new
        process.stdin.close()


# Quarantine


def test_near_duplicates_with_different_labels_contradict_each_other() -> None:
    found = quarantined(
        row(1, "Третий день не могу вывести деньги с вашего счёта", "financial", agent=None),
        row(2, "третий день не могу вывести деньги с вашего счёта!", "service", agent=None),
        row(3, "третий день не могу вывести деньги с вашего счёта", "financial", agent=None),
        row(4, "приложение закрывается само", "software", agent=None),
    )
    near = "near_duplicate"
    assert reasons(found) == [[(near, "service")], [(near, "financial"), (near, "financial")], [(near, "service")], []]
    assert (found[0]["quarantine"][0]["id"], found[0]["quarantine"][0]["number"]) == ("2", "2026-000002")
    assert [one["id"] for one in book.usable(found)] == ["4"]


def test_a_near_duplicate_of_another_agent_is_a_second_agents_too() -> None:
    found = quarantined(row(1, MONEY, "financial"), row(2, MONEY, "service", agent="Борис"))
    assert reasons(found)[0] == [("near_duplicate", "service"), ("second_agent", "service")]


def test_agents_who_differ_over_a_complaint_put_it_into_quarantine_but_correcting_oneself_does_not(
    store, classifier, tmp_path: Path
) -> None:
    placed(store, classifier, TEXTS[0], ("Анна", "service"), ("Борис", "financial"))
    placed(store, classifier, TEXTS[1], ("Анна", "technical"), ("Анна", "service"))
    placed(store, classifier, TEXTS[4], ("Анна", "financial"), ("Борис", "financial"))
    found = pull(store, tmp_path / "f.jsonl")
    assert (found.waiting, found.open) == (1, {"second_agent": 1})
    (reason,) = book.read(tmp_path / "f.jsonl")[0]["quarantine"]
    assert (reason["agent"], reason["label"]) == ("Анна", "service")


def test_a_model_that_was_very_sure_contradicts() -> None:
    found = quarantined(
        row(1, TEXTS[0], "service", predicted="financial", confidence=0.99),
        row(2, TEXTS[1], "service", predicted="financial", confidence=0.9899),
    )
    assert reasons(found) == [[("model", "financial")], []]
    assert found[0]["quarantine"][0]["model"] == "r0"


# Settling


def docket(path: Path, *rows: book.Row) -> Docket:
    book.write(path, quarantined(*rows))
    return Docket(path, "Вера", lambda: "2026-11-22T12:00:00Z")


def three(path: Path) -> Docket:
    return docket(
        path,
        row(1, MONEY, "financial"),
        row(2, MONEY, "service"),
        row(3, TEXTS[2], "software", predicted="financial", confidence=0.995),
    )


def test_changing_a_row_frees_what_it_contradicted(tmp_path: Path) -> None:
    found = three(tmp_path / "f.jsonl")
    waiting = found.waiting()
    assert found.change(next(waiting), "service")
    assert next(waiting)["id"] == "3"
    first, second, third = book.read(tmp_path / "f.jsonl")
    settled = {"verdict": "changed", "label": "service", "by": "Вера", "at": "2026-11-22T12:00:00Z"}
    assert (first["label"], first["settled"], first["judgements"][0]["label"]) == ("service", settled, "financial")
    assert [one["id"] for one in book.usable([first, second, third])] == ["1", "2"]


def test_a_dropped_row_contradicts_nothing_and_is_not_learnt_from(tmp_path: Path) -> None:
    found = three(tmp_path / "f.jsonl")
    assert found.drop(next(found.waiting()))
    assert [one["id"] for one in book.usable(book.read(tmp_path / "f.jsonl"))] == ["2"]


def test_a_kept_row_still_contradicts_until_the_other_is_settled_too(tmp_path: Path) -> None:
    found = three(tmp_path / "f.jsonl")
    waiting = found.waiting()
    assert found.keep(next(waiting))
    assert found.keep(next(waiting))
    assert [one["id"] for one in book.usable(book.read(tmp_path / "f.jsonl"))] == ["1", "2"]


def test_what_changed_since_it_was_shown_is_not_settled(tmp_path: Path) -> None:
    found = three(tmp_path / "f.jsonl")
    shown = next(found.waiting())
    found.drop(shown)
    before = (tmp_path / "f.jsonl").read_bytes()
    assert not found.keep(shown)
    assert (tmp_path / "f.jsonl").read_bytes() == before


def test_review_asks_row_by_row_and_a_pull_keeps_what_was_settled(shared_url, store, classifier, tmp_path) -> None:
    path = tmp_path / "f.jsonl"
    ids = [placed(store, classifier, text, ("Анна", "service"), ("Борис", "financial")) for text in TEXTS]
    pull(store, path)
    numbers = {key: str(place) for place, key in enumerate(classifier.votes.categories, start=1)}
    answers = f"k\nчто?\n{numbers['service']}\nв\ns\nq\n"  # «в» is the key of d on the Russian layout
    output = run("feedback", "review", path, "--by", "Вера", answers=answers)
    assert "3 settled, 2 left" in output
    assert "expected one of 0, 1, 2, 3, 4, d, k, q, s" in output
    for part in ("label: financial by Борис", "contradicts a second agent: service by Анна", "because of: ", "деньги"):
        assert part in output
    settled = [one["settled"] and (one["settled"]["verdict"], one["settled"]["by"]) for one in book.read(path)]
    assert settled == [("kept", "Вера"), ("changed", "Вера"), ("dropped", "Вера"), None, None]
    before = path.read_bytes()
    assert pull(store, path).waiting == 2
    assert path.read_bytes() == before
    life.categorise(store, life.Act(ids[0], "Борис"), "financial", QUEUES["financial"])  # the same again
    life.categorise(store, life.Act(ids[1], "Борис"), "technical", QUEUES["technical"])  # another one
    assert pull(store, path).waiting == 3
    rows = {one["id"]: one for one in book.read(path)}
    assert rows[ids[0]]["settled"]["verdict"] == "kept"
    assert (rows[ids[1]]["settled"], rows[ids[1]]["label"]) == (None, "technical")
    assert "0 settled, 3 left" in run("feedback", "review", path, answers="")
    printed = run("feedback", "settled", path)
    (path.parent / "settled.jsonl").write_text(printed)
    assert [one.id for one in corpus.read(path.parent / "settled.jsonl")] == [ids[0]]


def test_a_decision_stands_in_the_file_as_soon_as_the_next_row_is_shown(tmp_path: Path) -> None:
    three(tmp_path / "f.jsonl")
    command = [sys.executable, "-m", "training", "feedback", "review", str(tmp_path / "f.jsonl"), "--by", "Вера"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, cwd=ROOT) as process:
        process.stdin.write("k\n")
        process.stdin.flush()
        deadline = monotonic() + 60
        while "Вера" not in (tmp_path / "f.jsonl").read_text() and monotonic() < deadline:
            sleep(0.05)
        process.kill()
    assert book.read(tmp_path / "f.jsonl")[0]["settled"]["verdict"] == "kept"


def test_what_a_client_wrote_steers_no_terminal(classifier) -> None:
    shown = row(1, f"{MONEY}\x1b[2J\x1b]0;взлом\x07 [bold]", "financial")
    console = Console(file=io.StringIO(), record=True, force_terminal=True)
    console.print(card(shown, classifier.classify(shown["text"])))
    text = console.export_text()
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "[bold]" in text


def test_every_category_of_a_large_taxonomy_has_a_key_of_its_own() -> None:
    shown = keys([f"c{number}" for number in range(27)]).plain
    found = [part.split()[0] for part in shown.split(" · ")]
    assert len(found) == len(set(found)) == 27 + 5


# Agreement


def test_agreement_with_the_model_is_told_by_category_and_blind_audits_apart(store, classifier, tmp_path) -> None:
    for text in TEXTS[:3]:
        placed(store, classifier, text, ("Анна", likeliest(classifier, text)))
    other = placed(store, classifier, TEXTS[4])
    life.categorise(store, life.Act(other, "Борис"), "technical", "operations", blind=True)
    pull(store, tmp_path / "f.jsonl")
    found = json.loads(run("feedback", "agreement", tmp_path / "f.jsonl", "--json"))
    assert [found["model"][name]["judged"] for name in ("all", "blind", "shown")] == [4, 1, 3]
    assert [found["model"][name]["agreed"] for name in ("all", "blind", "shown")] == [3, 0, 3]
    of_winner = found["model"]["categories"][likeliest(classifier, TEXTS[4])]
    assert of_winner["judged"] > of_winner["agreed"]
    output = run("feedback", "agreement", tmp_path / "f.jsonl")
    assert output.count("too little") > 3
    assert f"Too little: fewer than {ENOUGH} judged" in output


def test_agreement_of_two_agents_on_complaints_and_near_duplicates() -> None:
    said = [("financial", "service"), ("service", "service"), ("software", "software")]
    rows = [
        row(number, text, theirs, agent="Борис", judgements=[
            {"agent": "Анна", "label": mine, "blind": False, "at": ""},
            {"agent": "Борис", "label": theirs, "blind": False, "at": ""},
        ])
        for number, (text, (mine, theirs)) in enumerate(zip(TEXTS, said, strict=False), start=1)
    ]  # fmt: skip
    rows.append(row(9, TEXTS[0], "financial", agent="Вера"))
    found = agreement(rows)["agents"]
    assert (found["same_complaint"]["judged"], found["same_complaint"]["agreed"]) == (3, 2)
    assert (found["near_duplicates"]["judged"], found["near_duplicates"]["agreed"]) == (2, 1)
    assert set(found["pairs"]) == {f"{one} and {other}" for one, other in combinations(("Анна", "Борис", "Вера"), 2)}
    assert found["pairs"]["Анна and Борис"]["kappa"] == pytest.approx(0.5)


def test_kappa_of_a_category_is_that_against_all_others() -> None:
    said = [("service", "service")] * 3 + [("service", "financial")] + [("financial", "financial")] * 4
    rows = [
        row(number, f"{number}", theirs, predicted=model) for number, (model, theirs) in enumerate(said)
    ]  # two categories: each against the others is the same
    found = agreement(rows)["model"]
    assert found["categories"]["service"] | {"judged": 4, "agreed": 3} == found["categories"]["service"]
    assert found["all"]["kappa"] == pytest.approx(0.75)
    assert {of["kappa"] for of in found["categories"].values()} == {found["all"]["kappa"]}


def test_kappa_is_cohens_and_the_interval_clopper_pearsons() -> None:
    # Cohen's example as scikit-learn's, R's irr and textbooks give it: 20, 5, 10, 15 of 50: kappa 0.4
    pairs = [("a", "a")] * 20 + [("a", "b")] * 5 + [("b", "a")] * 10 + [("b", "b")] * 15
    found = figures(pairs)
    assert found["kappa"] == pytest.approx(0.4)
    assert (found["share"], found["enough"]) == (0.7, True)
    assert (found["low"], found["high"]) == (pytest.approx(0.5539, abs=1e-4), pytest.approx(0.8214, abs=1e-4))
    assert figures([("a", "a")] * 3)["kappa"] is None
    assert figures([])["share"] is None
