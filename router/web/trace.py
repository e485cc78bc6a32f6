"""Every request has an id, a place in the metrics and a line in the log."""

import re
from secrets import token_hex
from time import perf_counter

import structlog
from flask import Flask, Response, g, request
from structlog.contextvars import bind_contextvars, clear_contextvars

from router.web.state import metrics

HEADER = "X-Request-Id"
SANE = re.compile(r"[A-Za-z0-9._:\-]{1,64}")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked every few seconds by machines: counted, and logged only when they fail."""
LOG = structlog.get_logger()


def register(app: Flask) -> None:
    """Trace the requests of an application; register it before anything else that looks at requests."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.began = perf_counter()
    sent = request.headers.get(HEADER, "")
    g.request_id = sent if SANE.fullmatch(sent) else token_hex(8)
    clear_contextvars()
    bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    seconds = perf_counter() - g.began
    route = request.url_rule.rule if request.url_rule else "unknown"
    method = request.method if request.method in METHODS else "other"
    response.headers[HEADER] = g.request_id
    metrics().answered(method, route, response.status_code, seconds)
    if route not in QUIET or response.status_code >= 500:  # noqa: PLR2004 - the class of server faults
        LOG.info("request", method=method, route=route, status=response.status_code, ms=round(seconds * 1000, 3))
    return response
