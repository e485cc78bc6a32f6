"""The values that the store keeps, without any SQL: a complaint, its decision, its messages, its changes, the keys."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any


def rfc3339(time: datetime | None) -> str | None:
    """A UTC time as the API writes it, `2026-11-22T10:04:24.123Z`."""
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z") if time else None


def columns(record: Any) -> dict[str, Any]:
    """A record's fields by name, as they are (`dataclasses.asdict` copies them, which takes longer than to write)."""
    return {name: getattr(record, name) for name in record.__slots__}


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint as it stands. `text` is what the classifier saw, None once forgotten; `version` counts its changes.

    `category` is None where nobody has chosen yet. `seq` is its place in the order of registration. `undecided` tells
    whether it waits for a decision of an agent (see `router.store.desk`).
    """

    id: str
    seq: int
    number: str
    text: str | None
    channel: str | None
    client_ref: str | None
    status: str
    category: str | None
    queue: str
    priority: str
    respond_within_hours: int
    registered_at: datetime
    respond_by: datetime
    answered_at: datetime | None
    rating: int | None
    version: int
    decision_id: str
    forgotten_at: datetime | None = None
    undecided: bool = False

    def overdue(self, now: datetime) -> bool:
        """Whether an answer is owed and late."""
        return self.answered_at is None and now > self.respond_by

    def due(self, now: datetime) -> datetime:
        """By when an answer is due if the clock starts at `now`."""
        return now + timedelta(hours=self.respond_within_hours)

    def as_json(self, now: datetime) -> dict[str, Any]:
        """The object of the API, as of `now`."""
        return {
            "id": self.id,
            "number": self.number,
            "status": self.status,
            "category": self.category,
            "queue": self.queue,
            "priority": self.priority,
            "registered_at": rfc3339(self.registered_at),
            "respond_by": rfc3339(self.respond_by),
            "respond_within_hours": self.respond_within_hours,
            "answered_at": rfc3339(self.answered_at),
            "overdue": self.overdue(now),
            "rating": self.rating,
            "channel": self.channel,
            "client_ref": self.client_ref,
            "text": self.text,
            "decision_id": self.decision_id,
            "version": self.version,
        }


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, by which model and why.

    `probabilities` and `none` (the logit of being no complaint) are exact: classifying the text again gives the same
    bits. In `thresholds` None stands for a bound that nothing reaches.

    `classification` is the object of `/v1/classify` as it was answered.
    """

    id: str
    complaint_id: str
    at: datetime
    model: str
    kind: str
    reason: str | None
    category: str | None
    queue: str
    probabilities: dict[str, float]
    none: float
    thresholds: dict[str, Any]
    classification: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The object of the API; `text` is added by whoever has the complaint."""
        return {
            "id": self.id,
            "complaint_id": self.complaint_id,
            "at": rfc3339(self.at),
            "model": self.model,
            "decision": self.kind,
            "reason": self.reason,
            "category": self.category,
            "queue": self.queue,
            "probabilities": self.probabilities,
            "none": self.none,
            "thresholds": self.thresholds,
            "classification": self.classification,
        }


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the history. `category` and `queue` are those after it, `previous_…` those before."""

    seq: int
    complaint_id: str
    number: str
    at: datetime
    kind: str
    by: str | None
    version: int
    status: str
    category: str | None
    queue: str
    previous_category: str | None
    previous_queue: str | None
    rating: int | None

    def as_json(self) -> dict[str, Any]:
        """The object of the API."""
        return {
            "cursor": str(self.seq),
            "complaint_id": self.complaint_id,
            "number": self.number,
            "at": rfc3339(self.at),
            "kind": self.kind,
            "by": self.by,
            "version": self.version,
            "status": self.status,
            "category": self.category,
            "queue": self.queue,
            "previous_category": self.previous_category,
            "previous_queue": self.previous_queue,
            "rating": self.rating,
        }


@dataclass(frozen=True, slots=True)
class Message:
    """What one side wrote after the complaint itself; `side` is `company` or `client`."""

    at: datetime
    side: str
    by: str | None
    text: str | None

    def as_json(self) -> dict[str, Any]:
        """The object of the API."""
        return {"at": rfc3339(self.at), "from": self.side, "by": self.by, "text": self.text}


@dataclass(frozen=True, slots=True)
class QueueLoad:
    """How a queue stands: complaints that wait for an answer, how many are late, and since when the oldest waits."""

    queue: str
    open: int = 0
    overdue: int = 0
    oldest: datetime | None = None
    respond_by: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """The object of the API; `next_respond_by` is the earliest time by which an answer is due."""
        return {
            "queue": self.queue,
            "open": self.open,
            "overdue": self.overdue,
            "oldest": rfc3339(self.oldest),
            "next_respond_by": rfc3339(self.respond_by),
        }


@dataclass(frozen=True, slots=True)
class Key:
    """An API key as it is kept: never the key itself, only its SHA-256."""

    id: str
    name: str
    role: str
    hash: str
    created_at: datetime
    revoked_at: datetime | None = None
