"""What the OpenAPI document says beyond the shapes: who may call, which faults, and where an answer leads.

flask-openapi3 makes the document from the endpoints; this adds to it what an endpoint's signature cannot say.
"""

from http import HTTPStatus
from typing import Any

from router.web.schemas import Problem

Object = dict[str, Any]
KEY: Object = {
    "type": "http",
    "scheme": "bearer",
    "description": "A key of `complaint-router keys create`. A service without keys, on loopback only, asks for none.",
}
ALWAYS = (401, 403, 503)
BODY = (400, 413, 415, 422)
"""What may be answered to any call of `/v1`, and to those with a body."""
STEPS = ("category", "answer", "clarification", "acceptance", "rating")
CONFLICT: Object = {
    "description": "What the present state does not allow, with that state: all but `idempotency_key_reused` has it.",
    "allOf": [{"$ref": "#/components/schemas/Problem"}],
    "type": "object",
    "properties": {
        "allowed": {"type": "array", "items": {"type": "string", "enum": list(STEPS)}},
        "complaint": {"$ref": "#/components/schemas/ComplaintAnswer"},
    },
}
_COMPLAINT = "/v1/complaints/{id}"
_PAGE = "/v1/complaints"
_TAG: Object = {"description": "The version, for `If-Match`.", "schema": {"type": "string", "pattern": '^"[0-9]+"$'}}


def complete(document: Object) -> None:
    """Add to a document as flask-openapi3 made it: security, problem documents, headers and links."""
    components = document["components"]
    components["securitySchemes"] = {"key": KEY}
    components["schemas"] |= {"Problem": Problem.model_json_schema(), "Conflict": CONFLICT}
    for path, methods in document["paths"].items():
        for operation in methods.values():
            _faults(path, operation)
    _health(document["paths"])
    _links(document["paths"])


def _faults(path: str, operation: Object) -> None:
    """Exactly those faults that a call can end with, as problem documents, and the key that it takes."""
    secured = path.startswith("/v1/")
    found = {code: answer for code, answer in operation["responses"].items() if code < "400"}
    operation["responses"] = found | {str(status): problem(status) for status in sorted(_statuses(path, operation))}
    if secured:
        operation["security"] = [{"key": []}]


def _statuses(path: str, operation: Object) -> set[int]:
    found = {503} if not path.startswith("/v1/") else {*ALWAYS}
    if "requestBody" in operation:
        found |= {*BODY}
    if any(parameter["in"] in ("query", "header") for parameter in operation.get("parameters", ())):
        found |= {422}
    if "{id}" in path:
        found |= {404}
    if (path == _PAGE and "requestBody" in operation) or path.startswith(f"{_COMPLAINT}/"):
        found |= {409}
    return found


def problem(status: int) -> Object:
    """A fault as the document describes it."""
    schema = {"$ref": f"#/components/schemas/{'Conflict' if status == HTTPStatus.CONFLICT else 'Problem'}"}
    return {"description": HTTPStatus(status).phrase, "content": {"application/problem+json": {"schema": schema}}}


def _health(paths: Object) -> None:
    for path, kind, shape in (
        ("/healthz", "application/json", {"type": "object", "required": ["status"]}),
        ("/readyz", "application/json", {"type": "object", "required": ["status", "model"]}),
        ("/metrics", "text/plain", {"type": "string"}),
    ):
        responses = paths[path]["get"]["responses"]
        responses["200"] = {"description": HTTPStatus.OK.phrase, "content": {kind: {"schema": shape}}}


def _links(paths: Object) -> None:
    """From every answer that holds a complaint to what can be done with it; from a page to the next."""
    steps = {step: paths[f"{_COMPLAINT}/{step}"]["post"] for step in STEPS}
    one = {"complaint": paths[_COMPLAINT]["get"]} | steps
    decision = paths["/v1/decisions/{id}"]["get"]
    register = paths[_PAGE]["post"]["responses"]
    for answer in (register["200"], register["201"], *(step["responses"]["200"] for step in steps.values())):
        answer["headers"] = {"ETag": _TAG}
        answer["links"] = {name: _link(to, "$response.body#/id") for name, to in one.items()}
        answer["links"]["decision"] = _link(decision, "$response.body#/decision_id")
    paths[_COMPLAINT]["get"]["responses"]["200"]["headers"] = {"ETag": _TAG}
    page = paths[_PAGE]["get"]["responses"]["200"]
    page["links"] = {name: _link(to, "$response.body#/complaints/0/id") for name, to in one.items()}
    feed = paths["/v1/changes"]["get"]
    feed["responses"]["200"]["links"] = {
        "more": {"operationId": feed["operationId"], "parameters": {"after": "$response.body#/next"}}
    }


def _link(operation: Object, source: str) -> Object:
    return {"operationId": operation["operationId"], "parameters": {"id": source}}
