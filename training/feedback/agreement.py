"""How far agents agree with the model and with each other: counts, shares with their intervals, Cohen's kappa.

Kappa: Cohen 1960, "A Coefficient of Agreement for Nominal Scales". Intervals: Clopper and Pearson 1934, 95 %.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

from sklearn.metrics import cohen_kappa_score

from training.calibrate import interval
from training.feedback.book import Row
from training.feedback.quarantine import last_by_agent, near_duplicates

ENOUGH = 30
"""Of fewer judgements nothing is concluded."""

Pair = tuple[str, str]
"""What two judges said of one text."""


def agreement(rows: Sequence[Row]) -> dict[str, Any]:
    """All figures; every complaint counts with the first judgement of it, which no other agent's could sway.

    `blind` are audits, where the agent did not see the prediction, `shown` the others.
    """
    first = [(row["predicted"], row["judgements"][0]["label"], row["judgements"][0]["blind"]) for row in rows]
    pairs = [(predicted, label) for predicted, label, _ in first]
    return {
        "rows": len(rows),
        "model": {
            "all": figures(pairs),
            "blind": figures([(one, other) for one, other, blind in first if blind]),
            "shown": figures([(one, other) for one, other, blind in first if not blind]),
            "categories": {key: figures(found) | _one(key, pairs) for key, found in _by_first(pairs).items()},
        },
        "agents": _of_agents(rows),
    }


def figures(pairs: Sequence[Pair]) -> dict[str, Any]:
    """How many judged, how many agreed, the share with its interval, kappa (None where it cannot be told)."""
    agreed = sum(one == other for one, other in pairs)
    found = {"judged": len(pairs), "agreed": agreed, "enough": len(pairs) >= ENOUGH}
    if not pairs:
        return found | {"share": None, "low": None, "high": None, "kappa": None}
    low, high = interval(agreed, len(pairs))
    share = {"share": agreed / len(pairs), "low": low, "high": high}
    return found | share | {"kappa": kappa(pairs)}


def kappa(pairs: Sequence[Pair]) -> float | None:
    """Agreement beyond chance; None where both only ever said one and the same thing."""
    one, other = zip(*pairs, strict=True)
    if len({*one, *other}) == 1:
        return None
    return float(cohen_kappa_score(one, other))


def _one(category: str, pairs: Sequence[Pair]) -> dict[str, Any]:
    """Kappa of a category against all others: where one judge always says the same there is none to be had."""
    return {"kappa": kappa([(str(one == category), str(other == category)) for one, other in pairs])}


def _by_first(pairs: Iterable[Pair]) -> Mapping[str, list[Pair]]:
    groups: defaultdict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        groups[pair[0]].append(pair)
    return dict(sorted(groups.items()))


def _of_agents(rows: Sequence[Row]) -> dict[str, Any]:
    """Two agents on the same complaint, and on near-duplicates; then every two agents by name."""
    same = [found for row in rows for found in combinations(sorted(_labels(row)), 2)]
    by_id = {row["id"]: row for row in rows}
    near = [found for one, other in near_duplicates(rows) for found in _across(by_id[one], by_id[other])]
    by_name: defaultdict[str, list[Pair]] = defaultdict(list)
    for (who, label), (whom, other) in (*same, *near):
        by_name[f"{who} and {whom}"].append((label, other))
    return {
        "same_complaint": _both_ways([(one, other) for (_, one), (_, other) in same]),
        "near_duplicates": _both_ways([(one, other) for (_, one), (_, other) in near]),
        "pairs": {name: figures(found) for name, found in sorted(by_name.items())},
    }


def _labels(row: Row) -> list[Pair]:
    return [(agent, judgement["label"]) for agent, judgement in last_by_agent(row).items()]


def _across(one: Row, other: Row) -> list[tuple[Pair, Pair]]:
    """What different agents said of two near-duplicates, in order of their names."""
    found = [(mine, theirs) for mine in _labels(one) for theirs in _labels(other) if mine[0] != theirs[0]]
    return [(mine, theirs) if mine[0] < theirs[0] else (theirs, mine) for mine, theirs in found]


def _both_ways(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Figures whose kappa does not depend on who of a pair is named first."""
    found = figures(pairs)
    return found | {"kappa": kappa([*pairs, *((other, one) for one, other in pairs)]) if pairs else None}
