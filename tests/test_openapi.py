"""The API keeps to its OpenAPI document, whatever is sent: schemathesis with all of its checks, links followed."""

from collections import Counter
from collections.abc import Iterator

import pytest
import schemathesis
from flask import Flask
from schemathesis.engine import events, from_schema

from router import access
from router.store import Store
from router.web import create_app
from router.web.openapi import Endpoints
from router.web.schemas import Suggestion

LEAST = 5_000
SETTINGS = {
    "seed": 1,
    "checks": {
        "max_response_time": 30.0,
        "ignored_auth": {"enabled": False},  # schemathesis 4.32 cannot send it to a WSGI application; see the last test
    },
    "generation": {"max-examples": 400, "no-shrink": True},
    "phases": {"stateful": {"generation": {"max-examples": 100}}},
}


@pytest.fixture(scope="module")
def made(classifier, tmp_path_factory) -> Iterator[tuple[Flask, str]]:
    """An application with a real database, and a key of an administrator."""
    with Store.open(f"sqlite:///{tmp_path_factory.mktemp('openapi')}/complaints.sqlite") as store:
        key = access.create(store, "schemathesis", access.ADMIN)
        yield create_app(classifier=classifier, store=store), key


def test_5_000_calls_of_every_kind_keep_to_the_document(made) -> None:
    app, key = made
    config = schemathesis.Config.from_dict(SETTINGS | {"headers": {"Authorization": f"Bearer {key}"}})
    document = schemathesis.openapi.from_wsgi("/openapi/openapi.json", app, config=config)
    sent: Counter[str] = Counter()
    faults: list[str] = []
    for event in from_schema(document).execute():
        if isinstance(event, events.FatalError):
            raise event.exception
        if isinstance(event, events.NonFatalError):
            faults.append(f"{event.label}: {event.value!r}")
        if isinstance(event, events.ScenarioFinished):
            sent[event.phase.value] += len(event.recorder.interactions)
            faults += broken(event.recorder)
    assert not faults, "\n\n".join(faults)
    assert sent.total() >= LEAST, sent
    assert sent["coverage"] >= 500 and sent["stateful"] >= 50, sent


def broken(recorder) -> list[str]:
    """What the checks found of a scenario, with the request that shows it."""
    checks = [check.failure_info for found in recorder.checks.values() for check in found if check.failure_info]
    return [f"{recorder.label}: {one.failure.title}: {one.failure.message}\n{one.code_sample}" for one in checks]


def test_every_call_of_the_document_that_takes_a_key_is_refused_without_one(made) -> None:
    app, _ = made
    client, document = app.test_client(), app.api_doc
    refused = 0
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for headers in ({}, {"Authorization": "Bearer cr_no_key"}, {"Authorization": "Basic YTpi"}):
                answer = client.open(path, method=method.upper(), headers=headers)
                assert (answer.status_code == 401) == ("security" in operation), path
                refused += answer.status_code == 401
    assert refused == 3 * sum(path.startswith("/v1/") for path, methods in document["paths"].items() for _ in methods)


def test_a_conflict_is_described_with_the_state_that_it_shows(made) -> None:
    app, key = made
    document = app.api_doc
    conflict = document["components"]["schemas"]["Conflict"]
    described = {
        path for path, methods in document["paths"].items() for one in methods.values() if "409" in one["responses"]
    }
    assert described == {"/v1/complaints"} | {path for path in document["paths"] if "{id}/" in path}
    assert "409" not in document["paths"]["/v1/complaints"]["get"]["responses"]
    client, headers = app.test_client(), {"Authorization": f"Bearer {key}"}
    found = client.post("/v1/complaints", json={"text": "Не пришли деньги"}, headers=headers).json
    answer = client.post(f"/v1/complaints/{found['id']}/acceptance", json={}, headers=headers)
    shown = set(answer.json) - set(document["components"]["schemas"]["Problem"]["properties"])
    assert (answer.status_code, shown) == (409, set(conflict["properties"]))
    assert set(answer.json["allowed"]) <= set(conflict["properties"]["allowed"]["items"]["enum"])
    assert set(answer.json["complaint"]) == set(document["components"]["schemas"]["ComplaintAnswer"]["required"])


def test_endpoints_are_described_when_it_is_asked_for() -> None:
    """That takes a tenth of the time that the service has to start."""
    endpoints = Endpoints("one", __name__)
    endpoints.get("/one", responses={"200": Suggestion})(lambda: {})
    assert (endpoints.paths, endpoints.components_schemas) == ({}, {})
    endpoints.describe()
    assert (list(endpoints.paths), list(endpoints.components_schemas)) == (["/one"], ["Suggestion"])


def test_all_applications_have_the_same_document(classifier, client) -> None:
    assert create_app(classifier=classifier).api_doc == client.application.api_doc
