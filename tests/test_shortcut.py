"""The short way of /v1/classify and Flask's own give the same answers, to the byte."""

import json
import re

import pytest

from router import access
from router.store import Store
from router.web import create_app
from router.web.shortcut import LONGEST, PATH

GOOD = {"text": "Третий день не могу вывести деньги, подам в суд. Ещё и поддержка молчит"}
BODIES = [
    json.dumps(GOOD).encode(),
    json.dumps(GOOD, ensure_ascii=False).encode(),
    json.dumps(GOOD | {"explain": True}).encode(),
    json.dumps(GOOD | {"explain": False}, indent=2).encode(),
    json.dumps(GOOD, ensure_ascii=False).encode("utf-16"),
    b"\xef\xbb\xbf" + json.dumps(GOOD).encode(),
    json.dumps({"text": '  ne mogu vyvesti dengi 😀 \\ " </script> '}).encode(),
    json.dumps({"text": "hello"}).encode(),
    json.dumps({"text": "а" * 20_000}).encode(),
    b'{"text": "a", "text": "\xd0\xb4\xd0\xb0"}',
    json.dumps(json.dumps(GOOD)).encode(),
    *(b"", b"{", b'{"text": "\xff\xfe"}', b"[" * 100_000, b"[]", b"null", b"{}", b'{"text": 5}', b'{"text": ""}'),
    *(b'{"text": "a", "txt": 1}', b'{"text": "a", "explain": "yes"}', b'{"text": "a\\ud800b"}', b'{"text": NaN}'),
    json.dumps({"text": "я" * 20_001}).encode(),
    b'{"text": "' + b"a" * LONGEST + b'"}',
]


@pytest.fixture
def ways(classifier, monkeypatch):
    """Clients that go (the short way, Flask's way)."""
    monkeypatch.setattr("router.web.Shortcut", lambda application, app: application)
    slow = create_app(classifier=classifier)
    monkeypatch.undo()
    return create_app(classifier=classifier).test_client(), slow.test_client()


def answered(client, **request):
    answer = client.post(PATH, **{"content_type": "application/json"} | request)
    headers = {name: value for name, value in answer.headers.items() if name != "X-Request-Id"}
    return answer.status_code, headers, answer.data


@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body)[:40])
def test_both_ways_give_the_same_answer(ways, body: bytes) -> None:
    short, slow = (answered(client, data=body) for client in ways)
    assert short == slow


@pytest.mark.parametrize(
    "request_",
    [
        {"content_type": "application/json; charset=utf-8"},
        {"content_type": "text/plain"},
        {"content_type": "APPLICATION/JSON"},
        {"content_type": None},
        {"query_string": {"a": "1"}},
        {"headers": {"Authorization": "Bearer nothing"}},
        {"headers": {"Cookie": "desk=x"}},
        {"environ_overrides": {"CONTENT_LENGTH": "5"}},
        {"environ_overrides": {"CONTENT_LENGTH": "-1"}},
        {"environ_overrides": {"CONTENT_LENGTH": "x"}},
        {"environ_overrides": {"CONTENT_LENGTH": "999"}},
    ],
    ids=repr,
)
def test_both_ways_read_the_same_request(ways, request_) -> None:
    short, slow = (answered(client, data=BODIES[0], **request_) for client in ways)
    assert short == slow


def test_what_is_usual_does_not_reach_flask(ways) -> None:
    client, _ = ways
    client.application.before_request(lambda: ("", 418))
    assert client.post(PATH, data=BODIES[0], content_type="application/json").status_code == 200
    assert client.post(PATH, data=BODIES[0], content_type="application/json; charset=utf-8").status_code == 418


def test_both_ways_are_traced_and_counted_alike(ways, capsys) -> None:
    found = []
    for client in ways:
        capsys.readouterr()
        for body in (BODIES[0], b"{}"):
            client.post(PATH, data=body, content_type="application/json", headers={"X-Request-Id": "r1"})
        lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
        figures = re.sub(r"^.*(_created|seconds_sum|seconds_bucket).*\n", "", client.get("/metrics").text, flags=re.M)
        found.append(([line | {"ms": 0, "at": ""} for line in lines], figures))
    assert found[0] == found[1]
    assert [line["status"] for line in found[0][0]] == [200, 422]


def test_a_fault_on_the_short_way_is_logged_and_answered_by_flask(ways, capsys, monkeypatch) -> None:
    monkeypatch.setattr("router.classifier.Classifier.classify", lambda self, text: 1 / 0)
    short, slow = (answered(client, data=BODIES[0]) for client in ways)
    assert short == slow
    assert short[0] == 500
    assert '"error": "ZeroDivisionError"' in capsys.readouterr().err


@pytest.mark.parametrize("role", access.ROLES)
def test_both_ways_ask_for_the_same_keys(classifier, tmp_path, monkeypatch, opened, role: str) -> None:
    store = opened(Store.open(f"sqlite:///{tmp_path}/keys.sqlite"))
    key = access.create(store, "intake", role)
    fast = create_app(classifier=classifier, store=store).test_client()
    monkeypatch.setattr("router.web.Shortcut", lambda application, app: application)
    slow = create_app(classifier=classifier, store=store).test_client()
    shown = [f"Bearer {key}", f"bearer {key}", f"Bearer  {key}", f"Basic {key}", f"Bearer {key}x", "Bearer", "", key]
    for header in shown:
        answers = [answered(client, data=BODIES[0], headers={"Authorization": header}) for client in (fast, slow)]
        assert answers[0] == answers[1]
        assert answers[0][0] == (200 if header.lower().split() == ["bearer", key.lower()] else 401)
    access.revoke(store, key.split("_")[1])
    for client in (fast, slow):
        client.application.extensions["keyring"]._read_at = float("-inf")
    assert [answered(client, data=BODIES[0], headers={"Authorization": shown[0]})[0] for client in (fast, slow)] == [
        401
    ] * 2
