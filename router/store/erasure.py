"""Forgetting a client: every word and reference of theirs is erased, the bare history of numbers and times stays."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, delete, select, text, update

from router.errors import StoreError
from router.store import history
from router.store.records import Complaint
from router.store.tables import complaints, decisions, idempotency_keys, messages, ratings
from router.store.writing import Transaction

AT_ONCE = 5_000
"""Complaints that are named in one statement; PostgreSQL takes 65,535."""
STILL_READ = (
    "the words are erased, but stand in the file still: another program has read it for 30 s (a backup, a paused "
    "command, a shell); end that and run forget again, which then finds nothing more to erase"
)


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased: the complaints (by id and number) and how many texts of each kind."""

    complaints: dict[str, str]
    messages: int
    comments: int
    keys: int


def of_client(transaction: Transaction, client_ref: str) -> list[Complaint]:
    """The complaints that carry a client's reference, oldest first."""
    query = select(complaints).where(complaints.c.client_ref == client_ref).order_by(complaints.c.seq)
    return [Complaint(**row) for row in transaction.connection.execute(query).mappings()]


def forget(transaction: Transaction, client_ref: str, by: str | None = None) -> Erased:
    """Erase the texts, messages, comments, idempotency keys and the reference itself of a client's complaints."""
    found = of_client(transaction, client_ref)
    ids = [complaint.id for complaint in found]
    counts = [_words(transaction.connection, ids[at : at + AT_ONCE]) for at in range(0, len(ids), AT_ONCE)]
    for complaint in found:
        history.change(
            transaction, complaint, "forgotten", by, text=None, client_ref=None, forgotten_at=transaction.now
        )
    return Erased(
        {complaint.id: complaint.number for complaint in found}, *map(sum, zip((0, 0, 0), *counts, strict=True))
    )


def _words(connection: Connection, ids: Sequence[str]) -> tuple[int, ...]:
    """Erase what was said and sent about these complaints; returns how many messages, comments and keys."""
    said = update(messages).where(messages.c.complaint_id.in_(ids), messages.c.text.is_not(None)).values(text=None)
    rated = update(ratings).where(ratings.c.complaint_id.in_(ids), ratings.c.comment.is_not(None)).values(comment=None)
    keyed = delete(idempotency_keys).where(idempotency_keys.c.complaint_id.in_(ids))
    _silence(connection, ids)
    return tuple(connection.execute(statement).rowcount for statement in (said, rated, keyed))


def _silence(connection: Connection, complaint_ids: Sequence[str]) -> None:
    """Take the client's words out of what was decided: a risk keeps its kind and its place."""
    found = select(decisions.c.id, decisions.c.classification).where(decisions.c.complaint_id.in_(complaint_ids))
    for row in connection.execute(found).all():
        if risks := row.classification.get("risks"):
            silent = row.classification | {"risks": [risk | {"text": ""} for risk in risks]}
            connection.execute(update(decisions).where(decisions.c.id == row.id).values(classification=silent))


def scrub(engine: Engine) -> None:
    """Remove what was erased from the files too: from the log of SQLite, from the dead rows of PostgreSQL.

    `StoreError` where somebody goes on reading SQLite as it was before, so that its file must still hold it.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "sqlite":
            if connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).one().busy:
                raise StoreError(STILL_READ, "still_in_files")
        else:
            connection.execute(text("VACUUM complaints, decisions, messages, ratings, idempotency_keys"))
