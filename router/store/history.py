"""Complaints and their history, as they are written: no complaint changes without a row that says so."""

from typing import Any

from sqlalchemy import update

from router.store import desk, queries
from router.store.records import Complaint, Decision, columns
from router.store.tables import changes, complaints, decisions, messages, ratings
from router.store.writing import Transaction


def register(transaction: Transaction, complaint: Complaint, decision: Decision, by: str | None) -> None:
    """Insert a new complaint and what was decided about it."""
    transaction.add(complaints, **columns(complaint))
    transaction.add(decisions, **columns(decision))
    _record(transaction, complaint, "registered", by)


def change(transaction: Transaction, before: Complaint, kind: str, by: str | None, **values: Any) -> Complaint:
    """Change a complaint, put that into the history, and return it as it is now."""
    transaction.flush()
    values["version"] = before.version + 1
    values["undecided"] = _undecided(transaction, before, kind, values.get("status", before.status))
    transaction.connection.execute(update(complaints).where(complaints.c.id == before.id).values(**values))
    after = queries.complaint(transaction.connection, before.id)
    assert after is not None  # noqa: S101 - it has just been updated, under a lock
    _record(transaction, after, kind, by, before)
    return after


def _undecided(transaction: Transaction, before: Complaint, kind: str, status: str) -> bool:
    """Whether it waits for a decision after this change; most changes tell without a look at the history."""
    if kind in desk.CHOSEN or status != desk.OPEN:
        return False
    if before.undecided:
        return True
    return desk.is_unplaced(transaction.connection, before.id, undone=int(kind == desk.UNDONE))


def say(transaction: Transaction, complaint: Complaint, side: str, by: str | None, text: str) -> None:
    """Keep a message that came with the change just made."""
    transaction.add(messages, **_of_last_change(transaction, complaint), side=side, by=by, text=text)


def rate(transaction: Transaction, complaint: Complaint, rating: int, comment: str | None) -> None:
    """Keep a rating that came with the change just made."""
    transaction.add(ratings, **_of_last_change(transaction, complaint), rating=rating, comment=comment)


def _of_last_change(transaction: Transaction, complaint: Complaint) -> dict[str, Any]:
    return {"change_seq": transaction.last("changes"), "complaint_id": complaint.id, "at": transaction.now}


def _record(
    transaction: Transaction, after: Complaint, kind: str, by: str | None, before: Complaint | None = None
) -> None:
    transaction.add(
        changes,
        seq=transaction.next("changes"),
        complaint_id=after.id,
        number=after.number,
        at=transaction.now,
        kind=kind,
        by=by,
        version=after.version,
        status=after.status,
        category=after.category,
        queue=after.queue,
        previous_category=before.category if before else None,
        previous_queue=before.queue if before else None,
        rating=after.rating,
    )
