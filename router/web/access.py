"""Who may call what: `Authorization: Bearer KEY` → a role, or a problem document."""

from flask import Flask, Response, current_app, g, request

from router.access import ADMIN, AGENT, INTAKE, ROLES, Keyring
from router.web.errors import problem

OPEN_PATHS = ("/healthz", "/readyz", "/metrics", "/openapi")
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


def register(app: Flask) -> None:
    """Let the application ask for keys as soon as there are any."""
    app.extensions["keyring"] = Keyring(app.extensions["store"])
    app.before_request(_guard)


def _guard() -> Response | None:
    """None where the request may go on. An open service knows nobody's name."""
    if request.endpoint is None or request.path.startswith(OPEN_PATHS):
        return None
    keyring: Keyring = current_app.extensions["keyring"]
    if keyring.is_open():
        return None
    shown = request.authorization
    key = keyring.holder(shown.token) if shown and shown.type == "bearer" and shown.token else None
    if key is None:
        return _who_are_you()
    g.caller = key.name
    allowed = MAY_CALL.get(request.endpoint, ROLES)
    if key.role not in allowed:
        return problem(403, "forbidden", f"a key of role {key.role} may not do this; {' and '.join(allowed)} may")
    return None


def _who_are_you() -> Response:
    answer = problem(401, "unauthorized", "expected the header Authorization: Bearer KEY, with a key that is valid")
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer
