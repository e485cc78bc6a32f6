"""Sessions of the desk that ended at logout: their cookies are signed and would be good for hours yet."""

from datetime import timedelta

from sqlalchemy import Connection, delete, insert, select

from router.store.tables import ended_sessions
from router.store.writing import Transaction


def end(transaction: Transaction, session_id: str, lasts: timedelta) -> None:
    """Remember that a session ended, and forget those that are older than sessions get (`lasts`)."""
    table = ended_sessions.c
    transaction.connection.execute(delete(ended_sessions).where(table.ended_at < transaction.now - lasts))
    if not has_ended(transaction.connection, session_id):
        transaction.connection.execute(insert(ended_sessions).values(id=session_id, ended_at=transaction.now))


def has_ended(connection: Connection, session_id: str) -> bool:
    """Whether somebody logged out of a session."""
    found = select(ended_sessions.c.id).where(ended_sessions.c.id == session_id)
    return connection.execute(found).first() is not None
