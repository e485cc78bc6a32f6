"""Labels from the desk: what comes out of `complaint-training feedback`."""

import json
from datetime import timedelta

from click.testing import CliRunner

from router import complaints as life
from router.store import labels, team
from router.store.recent import recent
from router.store.unlabelled import unlabelled
from tests.test_desk import html
from training import corpus
from training.cli import main

MONEY = "Третий день не могу вывести деньги"


def test_corrections_come_out_as_labelled_rows_with_agent_and_time(shared_url, store, classifier, tmp_path) -> None:
    made = [
        life.register(store, classifier, life.Filing(f"{MONEY} {n}", client_ref=f"u{n}")).complaint for n in range(5)
    ]
    confirmed, corrected, undone, untouched, forgotten = made
    life.categorise(store, life.Act(confirmed.id, "Анна"), "financial", "payments")
    life.categorise(store, life.Act(corrected.id, "Борис"), "financial", "payments")
    life.categorise(store, life.Act(corrected.id, "Анна"), "service", "support-quality")
    life.categorise(store, life.Act(undone.id, "Анна"), "service", "support-quality")
    life.undo(store, life.Act(undone.id, "Анна"))
    life.categorise(store, life.Act(forgotten.id, "Анна"), "service", "support-quality")
    store.forget("u4")
    found = CliRunner().invoke(main, ["feedback", "--database-url", shared_url])
    assert found.exit_code == 0, found.output
    rows = [json.loads(line) for line in found.output.splitlines()]
    assert [(row["number"], row["label"], row["agent"], row["feedback"]) for row in rows] == [
        (confirmed.number, "financial", "Анна", "confirmed"),
        (corrected.number, "service", "Анна", "corrected"),
    ]
    assert rows[0]["id"] == confirmed.id
    assert rows[0]["at"] == "2026-11-22T09:00:00.000Z"
    assert untouched.number not in found.output
    (tmp_path / "feedback.jsonl").write_text(found.output)
    assert [row.label for row in corpus.read(tmp_path / "feedback.jsonl")] == ["financial", "service"]
    only = CliRunner().invoke(main, ["feedback", "--corrected", "--database-url", shared_url])
    assert [json.loads(line)["number"] for line in only.output.splitlines()] == [corrected.number]


def test_a_share_of_what_was_placed_by_itself_is_audited(store, classifier) -> None:
    made = [
        life.register(store, classifier, life.Filing(f"{MONEY}, вывод завис, выплата не пришла")) for _ in range(40)
    ]
    assert {one.decision.kind for one in made} == {"auto"}
    waiting = [store.read(labels.audits_waiting, share) for share in (0, 0.02, 0.5, 1)]
    assert (waiting[0], waiting[3]) == (0, 40)
    assert 5 < waiting[2] < 35
    first = store.read(labels.to_audit, 1)
    assert first == made[0].complaint
    life.categorise(store, life.Act(first.id, "Анна"), "service", "support-quality", blind=True)
    life.categorise(store, life.Act(made[1].complaint.id, "Анна"), "financial", "payments", blind=True)
    assert store.read(labels.audits_waiting, 1) == 38
    assert store.read(labels.audited, classifier.model.id) == [("financial", False), ("financial", True)]
    assert store.read(labels.audited, "another") == []
    life.undo(store, life.Act(first.id, "Анна"))
    assert store.read(labels.audited, classifier.model.id) == [("financial", True)]
    assert store.read(labels.audits_waiting, 1) == 38


def test_where_a_second_agent_takes_a_choice_back_the_first_ones_stands_again_everywhere(
    api, store, classifier, clock
) -> None:
    made = life.register(store, classifier, life.Filing("Верните как было, всё плохо и непонятно")).complaint
    assert made.undecided
    life.categorise(store, life.Act(made.id, "Анна"), "service", "support-quality")
    life.categorise(store, life.Act(made.id, "Борис"), "software", "development")
    life.undo(store, life.Act(made.id, "Борис"))
    since = clock.now - timedelta(days=1)
    assert [(label.category, label.by) for label in store.read(labels.all_labels, since)] == [("service", "Анна")]
    assert [one.label for one in store.read(recent, since, 10)] == ["service"]
    assert store.read(unlabelled, since, 10) == []
    assert store.read(team.agreement, since).labels == 1
    assert "Категорию выбрал агент" in html(api, f"/desk/complaints/{made.id}")
    life.categorise(store, life.Act(made.id, "Вера"), "service", "support-quality")
    assert [label.by for label in store.read(labels.all_labels, since)] == ["Вера"]
