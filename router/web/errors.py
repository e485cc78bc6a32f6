"""Errors → `application/problem+json` (RFC 9457) with a stable `code`; the one place that maps them to HTTP."""

from http import HTTPStatus

import structlog
from flask import Flask, Response, json
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from router.errors import ArtefactError, InputError, RouterError
from router.logs import described

LOG = structlog.get_logger()
MIME = "application/problem+json"
STATUS = {InputError: HTTPStatus.UNPROCESSABLE_ENTITY, ArtefactError: HTTPStatus.SERVICE_UNAVAILABLE}


def problem(status: int, code: str, detail: str) -> Response:
    """A problem document as a response."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code, "detail": detail}
    return Response(json.dumps(body), status=status, mimetype=MIME)


def register(app: Flask) -> None:
    """Let the application answer every error as a problem document."""
    app.register_error_handler(RouterError, _named)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(RecursionError, _too_deep)
    app.register_error_handler(Exception, _unexpected)


def invalid(error: ValidationError) -> Response:
    """A body or query of the wrong shape: the first fault, by its place."""
    fault = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in fault["loc"]) or "body"
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", f"{place}: {fault['msg']}")


def _named(error: RouterError) -> Response:
    status = next(status for kind, status in STATUS.items() if isinstance(error, kind))
    return problem(status, error.code, error.detail)


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
