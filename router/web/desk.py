"""The agents' desk under `/desk`; this module is its map: pages, protection, headers, and what templates know."""

import hashlib
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from flask import Blueprint, Flask, Response, current_app, g, render_template, request
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from router.access import AGENT, INTAKE
from router.complaints import UNDO_SECONDS
from router.errors import NotFoundError, RouterError, StoreError
from router.logs import described
from router.settings import Settings
from router.web import audit, case, lists, login, russian, steps, team, trying
from router.web.costly import Costly
from router.web.naming import KEYS, names
from router.web.state import caller, classifier, contract, store

LOG = structlog.get_logger()
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
WEEK = 7 * 24 * 3600
FAULTS = {
    404: "Такой страницы или жалобы нет.",  # no such page or complaint
    400: "Запрос устарел или неполон. Вернитесь и попробуйте ещё раз.",  # the request is stale or incomplete
    403: "Этому ключу сюда нельзя: нужна роль агента.",  # this key may not: it takes an agent's
    503: "База данных сейчас не отвечает. Попробуйте через минуту.",  # the database does not answer
}
FAULT = "Что-то сломалось. Мы записали это в журнал."  # something broke; it is in the log

blueprint = Blueprint("desk", __name__, url_prefix="/desk", static_folder="static", static_url_path="/static")
for part in (lists, case, steps, audit, login, trying, team):
    blueprint.register_blueprint(part.blueprint)


def register(app: Flask, settings: Settings) -> None:
    """Add the desk to the application. Templates show times in the zone of the settings."""
    zone = ZoneInfo(settings.timezone)

    def moment(time: datetime) -> str:
        return time.astimezone(zone).strftime("%d.%m.%Y %H:%M")

    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        moment=moment, percent=russian.percent, number=russian.number, span=russian.span, plural=russian.plural
    )
    app.extensions["desk_zone"] = zone
    app.extensions["team_figures"] = Costly()
    app.extensions["audit_share"] = settings.audit_share
    app.extensions["desk_assets"] = assets_version()
    app.register_blueprint(blueprint)


def assets_version() -> str:
    """What stands behind the addresses of our own files, so that a browser takes them anew when they change."""
    folder = Path(__file__).parent / "static"
    content = b"".join((folder / name).read_bytes() for name in ("desk.css", "desk.js"))
    return hashlib.sha256(content).hexdigest()[:10]


@blueprint.before_request
def against_forgery() -> None:
    """Refuse a form that is not from a page of ours."""
    current_app.extensions["csrf_protect"].protect()


@blueprint.context_processor
def known() -> dict[str, Any]:
    """What every template knows."""
    policy, named = classifier().policy, names()
    return {
        "ru": russian,
        "categories": policy.categories,
        "with_key": KEYS,
        "called": named.title,
        "hue": named.hue,
        "queues": named.queues,
        "queue_hue": named.queue_hue,
        "agent": caller(),
        "may_decide": g.get("role", AGENT) != INTAKE,
        "logged_in": "role" in g,
        "now": store().clock(),
        "undo_seconds": UNDO_SECONDS,
        "broken": contract().broken() if caller() else [],
        "token": token,
        "assets": current_app.extensions["desk_assets"],
    }


def token() -> Markup:
    """The hidden field by which a form shows that it is ours."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


@blueprint.after_request
def protected(response: Response) -> Response:
    """Nothing runs that is not ours, no page is kept or framed; files that never change are kept for a week."""
    response.headers.update(HEADERS)
    is_file = request.endpoint == "desk.static"
    response.headers["Cache-Control"] = f"private, max-age={WEEK}" if is_file else "no-store"
    return response


@blueprint.route("/<path:_rest>")
def nothing(_rest: str) -> Any:
    """A page that there is not."""
    return faulty(HTTPStatus.NOT_FOUND)


@blueprint.errorhandler(HTTPException)
def http_fault(error: HTTPException) -> Any:
    """A fault of the request, as a page."""
    return faulty(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)


@blueprint.errorhandler(RouterError)
def named_fault(error: RouterError) -> Any:
    """A fault that we know how to name, as a page."""
    if isinstance(error, NotFoundError):
        return faulty(HTTPStatus.NOT_FOUND)
    return faulty(HTTPStatus.SERVICE_UNAVAILABLE if isinstance(error, StoreError) else HTTPStatus.BAD_REQUEST)


@blueprint.errorhandler(Exception)
def unexpected(error: Exception) -> Any:
    """A fault of ours, as a page; it is logged as everywhere."""
    LOG.error("fault", **described(error))
    return faulty(HTTPStatus.INTERNAL_SERVER_ERROR)


def faulty(status: int) -> Any:
    """A page that says what is wrong."""
    return render_template("desk/fault.html", text=FAULTS.get(status, FAULT), status=int(status)), status
