"""The endpoints of a complaint's life, of the queues, and of the feed of changes."""

import re
from typing import Any

from flask import Response, jsonify, request
from flask_openapi3 import Tag

from router import complaints as life
from router.errors import InputError, NotFoundError
from router.store import queries
from router.store.records import Complaint
from router.web import complaint_schemas as shapes
from router.web.api import read_json
from router.web.openapi import Endpoints
from router.web.queues import loads
from router.web.state import caller, classifier, counts, metrics, store

_ID = re.compile("[0-9a-f]{32}")
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_VERSION = re.compile(r'(?:W/)?"?(\d{1,9})"?')
_KEY_HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "pattern": f"^{_KEY.pattern}$"},
    "description": "Makes sending again harmless: for 7 days the same key gives the same answer.",
}
blueprint = Endpoints(
    "complaints",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="complaints")],
)
blueprint.before_request(read_json)


@blueprint.after_request
def kept_by_nobody(response: Response) -> Response:
    """What clients wrote, and where it stands, is no matter for a cache."""
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post(
    "/complaints",
    summary="Register a complaint",
    responses={"200": shapes.RegisteredAnswer, "201": shapes.RegisteredAnswer},
    openapi_extensions={"parameters": [_KEY_HEADER]},
)
def register(body: shapes.RegisterRequest) -> tuple[Response, int]:
    filing = life.Filing(body.text, body.channel, body.client_ref, _idempotency_key())
    made = life.register(store(), classifier(), filing, caller())
    if made.created and made.classification:
        metrics().classified(made.classification)
    return _tagged(made.as_json()), 201 if made.created else 200


@blueprint.get("/complaints", summary="A page of complaints", responses={"200": shapes.PageAnswer})
def complaints_page(query: shapes.PageQuery) -> dict[str, Any]:
    found = store().read(queries.page, query.cursor, query.limit + 1, query.queue, query.status)
    now = store().clock()
    shown = found[: query.limit]
    return {
        "complaints": [complaint.as_json(now) for complaint in shown],
        "next": str(shown[-1].seq) if len(found) > query.limit else None,
    }


@blueprint.get("/complaints/<id>", summary="One complaint, whole", responses={"200": shapes.WholeComplaintAnswer})
def complaint(path: shapes.IdPath) -> Response:
    return _tagged(store().read(_whole, _known(path.id)))


@blueprint.post(
    "/complaints/<id>/category", summary="Confirm or correct the category", responses={"200": shapes.ComplaintAnswer}
)
def categorise(path: shapes.IdPath, header: shapes.StepHeaders, body: shapes.CategoryRequest) -> Response:
    queue = _queue(body.category)
    return _present(life.categorise(store(), _act(path, header, body), body.category, queue))


@blueprint.post("/complaints/<id>/answer", summary="The company answers", responses={"200": shapes.ComplaintAnswer})
def answer(path: shapes.IdPath, header: shapes.StepHeaders, body: shapes.TextRequest) -> Response:
    return _present(life.answer(store(), _act(path, header, body), body.text))


@blueprint.post(
    "/complaints/<id>/clarification", summary="The client asks on", responses={"200": shapes.ComplaintAnswer}
)
def clarify(path: shapes.IdPath, header: shapes.StepHeaders, body: shapes.TextRequest) -> Response:
    return _present(life.clarify(store(), _act(path, header, body), body.text))


@blueprint.post("/complaints/<id>/acceptance", summary="The client accepts", responses={"200": shapes.ComplaintAnswer})
def accept(path: shapes.IdPath, header: shapes.StepHeaders, body: shapes.AcceptanceRequest) -> Response:
    return _present(life.accept(store(), _act(path, header, body)))


@blueprint.post("/complaints/<id>/rating", summary="The client rates", responses={"200": shapes.ComplaintAnswer})
def rate(path: shapes.IdPath, header: shapes.StepHeaders, body: shapes.RatingRequest) -> Response:
    return _present(life.rate(store(), _act(path, header, body), body.rating, body.comment))


@blueprint.get("/queues", summary="How every queue stands", responses={"200": shapes.QueuesAnswer})
def queues() -> dict[str, Any]:
    return {"queues": [load.as_json() for load in loads(store(), classifier().policy, counts())]}


@blueprint.get("/decisions/<id>", summary="What was decided, and why", responses={"200": shapes.DecisionAnswer})
def decision(path: shapes.IdPath) -> dict[str, Any]:
    found = store().read(queries.decision, _known(path.id))
    if found is None:
        raise NotFoundError(f"there is no decision with the id {path.id}")
    about = store().read(queries.complaint, found.complaint_id)
    return found.as_json() | {"text": about.text if about else None}


@blueprint.get("/changes", summary="Every change, once and in order", responses={"200": shapes.ChangesAnswer})
def changes(query: shapes.ChangesQuery) -> dict[str, Any]:
    found = store().read(queries.feed, query.after, query.limit)
    return {
        "changes": [change.as_json() for change in found],
        "next": str(found[-1].seq if found else query.after),
    }


def _whole(connection: Any, complaint_id: str) -> dict[str, Any]:
    found = life.require_found(queries.complaint(connection, complaint_id), complaint_id)
    decided = queries.decision(connection, found.decision_id)
    return found.as_json(store().clock()) | {
        "classification": decided.classification if decided else None,
        "comment": queries.comment(connection, complaint_id),
        "messages": [message.as_json() for message in queries.dialogue(connection, complaint_id)],
        "history": [change.as_json() for change in queries.history(connection, complaint_id)],
    }


def _queue(category: str) -> str:
    """The queue of a category, by the model that serves now."""
    policy = classifier().policy
    if category not in policy.keys:
        raise InputError(f"category: Value error, must be one of {', '.join(policy.keys)}", "invalid_request")
    return policy.queue(category)


def _present(after: Complaint) -> Response:
    return _tagged(after.as_json(store().clock()))


def _tagged(answer: dict[str, Any]) -> Response:
    """An answer that names the version of the complaint, for `If-Match`."""
    response = jsonify(answer)
    response.headers["ETag"] = f'"{answer["version"]}"'
    return response


def _act(path: shapes.IdPath, header: shapes.StepHeaders, body: shapes.Step) -> life.Act:
    stated = [version for version in (body.expected_version, _version(header.if_match)) if version is not None]
    return life.Act(_known(path.id), caller(), min(stated, default=None))  # of two the older one is at stake


def _known(found: str) -> str:
    """An id as we make them; anything else is an id that nothing has, and need not be looked for."""
    if _ID.fullmatch(found) is None:
        raise NotFoundError(f"there is nothing with the id {found[:64]!a}")
    return found


def _idempotency_key() -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and _KEY.fullmatch(key) is None:
        raise InputError("an Idempotency-Key has 1 to 255 visible ASCII characters", "invalid_idempotency_key")
    return key


def _version(if_match: str) -> int | None:
    if if_match.strip() == "*":
        return None
    if (match := _VERSION.fullmatch(if_match.strip())) is None:
        raise InputError('If-Match must be the version of a complaint, as its ETag states it: "3"', "invalid_if_match")
    return int(match.group(1))
