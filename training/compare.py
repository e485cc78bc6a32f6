"""Two models side by side: on the same labelled rows, or on the complaints that came in lately."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from statistics import fmean, median
from time import perf_counter_ns
from typing import Any

import numpy as np
from sklearn.metrics import f1_score

from router import artefact
from router.categories import NONE
from router.classifier import Classification, Classifier
from router.errors import DataError, InputError
from training import paired, routing
from training.corpus import Row, data_files
from training.robustness import DISTURBANCES, disturbed
from training.routing import Case

SAMPLE = 500
"""At most this many rows, evenly taken, are disturbed and timed."""
ROUNDS = 7

Figures = dict[str, Any]
Answers = Sequence[Classification]


@dataclass(frozen=True)
class Duel:
    """Two models of the same categories, and what both say of the same complaints, in the same order."""

    a: Classifier
    b: Classifier
    cases: Sequence[Case]
    answers: tuple[Answers, Answers]

    @property
    def categories(self) -> tuple[str, ...]:
        """Their categories."""
        return tuple(self.a.model.table.categories)

    @property
    def placed(self) -> list[int]:
        """The places of the complaints that someone said are of a category."""
        return [place for place, case in enumerate(self.cases) if case.label not in (None, NONE)]


def hold(a: Classifier, b: Classifier, cases: Sequence[Case]) -> Duel:
    """Have both classify all cases; `InputError` where they cannot be compared."""
    ours, theirs = (tuple(model.model.table.categories) for model in (a, b))
    if set(ours) != set(theirs):
        detail = f"{a.model.id} has {', '.join(ours)}; {b.model.id} has {', '.join(theirs)}"
        raise InputError(f"expected two models of the same categories: {detail}")
    if not cases:
        raise InputError("expected complaints to compare the models on, found none")
    said = [[model.classify(case.text) for case in cases] for model in (a, b)]
    return Duel(a, b, cases, (said[0], said[1]))


def cases_of(rows: Sequence[Row], categories: Sequence[str]) -> list[Case]:
    """Labelled rows as cases; `DataError` at the first whose label the models do not have."""
    for row in rows:
        if row.label not in (*categories, NONE):
            raise DataError(row.place, f"label must be one of {', '.join((*categories, NONE))}, got {row.label!r}")
    return [Case(row.id, row.text, row.label) for row in rows]


def on_rows(duel: Duel, rows: Sequence[Row], fast: bool = False) -> Figures:
    """All figures on labelled rows; `fast` leaves out robustness and speed."""
    return (
        measured(duel)
        | traffic(duel)
        | {
            "robustness": None if fast else robustness(duel, rows),
            "speed": None if fast else speed(duel),
        }
    )


def on_traffic(duel: Duel, days: float) -> Figures:
    """What needs no labels, and the agreement with agents where they have decided; `days` is the window's length."""
    figures = measured(duel) if duel.placed else {}
    for counts in (found := traffic(duel))["queues"].values():
        counts["a_a_day"], counts["b_a_day"] = counts["a"] / days, counts["b"] / days
    return figures | found


def measured(duel: Duel) -> Figures:
    """What is known from labels: figures with intervals, McNemar's test, coverage and precision of `auto`."""
    a, b = answers(duel)
    drawn = paired.draw(a, b)
    names = ("macro_f1", "accuracy", "ece", "log_loss", "brier")
    return {
        "figures": {name: drawn.of(name) for name in names},
        "categories": {
            key: {name: drawn.of(name, place) for name in ("f1", "precision", "recall")}
            | {"texts": int((a.truth == place).sum())}
            for place, key in enumerate(duel.categories)
        },
        "mcnemar": paired.mcnemar(a.right, b.right),
        "auto": {side: auto(duel.cases, said) for side, said in zip("ab", duel.answers, strict=True)},
        "resamples": paired.RESAMPLES,
        "seed": paired.SEED,
        "labelled": len(duel.placed),
    }


def answers(duel: Duel) -> tuple[paired.Answers, paired.Answers]:
    """The probabilities of both on the complaints that are of a category, with their labels."""
    if not duel.placed:
        raise InputError("expected complaints labelled with a category, found none")
    truth = [duel.categories.index(duel.cases[place].label or "") for place in duel.placed]
    both = [
        [[dict(said[place].suggestions)[key] for key in duel.categories] for place in duel.placed]
        for said in duel.answers
    ]
    return paired.stacked(both[0], truth), paired.stacked(both[1], truth)


def auto(cases: Sequence[Case], said: Answers) -> Figures:
    """Coverage over the complaints of a category, precision over all labelled that were `auto`, `none` being wrong."""
    pairs = [(case.label, answer) for case, answer in zip(cases, said, strict=True) if case.label is not None]
    sure = [(label, answer) for label, answer in pairs if answer.decision.kind == "auto"]
    covered = sum(label != NONE for label, _ in sure)
    keys = said[0].votes.categories
    return {
        "coverage": paired.proportion(covered, sum(label != NONE for label, _ in pairs)),
        "precision": _precision(sure),
        "categories": {key: _precision([pair for pair in sure if pair[1].category == key]) for key in keys},
    }


def traffic(duel: Duel) -> Figures:
    """What happens to the complaints under both: shares of categories, decisions, queues, and the routing diff."""
    both = list(zip(duel.cases, *duel.answers, strict=True))
    models = (duel.a, duel.b)
    changes = [routing.change(case, a, b, models) for case, a, b in both if routing.differs(a, b)]
    return {
        "a": _model(duel.a),
        "b": _model(duel.b),
        "texts": len(both),
        "shares": _counts([[answer.suggestions[0][0] for answer in said] for said in duel.answers]),
        "decisions": _counts([[answer.decision.kind for answer in said] for said in duel.answers]),
        "queues": _counts([[answer.queue for answer in said] for said in duel.answers]),
        "changed": len(changes),
        "moved": sum(change.a.queue != change.b.queue for change in changes),
        "routing": routing.grouped(changes),
    }


def robustness(duel: Duel, rows: Sequence[Row]) -> Figures:
    """Macro-F1 on a sample of the rows in the categories, and the mean of what it loses over all disturbances."""
    rows = sample([row for row in rows if row.label != NONE])
    kinds = {"plain": rows} | {name: disturbed(rows, change) for name, change in DISTURBANCES.items()}
    values = {name: {side: _macro_f1(model, worse) for side, model in _sides(duel)} for name, worse in kinds.items()}
    plain = values.pop("plain")
    loss = {side: fmean(plain[side] - value[side] for value in values.values()) for side in "ab"}
    return {"texts": len(rows), "plain": plain, "mean_loss": loss, "kinds": values}


def speed(duel: Duel) -> Figures:
    """Median microseconds a complaint over rounds in which both take turns, words being known, and the ratio B / A."""
    texts = [case.text for case in sample(duel.cases)]
    rounds = [[_microseconds(model, texts) for _, model in _sides(duel)] for _ in range(ROUNDS)][1:]
    a, b = (median(times) for times in zip(*rounds, strict=True))
    ratio = median(second / first for first, second in rounds)
    return {"a": a, "b": b, "ratio": ratio, "rounds": len(rounds), "texts": len(texts)}


def sizes(folder: Path) -> dict[str, int]:
    """Bytes of what the service reads, and of the whole folder."""
    whole = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
    return {"votes": (folder / artefact.VOTES).stat().st_size, "folder": whole}


def fitted_on(meta: Mapping[str, Any], data: Path) -> bool:
    """Whether a model was fitted on any of these files: figures on them flatter."""
    known = set(meta.get("corpus", {}).get("digests", {}).values())
    return any(artefact.digest(file.read_bytes()) in known for file in data_files(data))


def sample(items: Sequence[Any]) -> list[Any]:
    """At most `SAMPLE` of the items, evenly taken."""
    return [items[int(place)] for place in np.linspace(0, len(items) - 1, min(SAMPLE, len(items)))]


def _sides(duel: Duel) -> tuple[tuple[str, Classifier], tuple[str, Classifier]]:
    return ("a", duel.a), ("b", duel.b)


def _macro_f1(model: Classifier, rows: Sequence[Row]) -> float:
    said = [model.classify(row.text).suggestions[0][0] for row in rows]
    return float(f1_score([row.label for row in rows], said, average="macro", zero_division=0))


def _microseconds(model: Classifier, texts: Sequence[str]) -> float:
    begun = perf_counter_ns()
    for text in texts:
        model.classify(text)
    return (perf_counter_ns() - begun) / 1000 / len(texts)


def _precision(sure: Sequence[tuple[str, Classification]]) -> Figures:
    return paired.proportion(sum(label == answer.category for label, answer in sure), len(sure))


def _counts(both: Sequence[Sequence[str]]) -> dict[str, dict[str, Any]]:
    a, b = (Counter(said) for said in both)
    names = sorted(set(chain(a, b)), key=lambda name: (-a[name], name))
    return {name: {"a": a[name], "b": b[name]} for name in names}


def _model(model: Classifier) -> Figures:
    meta = model.model.meta
    return {"id": model.model.id, "fitted_at": meta.get("fitted_at"), "target": meta["thresholds"].get("target")}
