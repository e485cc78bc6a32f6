"""From the store into the file of feedback: what is new or changed comes in, what was forgotten or undone goes out."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from router.errors import InputError
from router.store import Store, judgements
from router.store.judgements import Judged, Judgement
from router.store.records import rfc3339
from training.feedback import book, labels
from training.feedback.book import Row
from training.feedback.quarantine import marked, near_duplicates


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull brought: how many rows came, changed and went; how many there are and how many wait for a review."""

    new: int
    changed: int
    gone: int
    rows: int
    open: dict[str, int]
    waiting: int


def pull(store: Store, path: Path) -> Pulled:
    """Bring the file up to date in one step; the same store gives the same file. What was settled stays so.

    `InputError` where the file holds complaints that the store has never heard of: it is another's.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with book.alone(path):
        before = {row["id"]: row for row in book.read(path)}
        _require_own(store, path, before)
        found = [_row(one, before.get(one.complaint_id)) for one in store.read(judgements.judged)]
        after = marked(found, near_duplicates(found))
        book.write(path, after)
    return _pulled(before, after)


def _require_own(store: Store, path: Path, before: dict[str, Row]) -> None:
    if strange := len(before) - len(store.read(judgements.known, before)):
        detail = f"{path} holds {strange} complaints that this database does not know"
        raise InputError(f"{detail}: expected the database that it was pulled from, or another file")


def _row(found: Judged, before: Row | None) -> Row:
    """The row as it stands; one that has not changed since is taken as it is, with what it was settled to."""
    if before is not None and before["change"] == found.change:
        return before
    last = found.judgements[-1]
    row = new_row(found)
    settled = before["settled"] if before else None
    return row | {"settled": settled} if settled and settled["label"] == last.category else row


def new_row(found: Judged) -> Row:
    """A row that nobody has looked at, with all that quarantine and agreement need."""
    return labels.row(found) | {
        "confidence": round(found.probabilities[found.predicted], 6),
        "client": found.client,
        "change": found.change,
        "judgements": [_judgement(one) for one in found.judgements],
        "quarantine": [],
        "settled": None,
    }


def _judgement(one: Judgement) -> Row:
    return {"agent": one.by, "at": rfc3339(one.at), "blind": one.kind == labels.AUDITED, "label": one.category}


def _pulled(before: dict[str, Row], after: list[Row]) -> Pulled:
    ids = {row["id"] for row in after}
    known = [row for row in after if row["id"] in before]
    waiting = [row for row in after if book.is_open(row)]
    reasons = Counter(name for row in waiting for name in {found["reason"] for found in row["quarantine"]})
    return Pulled(
        new=len(after) - len(known),
        changed=sum(row["change"] != before[row["id"]]["change"] for row in known),
        gone=len(before.keys() - ids),
        rows=len(after),
        open=dict(sorted(reasons.items())),
        waiting=len(waiting),
    )
