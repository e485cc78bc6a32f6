"""Labels from the desk: what agents confirmed or corrected, as rows that a corpus can take."""

from collections.abc import Iterator
from typing import Any

from router.store import Store, labels
from router.store.labels import Label
from router.store.records import rfc3339


def rows(store: Store, corrected_only: bool = False) -> Iterator[dict[str, Any]]:
    """A row for every complaint that an agent placed last, oldest label first; forgotten texts are left out."""
    for label in store.read(labels.all_labels):
        if label.text and not (corrected_only and label.ranked[0] == label.category):
            yield row(label)


def row(label: Label) -> dict[str, Any]:
    """A row as `training.corpus` reads it, and who gave the label when, about which prediction of which model."""
    agreed = label.ranked[0] == label.category
    return {
        "id": label.complaint_id,  # by which `forget` finds the models that were trained on it
        "number": label.number,
        "text": label.text,
        "label": label.category,
        "secondary": None,
        "industry": "unknown",
        "channel": label.channel,
        "author": "unknown",
        "kind": "complaint",
        "agent": label.by,
        "at": rfc3339(label.at),
        "feedback": "audited" if label.kind == "audited" else "confirmed" if agreed else "corrected",
        "predicted": label.ranked[0],
        "decision": label.decision,
        "model": label.model,
    }
