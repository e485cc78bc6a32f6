"""Complaints, decisions, history, messages, ratings, idempotency keys."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables and start the counters."""
    counters = op.create_table(
        "counters",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(counters, [{"name": "changes", "value": 0}, {"name": "complaints", "value": 0}])
    _complaints()
    _decisions()
    _changes()
    _words()
    _idempotency_keys()


def _complaint_id() -> sa.Column[str]:
    return sa.Column("complaint_id", sa.String(32), sa.ForeignKey("complaints.id"), nullable=False, index=True)


def _change_seq() -> sa.Column[int]:
    return sa.Column("change_seq", sa.BigInteger, sa.ForeignKey("changes.seq"), primary_key=True, autoincrement=False)


def _complaints() -> None:
    op.create_table(
        "complaints",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False, unique=True),
        sa.Column("number", sa.String(32), nullable=False, unique=True),
        sa.Column("text", sa.Text),
        sa.Column("channel", sa.String(64)),
        sa.Column("client_ref", sa.String(255), index=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("category", sa.String(64)),
        sa.Column("queue", sa.String(64), nullable=False),
        sa.Column("priority", sa.String(16), nullable=False),
        sa.Column("respond_within_hours", sa.Integer, nullable=False),
        sa.Column("registered_at", TIME, nullable=False),
        sa.Column("respond_by", TIME, nullable=False),
        sa.Column("answered_at", TIME),
        sa.Column("rating", sa.Integer),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("decision_id", sa.String(32), nullable=False),
        sa.Column("forgotten_at", TIME),
    )
    op.create_index("ix_complaints_status_queue_seq", "complaints", ["status", "queue", "seq"])


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.String(32), primary_key=True),
        _complaint_id(),
        sa.Column("at", TIME, nullable=False),
        sa.Column("model", sa.String(128), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(64)),
        sa.Column("category", sa.String(64)),
        sa.Column("queue", sa.String(64), nullable=False),
        sa.Column("probabilities", sa.JSON, nullable=False),
        sa.Column("none", sa.Double, nullable=False),
        sa.Column("thresholds", sa.JSON, nullable=False),
        sa.Column("classification", sa.JSON, nullable=False),
    )


def _changes() -> None:
    op.create_table(
        "changes",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        _complaint_id(),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("by", sa.String(128)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("category", sa.String(64)),
        sa.Column("queue", sa.String(64), nullable=False),
        sa.Column("previous_category", sa.String(64)),
        sa.Column("previous_queue", sa.String(64)),
        sa.Column("rating", sa.Integer),
    )


def _words() -> None:
    op.create_table(
        "messages",
        _change_seq(),
        _complaint_id(),
        sa.Column("at", TIME, nullable=False),
        sa.Column("side", sa.String(16), nullable=False),
        sa.Column("by", sa.String(128)),
        sa.Column("text", sa.Text),
    )
    op.create_table(
        "ratings",
        _change_seq(),
        _complaint_id(),
        sa.Column("at", TIME, nullable=False),
        sa.Column("rating", sa.Integer, nullable=False),
        sa.Column("comment", sa.Text),
    )


def _idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        _complaint_id(),
        sa.Column("created_at", TIME, nullable=False, index=True),
    )
