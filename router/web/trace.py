"""Every request has an id, a place in the metrics and a line in the log."""

import re
from collections.abc import Callable, Iterable
from random import getrandbits
from time import perf_counter
from typing import TYPE_CHECKING, Any

from router import logs
from router.web.metrics import Metrics

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEADER = "X-Request-Id"
AS_STATED = ("X-Content-Type-Options", "nosniff")
"""No browser takes an answer for another kind than it says; a client's text in JSON is never a page."""
ROUTE = "router.route"
"""Where in the environment an answer that did not come from Flask says which rule it was for."""
SANE = re.compile(r"[A-Za-z0-9._:\-]{1,64}")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked every few seconds by machines: counted, and logged only when they fail."""
FAULT = 500


class Traced:
    """A WSGI application whose requests are traced; outermost, for Flask's own hooks take three times as long."""

    def __init__(self, application: "WSGIApplication", metrics: Metrics) -> None:
        self._application = application
        self._metrics = metrics

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        began = perf_counter()
        sent = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = sent if SANE.fullmatch(sent) else f"{getrandbits(64):016x}"  # unique, not secret: no system call
        logs.REQUEST_ID.set(request_id)
        answered = ["unknown", "500"]

        def start(status: str, headers: list[tuple[str, str]], *failed: Any) -> Callable[[bytes], object]:
            answered[:] = _route(environ), status[:3]  # here, for Flask lets go of the request when it has answered
            return start_response(status, [*headers, AS_STATED, (HEADER, request_id)], *failed)

        body = self._application(environ, start)
        self._done(request_id, environ["REQUEST_METHOD"], answered[0], int(answered[1]), perf_counter() - began)
        return body

    def _done(self, request_id: str, method: str, route: str, status: int, seconds: float) -> None:
        method = method if method in METHODS else "other"
        self._metrics.answered(method, route, status, seconds)
        if route not in QUIET or status >= FAULT:
            logs.request_done(request_id, method, route, status, seconds)


def _route(environ: "WSGIEnvironment") -> str:
    """The rule that matched; never the path as sent, which may hold anything."""
    if ROUTE in environ:
        return str(environ[ROUTE])
    request = environ.get("werkzeug.request")  # Flask's, put there by werkzeug
    rule = request.url_rule if request is not None else None
    return rule.rule if rule is not None else "unknown"
