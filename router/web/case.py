"""The page of one complaint: what the client wrote, what the router thinks of it and why, and what may be done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request, url_for

from router import complaints as life
from router import highlights
from router.store import desk, queries
from router.store.desk import Wanted
from router.store.records import Change, Complaint, Decision, Message
from router.web import lists, russian, undoing
from router.web.naming import names
from router.web.state import classifier, store

blueprint = Blueprint("case", __name__)


@dataclass(frozen=True, slots=True)
class Case:
    """All that the database knows of a complaint, and its neighbours in the list that the agent works through."""

    complaint: Complaint
    decision: Decision
    history: list[Change]
    messages: list[Message]
    comment: str | None
    before: str | None
    after: str | None

    @property
    def allowed(self) -> tuple[str, ...]:
        """What the complaint's status allows."""
        return life.ALLOWED[self.complaint.status]

    @property
    def chosen(self) -> bool:
        """Whether an agent has chosen or confirmed the category, and has not taken that back."""
        kinds = [change.kind for change in self.history]
        return sum(map(kinds.count, desk.CHOSEN)) > kinds.count(desk.UNDONE)


@blueprint.get("/complaints/<complaint_id>")
def complaint(complaint_id: str) -> Any:
    """The page."""
    return page(complaint_id)


def page(complaint_id: str, notice: str = "", drafts: Mapping[str, str] | None = None) -> str:
    """The page, with a notice and what an agent was writing (by step) where that could not be taken."""
    known = undoing.known_id(complaint_id)
    wanted = lists.asked(request.args.get("queue", lists.EVERYWHERE))
    found = store().read(_case, known, wanted, store().clock())
    one = classifier()
    answer = one.classify(found.complaint.text) if found.complaint.text else None
    comparable = found.decision.probabilities.keys() == set(one.policy.keys)
    shares = found.decision.probabilities if comparable else dict(answer.suggestions) if answer else {}
    return render_template(
        "desk/complaint.html",
        case=found,
        answer=answer,
        comparable=comparable,
        shares=shares,
        best=max(shares, key=shares.__getitem__, default=None),
        pieces=highlights.pieces(answer) if answer else [],
        voices=highlights.voices(answer) if answer else [],
        why=russian.reason(found.decision.classification, names().title),
        trail=trail(),
        undo=undoing.found(),
        notice=notice,
        drafts=drafts or {},
    )


def trail() -> dict[str, Any]:
    """The list that the agent works through, as query parameters to hand on."""
    return {name: request.args[name] for name in ("queue", "state", "priority", "q") if request.args.get(name)}


def following(complaint_id: str) -> str:
    """Where the agent goes on after a decision: the next of the list, else the first, else the empty list."""
    wanted = lists.asked(request.args.get("queue", lists.EVERYWHERE))
    now = store().clock()
    at = store().read(queries.complaint, complaint_id)
    found = store().read(desk.neighbour, wanted, at, now) if at else None
    if found := found or store().read(desk.first, wanted, now, complaint_id):
        return url_for("desk.case.complaint", complaint_id=found, done=complaint_id, **trail())
    there = trail()
    return url_for("desk.lists.listed", done=complaint_id, **{"queue": lists.EVERYWHERE} | there)


def _case(connection: Any, complaint_id: str, wanted: Wanted, now: datetime) -> Case:
    found = life.require_found(queries.complaint(connection, complaint_id), complaint_id)
    decision = queries.decision(connection, found.decision_id)
    assert decision is not None  # noqa: S101 - it was written in one transaction with the complaint
    return Case(
        complaint=found,
        decision=decision,
        history=queries.history(connection, complaint_id),
        messages=queries.dialogue(connection, complaint_id),
        comment=queries.comment(connection, complaint_id),
        before=desk.neighbour(connection, wanted, found, now, back=True),
        after=desk.neighbour(connection, wanted, found, now),
    )
