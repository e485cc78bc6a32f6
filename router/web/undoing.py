"""What the agent has done a moment ago and may still take back."""

import re
from dataclasses import dataclass

from flask import request

from router import complaints as life
from router.errors import NotFoundError
from router.store import desk, queries
from router.store.records import Complaint
from router.web.state import caller, store

_ID = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Undo:
    """A choice that its author may still take back."""

    complaint: Complaint
    seconds: int


def known_id(found: str) -> str:
    """An id as we make them, or `NotFoundError`."""
    if _ID.fullmatch(found) is None:
        raise NotFoundError("there is no complaint with this id")
    return found


def found() -> Undo | None:
    """The choice that the address of the current page names (`done`), if it may still be taken back."""
    complaint_id = request.args.get("done", "")
    if _ID.fullmatch(complaint_id) is None:
        return None
    now, last = store().clock(), store().read(desk.last_change, complaint_id)
    if last is None or not life.may_undo(last, caller(), now):
        return None
    complaint = store().read(queries.complaint, complaint_id)
    seconds = life.UNDO_SECONDS - int((now - last.at).total_seconds())
    return Undo(complaint, seconds) if complaint and seconds > 0 else None
