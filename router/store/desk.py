"""What the agents' desk reads: queues and lists by urgency, who comes next, and what may still be undone.

A complaint waits for a decision (`undecided`) while it is open, the router did not place it by itself, and no agent has
confirmed or corrected it since.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Subquery,
    Text,
    case,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from router.risks import PRIORITIES
from router.store.records import Change, Complaint
from router.store.tables import UtcTime, changes, complaints, decisions

OPEN = "registered"
CHOSEN = ("confirmed", "recategorised", "audited")
"""Changes by which an agent chose a category."""
UNDONE = "undone"
AUTO = "auto"

UNDECIDED, WAITING, ANSWERED, ACCEPTED, OVERDUE, ALL = "undecided", "waiting", "answered", "accepted", "overdue", "all"
STATES = (UNDECIDED, WAITING, OVERDUE, ANSWERED, ACCEPTED, ALL)

_CAPITALS = "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"
_RANKS = PRIORITIES[::-1]
_WITHIN = (complaints.c.respond_by, complaints.c.seq)
"""The most urgent first: by priority, and within one by who must be answered first."""
COUNTED = 1_000
"""A list is counted so far; of a longer one it is only said that it is longer."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which complaints a list shows: of a queue (None: all), in a state, with a priority, with words in their text."""

    queue: str | None = None
    state: str = ALL
    priority: str | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """How a queue stands: waiting for a decision, for an answer, too late, and since when the oldest waits."""

    queue: str
    undecided: int = 0
    waiting: int = 0
    overdue: int = 0
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a list: the complaint, and the router's decision about it."""

    complaint: Complaint
    kind: str
    reason: str | None
    probabilities: dict[str, float]


def is_unplaced(connection: Connection, complaint_id: str, undone: int = 0) -> bool:
    """Whether neither the router nor an agent has placed a complaint, with `undone` choices fewer than in its history.

    As long as it is open, it waits for a decision then: `undecided`.
    """
    weight = case((changes.c.kind == UNDONE, -1), else_=1)
    made = select(func.coalesce(func.sum(weight), 0)).where(
        changes.c.complaint_id == complaint_id, changes.c.kind.in_((*CHOSEN, UNDONE))
    )
    if connection.execute(made).scalar_one() != undone:
        return False
    placed = select(decisions.c.kind).join(complaints, complaints.c.decision_id == decisions.c.id)
    return bool(connection.execute(placed.where(complaints.c.id == complaint_id)).scalar_one() != AUTO)


def _in_state(state: str, now: datetime) -> list[ColumnElement[bool]]:
    """The conditions of a state."""
    is_open = complaints.c.status == OPEN
    found: dict[str, list[ColumnElement[bool]]] = {
        UNDECIDED: [complaints.c.undecided == true()],
        WAITING: [is_open],
        OVERDUE: [is_open, complaints.c.respond_by < now],
        ANSWERED: [complaints.c.status == "answered"],
        ACCEPTED: [complaints.c.status == "accepted"],
        ALL: [],
    }
    return found[state]


class lowered(FunctionElement[str]):  # noqa: N801 - written as the function that it is
    """A text in small letters, Russian ones too: PostgreSQL's own knows them only where the database's locale does."""

    type = Text()
    name = "lowered"
    inherit_cache = True


@compiles(lowered)
def _lower(element: lowered, compiler: SQLCompiler, **options: Any) -> str:
    return f"lower({compiler.process(element.clauses, **options)})"


@compiles(lowered, "postgresql")
def _lower_everywhere(element: lowered, compiler: SQLCompiler, **options: Any) -> str:
    return f"translate({_lower(element, compiler, **options)}, '{_CAPITALS}', '{_CAPITALS.lower()}')"


def _conditions(wanted: Wanted, now: datetime) -> list[ColumnElement[bool]]:
    found = _in_state(wanted.state, now)
    if wanted.queue is not None:
        found.append(complaints.c.queue == wanted.queue)
    if wanted.priority is not None:
        found.append(complaints.c.priority == wanted.priority)
    if words := wanted.words.strip().lower():
        inside = lowered(complaints.c.text).contains(words, autoescape=True)
        found.append(or_(inside, complaints.c.number.contains(words, autoescape=True)))
    return found


def rows(connection: Connection, wanted: Wanted, now: datetime, offset: int, limit: int) -> tuple[list[Row], int]:
    """A stretch of a list, the most urgent first, and how many complaints the whole list has (see `count`)."""
    listed = _in_order(_conditions(wanted, now), offset + limit)
    order = (listed.c.rank, listed.c.respond_by, listed.c.seq)
    chosen = select(listed).order_by(*order).offset(offset).limit(limit).subquery()
    query = (
        select(complaints, decisions.c.kind, decisions.c.reason, decisions.c.probabilities)
        .join(chosen, chosen.c.id == complaints.c.id)
        .join(decisions, decisions.c.id == complaints.c.decision_id)
        .order_by(chosen.c.rank, chosen.c.respond_by, chosen.c.seq)
    )
    found = [_row(dict(row)) for row in connection.execute(query).mappings()]
    ended = len(found) < limit and (found or not offset)
    return found, offset + len(found) if ended else count(connection, wanted, now)


def _in_order(
    conditions: Sequence[ColumnElement[bool]], most: int, of: Complaint | None = None, back: bool = False
) -> Subquery:
    """The first `most` ids of each priority with what they are ordered by, after the place of `of` if it is given.

    A priority at a time, for then an index has them in order: none that is not shown is looked at.
    """
    here = _RANKS.index(of.priority) if of else None
    parts = []
    for rank, priority in enumerate(_RANKS):
        if here is not None and (rank > here if back else rank < here):
            continue
        query = select(complaints.c.id, literal(rank).label("rank"), *_WITHIN)
        query = query.where(complaints.c.priority == priority, *conditions)
        if of and rank == here:
            query = query.where(_beyond(of, back))
        order = [column.desc() for column in _WITHIN] if back else _WITHIN
        parts.append(select(query.order_by(*order).limit(most).subquery()))
    return union_all(*parts).subquery()


def _beyond(of: Complaint, back: bool) -> ColumnElement[bool]:
    place, here = tuple_(*_WITHIN), tuple_(literal(of.respond_by, UtcTime()), of.seq)
    return place < here if back else place > here


def _row(found: dict[str, Any]) -> Row:
    fields = {name: found[name] for name in Complaint.__slots__}
    return Row(Complaint(**fields), found["kind"], found["reason"], found["probabilities"])


def count(connection: Connection, wanted: Wanted, now: datetime) -> int:
    """How many complaints a list has; one more than `COUNTED` where it has more than that."""
    some = select(complaints.c.seq).where(*_conditions(wanted, now)).limit(COUNTED + 1).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one()


def loads(connection: Connection, now: datetime) -> list[Load]:
    """How every queue with open complaints stands; counted from indexes alone."""
    undecided = (
        select(complaints.c.queue, func.count().label("undecided"))
        .where(complaints.c.undecided == true())
        .group_by(complaints.c.queue)
    )
    open_ = (
        select(
            complaints.c.queue,
            func.count().label("waiting"),
            func.sum(case((complaints.c.respond_by < now, 1), else_=0)).label("overdue"),
            func.min(complaints.c.seq).label("first"),
        )
        .where(complaints.c.status == OPEN)
        .group_by(complaints.c.queue)
        .subquery()
    )
    waiting = select(open_.c.queue, open_.c.waiting, open_.c.overdue, complaints.c.registered_at.label("oldest")).join(
        complaints, complaints.c.seq == open_.c.first
    )
    counted = {row.queue: row.undecided for row in connection.execute(undecided)}
    return [Load(undecided=counted.get(found["queue"], 0), **found) for found in connection.execute(waiting).mappings()]


def neighbour(connection: Connection, wanted: Wanted, of: Complaint, now: datetime, back: bool = False) -> str | None:
    """The id of the complaint that comes after `of` in a list (before it with `back`), None at the end."""
    conditions = [*_conditions(wanted, now), complaints.c.id != of.id]
    return _first(connection, _in_order(conditions, 1, of, back), back)


def first(connection: Connection, wanted: Wanted, now: datetime, but: str = "") -> str | None:
    """The id of the most urgent complaint of a list, leaving out `but`."""
    return _first(connection, _in_order([*_conditions(wanted, now), complaints.c.id != but], 1))


def _first(connection: Connection, listed: Subquery, back: bool = False) -> str | None:
    order = [listed.c.rank, listed.c.respond_by, listed.c.seq]
    query = select(listed.c.id).order_by(*(column.desc() if back else column for column in order)).limit(1)
    found: str | None = connection.execute(query).scalar()
    return found


def last_change(connection: Connection, complaint_id: str) -> Change | None:
    """The last change of a complaint."""
    query = select(changes).where(changes.c.complaint_id == complaint_id).order_by(changes.c.seq.desc()).limit(1)
    row = connection.execute(query).mappings().first()
    return Change(**row) if row else None
