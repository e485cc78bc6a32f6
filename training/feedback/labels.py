"""Labels from the desk: what agents confirmed or corrected, as rows that a corpus can take."""

from collections.abc import Iterator
from typing import Any

from router.personal import mask
from router.store import Store, judgements
from router.store.judgements import Judged
from router.store.records import rfc3339

AUDITED = "audited"


def rows(store: Store, corrected_only: bool = False) -> Iterator[dict[str, Any]]:
    """A row for every complaint with a choice of agents that stands, oldest label first; forgotten ones have none."""
    for found in store.read(judgements.judged):
        if not (corrected_only and found.predicted == found.judgements[-1].category):
            yield row(found)


def row(found: Judged) -> dict[str, Any]:
    """A row as `training.corpus` reads it, and who gave the label when, about which prediction of which model."""
    last = found.judgements[-1]
    agreed = found.predicted == last.category
    return {
        "id": found.complaint_id,  # by which `forget` finds the models that were trained on it
        "number": found.number,
        "text": mask(found.text),
        "label": last.category,
        "secondary": None,
        "industry": "unknown",
        "channel": found.channel,
        "author": "unknown",
        "kind": "complaint",
        "agent": last.by,
        "at": rfc3339(last.at),
        "feedback": AUDITED if last.kind == AUDITED else "confirmed" if agreed else "corrected",
        "predicted": found.predicted,
        "decision": found.decision,
        "model": found.model,
    }
