"""The complaints that came in lately, with what agents said of them: for comparing models on today's traffic."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from router.store.labels import labels
from router.store.tables import complaints


class Recent(NamedTuple):
    """A complaint and the category that an agent gave it last, None where none did."""

    number: str
    text: str
    label: str | None


def recent(connection: Connection, since: datetime, most: int) -> list[Recent]:
    """The newest complaints registered since then, at most so many, oldest first; forgotten texts are left out."""
    query = (
        select(complaints.c.id, complaints.c.number, complaints.c.text)
        .where(complaints.c.registered_at >= since, complaints.c.text.is_not(None))
        .order_by(complaints.c.seq.desc())
        .limit(most)
    )
    given = {label.complaint_id: label.category for label in labels(connection, since)}
    rows = connection.execute(query).all()
    return [Recent(row.number, row.text, given.get(row.id)) for row in reversed(rows)]
