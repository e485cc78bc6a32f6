"""Steps in the life of a complaint as an agent takes them at the desk; each is bound to the version that was seen."""

from typing import Any

from flask import Blueprint, abort, redirect, request, url_for

from router import complaints as life
from router.errors import ConflictError, TextError
from router.store import desk
from router.store.records import Change
from router.web import case, russian, undoing
from router.web.naming import names
from router.web.state import caller, classifier, store
from router.web.typed import typed

blueprint = Blueprint("steps", __name__)
MAX_COMMENT = 2_000
MAX_RATING = 5


@blueprint.post("/complaints/<complaint_id>/category")
def categorise(complaint_id: str) -> Any:
    """Confirm or correct the category; the next complaint opens by itself."""
    category = request.form.get("category", "")
    policy = classifier().policy
    if category not in policy.keys:
        abort(400)
    life.categorise(store(), _act(complaint_id), category, policy.queue(category))
    return redirect(case.following(complaint_id), 303)


@blueprint.post("/complaints/<complaint_id>/undo")
def undo(complaint_id: str) -> Any:
    """Take the choice of a moment ago back, and show that complaint again."""
    life.undo(store(), _act(complaint_id))
    return _stay(complaint_id)


@blueprint.post("/complaints/<complaint_id>/answer")
def answer(complaint_id: str) -> Any:
    """The company's answer."""
    life.answer(store(), _act(complaint_id), typed("text"))
    return _stay(complaint_id)


@blueprint.post("/complaints/<complaint_id>/clarification")
def clarify(complaint_id: str) -> Any:
    """What the client asks on, written down for them."""
    life.clarify(store(), _act(complaint_id), typed("text"))
    return _stay(complaint_id)


@blueprint.post("/complaints/<complaint_id>/acceptance")
def accept(complaint_id: str) -> Any:
    """The client accepts, written down for them."""
    life.accept(store(), _act(complaint_id))
    return _stay(complaint_id)


@blueprint.post("/complaints/<complaint_id>/rating")
def rate(complaint_id: str) -> Any:
    """The client's rating, written down for them."""
    rating = request.form.get("rating", 0, int)
    comment = request.form.get("comment", "").replace("\x00", "").strip()[:MAX_COMMENT]
    if not 1 <= rating <= MAX_RATING:
        abort(400)
    life.rate(store(), _act(complaint_id), rating, comment or None)
    return _stay(complaint_id)


@blueprint.errorhandler(ConflictError)
def too_late(error: ConflictError) -> Any:
    """A colleague was faster, or the present state does not allow it: the page says so and shows how things are."""
    complaint_id = undoing.known_id((request.view_args or {})["complaint_id"])
    last = store().read(desk.last_change, complaint_id)
    notice = _faster(last) if last and error.code == "version_changed" else _not_now(error)
    return case.page(complaint_id, notice, _written()), 409


@blueprint.errorhandler(TextError)
def bad_text(error: TextError) -> Any:
    """A text that cannot be taken: the page says why, and keeps what was written."""
    complaint_id = (request.view_args or {})["complaint_id"]
    notice = russian.TEXT_FAULTS.get(error.code, russian.TEXT_FAULT)
    return case.page(complaint_id, notice, _written()), 422


def _act(complaint_id: str) -> life.Act:
    version = request.form.get("version", 0, int)
    if version < 1:
        abort(400)
    return life.Act(undoing.known_id(complaint_id), caller(), version)


def _written() -> dict[str, str]:
    """What the agent wrote, by the step that it was meant for: nobody's words may become another's."""
    return {request.path.rpartition("/")[2]: typed("text") or typed("comment")}


def _stay(complaint_id: str) -> Any:
    return redirect(url_for("desk.case.complaint", complaint_id=complaint_id, **case.trail()), 303)


def _faster(last: Change) -> str:
    who = last.by or russian.NOBODY
    title = f" «{names().title(last.category)}»" if last.category else ""
    what = russian.CHANGES[last.kind] + (title if last.kind in desk.CHOSEN else "")
    # "A colleague was faster (who: what). Your change was not saved; below is how things are now."
    return f"Коллега успел раньше ({who}: {what}). Ваше изменение не записано, ниже — как есть сейчас."


def _not_now(error: ConflictError) -> str:
    if error.code == "too_late":
        return "Отменить уже нельзя: прошло больше 10 секунд или жалобу изменили."  # it is too late to undo
    return "Сейчас это сделать нельзя. Ниже — как есть сейчас."  # this cannot be done now
