"""What the benchmarks of growth say is so: exponents, texts, stores, and README made of the JSON."""

import json
from itertools import islice
from pathlib import Path

import pytest

from benchmarks import readme, report
from benchmarks.__main__ import keep_quality
from benchmarks.growth import __main__ as growth
from benchmarks.growth import bulk, store, texts
from benchmarks.growth.curve import EACH, TOTAL, Curve, decades, exponent, repeated, verdict
from router.store.desk import Wanted
from router.store.desk import rows as listed
from training import plots
from training.corpus import Row

ROWS = [
    Row("1", "Деньги не пришли, жду третий день. Поддержка молчит", "financial"),
    Row("2", "Вывод завис; верните мои деньги!", "financial"),
    Row("3", "Приложение вылетает, обновите", "software"),
    Row("4", "чёрный экран", "software", kind="phrase"),
]
SIZES = (10, 100, 1000, 10_000)


@pytest.mark.parametrize("power", [-0.5, 0.0, 1.0, 2.0])
def test_the_exponent_of_a_power_is_that_power(power: float) -> None:
    assert exponent(SIZES, [3 * size**power for size in SIZES]) == pytest.approx(power)


def test_the_exponent_of_one_size_is_not_known() -> None:
    assert exponent([10], [1.0]) is None
    assert verdict(TOTAL, None) == "not known of one size"


@pytest.mark.parametrize(
    ("kind", "found", "said"),
    [
        (TOTAL, 1.05, "near-linear or better"),
        (TOTAL, 1.2, "worse than linear"),
        (EACH, 0.1, "flat"),
        (EACH, 0.9, "grows with the rest"),
    ],
)
def test_the_verdict_depends_on_what_is_counted(kind: str, found: float, said: str) -> None:
    assert verdict(kind, found) == said


def curve(kind: str = TOTAL, power: float = 1.0) -> Curve:
    made = Curve("`classify`", "complaints", "s", kind)
    for size in SIZES:
        made.add(size, [1.0 if size == 10 else size**power] * 3, megabytes=80.0)
    return made


def test_a_curve_is_fitted_through_its_largest_sizes() -> None:
    found = curve().as_json()
    assert found["exponent"] == pytest.approx(1.0)
    assert found["runs"] == [3] * 4
    assert found["more"] == {"megabytes": [80.0] * 4}
    assert found["good"]


def test_sizes_are_powers_of_ten_up_to_what_is_asked_for() -> None:
    assert decades(1_000, 1_000_000, 10**9) == [1_000, 10_000, 100_000, 1_000_000]
    assert decades(1_000, 1_000_000, 99_999) == [1_000, 10_000]
    assert decades(1_000, 1_000_000, 5) == [1_000]


def test_runs_are_repeated_at_least_twice_and_while_there_is_patience() -> None:
    assert repeated(lambda: 1.0, patience=0.0) == [1.0, 1.0]
    assert repeated(lambda: 1.0, patience=60.0, times=4) == [1.0] * 4


def test_recombined_rows_keep_label_and_kind_and_hold_only_clauses_of_theirs() -> None:
    made = list(islice(texts.recombined(ROWS), 200))
    assert made == list(islice(texts.recombined(ROWS), 200))
    assert {(row.label, row.kind) for row in made} == {(row.label, row.kind) for row in ROWS}
    for row in made:
        own = " ".join(one.text for one in ROWS if (one.label, one.kind) == (row.label, row.kind))
        assert all(clause.rstrip(".") in own for clause in texts.CLAUSE.split(row.text))
    assert len({row.text for row in made}) > 20


def test_endless_complaints_are_complaints_and_go_on_bringing_new_words() -> None:
    made = list(islice(texts.complaints(ROWS), 400))
    words = [{word for text in part for word in text.split()} for part in (made[:200], made[200:])]
    assert "чёрный" not in words[0]
    assert words[1] - words[0]


def test_the_real_command_is_measured(tmp_path: Path, capsys) -> None:
    (found,) = bulk.curves(ROWS, tmp_path, most=1_000, patience=0.0)
    assert found.sizes == [1_000]
    assert found.values[0] > 0.05
    assert found.more["megabytes"][0] > 20
    assert list(tmp_path.iterdir()) == []


def test_a_command_that_fails_is_no_measurement(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text("{}\n")
    with pytest.raises(RuntimeError, match="ended with 1"):
        bulk.classify(tmp_path / "in.jsonl", tmp_path / "out.jsonl")


def test_copies_are_complaints_like_those_that_lived(tmp_path: Path) -> None:
    with store.opened(f"sqlite:///{tmp_path}/c.sqlite") as (opened, classifier, client):
        store.seed(opened, classifier, islice(texts.complaints(ROWS), 12), closed=True)
        store.multiply(opened, 12, 50)
        store.seed(opened, classifier, ["не могу вывести деньги"])
        rows, total = opened.read(listed, Wanted(), opened.clock(), 0, 100)
        assert total == 51
        assert len({row.complaint.number for row in rows}) == 51
        states = [row.complaint.status for row in rows]
        assert (states.count("registered"), states.count("answered")) == (1, 9)
        for row in rows:
            answer = client.get(f"/v1/complaints/{row.complaint.id}").json
            closed = row.complaint.status != "registered"
            assert [message["text"] for message in answer["messages"]] == ["Проверили, всё исправлено."] * closed
            assert client.get(f"/v1/decisions/{answer['decision_id']}").status_code == 200
            assert client.get(f"/desk/complaints/{row.complaint.id}").status_code == 200


def test_parts_that_were_not_measured_stay_if_the_machine_is_the_same(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / growth.NAME
    growth.written(path, {"bulk": [1]})
    assert growth.written(path, {"fit": [2]}) == {"bulk": [1], "fit": [2]}
    monkeypatch.setattr("benchmarks.machine.describe", lambda: {"processor": "another"})
    assert growth.written(path, {"store": [3]}) == {"store": [3]}
    assert json.loads(path.read_text())["curves"] == {"store": [3]}


def test_an_unknown_part_is_refused_with_the_known_ones(capsys) -> None:
    with pytest.raises(SystemExit):
        growth.main(["--only", "bulk,nonsense"])
    assert "expected some of bulk,fit,store,clients, got nonsense" in capsys.readouterr().err


def test_the_chart_shows_every_curve_with_its_exponent() -> None:
    drawn = plots.growth([curve().as_json(), curve(EACH, 0.5).as_json()])
    assert "classify (+1.00)" in drawn
    assert "classify (+0.50)" in drawn


@pytest.fixture
def results() -> dict:
    return json.loads((readme.HERE / "results.json").read_text())


def test_the_section_has_growth_and_says_what_is_worse_than_asked(results) -> None:
    machine = {"processor": "P", "cores": 2, "python": "3.11"}
    parts = {"bulk": [curve().as_json()], "store": [curve(EACH, 0.5).as_json()]}
    made = report.section(results, {"at": "2026-11-22T00:00", "machine": machine, "curves": parts})
    assert "2 cores of P" in made
    assert "`classify`, up to 10,000 complaints: 1.00;" in made
    assert "0.50 (grows with the rest)" in made
    assert "growth.svg" in made
    assert "growth.svg" not in report.section(results)


def test_the_section_has_the_service_and_marks_what_was_missed(results) -> None:
    one = {"rate": 1234.0, "cpu": 100.0}
    served = {"bare": one, "flask": one, "classify": one, "model": {"cpu": 40.0}, "ratio": 0.9, "workers": []}
    changed = results | {"service": served}
    changed["ratios"] = results["ratios"] | {"service": 0.9, "usual": 130.0, "fasttext": 1.2}
    changed["targets"] = results["targets"] | {"service": 0.8}
    made = report.section(changed)
    assert "| `/v1/classify` | 1,234 | 0.90 | 100 |" in made
    assert "| 0.8 | 0.90 |" in made
    assert "| 120 | 130 |" in made
    assert "| 1.5 | 1.20 (missed) |" in made


def test_readme_is_changed_between_the_markers_only(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text(f"before\n{readme.PART.begin}old\n{readme.PART.end}after\n")
    readme.update(path)
    assert path.read_text() == f"before\n{readme.PART.begin}{readme.section()}{readme.PART.end}after\n"
    path.write_text("no markers\n")
    with pytest.raises(ValueError, match="expected a part between <!-- performance"):
        readme.update(path)


def test_quality_of_an_earlier_run_is_kept_with_its_time(tmp_path: Path) -> None:
    earlier = tmp_path / "results.json"
    found = {"at": "2026-11-23T10:00:00+00:00"}
    keep_quality(found, earlier)
    assert "external" not in found
    figures = {"file": "f.jsonl", "macro_f1": {"ours": 0.8}}
    earlier.write_text(json.dumps({"at": "2026-11-22T10:00:00+00:00", "external": figures}))
    keep_quality(found, earlier)
    assert found["external"] == figures | {"at": "2026-11-22T10:00:00+00:00"}
    measured = {"external": figures | {"file": "g.jsonl"}}
    keep_quality(measured, earlier)
    assert measured["external"]["file"] == "g.jsonl"
