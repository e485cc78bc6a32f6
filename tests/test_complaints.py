"""A complaint's life through the API, on SQLite and on PostgreSQL: every step, every refusal, every page."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router import Classifier
from router.complaints import ALLOWED, STATUSES
from router.store.records import rfc3339

TEXT = "Третий день не могу вывести деньги"
UNKNOWN = "0" * 32


def register(api, text: str = TEXT, key: str | None = None, **more):
    headers = {"Idempotency-Key": key} if key else {}
    return api.post("/v1/complaints", json={"text": text} | more, headers=headers)


def step(api, complaint: str, name: str, **body):
    return api.post(f"/v1/complaints/{complaint}/{name}", json=body)


BODIES = {
    "category": {"category": "service"},
    "answer": {"text": "Выплата отправлена"},
    "clarification": {"text": "Деньги не пришли"},
    "acceptance": {},
    "rating": {"rating": 4, "comment": "Долго"},
}
REACHED_BY = {"registered": (), "answered": ("answer",), "accepted": ("answer", "acceptance")}


@pytest.fixture
def reach(api):
    """A function that registers a complaint and brings it to a status; returns its id."""

    def to(status: str) -> str:
        found = register(api).json["id"]
        for name in REACHED_BY[status]:
            assert step(api, found, name, **BODIES[name]).status_code == 200
        return found

    return to


def test_registering_answers_the_contract(api) -> None:
    answer = register(api, channel="form", client_ref="client 17")
    found = answer.json
    assert answer.status_code == 201
    assert re.fullmatch("[0-9a-f]{32}", found["id"])
    assert found["number"] == "2026-000001"
    assert (found["status"], found["queue"], found["category"]) == ("registered", "payments", "financial")
    assert (found["channel"], found["client_ref"], found["text"]) == ("form", "client 17", TEXT)
    assert found["registered_at"] == "2026-11-22T09:00:00.000Z"
    assert found["respond_by"] == f"2026-11-{22 + found['respond_within_hours'] // 24}T09:00:00.000Z"
    assert found["classification"] == api.post("/v1/classify", json={"text": TEXT}).json
    assert answer.headers["ETag"] == '"1"'


def test_the_same_key_gives_the_same_answer_whatever_became_of_the_complaint(api, clock) -> None:
    first = register(api, key="k1")
    step(api, first.json["id"], "category", category="service")
    step(api, first.json["id"], "answer", text="Ответ")
    clock.forward(days=3)
    again = register(api, key="k1")
    assert (again.status_code, again.json) == (200, first.json)
    assert register(api).json["number"] == "2026-000002"


@pytest.mark.parametrize("more", [{"text": TEXT + "!"}, {"channel": "chat"}, {"client_ref": "другой"}])
def test_the_same_key_with_another_body_is_a_conflict(api, more: dict) -> None:
    register(api, key="k1")
    answer = register(api, **({"text": TEXT} | more), key="k1")
    assert (answer.status_code, answer.json["code"]) == (409, "idempotency_key_reused")


def test_a_key_is_remembered_for_seven_days(api, clock) -> None:
    first = register(api, key="k1").json
    clock.forward(days=7)
    assert register(api, key="k1").json["id"] == first["id"]
    clock.forward(seconds=1)
    assert register(api, key="k1").status_code == 201


@pytest.mark.parametrize("key", ["", "с кириллицей".encode().decode("latin-1"), "a b", "k" * 256])
def test_a_key_of_another_shape_is_refused(api, key: str) -> None:
    answer = api.post("/v1/complaints", json={"text": TEXT}, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_idempotency_key")


def test_the_same_key_sent_by_many_at_once_registers_once(api) -> None:
    def send(number: int):
        return register(api.application.test_client(), key=f"k{number % 5}")

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(send, range(80)))
    assert sorted(answer.status_code for answer in answers) == [200] * 75 + [201] * 5
    assert sorted({answer.json["number"] for answer in answers}) == [f"2026-00000{n}" for n in range(1, 6)]


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("action", BODIES)
def test_each_status_allows_what_the_table_says_and_names_it_otherwise(api, reach, status: str, action: str) -> None:
    found = reach(status)
    before = api.get(f"/v1/complaints/{found}").json
    answer = step(api, found, action, **BODIES[action])
    if action in ALLOWED[status]:
        assert answer.status_code == 200
        assert answer.json["version"] == before["version"] + 1
    else:
        assert (answer.status_code, answer.json["code"]) == (409, "not_allowed")
        assert answer.json["allowed"] == list(ALLOWED[status])
        assert answer.json["complaint"]["version"] == before["version"]
        assert api.get(f"/v1/complaints/{found}").json == before


def test_the_clock_stops_with_an_answer_and_starts_again_with_a_clarification(api, clock) -> None:
    made = register(api).json
    found, hours = made["id"], made["respond_within_hours"]
    clock.forward(hours=hours)
    assert not api.get(f"/v1/complaints/{found}").json["overdue"]
    clock.forward(seconds=1)
    assert api.get(f"/v1/complaints/{found}").json["overdue"]
    answered = step(api, found, "answer", text="Ответ").json
    assert (answered["overdue"], answered["answered_at"]) == (False, rfc3339(clock.now))
    clock.forward(days=10)
    again = step(api, found, "clarification", text="Нет, не пришли").json
    assert (again["status"], again["queue"], again["overdue"]) == ("registered", made["queue"], False)
    assert (again["respond_by"], again["answered_at"]) == (rfc3339(clock.now + timedelta(hours=hours)), None)


def test_correcting_moves_the_queue_and_confirming_does_not(api) -> None:
    found = register(api).json["id"]
    assert step(api, found, "category", category="financial").json["queue"] == "payments"
    assert step(api, found, "category", category="technical").json["queue"] == "operations"
    history = api.get(f"/v1/complaints/{found}").json["history"]
    assert [change["kind"] for change in history] == ["registered", "confirmed", "recategorised"]
    assert [change["previous_category"] for change in history] == [None, "financial", "financial"]
    assert [change["previous_queue"] for change in history] == [None, "payments", "payments"]


def test_a_complaint_in_triage_gets_its_category_from_a_person(api) -> None:
    found = register(api, "hello there my friend").json
    assert (found["queue"], found["category"]) == ("triage", None)
    assert step(api, found["id"], "category", category="software").json["queue"] == "development"


def test_a_whole_complaint_holds_its_dialogue_its_history_and_its_rating(api, reach) -> None:
    found = reach("answered")
    step(api, found, "clarification", text="Деньги не пришли")
    step(api, found, "answer", text="Теперь пришли")
    step(api, found, "acceptance")
    step(api, found, "rating", rating=2)
    step(api, found, "rating", rating=5, comment="Спасибо")
    whole = api.get(f"/v1/complaints/{found}").json
    assert (whole["status"], whole["rating"], whole["comment"]) == ("accepted", 5, "Спасибо")
    assert [(message["from"], message["text"]) for message in whole["messages"]] == [
        ("company", "Выплата отправлена"),
        ("client", "Деньги не пришли"),
        ("company", "Теперь пришли"),
    ]
    assert [change["version"] for change in whole["history"]] == list(range(1, 8))


@pytest.mark.parametrize("header", ['"1"', 'W/"1"', "1", None])
def test_of_two_agents_who_saw_the_same_version_one_wins(api, header: str | None) -> None:
    found = register(api).json["id"]

    def correct(category: str):
        body = {"category": category} | ({} if header else {"expected_version": 1})
        headers = {"If-Match": header} if header else {}
        return api.application.test_client().post(f"/v1/complaints/{found}/category", json=body, headers=headers)

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(correct, ["technical", "service"]), key=lambda answer: answer.status_code)
    assert [answer.status_code for answer in answers] == [200, 409]
    assert answers[1].json["code"] == "version_changed"
    assert answers[1].json["complaint"] == answers[0].json
    assert api.get(f"/v1/complaints/{found}").json["version"] == 2


@pytest.mark.parametrize(
    ("header", "version", "status"), [('"1"', 2, 409), ('"2"', 1, 409), ("", 2, 422), ("x", 2, 422), ('"2"', 2, 200)]
)
def test_if_match_and_the_bodys_version_are_both_held_to(api, header: str, version: int, status: int) -> None:
    path = f"/v1/complaints/{register(api).json['id']}/category"
    api.post(path, json={"category": "service"})
    body = {"category": "software", "expected_version": version}
    assert api.post(path, json=body, headers={"If-Match": header}).status_code == status


def pages(api, query: str, between=lambda: None) -> list[str]:
    found, cursor = [], 0
    while cursor is not None:
        page = api.get(f"/v1/complaints?cursor={cursor}&{query}").json
        found += [complaint["number"] for complaint in page["complaints"]]
        cursor = page["next"]
        between()
    return found


def test_pages_neither_skip_nor_repeat_while_rows_arrive(api) -> None:
    for _ in range(7):
        register(api)
    arriving = iter(range(3))
    found = pages(api, "limit=2", lambda: next(arriving, None) is None or register(api))
    assert found == [f"2026-{number:06}" for number in range(1, 11)]


def test_pages_are_of_one_queue_and_status(api) -> None:
    numbers = [register(api, text).json for text in (TEXT, "Код из смс не приходит, не могу войти", TEXT)]
    step(api, numbers[0]["id"], "answer", text="Ответ")
    assert pages(api, "queue=payments&limit=1") == [numbers[0]["number"], numbers[2]["number"]]
    assert pages(api, "queue=payments&status=registered") == [numbers[2]["number"]]
    assert pages(api, "queue=nowhere") == []


def test_queues_say_what_is_open_late_and_oldest(api, clock) -> None:
    first = register(api).json
    clock.forward(hours=47)
    register(api)
    step(api, register(api).json["id"], "answer", text="Ответ")
    clock.forward(hours=2)
    found = {load["queue"]: load for load in api.get("/v1/queues").json["queues"]}
    assert found["payments"] == {
        "queue": "payments",
        "open": 2,
        "overdue": 1,
        "oldest": first["registered_at"],
        "next_respond_by": first["respond_by"],
    }
    assert list(found) == ["payments", "operations", "support-quality", "development", "triage"]
    assert found["triage"] == {
        "queue": "triage",
        "open": 0,
        "overdue": 0,
        "oldest": None,
        "next_respond_by": None,
    }


def test_queues_and_registrations_are_figures_too(api, clock) -> None:
    register(api, key="k1")
    register(api, key="k1")
    clock.forward(days=3)
    register(api)
    figures = api.get("/metrics").text
    assert 'complaint_router_queue_open{queue="payments"} 2.0' in figures
    assert 'complaint_router_queue_overdue{queue="payments"} 1.0' in figures
    assert 'complaint_router_queue_open{queue="triage"} 0.0' in figures
    counted = re.findall(r'^complaint_router_decisions_total\{category="financial".* (\S+)$', figures, re.MULTILINE)
    assert sum(map(float, counted)) == 2


def test_personal_data_is_neither_stored_nor_shown(api) -> None:
    made = register(api, "Верните деньги на карту 4111 1111 1111 1111, я ivan@example.org").json
    step(api, made["id"], "answer", text="Вернули на 4111 1111 1111 1111")
    step(api, made["id"], "rating", rating=5, comment="Пишите на ivan@example.org")
    whole = api.get(f"/v1/complaints/{made['id']}").json
    assert whole["text"] == "Верните деньги на карту [карта], я [почта]"
    assert (whole["messages"][0]["text"], whole["comment"]) == ("Вернули на [карта]", "Пишите на [почта]")


@pytest.mark.parametrize("text", [TEXT, "hello", "Карта 4276 не принимается, вход закрыт", "ужас!!!"])
def test_a_decision_replays_to_the_same_bits(api, text: str) -> None:
    made = register(api, text).json
    found = api.get(f"/v1/decisions/{made['decision_id']}").json
    replayed = Classifier.load(found["model"]).classify(found["text"])
    assert (found["probabilities"], found["none"]) == (dict(replayed.suggestions), replayed.none)
    assert (found["decision"], found["reason"]) == (replayed.decision.kind, replayed.decision.reason)
    assert found["classification"] == replayed.as_json() == made["classification"]
    assert found["complaint_id"] == made["id"]
    assert found["thresholds"]["suggest"] == 0.4


def test_the_feed_gives_every_change_once_and_in_order(api) -> None:
    ids = [register(api).json["id"] for _ in range(3)]
    step(api, ids[1], "answer", text="Ответ")
    step(api, ids[1], "rating", rating=3)
    found, after = [], "0"
    while page := api.get(f"/v1/changes?after={after}&limit=2").json["changes"]:
        found += page
        after = page[-1]["cursor"]
    assert [change["kind"] for change in found] == ["registered"] * 3 + ["answered", "rated"]
    assert [int(change["cursor"]) for change in found] == [1, 2, 3, 4, 5]
    assert found[-1]["rating"] == 3
    assert api.get(f"/v1/changes?after={after}").json == {"changes": [], "next": after}


LONG = "я" * 20_001
BAD = [
    ("/v1/complaints", {}, 422, "invalid_request"),
    ("/v1/complaints", {"text": 5}, 422, "text_wrong_type"),
    ("/v1/complaints", {"text": " "}, 422, "text_empty"),
    ("/v1/complaints", {"text": LONG}, 422, "text_too_long"),
    ("/v1/complaints", {"text": "а\0б"}, 422, "text_has_nul"),
    ("/v1/complaints", {"text": "а\ud800б"}, 422, "text_not_unicode"),
    ("/v1/complaints", {"text": TEXT, "channel": 5}, 422, "invalid_request"),
    ("/v1/complaints", {"text": TEXT, "channel": "c" * 65}, 422, "invalid_request"),
    ("/v1/complaints", {"text": TEXT, "client_ref": ""}, 422, "invalid_request"),
    ("/v1/complaints", {"text": TEXT, "client_ref": "а\0б"}, 422, "invalid_request"),
    ("/v1/complaints", {"text": TEXT, "client_ref": "а\ud800б"}, 422, "invalid_request"),
    ("/v1/complaints", {"text": TEXT, "extra": 1}, 422, "invalid_request"),
    ("{id}/category", {}, 422, "invalid_request"),
    ("{id}/category", {"category": "none"}, 422, "invalid_request"),
    ("{id}/category", {"category": None}, 422, "invalid_request"),
    ("{id}/category", {"category": "service", "expected_version": "1"}, 422, "invalid_request"),
    ("{id}/category", {"category": "service", "expected_version": 2**40}, 422, "invalid_request"),
    ("{id}/category", {"category": "service", "expected_version": 7}, 409, "version_changed"),
    ("{id}/answer", {"text": ""}, 422, "text_empty"),
    ("{id}/clarification", {"text": []}, 422, "text_wrong_type"),
    ("{id}/acceptance", [], 422, "invalid_request"),
    ("{id}/acceptance", {"why": 1}, 422, "invalid_request"),
    ("{id}/rating", {"rating": 0}, 422, "invalid_request"),
    ("{id}/rating", {"rating": 6}, 422, "invalid_request"),
    ("{id}/rating", {"rating": True}, 422, "invalid_request"),
    ("{id}/rating", {"rating": 10**30}, 422, "invalid_request"),
    ("{id}/rating", {"rating": 5, "comment": "а\0"}, 422, "invalid_request"),
    ("{id}/nothing", {}, 404, "not_found"),
    *[(f"/v1/complaints/{UNKNOWN}/{name}", body, 404, "not_found") for name, body in BODIES.items()],
    *[(f"/v1/complaints/{bad}/acceptance", {}, 404, "not_found") for bad in ("1", "%00", "%ff", "%F0%9F%98%A1", "Ж")],
]


@pytest.fixture
def complaint_path(api) -> str:
    return f"/v1/complaints/{register(api).json['id']}"


@pytest.mark.parametrize(("path", "body", "status", "code"), BAD, ids=lambda value: repr(value)[:40])
def test_a_bad_request_is_answered_by_its_name(api, complaint_path, path: str, body, status: int, code: str) -> None:
    answer = api.post(path.replace("{id}", complaint_path), data=json.dumps(body), content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/complaints?cursor=-1", 422),
        ("/v1/complaints?cursor=x", 422),
        ("/v1/complaints?cursor=9223372036854775808", 422),
        ("/v1/complaints?cursor=9223372036854775807", 200),
        ("/v1/complaints?limit=0", 422),
        ("/v1/complaints?limit=501", 422),
        ("/v1/complaints?status=open", 422),
        ("/v1/complaints?queue=%00", 422),
        ("/v1/complaints?queue=%ff", 200),
        ("/v1/complaints?page=2", 422),
        ("/v1/changes?after=-1", 422),
        ("/v1/changes?after=99999999999999999999", 422),
        ("/v1/changes?after=1.5", 422),
        ("/v1/changes?limit=1001", 422),
        (f"/v1/complaints/{UNKNOWN}", 404),
        (f"/v1/decisions/{UNKNOWN}", 404),
        ("/v1/complaints/%00", 404),
        ("/v1/decisions/..", 404),
        ("/v1/decisions/%ff%fe", 404),
    ],
)
def test_a_bad_query_is_answered_by_its_name(api, path: str, status: int) -> None:
    assert api.get(path).status_code == status


@pytest.mark.parametrize("header", ["x", '"x"', "1, 2", '"99999999999999999999"', "-1"])
def test_a_version_of_another_shape_is_refused(api, complaint_path, header: str) -> None:
    answer = api.post(f"{complaint_path}/answer", json={"text": "Ответ"}, headers={"If-Match": header})
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_if_match")


def test_a_wrong_body_is_answered_before_the_complaint_is_looked_for(api) -> None:
    assert api.post(f"/v1/complaints/{UNKNOWN}/rating", json={}).status_code == 422
    assert api.post(f"/v1/complaints/{UNKNOWN}/rating", data="x").status_code == 415


words = st.sampled_from([TEXT, "service", "", "\0", "\ud800", "1"]) | st.text(st.characters(), max_size=20)
values = st.none() | st.booleans() | st.integers() | st.floats() | words | st.lists(words, max_size=2)
names = st.sampled_from(["text", "channel", "client_ref", "category", "rating", "comment", "expected_version", "x"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(["", *BODIES]),
    body=st.dictionaries(names, values, max_size=4) | values,
    key=st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=5),
)
def test_nothing_that_is_sent_is_answered_with_a_fault(api, complaint_path, name: str, body, key: str) -> None:
    path = f"{complaint_path}/{name}" if name else "/v1/complaints"
    headers = {"Idempotency-Key": key, "If-Match": key}
    answer = api.post(path, data=json.dumps(body), content_type="application/json", headers=headers)
    assert answer.status_code in (200, 201, 409, 422), answer.json
    assert api.get(f"/v1/complaints/{key}").status_code in (200, 404, 308)


def test_openapi_describes_every_endpoint_with_its_headers(api) -> None:
    paths = api.get("/openapi/openapi.json").json["paths"]
    assert paths["/v1/complaints"]["post"]["parameters"][0]["name"] == "Idempotency-Key"
    for name in BODIES:
        names = [parameter["name"] for parameter in paths[f"/v1/complaints/{{id}}/{name}"]["post"]["parameters"]]
        assert sorted(names) == ["If-Match", "id"]


def test_no_cache_keeps_what_a_client_wrote(api) -> None:
    made = api.post("/v1/complaints", json={"text": "не могу вывести деньги"})
    found = api.get(f"/v1/complaints/{made.json['id']}")
    refused = api.post(f"/v1/complaints/{made.json['id']}/acceptance", json={})
    assert (made.status_code, found.status_code, refused.status_code) == (201, 200, 409)
    assert {answer.headers["Cache-Control"] for answer in (made, found, refused)} == {"no-store"}
