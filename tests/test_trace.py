"""Ids, log lines and figures of requests."""

import json

import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families

from router.web import create_app

TEXT = "Третий день не могу вывести деньги, подам в суд"


@pytest.fixture
def app(classifier):
    return create_app(classifier=classifier)


@pytest.fixture
def figures(app):
    """Samples of /metrics: (name, labels) → value, without the zeros."""

    def read() -> dict:
        text = app.test_client().get("/metrics").text
        samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
        return {(s.name.removeprefix("complaint_router_"), *s.labels.values()): s.value for s in samples if s.value}

    return read


@pytest.mark.parametrize("sent", ["abc-1", "a" * 64, "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "trace:1_2.3"])
def test_a_sane_request_id_is_kept(app, sent: str) -> None:
    assert app.test_client().get("/healthz", headers={"X-Request-Id": sent}).headers["X-Request-Id"] == sent


@pytest.mark.parametrize("sent", ["", "a" * 65, "a b", '{"a":1}', "ид", "a;b"])
def test_another_request_id_is_replaced(app, sent: str) -> None:
    headers = {"X-Request-Id": sent.encode().decode("latin-1")}
    made = app.test_client().get("/healthz", headers=headers).headers["X-Request-Id"]
    assert made != sent
    assert len(made) == 16


def test_a_request_is_logged_with_its_id_and_without_its_text(app, capsys) -> None:
    client = app.test_client()
    client.post("/v1/classify", json={"text": TEXT}, headers={"X-Request-Id": "r1"})
    client.post(f"/v1/{TEXT}?q={TEXT}", json={"text": 5})
    client.get("/healthz")
    written = capsys.readouterr().err
    lines = [json.loads(line) for line in written.splitlines()]
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("POST", "/v1/classify", 200),
        ("POST", "unknown", 404),
    ]
    assert lines[0]["request_id"] == "r1"
    assert lines[0]["ms"] > 0
    assert "вывести" not in written
    assert "%D0" not in written


def test_a_fault_is_logged_with_its_places_and_id_and_never_shown(app, capsys) -> None:
    def broken() -> None:
        raise KeyError(TEXT)

    app.add_url_rule("/broken", view_func=broken)
    answer = app.test_client().get("/broken", headers={"X-Request-Id": "r2"})
    assert (answer.status_code, answer.json["code"]) == (500, "internal_error")
    assert answer.headers["X-Request-Id"] == "r2"
    written = capsys.readouterr().err
    fault, request = map(json.loads, written.splitlines())
    assert (fault["event"], fault["error"], fault["request_id"]) == ("fault", "KeyError", "r2")
    assert "broken" in fault["traceback"][-1]
    assert (request["status"], request["request_id"]) == (500, "r2")
    assert "вывести" not in written + answer.text


def test_a_fault_after_the_endpoint_is_logged_as_every_other(app, capsys) -> None:
    app.add_url_rule("/broken", view_func=lambda: f"{TEXT} \ud800")
    assert app.test_client().get("/broken").status_code == 500
    written = capsys.readouterr().err
    fault, request = map(json.loads, written.splitlines())
    assert (fault["event"], fault["error"], request["status"]) == ("fault", "UnicodeEncodeError", 500)
    assert "вывести" not in written


def test_requests_decisions_and_risks_are_counted(app, figures, classifier) -> None:
    client = app.test_client()
    client.post("/v1/classify", json={"text": TEXT})
    client.post("/v1/classify/batch", json={"items": [{"id": 1, "text": "деньги"}, {"id": 2, "text": ""}]})
    client.post("/v1/classify", json={"text": ""})
    client.open("/v1/classify", method="BREW")
    found = figures()
    assert found["requests_total", "POST", "/v1/classify", "200"] == 1
    assert found["requests_total", "POST", "/v1/classify", "422"] == 1
    assert found["requests_total", "other", "unknown", "405"] == 1
    assert found["request_seconds_count", "/v1/classify"] == 2
    decision = classifier.classify(TEXT)
    assert found["decisions_total", decision.category, decision.decision.kind, decision.decision.reason or "none"] == 1
    assert found["decisions_total", "none", "triage", "too_short"] == 1
    assert found["confidence_count",] == 2
    assert found["risks_total", "court"] == 1
    assert found["model", classifier.model.id] == 1


def test_a_change_of_model_shows(app, figures, classifier) -> None:
    app.extensions["metrics"].serving(classifier.model.id, "second")
    found = figures()
    assert found["model", "second"] == 1
    assert ("model", classifier.model.id) not in found


def test_readiness_is_not_counted_as_a_decision(app, figures) -> None:
    app.test_client().get("/readyz")
    assert not [key for key in figures() if key[0] == "decisions_total"]


def test_a_line_written_within_a_request_has_its_id_and_not_that_of_another(app, capsys) -> None:
    app.add_url_rule("/told", view_func=lambda: structlog.get_logger().info("told") or "")
    for name in ("r1", "r2"):
        app.test_client().get("/told", headers={"X-Request-Id": name})
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["event"], line["request_id"]) for line in lines] == [
        ("told", "r1"),
        ("request", "r1"),
        ("told", "r2"),
        ("request", "r2"),
    ]
