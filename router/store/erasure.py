"""Forgetting a client: every word and reference of theirs is erased, the bare history of numbers and times stays."""

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, delete, select, text, update

from router.store import history
from router.store.records import Complaint
from router.store.tables import complaints, decisions, idempotency_keys, messages, ratings
from router.store.writing import Transaction


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased: the complaints (by id and number) and how many texts of each kind.

    `from_files` is False where the log of SQLite still holds it, for somebody has been reading all the time.
    """

    complaints: dict[str, str]
    messages: int
    comments: int
    keys: int
    from_files: bool = True


def forget(
    transaction: Transaction, client_ref: str | None = None, number: str | None = None, by: str | None = None
) -> Erased:
    """Erase the texts, messages, comments, idempotency keys and the reference itself of a client's complaints.

    Or of the one complaint with a `number`: it may name no client, or have been written to after it was forgotten. Of
    the risks that a decision names their kinds and places stay, not the words.
    """
    transaction.flush()
    wanted = complaints.c.number == number if number is not None else complaints.c.client_ref == client_ref
    connection, ids = transaction.connection, select(complaints.c.id).where(wanted)
    query = select(complaints).where(wanted).order_by(complaints.c.seq)
    found = [Complaint(**row) for row in connection.execute(query).mappings()]
    said = update(messages).where(messages.c.complaint_id.in_(ids), messages.c.text.is_not(None)).values(text=None)
    rated = update(ratings).where(ratings.c.complaint_id.in_(ids), ratings.c.comment.is_not(None)).values(comment=None)
    keyed = delete(idempotency_keys).where(idempotency_keys.c.complaint_id.in_(ids))
    texts, comments, keys = (connection.execute(statement).rowcount for statement in (said, rated, keyed))
    for complaint in found:
        _erase_risks(connection, complaint.decision_id)
        history.change(
            transaction, complaint, "forgotten", by, text=None, client_ref=None, forgotten_at=transaction.now
        )
    return Erased({complaint.id: complaint.number for complaint in found}, texts, comments, keys)


def _erase_risks(connection: Connection, decision_id: str) -> None:
    where = decisions.c.id == decision_id
    found = connection.execute(select(decisions.c.classification).where(where)).scalar_one()
    if found.get("risks"):
        kept = found | {"risks": [risk | {"text": ""} for risk in found["risks"]]}
        connection.execute(update(decisions).where(where).values(classification=kept))


def scrub(engine: Engine) -> bool:
    """Remove what was erased from the files too, as far as the database lets us; whether it did.

    SQLite: its log, unless somebody reads for as long as we may wait. PostgreSQL: dead rows, and what its statistics
    quote; the bytes themselves stay in its files until it writes there again.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "sqlite":
            busy: int = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).scalar_one()
            return not busy
        connection.execute(text("VACUUM (ANALYZE) complaints, decisions, messages, ratings, idempotency_keys"))
        return True
