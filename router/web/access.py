"""Who may call what: `Authorization: Bearer KEY` (on the desk: a session) → a role, or a problem document."""

import re

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from router.access import ADMIN, AGENT, INTAKE, ROLES, Keyring, is_loopback
from router.store.records import Key
from router.web import session
from router.web.errors import problem

OPEN_PATHS = ("/healthz", "/readyz", "/metrics", "/openapi", "/desk/static/", "/desk/login")
"""What needs no key: nothing of a complaint can be read there."""

MAY_CALL = {
    "complaints.register": (INTAKE, ADMIN),
    "complaints.complaint": ROLES,
    "complaints.complaints_page": (AGENT, ADMIN),
    "complaints.categorise": (AGENT, ADMIN),
    "complaints.answer": (AGENT, ADMIN),
    "complaints.clarify": (INTAKE, ADMIN),
    "complaints.accept": (INTAKE, ADMIN),
    "complaints.rate": (INTAKE, ADMIN),
    "complaints.queues": (AGENT, ADMIN),
    "complaints.decision": (AGENT, ADMIN),
    "complaints.changes": ROLES,
}
"""Endpoint → the roles that may call it; any key may call the others."""

DESK = "desk."
STEPS = "desk.steps."
DESK_OPEN_TO_ALL = ("desk.trying.try_it", "desk.login.leave")
"""What whoever is logged in may open; all else of the desk is for agents and administrators."""
_PORT = re.compile(r":\d*$")
LOCAL_AGENT = "локальный агент"  # local agent: who works at the desk of an open service


def register(app: Flask) -> None:
    """Let the application ask for keys as soon as there are any."""
    app.extensions["keyring"] = Keyring(app.extensions["store"])
    app.before_request(_guard)


def may_classify(keyring: Keyring, authorization: str) -> bool:
    """Whether a call to classify with this header is let in, as `_guard` would decide; False where it is unsure."""
    if keyring.is_open():
        return True
    kind, _, shown = authorization.partition(" ")
    key = keyring.holder(shown) if kind == "Bearer" else None
    return key is not None and key.role in _allowed("api.classify")


def _guard() -> AnyResponse | None:
    """None where the request may go on. An open service knows nobody's name, but its desk has an agent."""
    if request.endpoint is None or request.path.startswith(OPEN_PATHS):
        return None
    at_desk = request.endpoint.startswith(DESK)
    keyring: Keyring = current_app.extensions["keyring"]
    if keyring.is_open():
        g.caller = LOCAL_AGENT if at_desk else None
        return None if _is_local(request.headers.get("Host", "")) else _not_from_here()
    key = session.holder(keyring) if at_desk else _bearer(keyring)
    if key is None:
        return _please_log_in() if at_desk else _who_are_you()
    g.caller, g.role = key.name, key.role
    allowed = _allowed(request.endpoint)
    if key.role not in allowed and at_desk:
        abort(403)
    if key.role not in allowed:
        return problem(403, "forbidden", f"a key of role {key.role} may not do this; {' and '.join(allowed)} may")
    return None


def _allowed(endpoint: str) -> tuple[str, ...]:
    if endpoint.startswith(DESK):
        return ROLES if endpoint in DESK_OPEN_TO_ALL else (AGENT, ADMIN)
    return MAY_CALL.get(endpoint, ROLES)


def _is_local(host: str) -> bool:
    """Whether whoever asks an open service asked for this machine.

    A page of a stranger whose name was made to lead here (DNS rebinding) is of one origin with us to a browser, and
    would be let in; its name stands in the header. So does that of a proxy which would open the service to others.
    """
    name = host.rpartition(":")[0] if _PORT.search(host) else host
    return not name or is_loopback(name.strip("[]").lower())


def _not_from_here() -> Response:
    detail = "without keys only this machine is served: expected a Host such as 127.0.0.1 or localhost, or make a key"
    return problem(403, "forbidden", detail)


def _bearer(keyring: Keyring) -> Key | None:
    shown = request.authorization
    return keyring.holder(shown.token) if shown and shown.type == "bearer" and shown.token else None


def _please_log_in() -> AnyResponse:
    """To the form, and from there back; a part of a page (htmx) cannot be sent there, so all of it is."""
    if "HX-Request" in request.headers:
        return Response(status=204, headers={"HX-Redirect": url_for("desk.login.form")})
    return redirect(url_for("desk.login.form", back=_page()))


def _page() -> str:
    """The page that was asked for, or the one of the form that was sent: what was written waits there."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    if request.endpoint and request.endpoint.startswith(STEPS):
        return request.path.rpartition("/")[0] + request.full_path.removeprefix(request.path).rstrip("?")
    return url_for("desk.lists.queues")


def _who_are_you() -> Response:
    answer = problem(401, "unauthorized", "expected the header Authorization: Bearer KEY, with a key that is valid")
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer
