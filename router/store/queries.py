"""What is read from the database."""

from datetime import datetime

from sqlalchemy import Connection, case, func, select

from router.store.records import Change, Complaint, Decision, Message, QueueLoad
from router.store.tables import changes, complaints, decisions, messages, ratings


def complaint(connection: Connection, complaint_id: str) -> Complaint | None:
    """The complaint with this id."""
    row = connection.execute(select(complaints).where(complaints.c.id == complaint_id)).mappings().first()
    return Complaint(**row) if row else None


def page(
    connection: Connection, after: int, limit: int, queue: str | None = None, status: str | None = None
) -> list[Complaint]:
    """Complaints registered after number `after`, oldest first, of one queue and status if they are given."""
    query = select(complaints).where(complaints.c.seq > after).order_by(complaints.c.seq).limit(limit)
    if queue is not None:
        query = query.where(complaints.c.queue == queue)
    if status is not None:
        query = query.where(complaints.c.status == status)
    return [Complaint(**row) for row in connection.execute(query).mappings()]


def decision(connection: Connection, decision_id: str) -> Decision | None:
    """The decision with this id."""
    row = connection.execute(select(decisions).where(decisions.c.id == decision_id)).mappings().first()
    return Decision(**row) if row else None


def history(connection: Connection, complaint_id: str) -> list[Change]:
    """All changes of one complaint, in order."""
    query = select(changes).where(changes.c.complaint_id == complaint_id).order_by(changes.c.seq)
    return [Change(**row) for row in connection.execute(query).mappings()]


def feed(connection: Connection, after: int, limit: int) -> list[Change]:
    """The changes of all complaints after number `after`, in order."""
    query = select(changes).where(changes.c.seq > after).order_by(changes.c.seq).limit(limit)
    return [Change(**row) for row in connection.execute(query).mappings()]


def dialogue(connection: Connection, complaint_id: str) -> list[Message]:
    """What was written after the complaint itself, in order."""
    query = (
        select(messages.c.at, messages.c.side, messages.c.by, messages.c.text)
        .where(messages.c.complaint_id == complaint_id)
        .order_by(messages.c.change_seq)
    )
    return [Message(**row) for row in connection.execute(query).mappings()]


def comment(connection: Connection, complaint_id: str) -> str | None:
    """The comment of the last rating."""
    query = (
        select(ratings.c.comment)
        .where(ratings.c.complaint_id == complaint_id)
        .order_by(ratings.c.change_seq.desc())
        .limit(1)
    )
    found: str | None = connection.execute(query).scalar()
    return found


def loads(connection: Connection, status: str, now: datetime) -> list[QueueLoad]:
    """How every queue with complaints of `status` stands; counted from an index alone."""
    late = func.sum(case((complaints.c.respond_by < now, 1), else_=0))
    counted = (
        select(
            complaints.c.queue,
            func.count().label("open"),
            late.label("overdue"),
            func.min(complaints.c.seq).label("first"),
            func.min(complaints.c.respond_by).label("respond_by"),
        )
        .where(complaints.c.status == status)
        .group_by(complaints.c.queue)
        .subquery()
    )
    query = select(
        *(counted.c[name] for name in ("queue", "open", "overdue", "respond_by")),
        complaints.c.registered_at.label("oldest"),
    ).join(complaints, complaints.c.seq == counted.c.first)
    return [QueueLoad(**row) for row in connection.execute(query).mappings()]
