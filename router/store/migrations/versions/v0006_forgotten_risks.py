"""Words of clients who were forgotten, which decisions kept where they named a risk."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

FORGOTTEN = sa.text("SELECT decision_id FROM complaints WHERE forgotten_at IS NOT NULL")


def upgrade() -> None:
    """Erase them; the kinds of the risks and their places stay."""
    connection = op.get_bind()
    decisions = sa.table("decisions", sa.column("id", sa.String), sa.column("classification", sa.JSON))
    for decision_id in connection.execute(FORGOTTEN).scalars().all():
        where = decisions.c.id == decision_id
        found = connection.execute(sa.select(decisions.c.classification).where(where)).scalar_one()
        if found.get("risks"):
            kept = found | {"risks": [risk | {"text": ""} for risk in found["risks"]]}
            connection.execute(decisions.update().where(where).values(classification=kept))
