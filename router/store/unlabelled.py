"""Complaints that no agent has placed yet: what may be labelled next."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from router.store.labels import labels
from router.store.tables import complaints


@dataclass(frozen=True, slots=True)
class Unlabelled:
    """A complaint whose category nobody confirmed or corrected; its text is masked, as all that is stored."""

    id: str
    number: str
    text: str
    channel: str | None


def unlabelled(connection: Connection, since: datetime, most: int) -> list[Unlabelled]:
    """The newest ones registered since then, at most so many, oldest first; forgotten texts are left out."""
    given = {label.complaint_id for label in labels(connection, since)}
    query = (
        select(complaints.c.id, complaints.c.number, complaints.c.text, complaints.c.channel)
        .where(complaints.c.registered_at >= since, complaints.c.text.is_not(None))
        .order_by(complaints.c.seq.desc())
    )
    found: list[Unlabelled] = []
    for row in connection.execute(query).mappings():
        if row["id"] not in given:
            found.append(Unlabelled(**row))
        if len(found) == most:
            break
    return found[::-1]
