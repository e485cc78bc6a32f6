"""Whether a complaint waits for a decision, kept with it, and indexes for what was looked for row by row."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

FILL = """
    UPDATE complaints SET undecided = (
        status = 'registered'
        AND (SELECT decisions.kind FROM decisions WHERE decisions.id = complaints.decision_id) <> 'auto'
        AND (
            SELECT COALESCE(SUM(CASE WHEN changes.kind = 'undone' THEN -1 ELSE 1 END), 0) FROM changes
            WHERE changes.complaint_id = complaints.id
            AND changes.kind IN ('confirmed', 'recategorised', 'audited', 'undone')
        ) = 0
    )
"""


def upgrade() -> None:
    """Add the column, fill it from the history, and make the indexes."""
    op.add_column("complaints", sa.Column("undecided", sa.Boolean, nullable=False, server_default=sa.true()))
    op.execute(FILL)
    by_urgency = ["priority", "respond_by", "seq"]
    op.create_index("ix_complaints_undecided_queue_urgency", "complaints", ["undecided", "queue", *by_urgency])
    op.create_index("ix_complaints_undecided_urgency", "complaints", ["undecided", *by_urgency])
    for column in ("status", "queue"):
        op.create_index(f"ix_complaints_{column}_seq", "complaints", [column, "seq"])
    op.create_index("ix_complaints_figures", "complaints", ["registered_at", "category", "respond_by", "answered_at"])
    op.create_index("ix_decisions_at_kind", "decisions", ["at", "kind"])
