"""The life of a complaint: registered, confirmed or corrected, answered, asked on, accepted, rated.

    registered ──answer──▶ answered ──acceptance──▶ accepted
        ▲                     │  rating                rating
        └────clarification────┘

Each step is one job for the store: it looks at the complaint as it stands, refuses what that does not allow, and
writes. Who else wants to change the same complaint waits meanwhile.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from math import inf
from typing import Any
from uuid import uuid4

from router.classifier import Classification, Classifier
from router.decision import Thresholds
from router.errors import ConflictError, NotFoundError
from router.personal import mask
from router.store import Store, Transaction, desk, history, keys, queries
from router.store.records import Change, Complaint, Decision
from router.text import require_text

REGISTERED, ANSWERED, ACCEPTED = "registered", "answered", "accepted"
STATUSES = (REGISTERED, ANSWERED, ACCEPTED)

ALLOWED = {
    REGISTERED: ("category", "answer"),
    ANSWERED: ("category", "clarification", "acceptance", "rating"),
    ACCEPTED: ("rating",),
}
"""What may be done with a complaint, by its status; the names are those of the endpoints."""

UNDO_SECONDS = 10
"""How long an agent is shown that a choice can be undone."""
UNDO_GRACE = 2
"""Seconds more, for the way from the agent's page to us."""

COMPANY, CLIENT = "company", "client"


@dataclass(frozen=True, slots=True)
class Filing:
    """A complaint as it comes in. `key` makes sending it again harmless."""

    text: str
    channel: str | None = None
    client_ref: str | None = None
    key: str | None = None

    def digest(self) -> str:
        """What the key is bound to: SHA-256 of all that was sent."""
        body = json.dumps([self.text, self.channel, self.client_ref], ensure_ascii=False)
        return hashlib.sha256(body.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Act:
    """Someone's step in the life of one complaint. Where `expected_version` is given, it must be the present one."""

    complaint_id: str
    by: str | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class Registration:
    """A complaint as it was registered, what was decided, and whether it is new or was sent before."""

    complaint: Complaint
    decision: Decision
    created: bool
    classification: Classification | None = None

    def as_json(self) -> dict[str, Any]:
        """The object of the API: the same whenever it is asked for, whatever has become of the complaint since."""
        answer = self.complaint.as_json(self.complaint.registered_at)
        return answer | {"classification": self.decision.classification}


def prepare(text: str) -> str:
    """A text as it is classified and stored, without personal data: all that anyone writes goes through here."""
    return mask(text)


def prepared(text: object) -> str:
    """The same of what a request holds; `TextError` where it is no text that we take."""
    return prepare(require_text(text))


def register(store: Store, classifier: Classifier, filing: Filing, by: str | None = None) -> Registration:
    """Classify and register a complaint, once for each key; `ConflictError` for a known key with another body."""
    classification = classifier.classify(prepared(filing.text))
    decided = _decision(classification, classifier.model.thresholds, store.clock())

    def job(transaction: Transaction) -> Registration:
        if filing.key and (known := keys.remembered(transaction, filing.key)):
            return _again(transaction, filing, *known)
        made = _new(transaction, filing, classification, replace(decided, at=transaction.now))
        history.register(transaction, made.complaint, made.decision, by)
        if filing.key:
            keys.remember(transaction, filing.key, filing.digest(), made.complaint.id)
        return made

    return replace(store.write(job), classification=classification)


def _new(transaction: Transaction, filing: Filing, classification: Classification, decision: Decision) -> Registration:
    now, count = transaction.now, transaction.next("complaints")
    complaint = Complaint(
        id=decision.complaint_id,
        seq=count,
        number=f"{now.year}-{count:06}",
        text=classification.text,
        channel=filing.channel,
        client_ref=filing.client_ref,
        status=REGISTERED,
        category=classification.category,
        queue=classification.queue,
        priority=classification.priority,
        respond_within_hours=classification.respond_within_hours,
        registered_at=now,
        respond_by=now,
        answered_at=None,
        rating=None,
        version=1,
        decision_id=decision.id,
        undecided=decision.kind != desk.AUTO,
    )
    return Registration(replace(complaint, respond_by=complaint.due(now)), decision, created=True)


def _decision(classification: Classification, thresholds: Thresholds, now: datetime) -> Decision:
    return Decision(
        id=uuid4().hex,
        complaint_id=uuid4().hex,
        at=now,
        model=classification.model,
        kind=classification.decision.kind,
        reason=classification.decision.reason,
        category=classification.category,
        queue=classification.queue,
        probabilities=dict(classification.suggestions),
        none=classification.none,
        thresholds=_finite(asdict(thresholds)),
        classification=classification.as_json(),
    )


def _finite(values: dict[str, Any]) -> dict[str, Any]:
    """The same with None for infinity, which JSON does not know."""
    return {name: None if value == inf else value for name, value in values.items()}


def _again(transaction: Transaction, filing: Filing, digest: str, complaint_id: str) -> Registration:
    """The complaint that a key was first sent with, as it was then."""
    if digest != filing.digest():
        raise ConflictError("this Idempotency-Key was sent before, with another body", "idempotency_key_reused")
    transaction.flush()
    complaint = _found(transaction, complaint_id)
    decision = queries.decision(transaction.connection, complaint.decision_id)
    assert decision is not None  # noqa: S101 - it was written in one transaction with the complaint
    return Registration(_as_registered(complaint, decision), decision, created=False)


def _as_registered(complaint: Complaint, decision: Decision) -> Complaint:
    return replace(
        complaint,
        status=REGISTERED,
        category=decision.category,
        queue=decision.queue,
        respond_by=complaint.due(complaint.registered_at),
        answered_at=None,
        rating=None,
        version=1,
    )


def categorise(store: Store, act: Act, category: str, queue: str, blind: bool = False) -> Complaint:
    """Confirm or correct the category, which `queue` belongs to; `blind` where the router's own was not shown."""

    def step(transaction: Transaction, found: Complaint) -> Complaint:
        kind = "audited" if blind else "confirmed" if category == found.category else "recategorised"
        return history.change(transaction, found, kind, act.by, category=category, queue=queue)

    return _do(store, act, "category", step)


def undo(store: Store, act: Act) -> Complaint:
    """Take back the category that the same agent chose a moment ago, if nothing has happened since."""

    def step(transaction: Transaction, found: Complaint) -> Complaint:
        last = desk.last_change(transaction.connection, found.id)
        if last is None or not may_undo(last, act.by, transaction.now):
            detail = f"only one's own choice of a category can be undone, within {UNDO_SECONDS} seconds"
            raise ConflictError(detail, "too_late", _state(found, transaction.now))
        values = {"category": last.previous_category, "queue": last.previous_queue}
        return history.change(transaction, found, desk.UNDONE, act.by, **values)

    return _do(store, act, "category", step)


def may_undo(last: Change, by: str | None, now: datetime) -> bool:
    """Whether a complaint whose last change is `last` may be put back by its author."""
    return last.kind in desk.CHOSEN and last.by == by and now - last.at <= timedelta(seconds=UNDO_SECONDS + UNDO_GRACE)


def answer(store: Store, act: Act, text: object) -> Complaint:
    """The company answers; the clock stops."""
    words = prepared(text)

    def step(transaction: Transaction, found: Complaint) -> Complaint:
        after = history.change(transaction, found, "answered", act.by, status=ANSWERED, answered_at=transaction.now)
        history.say(transaction, after, COMPANY, act.by, words)
        return after

    return _do(store, act, "answer", step)


def clarify(store: Store, act: Act, text: object) -> Complaint:
    """The client asks on: back to the same queue, and the clock starts again."""
    words = prepared(text)

    def step(transaction: Transaction, found: Complaint) -> Complaint:
        due = found.due(transaction.now)
        values = {"status": REGISTERED, "answered_at": None, "respond_by": due}
        after = history.change(transaction, found, "clarification", act.by, **values)
        history.say(transaction, after, CLIENT, act.by, words)
        return after

    return _do(store, act, "clarification", step)


def accept(store: Store, act: Act) -> Complaint:
    """The client accepts the answer."""

    def step(transaction: Transaction, found: Complaint) -> Complaint:
        return history.change(transaction, found, "accepted", act.by, status=ACCEPTED)

    return _do(store, act, "acceptance", step)


def rate(store: Store, act: Act, rating: int, comment: str | None = None) -> Complaint:
    """The client rates the support, 1 to 5; rating again replaces it."""

    def step(transaction: Transaction, found: Complaint) -> Complaint:
        after = history.change(transaction, found, "rated", act.by, rating=rating)
        history.rate(transaction, after, rating, prepare(comment) if comment else None)
        return after

    return _do(store, act, "rating", step)


def _do(store: Store, act: Act, action: str, step: Callable[[Transaction, Complaint], Complaint]) -> Complaint:
    """Take a step if the complaint as it stands allows it."""

    def job(transaction: Transaction) -> Complaint:
        transaction.flush()
        found = _found(transaction, act.complaint_id)
        require_version(found, act.expected_version, transaction.now)
        require_allowed(found, action, transaction.now)
        return step(transaction, found)

    return store.write(job)


def _found(transaction: Transaction, complaint_id: str) -> Complaint:
    return require_found(queries.complaint(transaction.connection, complaint_id), complaint_id)


def require_found(complaint: Complaint | None, complaint_id: str) -> Complaint:
    """The complaint, or `NotFoundError`."""
    if complaint is None:
        raise NotFoundError(f"there is no complaint with the id {complaint_id}")
    return complaint


def require_allowed(complaint: Complaint, action: str, now: datetime) -> None:
    """Refuse an action that the complaint's status does not allow, naming those that it does."""
    allowed = ALLOWED[complaint.status]
    if action not in allowed:
        detail = f"a complaint that is {complaint.status} allows {', '.join(allowed)}; not {action}"
        raise ConflictError(detail, "not_allowed", _state(complaint, now))


def require_version(complaint: Complaint, expected: int | None, now: datetime) -> None:
    """Refuse a change that was meant for another version of the complaint."""
    if expected is not None and expected != complaint.version:
        detail = f"the complaint has version {complaint.version}, not {expected}: someone changed it meanwhile"
        raise ConflictError(detail, "version_changed", _state(complaint, now))


def _state(complaint: Complaint, now: datetime) -> Mapping[str, Any]:
    return {"allowed": ALLOWED[complaint.status], "complaint": complaint.as_json(now)}
