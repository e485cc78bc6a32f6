"""The tables. `migrations/` makes them; a test holds the two together."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    true,
)


class UtcTime(TypeDecorator[datetime]):
    """A moment: always aware and in UTC in Python; SQLite, which knows no zones, keeps it as naive UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database."""
        return value.astimezone(UTC).replace(tzinfo=None) if value and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """From the database."""
        if value is None:
            return None
        found: datetime = value
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


metadata = MetaData()

counters = Table(
    "counters",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
"""The last `changes` and `complaints` numbers. Its rows are locked by whoever writes: all writing goes in turn."""

complaints = Table(
    "complaints",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("seq", BigInteger, nullable=False, unique=True),
    Column("number", String(32), nullable=False, unique=True),
    Column("text", Text),
    Column("channel", String(64)),
    Column("client_ref", String(255), index=True),
    Column("status", String(16), nullable=False),
    Column("category", String(64)),
    Column("queue", String(64), nullable=False),
    Column("priority", String(16), nullable=False),
    Column("respond_within_hours", Integer, nullable=False),
    Column("registered_at", UtcTime, nullable=False),
    Column("respond_by", UtcTime, nullable=False),
    Column("answered_at", UtcTime),
    Column("rating", Integer),
    Column("version", Integer, nullable=False),
    Column("decision_id", String(32), nullable=False),
    Column("forgotten_at", UtcTime),
    Column("undecided", Boolean, nullable=False, server_default=true()),
    Index("ix_complaints_status_queue_seq", "status", "queue", "seq"),
    Index("ix_complaints_status_seq", "status", "seq"),
    Index("ix_complaints_queue_seq", "queue", "seq"),
    Index("ix_complaints_undecided_queue_urgency", "undecided", "queue", "priority", "respond_by", "seq"),
    Index("ix_complaints_undecided_urgency", "undecided", "priority", "respond_by", "seq"),
    Index("ix_complaints_status_queue_urgency", "status", "queue", "priority", "respond_by", "seq"),
    Index("ix_complaints_status_urgency", "status", "priority", "respond_by", "seq"),
    Index("ix_complaints_queue_urgency", "queue", "priority", "respond_by", "seq"),
    Index("ix_complaints_urgency", "priority", "respond_by", "seq"),
    Index("ix_complaints_status_id", "status", "id"),
    Index("ix_complaints_figures", "registered_at", "category", "respond_by", "answered_at"),
)
"""`undecided` follows from status, decision and changes (see `router.store.desk`); it is kept, for lists to be read
from an index."""

decisions = Table(
    "decisions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("complaint_id", String(32), ForeignKey("complaints.id"), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    Column("model", String(128), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("reason", String(64)),
    Column("category", String(64)),
    Column("queue", String(64), nullable=False),
    Column("probabilities", JSON, nullable=False),
    Column("none", Double, nullable=False),
    Column("thresholds", JSON, nullable=False),
    Column("classification", JSON, nullable=False),
    Index("ix_decisions_at_kind", "at", "kind"),
)

changes = Table(
    "changes",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("complaint_id", String(32), ForeignKey("complaints.id"), nullable=False, index=True),
    Column("number", String(32), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("by", String(128)),
    Column("version", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("category", String(64)),
    Column("queue", String(64), nullable=False),
    Column("previous_category", String(64)),
    Column("previous_queue", String(64)),
    Column("rating", Integer),
)
"""The history: audit, feed and source of labels in one. It holds no word that a client or an agent wrote."""

messages = Table(
    "messages",
    metadata,
    Column("change_seq", BigInteger, ForeignKey("changes.seq"), primary_key=True, autoincrement=False),
    Column("complaint_id", String(32), ForeignKey("complaints.id"), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    Column("side", String(16), nullable=False),
    Column("by", String(128)),
    Column("text", Text),
)

ratings = Table(
    "ratings",
    metadata,
    Column("change_seq", BigInteger, ForeignKey("changes.seq"), primary_key=True, autoincrement=False),
    Column("complaint_id", String(32), ForeignKey("complaints.id"), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    Column("rating", Integer, nullable=False),
    Column("comment", Text),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("complaint_id", String(32), ForeignKey("complaints.id"), nullable=False, index=True),
    Column("created_at", UtcTime, nullable=False, index=True),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(128), nullable=False),
    Column("role", String(16), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
)

ended_sessions = Table(
    "ended_sessions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("ended_at", UtcTime, nullable=False),
)
"""Sessions of the desk that were logged out of; a copy of their cookie opens nothing any more."""
