"""Sessions of the desk: a signed cookie that names a key (never the key itself) and when its holder logged in."""

from datetime import timedelta
from uuid import uuid4

from flask import Flask, Request, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect

from router.access import Keyring
from router.settings import Settings
from router.store import sessions
from router.store.records import Key
from router.web.state import store

LASTS = timedelta(hours=12)
PATH = "/desk"


class DeskSessions(SecureCookieSessionInterface):
    """Flask's signed cookies, `Secure` wherever the agent's browser came by TLS, also to a proxy in front of us."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """None, which is no session, beyond the desk: the API has keys, and shall not pay for cookies."""
        return super().open_session(app, request) if request.path.startswith(PATH) else None

    def get_cookie_secure(self, app: Flask) -> bool:
        """Whoever forges the header gets a cookie that is stricter, not laxer."""
        return request.is_secure or request.headers.get("X-Forwarded-Proto", "").lower() == "https"


def register(app: Flask, settings: Settings) -> None:
    """Let the application sign cookies, and check tokens against forged requests where it is asked to."""
    app.secret_key = settings.with_secret().session_secret
    app.session_interface = DeskSessions()
    app.config.update(
        SESSION_COOKIE_NAME="desk",
        SESSION_COOKIE_PATH=PATH,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=LASTS,
        WTF_CSRF_CHECK_DEFAULT=False,  # the API has keys, not cookies; the desk asks for the check itself
        WTF_CSRF_TIME_LIMIT=None,  # a token lives as long as its session
    )
    app.extensions["csrf_protect"] = CSRFProtect(app)


def begin(key: Key) -> None:
    """Log the holder of a key in."""
    session.clear()
    session.permanent = True
    session["id"] = uuid4().hex
    session["key"] = key.id
    session["began"] = store().clock().timestamp()


def end() -> None:
    """Log out; a copy of the cookie opens nothing any more."""
    ended = session.get("id")
    if ended:
        store().write(lambda writing: sessions.end(writing, ended, LASTS))
    session.clear()


def holder(keyring: Keyring) -> Key | None:
    """The key of whoever is logged in, unless it was revoked or the session is too old or was ended."""
    began, key = session.get("began"), keyring.keys().get(session.get("key", ""))
    if key is None or key.revoked_at or not isinstance(began, float) or "id" not in session:
        return None
    age = store().clock().timestamp() - began
    ended = not 0 <= age < LASTS.total_seconds() or store().read(sessions.has_ended, session["id"])
    return None if ended else key
