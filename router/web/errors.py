"""Errors → `application/problem+json` (RFC 9457) with a stable `code`; the one place that maps them to HTTP."""

from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, json
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from router.errors import ArtefactError, ConflictError, InputError, NotFoundError, RouterError, StoreError
from router.logs import described

LOG = structlog.get_logger()
MIME = "application/problem+json"
MAX_NAME = 64
"""Characters of a field's name that an answer shows, for a client may name it as they like."""
STORE_AWAY = "The database cannot be used at present. Send it again later, with the same Idempotency-Key if it has one."
STATUS = {
    NotFoundError: HTTPStatus.NOT_FOUND,
    ConflictError: HTTPStatus.CONFLICT,
    InputError: HTTPStatus.UNPROCESSABLE_ENTITY,
    StoreError: HTTPStatus.SERVICE_UNAVAILABLE,
    ArtefactError: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""The status of each kind of error; the first kind that fits counts, so the narrower stand first."""


def problem(status: int, code: str, detail: str, **more: Any) -> Response:
    """A problem document as a response, with `more` members where there is more to say."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code, "detail": detail}
    return Response(json.dumps(body | more), status=status, mimetype=MIME)


def register(app: Flask) -> None:
    """Let the application answer every error as a problem document."""
    app.register_error_handler(RouterError, _named)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(RecursionError, _too_deep)
    app.register_error_handler(Exception, _unexpected)


def invalid(error: ValidationError) -> Response:
    """A body or query of the wrong shape: the first fault, by its field; more of its place may name validators."""
    fault = error.errors(include_url=False, include_input=False)[0]
    place = str(fault["loc"][0])[:MAX_NAME] if fault["loc"] else "body"
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", f"{place}: {fault['msg']}")


def _named(error: RouterError) -> Response:
    status = next(status for kind, status in STATUS.items() if isinstance(error, kind))
    if isinstance(error, StoreError):  # its detail is for the operator: it names hosts and files
        return problem(status, error.code, STORE_AWAY)
    return problem(status, error.code, error.detail, **(error.state if isinstance(error, ConflictError) else {}))


def _http(error: HTTPException) -> Response:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    answer = problem(status, HTTPStatus(status).name.lower(), error.description or HTTPStatus(status).phrase)
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            answer.headers[name] = value
    return answer


def _too_deep(error: RecursionError) -> Response:
    return problem(HTTPStatus.BAD_REQUEST, "bad_request", "The JSON is nested too deeply.")


def _unexpected(error: Exception) -> Response:
    LOG.error("fault", **described(error))
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", "An unexpected fault; it has been logged.")
