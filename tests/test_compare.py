"""Comparing two models on the same rows and on the store's complaints, as tables, page and JSON."""

import json
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.stats import binomtest
from sklearn.metrics import f1_score, log_loss

from router import Classifier
from router import complaints as life
from router.errors import DataError, InputError
from router.store import Store
from router.store.recent import recent
from tests.small import every
from training import compare, comparison_page, paired, registry
from training.cli import main
from training.corpus import Row
from training.evaluate import evaluate
from training.spans import span

HOSTILE = (
    '<script>alert(1)</script> [bold red]деньги[/] \x1b[31m не могу вывести {{ 7 * 7 }} & "кавычки" 4111 1111 1111 1111'
)
ROWS = every(23, 5)[:150]


def run(*words: object, code: int = 0) -> str:
    found = CliRunner().invoke(main, [str(word) for word in words])
    assert found.exit_code == code, found.output
    return found.output


@pytest.fixture(scope="module")
def models(two_models) -> tuple[Classifier, Classifier]:
    folder, a, b = two_models
    return Classifier.load(a, folder), Classifier.load(b, folder)


@pytest.fixture(scope="module")
def duel(models) -> compare.Duel:
    return compare.hold(*models, compare.cases_of(ROWS, models[0].model.table.categories))


@pytest.fixture(scope="module")
def found(duel) -> dict:
    sizes = {"a": {"votes": 1, "folder": 2}, "b": {"votes": 1, "folder": 3}}
    return {"name": "rows", "notes": [], "sizes": sizes} | compare.on_rows(duel, ROWS)


def write(path: Path, rows: list[dict]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write(tmp_path / "rows.jsonl", [{"id": row.id, "text": row.text, "label": row.label} for row in ROWS])


def test_figures_are_those_of_evaluate(found, models) -> None:
    for side, model in zip("ab", models, strict=True):
        figures = evaluate(model, ROWS)
        for name in ("macro_f1", "accuracy", "ece"):
            assert found["figures"][name][side]["value"] == pytest.approx(figures[name])
        for key, values in figures["categories"].items():
            for name in ("f1", "precision", "recall"):
                assert found["categories"][key][name][side]["value"] == pytest.approx(values[name])
        assert found["auto"][side]["coverage"]["value"] == pytest.approx(figures["auto"]["coverage"])
        assert found["auto"][side]["precision"]["value"] == pytest.approx(figures["auto"]["precision"])


def test_intervals_hold_their_figures_and_repeat_with_the_seed(found, duel) -> None:
    again = compare.measured(duel)
    for name, of in found["figures"].items():
        assert of == again["figures"][name]
        for figure in of.values():
            assert figure["low"] < figure["high"]
        assert of["difference"]["value"] == pytest.approx(of["b"]["value"] - of["a"]["value"])
        if name != "ece":  # of an ECE, a resample is biased upwards
            assert all(figure["low"] <= figure["value"] <= figure["high"] for figure in of.values())


def test_a_bootstrap_is_the_one_of_the_definition() -> None:
    """Against a plain loop over the very same draws, with scikit-learn's figures."""
    chance = np.random.default_rng(1)
    truth = chance.integers(0, 3, 60)
    sides = [chance.dirichlet(np.ones(3), 60) + 0.5 * np.eye(3)[truth] for _ in range(2)]
    a, b = (paired.Answers(side / side.sum(axis=1, keepdims=True), truth) for side in sides)
    drawn = paired.draw(a, b, resamples=50, seed=3)
    places = np.random.default_rng(3).integers(0, 60, (50, 60))
    for side, answers in enumerate((a, b)):
        guess = answers.probability.argmax(axis=1)
        macro = [f1_score(truth[of], guess[of], average="macro") for of in places]
        loss = [log_loss(truth[of], answers.probability[of], labels=[0, 1, 2]) for of in places]
        assert drawn.drawn[side]["macro_f1"] == pytest.approx(macro)
        assert drawn.drawn[side]["log_loss"] == pytest.approx(loss)
    difference = drawn.drawn[1]["f1"][:, 0] - drawn.drawn[0]["f1"][:, 0]
    assert drawn.lower("f1", 0) == pytest.approx(np.quantile(difference, 0.05))


def test_an_interval_of_a_true_difference_covers_it_as_often_as_it_says() -> None:
    """200 drawn sets of 200 rows on which B is right 5 points more often: coverage within what chance allows."""
    chance, covered = np.random.default_rng(5), 0
    truth = np.zeros(200, int)
    for number in range(200):
        sides = [np.where(chance.random(200)[:, None] < share, [0.9, 0.1], [0.1, 0.9]) for share in (0.80, 0.85)]
        drawn = paired.draw(*(paired.Answers(side, truth) for side in sides), resamples=150, seed=number)
        of = drawn.of("accuracy")["difference"]
        covered += of["low"] <= 0.05 <= of["high"]
    assert binomtest(covered, 200, 0.94).pvalue > 0.001


def test_a_category_without_rows_is_not_measured() -> None:
    answers = paired.stacked([[0.8, 0.1, 0.1], [0.6, 0.3, 0.1]], [0, 0])
    drawn = paired.draw(answers, answers, resamples=20)
    assert drawn.of("f1", 2)["a"] == {"value": None, "low": None, "high": None}
    assert drawn.lower("f1", 2) is None
    assert drawn.of("macro_f1")["a"]["value"] == 1


def test_mcnemar_and_clopper_pearson_give_known_values() -> None:
    a = np.array([True] * 10 + [False] * 2 + [True] * 30)
    b = np.array([False] * 10 + [True] * 2 + [True] * 30)
    assert paired.mcnemar(a, b) == {"only_a_right": 10, "only_b_right": 2, "p": pytest.approx(0.03857421875)}
    assert paired.mcnemar(b, b)["p"] == 1
    known = binomtest(95, 100).proportion_ci(method="exact")
    assert [paired.proportion(95, 100)[end] for end in ("low", "high")] == pytest.approx(list(known))
    assert paired.proportion(0, 0) == {"value": None, "low": 0.0, "high": 1.0, "count": 0, "of": 0}
    assert (paired.proportion(0, 9)["low"], paired.proportion(9, 9)["high"]) == (0.0, 1.0)


def test_the_routing_diff_holds_every_complaint_that_changes_and_no_other(found, duel) -> None:
    changes = {change.id: change for group in found["routing"] for change in group.changes}
    assert sum(len(group.changes) for group in found["routing"]) == len(changes) == found["changed"] > 5
    for case, a, b in zip(duel.cases, *duel.answers, strict=True):
        assert (case.id in changes) == ((a.queue, a.decision.kind) != (b.queue, b.decision.kind))
        if case.id in changes:
            change = changes[case.id]
            assert (change.a.queue, change.b.queue, change.label) == (a.queue, b.queue, case.label)
            assert change.a.words
            assert {word for word, _, _ in change.b.words} <= {item.text for item in b.evidence}
    queues = {queue: of["b"] - of["a"] for queue, of in found["queues"].items()}
    for queue, change in queues.items():
        gone = sum(item.a.queue == queue != item.b.queue for item in changes.values())
        come = sum(item.b.queue == queue != item.a.queue for item in changes.values())
        assert come - gone == change
    outcomes = [outcome for group in found["routing"] for outcome in group.outcomes]
    assert set(outcomes) <= {f"{a} → {b}" for a in ("right", "wrong", "triage") for b in ("right", "wrong", "triage")}


def test_a_model_does_not_differ_from_itself(models) -> None:
    a, _ = models
    duel = compare.hold(a, a, compare.cases_of(ROWS[:40], a.model.table.categories))
    found = compare.on_rows(duel, ROWS[:40], fast=True)
    assert (found["changed"], found["routing"], found["mcnemar"]["p"]) == (0, [], 1)
    assert found["figures"]["macro_f1"]["difference"] == {"value": 0, "low": 0, "high": 0}
    assert found["speed"] is found["robustness"] is None


def test_robustness_and_speed_are_measured_on_the_same_rows(found) -> None:
    assert len(found["robustness"]["kinds"]) == 10
    loss = [found["robustness"]["plain"]["a"] - kind["a"] for kind in found["robustness"]["kinds"].values()]
    assert found["robustness"]["mean_loss"]["a"] == pytest.approx(sum(loss) / 10)
    assert found["speed"]["a"] > 0
    assert 0.2 < found["speed"]["ratio"] < 5
    page = comparison_page.render(found)
    assert "<h2>Robustness</h2>" in page
    assert "µs a complaint" in page


def test_the_command_shows_tables_and_writes_page_and_json(two_models, data, tmp_path) -> None:
    folder, a, b = two_models
    words = ("compare", a, b, "--data", data, "--models", folder, "--fast")
    page, values = tmp_path / "c.html", tmp_path / "c.json"
    output = run(*words, "--html", page, "--json", values)
    for text in (f"{a} (A) and {b} (B) on 150", "macro f1", "financial F1", "McNemar", "→", "precision, service"):
        assert text in output
    found = json.loads(values.read_text())
    assert json.loads(run(*words, "--json", "-")) == found
    assert found["routing"][0]["changes"][0]["a"]["words"][0].keys() == {"text", "vote", "for"}
    assert found["sizes"]["a"]["votes"] == (folder / a / "votes.npz").stat().st_size
    text = page.read_text()
    assert text.startswith("<!doctype html>")
    assert not [word for word in ("http://", "https://", "<script", "<link", "src=") if word in text]
    assert text.count("<details") == len(found["routing"])


class Tags(HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_hostile_text_is_only_text_and_is_masked(two_models, models, tmp_path) -> None:
    folder, a, b = two_models
    rows = [{"id": f"<b>{n}", "text": f"{HOSTILE} {row.text}", "label": row.label} for n, row in enumerate(ROWS)]
    data, page = write(tmp_path / "<i>rows.jsonl", rows), tmp_path / "c.html"
    output = run("compare", a, b, "--data", data, "--models", folder, "--fast", "--html", page)
    assert "\x1b" not in output
    assert "4111" not in output
    assert "[bold red]деньги[/]" in output
    read = Tags()
    read.feed(page.read_text())
    assert not read.tags & {"script", "b", "i"}
    assert '<script>alert(1)</script> [bold red]деньги[/]  [31m не могу вывести {{ 7 * 7 }} & "кавычки"' in read.text
    assert "4111" not in page.read_text()


def test_rows_that_a_model_was_fitted_on_are_told(two_models, tmp_path) -> None:
    folder, a, b = two_models
    data = Path(__file__).parent.parent / "data" / "complaints.jsonl"
    assert all(compare.fitted_on(Classifier.load(model, folder).model.meta, data) for model in (a, b))
    other = write(tmp_path / "rows.jsonl", [{"text": "Не могу вывести деньги", "label": "financial"}])
    assert not compare.fitted_on(Classifier.load(a, folder).model.meta, other)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("A", "B"), 2, "expected either --data FILE or --live SPAN"),
        (("A", "B", "--data", "no.jsonl", "--live", "7d"), 2, "expected either"),
        (("A", "nothing", "--data", "no.jsonl"), 1, "no model 'nothing'"),
        (("A", "B", "--data", "no.jsonl"), 1, "no.jsonl: no such file"),
        (("A", "B", "--live", "7 days"), 1, "expected a span such as 90m, 12h, 7d or 4w"),
        (("A", "B", "--live", "0d"), 1, "expected a span such as"),
        (("A", "B", "--live", "7d"), 1, "expected complaints of the last 7d in the store, found none"),
    ],
)
def test_mistakes_are_told_in_a_line(two_models, tmp_path, words, code, message) -> None:
    folder, a, b = two_models
    named = [{"A": a, "B": b}.get(word, word) for word in words]
    url = f"sqlite:///{tmp_path / 'empty.sqlite'}"
    Store.open(url).close()
    output = run("compare", *named, "--models", folder, "--database-url", url, code=code)
    assert message in output
    assert "Traceback" not in output


def test_what_cannot_be_compared_is_refused(models) -> None:
    a, b = models
    with pytest.raises(InputError, match="expected complaints to compare"):
        compare.hold(a, b, [])
    none = compare.hold(a, b, [compare.Case("1", "спасибо за всё", "none")])
    with pytest.raises(InputError, match="expected complaints labelled with a category"):
        compare.measured(none)
    with pytest.raises(DataError, match=r"f:1: label must be one of .*none, got 'delivery'"):
        compare.cases_of([Row("1", "текст", "delivery", place="f:1")], a.model.table.categories)


def test_spans() -> None:
    assert (span("7d"), span("12h"), span("90m")) == (timedelta(7), timedelta(hours=12), timedelta(minutes=90))


def test_live_compares_on_what_came_in_lately(
    store, shared_url, clock, two_models, models, monkeypatch, tmp_path
) -> None:
    folder, a, b = two_models
    filings = [life.Filing(row.text, client_ref=f"u{n}") for n, row in enumerate(ROWS[:60])]
    life.register(store, models[0], life.Filing("Слишком давно, деньги не пришли"))
    clock.forward(days=8)
    made = [life.register(store, models[0], filing).complaint for filing in filings]
    life.categorise(store, life.Act(made[0].id, "Анна"), "service", "support-quality")
    life.categorise(store, life.Act(made[1].id, "Анна"), "financial", "payments")
    store.forget("u2")
    rows = store.read(recent, clock() - timedelta(days=7), 100)
    assert [row.number for row in rows] == [one.number for one in made if one.id != made[2].id]
    assert [row.label for row in rows][:3] == ["service", "financial", None]
    assert store.read(recent, clock() - timedelta(days=7), 10) == rows[-10:]
    clock_of_store(monkeypatch, clock)
    words = ("compare", a, b, "--live", "7d", "--database-url", shared_url, "--models", folder)
    found = json.loads(run(*words, "--json", "-"))
    assert (found["texts"], found["labelled"]) == (59, 2)
    assert "what agents chose" in found["notes"][0]
    assert sum(of["b"] for of in found["queues"].values()) == 59
    queue = next(iter(found["queues"].values()))
    assert queue["a_a_day"] == pytest.approx(queue["a"] / 7)
    output = run(*words, "--most", "20", "--html", tmp_path / "live.html")
    assert "a day" in output
    assert "only the newest 20 complaints" in output
    assert "<th>B a day</th>" in (tmp_path / "live.html").read_text()


def clock_of_store(monkeypatch: pytest.MonkeyPatch, clock) -> None:
    """The command opens the store by itself: at the time of the test."""
    opened = Store.open
    monkeypatch.setattr(Store, "open", lambda url: opened(url, clock))


def test_without_any_label_live_says_nothing_of_quality(models) -> None:
    duel = compare.hold(*models, [compare.Case(row.id, row.text) for row in ROWS[:30]])
    found = compare.on_traffic(duel, 7.0)
    assert "figures" not in found
    assert all(not group.outcomes for group in found["routing"])
    about = {"name": "the last 7d", "notes": [], "sizes": {side: {"votes": 1, "folder": 1} for side in "ab"}}
    page = comparison_page.render(about | found)
    assert "<h2>Quality</h2>" not in page
    assert "<h2>Robustness</h2>" not in page


def test_registry_names_what_there_is(two_models) -> None:
    folder, a, b = two_models
    assert {entry.id for entry in registry.entries(folder)} == {a, b}
