"""Two kinds of keys: those that make a repeated request harmless, and those that open the API."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from router.store.records import Key, columns
from router.store.tables import api_keys, idempotency_keys
from router.store.writing import Transaction

KEPT = timedelta(days=7)
"""How long an Idempotency-Key is remembered."""
CLEAN_EVERY = 100
"""Complaints after which old Idempotency-Keys are looked for."""
_FIND = select(idempotency_keys).where(idempotency_keys.c.key == bindparam("key_"))


def remembered(transaction: Transaction, key: str) -> tuple[str, str] | None:
    """The (digest, complaint id) that an Idempotency-Key stands for; one that is too old is forgotten."""
    if key in transaction.seen:
        return transaction.seen[key]
    row = transaction.connection.execute(_FIND, {"key_": key}).first()
    if row is None:
        return None
    if row.created_at < transaction.now - KEPT:
        transaction.connection.execute(delete(idempotency_keys).where(idempotency_keys.c.key == key))
        return None
    return row.digest, row.complaint_id


def remember(transaction: Transaction, key: str, digest: str, complaint_id: str) -> None:
    """Keep what an Idempotency-Key stands for; now and then those that are too old are dropped."""
    transaction.seen[key] = (digest, complaint_id)
    transaction.add(idempotency_keys, key=key, digest=digest, complaint_id=complaint_id, created_at=transaction.now)
    if transaction.last("complaints") % CLEAN_EVERY == 0:
        too_old = idempotency_keys.c.created_at < transaction.now - KEPT
        transaction.connection.execute(delete(idempotency_keys).where(too_old))


def add(transaction: Transaction, key: Key) -> None:
    """Keep an API key."""
    transaction.connection.execute(insert(api_keys).values(**columns(key)))


def revoke(transaction: Transaction, key_id: str) -> bool:
    """Revoke an API key; False if there is none with this id that was not revoked before."""
    matching = (api_keys.c.id == key_id) & api_keys.c.revoked_at.is_(None)
    found = transaction.connection.execute(select(api_keys.c.id).where(matching)).first() is not None
    transaction.connection.execute(update(api_keys).where(matching).values(revoked_at=transaction.now))
    return found


def every(connection: Connection) -> Sequence[Key]:
    """All API keys, revoked ones too, oldest first."""
    query = select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id)
    return [Key(**row) for row in connection.execute(query).mappings()]
