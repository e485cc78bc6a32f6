"""Which labels contradict something, and what: a near-duplicate, a second agent, or a model that was very sure.

Whoever settles a row has the last word on it; a row that was dropped contradicts nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from training.check import Shingles
from training.corpus import Row as Text
from training.feedback.book import Row, is_dropped

NEAR_DUPLICATE, SECOND_AGENT, MODEL = "near_duplicate", "second_agent", "model"
REASONS = (NEAR_DUPLICATE, SECOND_AGENT, MODEL)
SURE = 0.99
"""The confidence from which a model's contradiction counts."""

Pairs = Sequence[tuple[str, str]]
Reason = dict[str, Any]


def near_duplicates(rows: Iterable[Row]) -> Pairs:
    """The ids of every two rows whose texts are equal or nearly so."""
    index = Shingles()
    pairs = []
    for row in rows:
        text = Text(row["id"], row["text"], row["label"], place=row["id"])
        pairs += [(other, row["id"]) for other in index.neighbours(text)]
        index.add(text)
    return pairs


def marked(rows: Sequence[Row], pairs: Pairs) -> list[Row]:
    """The rows, each with what its label contradicts as `quarantine`."""
    by_id = {row["id"]: row for row in rows if not is_dropped(row)}
    near: dict[str, list[Row]] = {}
    for one, other in pairs:
        if one in by_id and other in by_id:
            near.setdefault(one, []).append(by_id[other])
            near.setdefault(other, []).append(by_id[one])
    return [row | {"quarantine": _reasons(row, near.get(row["id"], ()))} for row in rows]


def _reasons(row: Row, near: Iterable[Row]) -> list[Reason]:
    if is_dropped(row):
        return []
    return [*_of_near_duplicates(row, near), *_of_agents(row), *_of_model(row)]


def _of_near_duplicates(row: Row, near: Iterable[Row]) -> Iterator[Reason]:
    for other in near:
        if other["label"] == row["label"]:
            continue
        found = {name: other[name] for name in ("id", "number", "label", "agent")}
        yield {"reason": NEAR_DUPLICATE, **found}
        if row["agent"] and other["agent"] and row["agent"] != other["agent"]:
            yield {"reason": SECOND_AGENT, **found}


def _of_agents(row: Row) -> Iterator[Reason]:
    last = last_by_agent(row)
    for agent, judgement in last.items():
        if agent != row["agent"] and row["agent"] and judgement["label"] != row["label"]:
            here = {name: row[name] for name in ("id", "number")}
            yield {"reason": SECOND_AGENT, **here, "label": judgement["label"], "agent": agent}


def last_by_agent(row: Row) -> Mapping[str, Mapping[str, Any]]:
    """The last judgement of every agent that is known by name; who corrects oneself contradicts nobody."""
    return {judgement["agent"]: judgement for judgement in row["judgements"] if judgement["agent"]}


def _of_model(row: Row) -> Iterator[Reason]:
    if row["label"] != row["predicted"] and row["confidence"] >= SURE:
        found = {"label": row["predicted"], "confidence": row["confidence"], "model": row["model"]}
        yield {"reason": MODEL, **found}
