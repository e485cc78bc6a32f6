"""What agents decided, as labels: for training, for the team's figures and for the blind audit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, FromClause, and_, func, not_, select

from router.store.desk import AUTO, CHOSEN, OPEN, UNDONE
from router.store.records import Complaint
from router.store.tables import changes, complaints, decisions

AUDITED = "audited"
_DIGITS = 8
"""Hexadecimal digits of an id that decide whether it is audited: ids are chance."""


@dataclass(frozen=True, slots=True)
class Label:
    """The category that an agent gave a complaint last, and what the router had thought of it."""

    complaint_id: str
    number: str
    text: str | None
    channel: str | None
    at: datetime
    by: str | None
    kind: str
    category: str
    predicted: str | None
    decision: str
    model: str
    probabilities: dict[str, float]

    @property
    def ranked(self) -> list[str]:
        """The categories, the likeliest first."""
        return sorted(self.probabilities, key=self.probabilities.__getitem__, reverse=True)


def stands(choice: FromClause = changes) -> ColumnElement[bool]:
    """Whether a change chose a category and was not taken back: only the very next change can take it back."""
    back = changes.alias()
    undone = select(back.c.seq).where(
        back.c.complaint_id == choice.c.complaint_id, back.c.version == choice.c.version + 1, back.c.kind == UNDONE
    )
    return and_(choice.c.kind.in_(CHOSEN), not_(undone.correlate(choice).exists()))


def is_last() -> ColumnElement[bool]:
    """Whether a change is the last standing choice of its complaint."""
    later = changes.alias()
    outdated = select(later.c.seq).where(
        later.c.complaint_id == changes.c.complaint_id, later.c.seq > changes.c.seq, stands(later)
    )
    return and_(stands(), not_(outdated.correlate(changes).exists()))


def labels(connection: Connection, since: datetime | None = None) -> Iterator[Label]:
    """The last label of every complaint that has one, in the order in which they were given; undone ones are none.

    Where an agent took a choice back, the label of the agent before stands again.
    """
    query = (
        select(
            complaints.c.id.label("complaint_id"),
            complaints.c.number,
            complaints.c.text,
            complaints.c.channel,
            changes.c.at,
            changes.c.by,
            changes.c.kind,
            changes.c.category,
            decisions.c.category.label("predicted"),
            decisions.c.kind.label("decision"),
            decisions.c.model,
            decisions.c.probabilities,
        )
        .join(complaints, complaints.c.id == changes.c.complaint_id)
        .join(decisions, decisions.c.id == complaints.c.decision_id)
        .where(is_last())
        .order_by(changes.c.seq)
    )
    if since is not None:
        query = query.where(changes.c.at >= since)
    yield from (Label(**row) for row in connection.execute(query).mappings())


def all_labels(connection: Connection, since: datetime | None = None) -> list[Label]:
    """The same as a list."""
    return list(labels(connection, since))


def is_drawn(complaint_id: str, share: float) -> bool:
    """Whether chance drew a complaint to be audited, whatever became of it."""
    return complaint_id < _bound(share)


def to_audit(
    connection: Connection, share: float, but: str = "", categories: Sequence[str] | None = None
) -> Complaint | None:
    """The complaint that has waited longest to be audited, None where there is none; of `categories` if given."""
    query = (
        select(complaints)
        .where(*_auditable(share, categories), complaints.c.id != but)
        .order_by(complaints.c.seq)
        .limit(1)
    )
    row = connection.execute(query).mappings().first()
    return Complaint(**row) if row else None


def audits_waiting(connection: Connection, share: float, categories: Sequence[str] | None = None) -> int:
    """How many complaints wait to be audited."""
    return connection.execute(
        select(func.count()).select_from(complaints).where(*_auditable(share, categories))
    ).scalar_one()


def audited(connection: Connection, model: str) -> list[tuple[str, bool]]:
    """(category, whether the agents gave the same) of every audit of what a model placed by itself, in order.

    What counts is the last label of a complaint that was audited: a colleague may confirm an audit, or correct it. A
    category that the model does not know says nothing of it: the agent chose among those of another model.
    """
    audit = changes.alias()
    blind = select(audit.c.complaint_id).where(audit.c.kind == AUDITED, stands(audit))
    query = (
        select(decisions.c.category, changes.c.category.label("given"), decisions.c.probabilities)
        .join(complaints, complaints.c.id == changes.c.complaint_id)
        .join(decisions, decisions.c.id == complaints.c.decision_id)
        .where(changes.c.complaint_id.in_(blind), is_last(), decisions.c.model == model, decisions.c.kind == AUTO)
        .order_by(changes.c.seq)
    )
    found = connection.execute(query)
    return [(row.category, row.category == row.given) for row in found if row.given in row.probabilities]


def _auditable(share: float, categories: Sequence[str] | None) -> tuple[ColumnElement[bool], ...]:
    """Open or answered, placed by the router itself, of the share, and labelled by nobody yet.

    Only in `categories`, if they are given: those of another model cannot be audited by the buttons of this one.
    """
    placed = select(decisions.c.kind).where(decisions.c.id == complaints.c.decision_id).correlate(complaints)
    labelled = select(changes.c.seq).where(and_(changes.c.complaint_id == complaints.c.id, changes.c.kind.in_(CHOSEN)))
    return (
        complaints.c.id < _bound(share),
        complaints.c.status.in_((OPEN, "answered")),
        complaints.c.text.is_not(None),
        placed.scalar_subquery() == AUTO,
        not_(labelled.correlate(complaints).exists()),
        *(() if categories is None else (complaints.c.category.in_(categories),)),
    )


def _bound(share: float) -> str:
    """Ids below it are that share of all ids."""
    return "g" if share >= 1 else f"{int(share * 16**_DIGITS):0{_DIGITS}x}"
