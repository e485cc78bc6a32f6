"""Overload: what fits is let in, the rest waits for a moment or is refused at once, on a real server too."""

import json
import threading
import time
from collections import Counter
from http.client import HTTPConnection
from pathlib import Path

import pytest

from benchmarks.service import Client, Service
from router.settings import Settings
from router.web import create_app
from router.web.gate import MAX_BODY, Gate

TEXT = {"text": "Третий день не могу вывести деньги"}


@pytest.fixture
def full(classifier):
    """An application with one place, which is taken."""
    app = create_app(Settings(max_requests=1, patience=0), classifier)
    gate = app.wsgi_app._application._gate
    assert gate.enter(0)
    yield app
    gate.leave(0)
    assert app.test_client().post("/v1/classify", json=TEXT).status_code == 200


def test_as_many_are_let_in_as_the_gate_has_places() -> None:
    gate = Gate(2, 100, 0)
    assert [gate.enter(1), gate.enter(1), gate.enter(1)] == [True, True, False]
    gate.leave(1)
    assert gate.enter(1)


def test_bodies_count_by_their_bytes_and_a_large_one_is_let_in_alone() -> None:
    gate = Gate(9, 100, 0)
    assert [gate.enter(60), gate.enter(60), gate.enter(40)] == [True, False, True]
    gate.leave(60)
    gate.leave(40)
    assert [gate.enter(500), gate.enter(1)] == [True, False]


def test_who_does_not_fit_waits_for_a_place() -> None:
    gate = Gate(1, 100, 30)
    gate.enter(1)
    threading.Timer(0.05, gate.leave, [1]).start()
    assert gate.enter(1)


def test_once_one_has_waited_in_vain_others_are_refused_without_waiting_until_there_is_room() -> None:
    gate = Gate(1, 100, 0.2)
    gate.enter(1)
    began = time.monotonic()
    assert [gate.enter(1) for _ in range(50)] == [False] * 50
    assert time.monotonic() - began < 50 * 0.2 / 2
    gate.leave(1)
    assert gate.enter(1)


def test_a_refusal_is_a_problem_document_with_retry_after(full) -> None:
    for path, body in (
        ("/v1/classify", TEXT),
        ("/v1/classify/batch", {"items": [TEXT] * 999}),
        ("/v1/complaints", TEXT),
    ):
        answer = full.test_client().post(path, json=body)
        assert (answer.status_code, answer.json["code"], answer.mimetype) == (
            503,
            "overloaded",
            "application/problem+json",
        )
        assert int(answer.headers["Retry-After"]) >= 1
        assert answer.headers["X-Request-Id"]


def test_an_agent_is_told_in_russian(full) -> None:
    answer = full.test_client().get("/desk/")
    assert (answer.status_code, answer.mimetype) == (503, "text/plain")
    assert "Обновите страницу" in answer.text


def test_health_and_figures_go_by_and_refusals_are_counted(full) -> None:
    client = full.test_client()
    client.post("/v1/classify", json=TEXT)
    assert [client.get(path).status_code for path in ("/healthz", "/readyz", "/metrics")] == [200] * 3
    assert 'requests_total{method="POST",route="overload",status="503"} 1.0' in client.get("/metrics").text


def test_a_body_of_unstated_length_counts_as_the_longest(classifier) -> None:
    app = create_app(Settings(max_requests=2, patience=0), classifier)
    app.wsgi_app._application._uploads.enter(MAX_BODY + 1)
    answer = app.test_client().post(
        "/v1/classify", data=b"{}", headers={"Transfer-Encoding": "chunked"}, environ_overrides={"CONTENT_LENGTH": ""}
    )
    assert answer.status_code == 503


def test_the_openapi_document_and_the_settings_know_it(client, monkeypatch) -> None:
    paths = client.get("/openapi/openapi.json").json["paths"]
    assert all("503" in paths[path]["post"]["responses"] for path in ("/v1/classify", "/v1/classify/batch"))
    monkeypatch.setenv("COMPLAINT_ROUTER_MAX_REQUESTS", "3")
    monkeypatch.setenv("COMPLAINT_ROUTER_PATIENCE", "1.5")
    assert (Settings().max_requests, Settings().patience) == (3, 1.5)


def test_a_burst_is_answered_in_seconds_with_200_or_503_and_leaves_no_trace(tmp_path: Path) -> None:
    """200 clients at once, each with a batch of 1,000, of which one worker takes a dozen at a time."""
    items = [{"id": n, "text": TEXT["text"] + " опять" * 50} for n in range(1_000)]
    body = json.dumps({"items": items}, ensure_ascii=False).encode()
    statuses: Counter[int] = Counter()
    waited: list[float] = []

    def client() -> None:
        began = time.monotonic()
        connection = HTTPConnection("127.0.0.1", service.port, timeout=60)
        connection.request("POST", "/v1/classify/batch", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status == 503:
            assert answer.headers["Retry-After"] == "1"
        statuses[answer.status] += 1
        waited.append(time.monotonic() - began)

    with Service(f"sqlite:///{tmp_path}/complaints.sqlite", tmp_path / "log") as service:
        clients = [threading.Thread(target=client) for _ in range(200)]
        for one in clients:
            one.start()
        for one in clients:
            one.join(60)
        assert set(statuses) == {200, 503}
        assert statuses.total() == 200
        assert max(waited) < 30
        time.sleep(1)
        with Client(service.port) as ask:
            assert [ask.post("/v1/classify", TEXT)[0] for _ in range(20)] == [200] * 20
        assert '"warning"' not in (tmp_path / "log").read_text()
