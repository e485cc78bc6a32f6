"""The HTTP API: the answers of the contract, and every bad request by its name."""

import json

import pytest

GOOD = {"text": "Третий день не могу вывести деньги"}


def test_classify_answers_the_contract(client) -> None:
    answer = client.post("/v1/classify", json=GOOD | {"explain": True})
    assert answer.status_code == 200
    assert answer.json["category"] == "financial"
    assert answer.json["queue"] == "payments"
    assert answer.json["decision"] in ("auto", "suggest")
    found = answer.json["evidence"]
    assert all(GOOD["text"][item["start"] : item["end"]] == item["text"] for item in found)


def test_evidence_is_given_only_when_asked_for(client) -> None:
    assert "evidence" not in client.post("/v1/classify", json=GOOD).json


def send(client, body: bytes, content_type: str = "application/json"):
    return client.post("/v1/classify", data=body, content_type=content_type)


@pytest.mark.parametrize(
    ("body", "status", "code", "detail"),
    [
        (b"", 400, "bad_request", ""),
        (b"{", 400, "bad_request", ""),
        (b'{"text": "\xff\xfe"}', 400, "bad_request", ""),
        (b"[" * 100_000, 400, "bad_request", "nested"),
        (b"[]", 422, "invalid_request", "dictionary"),
        (b"null", 422, "invalid_request", "dictionary"),
        (b'"a"', 422, "invalid_request", "expected a JSON object"),
        (b'"{\\"text\\": \\"twice encoded\\"}"', 422, "invalid_request", "expected a JSON object"),
        (b"{}", 422, "invalid_request", "text: Field required"),
        (b'{"text": "a", "txt": 1}', 422, "invalid_request", "txt: Extra inputs"),
        (b'{"text": "a", "explain": "yes"}', 422, "invalid_request", "explain: Input should be a valid boolean"),
        (b'{"text": 5}', 422, "text_wrong_type", "must be a string, got int"),
        (b'{"text": null}', 422, "text_wrong_type", "must be a string, got NoneType"),
        (b'{"text": ""}', 422, "text_empty", "1 to 20,000"),
        (b'{"text": "  \\n "}', 422, "text_empty", "1 to 20,000"),
        (json.dumps({"text": "я" * 20_001}).encode(), 422, "text_too_long", "got 20,001"),
        (b'{"text": "\\u0000"}', 422, "text_has_nul", "NUL"),
        (b'{"text": "a\\ud800b"}', 422, "text_not_unicode", "surrogate at character 1"),
        (b'{"text": "' + b"a" * 9 * 1024 * 1024 + b'"}', 413, "request_entity_too_large", ""),
        (b'{"text": NaN}', 422, "text_wrong_type", "float"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_bad_body_is_answered_by_its_name(client, body: bytes, status: int, code: str, detail: str) -> None:
    answer = send(client, body)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.mimetype == "application/problem+json"
    assert detail in answer.json["detail"]
    assert answer.json["status"] == status


@pytest.mark.parametrize("query", ["queue=", "queue=%00", "status=zzz", "limit=0", "cursor=x", f"{'x' * 9_000}=1"])
def test_a_fault_of_a_query_is_named_by_its_field_and_nothing_of_ours(client, query: str) -> None:
    answer = client.get(f"/v1/complaints?{query}")
    name, _, fault = answer.json["detail"].partition(": ")
    assert (answer.status_code, name, bool(fault)) == (422, query.partition("=")[0][:64], True)
    assert " at 0x" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/classify", 405, "method_not_allowed"),
        ("DELETE", "/v1/classify", 405, "method_not_allowed"),
        ("GET", "/nothing", 404, "not_found"),
        ("POST", "/v1/nothing", 404, "not_found"),
    ],
)
def test_a_wrong_method_or_path_is_a_problem_document(client, method: str, path: str, status: int, code: str) -> None:
    answer = client.open(path, method=method, json={})
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.mimetype == "application/problem+json"
    assert status != 405 or "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("path", ["/desk//queues/all", "/desk//", "/v1//queues", "/healthz//", "//desk/queues//all"])
def test_nothing_is_redirected_to_what_a_client_calls_us(client, path: str) -> None:
    answer = client.get(path, headers={"Host": "localhost:1"})
    assert (answer.status_code, "Location" in answer.headers) == (404, False)


def test_a_wrong_content_type_is_415(client) -> None:
    assert send(client, b'{"text": "a"}', "text/plain").json["code"] == "unsupported_media_type"


def test_a_batch_keeps_order_and_one_bad_item_fails_alone(client) -> None:
    items = [GOOD | {"id": "a"}, {"id": "b", "text": ""}, "c", {"text": "код из смс не приходит"}, {"id": 5}]
    results = client.post("/v1/classify/batch", json={"items": items}).json["results"]
    assert [result["id"] for result in results] == ["a", "b", None, None, 5]
    assert results[0]["category"] == "financial"
    assert results[3]["category"] == "technical"
    codes = [result["error"]["code"] for result in results if "error" in result]
    assert codes == ["text_empty", "invalid_item", "text_wrong_type"]


@pytest.mark.parametrize("sent", ["NaN", "-Infinity", "1e999", '"\\ud800"', '{"a": [1e999]}', '{"\\udfff": 1}'])
def test_an_id_that_no_json_can_hold_fails_its_item_alone(client, sent: str) -> None:
    """Python reads them all; to send them back was a fault of ours, or an answer that is no JSON."""
    body = f'{{"items": [{{"id": {sent}, "text": "код из смс не приходит"}}, {{"id": 5, "text": "не приходит код"}}]}}'
    answer = client.post("/v1/classify/batch", data=body, content_type="application/json")
    assert answer.status_code == 200
    first, second = json.loads(answer.text, parse_constant=pytest.fail)["results"]
    assert (first["id"], first["error"]["code"], second["id"]) == (None, "invalid_item", 5)


def test_a_batch_of_more_than_1_000_is_refused(client) -> None:
    answer = client.post("/v1/classify/batch", json={"items": [GOOD] * 1_001})
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")
    assert "1000" in answer.json["detail"]


def test_categories_model_and_health(client, classifier) -> None:
    assert [item["queue"] for item in client.get("/v1/categories").json["categories"]] == [
        "payments",
        "operations",
        "support-quality",
        "development",
    ]
    assert client.get("/v1/model").json["id"] == classifier.model.id
    assert client.get("/healthz").json == {"status": "ok"}
    assert client.get("/readyz").json["model"] == classifier.model.id


def test_the_openapi_document_names_every_endpoint(client) -> None:
    document = client.get("/openapi/openapi.json").json
    assert document["openapi"].startswith("3.1")
    assert {"/v1/classify", "/v1/classify/batch", "/v1/categories", "/v1/model", "/healthz", "/readyz"} <= set(
        document["paths"]
    )
    body = document["paths"]["/v1/classify"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["$ref"].endswith("ClassifyRequest")
