"""What the team's page counts: complaints by day and category, how they were decided, what is late, who agreed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sqlalchemy import Connection, func, literal, select

from router.store.labels import is_last
from router.store.tables import UtcTime, changes, complaints, decisions

AT_ONCE = 1_000
"""Labels read at once."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Labels that agents gave, and how many are what the router had thought the likeliest, or among the first two."""

    labels: int
    first: int
    among_two: int


@dataclass(frozen=True, slots=True)
class Counted:
    """Complaints registered in each span of time by category, and of all since the first: by decision, and late ones.

    The category None stands for those that nobody has placed.
    """

    volumes: list[dict[str | None, int]]
    kinds: dict[str, int]
    late: int
    agreement: Agreement


def count(connection: Connection, moments: Sequence[datetime], now: datetime) -> Counted:
    """Count between each of the moments and the next; counted from indexes, but for the labels that agents gave."""
    since = moments[0]
    return Counted(
        volumes=[_volumes(connection, *span) for span in pairwise(moments)],
        kinds=_kinds(connection, since),
        late=_late(connection, since, now),
        agreement=agreement(connection, since),
    )


def _volumes(connection: Connection, since: datetime, until: datetime) -> dict[str | None, int]:
    query = (
        select(complaints.c.category, func.count().label("number"))
        .where(complaints.c.registered_at >= since, complaints.c.registered_at < until)
        .group_by(complaints.c.category)
    )
    return {row.category: row.number for row in connection.execute(query)}


def _kinds(connection: Connection, since: datetime) -> dict[str, int]:
    """Each complaint was decided about in the moment in which it was registered, and once."""
    query = select(decisions.c.kind, func.count().label("number")).where(decisions.c.at >= since)
    return {row.kind: row.number for row in connection.execute(query.group_by(decisions.c.kind))}


def _late(connection: Connection, since: datetime, now: datetime) -> int:
    answered = func.coalesce(complaints.c.answered_at, literal(now, UtcTime()))
    query = select(func.count()).where(complaints.c.registered_at >= since, answered > complaints.c.respond_by)
    return connection.execute(query).scalar_one()


def agreement(connection: Connection, since: datetime) -> Agreement:
    """Of the labels given since then, each complaint's last one.

    A label among categories that the model of its day did not have says nothing of that model.
    """
    query = (
        select(changes.c.category, decisions.c.probabilities)
        .join(decisions, decisions.c.complaint_id == changes.c.complaint_id)
        .where(changes.c.at >= since, is_last())
    )
    places = [0, 0, 0]
    for category, shares in connection.execution_options(yield_per=AT_ONCE).execute(query):
        if category in shares:
            places[min(2, sorted(shares, key=shares.__getitem__, reverse=True).index(category))] += 1
    return Agreement(sum(places), places[0], places[0] + places[1])
