"""The operator's decisions: the clock, names of queues, reviews, and files that are refused by the key at fault."""

from dataclasses import replace
from pathlib import Path

import pytest

from router import Classifier, DataError
from router.categories import CATEGORIES
from router.decision import Decision, Thresholds
from router.policy import CLOCK, Case, Policy, load, read
from router.risks import KINDS
from router.urgency import Risk
from router.web import create_app

RISK = Risk("court", 0, 3, "суд")
HARM = Risk("self_harm", 0, 7, "суицид")
AUTO = Thresholds(auto=dict.fromkeys((category.key for category in CATEGORIES), 0.0), suggest=0.0)


@pytest.mark.parametrize(
    ("case", "key", "hours"),
    [
        (Case("auto", None, ()), "otherwise", 24),
        (Case("suggest", None, ()), "not_auto", 48),
        (Case("triage", None, ()), "not_auto", 48),
        (Case("auto", "service", ()), "secondary", 48),
        (Case("auto", None, (RISK,)), "risk", 48),
        (Case("triage", "service", (RISK,)), "risk", 48),
    ],
)
def test_the_first_rule_of_the_clock_that_applies_sets_the_hours(case: Case, key: str, hours: int) -> None:
    assert Policy().hours(case) == hours
    assert next(rule.key for rule in CLOCK if rule.applies(case)) == key


@pytest.mark.parametrize(
    ("decision", "risks", "expected"),
    [
        (Decision("auto", None), (), Decision("auto", None)),
        (Decision("auto", None), (RISK,), Decision("auto", None)),
        (Decision("auto", None), (RISK, HARM), Decision("suggest", "risk_review")),
        (Decision("suggest", "low_confidence"), (HARM,), Decision("suggest", "low_confidence")),
        (Decision("triage", "too_short"), (HARM,), Decision("triage", "too_short")),
    ],
)
def test_only_an_auto_decision_is_reviewed_and_only_for_marked_kinds(decision, risks, expected) -> None:
    assert Policy().reviewed(decision, risks) == expected


def test_the_default_policy_reviews_what_the_risks_say() -> None:
    assert Policy().review == {kind.key for kind in KINDS if kind.review} == {"self_harm", "fraud", "gambling_harm"}


def test_no_file_and_an_empty_file_are_the_default() -> None:
    assert load(None) == read(b"", "policy.toml") == Policy()


FILE = """
[hours]
risk = 4
otherwise = 12
[categories.software]
title = "Разработка"
queue = "dev-2"
[risks]
review = ["court"]
"""


def test_a_file_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text(FILE)
    policy = load(tmp_path / "policy.toml")
    assert [rule.hours for rule in policy.clock] == [4, 48, 48, 12]
    assert (policy.queue("software"), policy.category("software").title) == ("dev-2", "Разработка")
    assert (policy.queue("financial"), policy.queue(None)) == ("payments", "triage")
    assert policy.review == {"court"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[hours", "p.toml: expected TOML in UTF-8"),
        (b"\xff", "p.toml: expected TOML in UTF-8"),
        ("hours = 5", "p.toml: hours: expected a table ([hours]), got 5"),
        ("[hour]", "p.toml: hour: unknown; expected one of hours, categories, risks"),
        ("[hours]\nrisks = 5", "p.toml: hours.risks: unknown; expected one of risk, secondary, not_auto, otherwise"),
        ("[hours]\nrisk = '5'", "p.toml: hours.risk: expected whole hours from 1 to 720, got '5'"),
        ("[hours]\nrisk = true", "p.toml: hours.risk: expected whole hours from 1 to 720, got True"),
        ("[hours]\nrisk = 0", "p.toml: hours.risk: expected whole hours from 1 to 720, got 0"),
        ("[hours]\nrisk = 4.5", "p.toml: hours.risk: expected whole hours from 1 to 720, got 4.5"),
        ("[categories]\nservice = 1", "p.toml: categories.service: expected a table ([categories.service]), got 1"),
        ("[categories.sales]", "p.toml: categories.sales: unknown; expected one of financial, technical, service"),
        ("[categories.service]\nque = 'a'", "p.toml: categories.service.que: unknown; expected one of title, queue"),
        ("[categories.service]\ntitle = ' '", "p.toml: categories.service.title: expected a text of 1 to 100"),
        ("[categories.service]\nqueue = 'a b'", "p.toml: categories.service.queue: expected lower-case Latin letters"),
        (
            "[categories.service]\nqueue = 'triage'",
            "p.toml: categories.service.queue: expected lower-case Latin letters",
        ),
        ("[risks]\nreview = ['cuort']", "p.toml: risks.review: expected a list of kinds among self_harm, fraud"),
        ("[risks]\nreview = 'court'", "p.toml: risks.review: expected a list of kinds"),
        ("[risks]\nreview = [[1]]", "p.toml: risks.review: expected a list of kinds"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_file_that_does_not_fit_is_refused_naming_the_key(content: str | bytes, message: str) -> None:
    with pytest.raises(DataError) as caught:
        read(content if isinstance(content, bytes) else content.encode(), "p.toml")
    assert str(caught.value).startswith(message)


def test_a_file_that_cannot_be_read_is_an_error_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.toml: cannot be read"):
        load(tmp_path / "none.toml")


@pytest.fixture(scope="module")
def sure(classifier: Classifier) -> Classifier:
    """The shipped model, trusted in everything it says."""
    return Classifier(replace(classifier.model, thresholds=AUTO), read(FILE.encode(), "policy.toml"))


@pytest.mark.parametrize(
    ("text", "decision", "priority", "hours", "kinds"),
    [
        ("Приложение вылетает после обновления", Decision("auto", None), "normal", 12, []),
        ("Приложение вылетает, подам в суд", Decision("suggest", "risk_review"), "high", 4, ["court"]),
        ("Приложение вылетает, хочу умереть", Decision("auto", None), "urgent", 4, ["self_harm"]),
        ("суицид", Decision("triage", "too_short"), "urgent", 4, ["self_harm"]),
    ],
)
def test_a_classification_follows_the_policy(sure: Classifier, text, decision, priority, hours, kinds) -> None:
    answer = sure.classify(text)
    assert (answer.decision, answer.priority, answer.respond_within_hours) == (decision, priority, hours)
    assert [risk["kind"] for risk in answer.as_json()["risks"]] == kinds
    assert answer.queue == ("dev-2" if answer.category else "triage")


def test_risks_never_change_a_probability(sure: Classifier, classifier: Classifier) -> None:
    text = "Подам в суд, меня взломали"
    assert sure.classify(text).suggestions == classifier.classify(text).suggestions


def test_the_api_shows_risks_at_their_places_and_the_operators_names(sure: Classifier) -> None:
    client = create_app(classifier=sure).test_client()
    answer = client.post("/v1/classify", json={"text": "Верните! Подам в суд"}).json
    assert answer["risks"] == [{"kind": "court", "start": 9, "end": 20, "text": "Подам в суд"}]
    named = {category["key"]: category["queue"] for category in client.get("/v1/categories").json["categories"]}
    assert named["software"] == "dev-2"


def test_the_setting_names_the_file(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "policy.toml").write_text(FILE)
    monkeypatch.setenv("COMPLAINT_ROUTER_POLICY", str(tmp_path / "policy.toml"))
    assert Classifier.load().policy.queue("software") == "dev-2"
