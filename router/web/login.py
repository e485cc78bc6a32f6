"""Logging in with a key, and out."""

import re
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for

from router.access import Keyring
from router.web import session

blueprint = Blueprint("login", __name__)
_PAGE = re.compile(r"/desk/[^\\\x00-\x1f\x7f]*")
_UP = re.compile(r"/(\.|%2e){2}", re.IGNORECASE)
"""A page of the desk, without a backslash, which browsers take for a slash, or what no header holds; a step up."""


@blueprint.get("/login")
def form() -> Any:
    """The form; on an open service there is nobody to log in."""
    keyring: Keyring = current_app.extensions["keyring"]
    if keyring.is_open():
        return redirect(url_for("desk.lists.queues"))
    return render_template("desk/login.html", back=_back(request.args.get("back", "")))


@blueprint.post("/login")
def enter() -> Any:
    """Exchange a key for a session."""
    keyring: Keyring = current_app.extensions["keyring"]
    back = _back(request.form.get("back", ""))
    key = keyring.holder(request.form.get("key", "").strip())
    if key is None:
        return render_template("desk/login.html", back=back, refused=True), 401
    session.begin(key)
    return redirect(back, 303)


@blueprint.post("/logout")
def leave() -> Any:
    """End the session."""
    session.end()
    return redirect(url_for("desk.login.form"), 303)


def _back(path: str) -> str:
    """Where to go after logging in: a page of the desk and nowhere else."""
    return path if _PAGE.fullmatch(path) and not _UP.search(path) else url_for("desk.lists.queues")
