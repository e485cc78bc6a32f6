"""Indexes in the order of the agents' lists, so that a page costs the same however much is stored."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the indexes."""
    by_urgency = ["priority", "respond_by", "seq"]
    for before in (["status", "queue"], ["status"], ["queue"], []):
        columns = [*before, *by_urgency]
        op.create_index("_".join(["ix_complaints", *before, "urgency"]), "complaints", columns)
    op.create_index("ix_complaints_status_id", "complaints", ["status", "id"])
