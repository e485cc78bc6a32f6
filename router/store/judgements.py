"""Who judged a complaint how, over its whole life: what training learns from and what agreement is measured on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Select, func, select

from router.store.desk import CHOSEN, UNDONE
from router.store.tables import changes, complaints, decisions

AT_ONCE = 500
"""Ids asked for in one query."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """An agent's choice of a category; `kind` is `confirmed`, `recategorised` or `audited` (without the prediction)."""

    at: datetime
    by: str | None
    kind: str
    category: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A complaint with the choices of category that stand, oldest first, at least one; undone ones are not among them.

    `change` is the number of the last change of category, undone or not. `client` is the number of the first complaint
    of the same client: it groups complaints and names nobody.
    """

    complaint_id: str
    number: str
    text: str
    channel: str | None
    client: str | None
    decision: str
    model: str
    probabilities: dict[str, float]
    change: int
    judgements: tuple[Judgement, ...]

    @property
    def predicted(self) -> str:
        """The category that the router thought the likeliest."""
        return max(self.probabilities, key=self.probabilities.__getitem__)


def judged(connection: Connection) -> list[Judged]:
    """Every complaint that has a text and a standing choice, in the order of their last changes; as of one moment."""
    rows = connection.execute(_everything()).mappings()
    found = (_judged(list(group)) for _, group in groupby(rows, key=lambda row: row["complaint_id"]))
    return sorted((one for one in found if one is not None), key=lambda one: one.change)


def known(connection: Connection, ids: Iterable[str]) -> set[str]:
    """Those of the ids that the database has a complaint for, forgotten or not."""
    return set(_known(connection, list(ids)))


def _known(connection: Connection, ids: list[str]) -> Iterator[str]:
    for start in range(0, len(ids), AT_ONCE):
        wanted = ids[start : start + AT_ONCE]
        yield from connection.execute(select(complaints.c.id).where(complaints.c.id.in_(wanted))).scalars()


def _everything() -> Select[Any]:
    """One statement, so that all of it is of one moment in either database."""
    own = complaints.alias()
    first = select(own.c.client_ref, func.min(own.c.seq).label("seq")).group_by(own.c.client_ref).subquery()
    clients = complaints.alias()
    return (
        select(
            *(complaints.c[name] for name in ("number", "text", "channel")),
            *(changes.c[name] for name in ("complaint_id", "seq", "at", "by", "kind", "category")),
            *(decisions.c[name] for name in ("model", "probabilities")),
            decisions.c.kind.label("decision"),
            clients.c.number.label("client"),
        )
        .join(complaints, complaints.c.id == changes.c.complaint_id)
        .join(decisions, decisions.c.id == complaints.c.decision_id)
        .outerjoin(first, first.c.client_ref == complaints.c.client_ref)
        .outerjoin(clients, clients.c.seq == first.c.seq)
        .where(changes.c.kind.in_((*CHOSEN, UNDONE)), complaints.c.text.is_not(None))
        .order_by(changes.c.complaint_id, changes.c.seq)
    )


def _judged(rows: list[Any]) -> Judged | None:
    standing: list[Judgement] = []
    for row in rows:
        if row["kind"] != UNDONE:
            standing.append(Judgement(row["at"], row["by"], row["kind"], row["category"]))
        elif standing:
            standing.pop()
    if not standing:
        return None
    fields = ("complaint_id", "number", "text", "channel", "client", "decision", "model", "probabilities")
    return Judged(**{name: row[name] for name in fields}, change=row["seq"], judgements=tuple(standing))
