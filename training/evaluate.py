"""What a model is worth on labelled texts: the figures of `complaint-training evaluate`."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, precision_recall_fscore_support

from router.categories import KEYS, NONE
from router.classifier import Classification, Classifier
from training.calibrate import expected_calibration_error
from training.corpus import Row, placed

Figures = dict[str, Any]


def evaluate(classifier: Classifier, rows: Sequence[Row]) -> Figures:
    """All figures of a model on rows; rows labelled `none` count for abstention only."""
    answers = [classifier.classify(row.text) for row in rows]
    pairs = list(zip(rows, answers, strict=True))
    return figures(pairs) | {
        "model": classifier.model.id,
        "by_industry": _by(pairs, lambda row: row.industry),
        "by_sure": _by([pair for pair in pairs if pair[0].sure], lambda row: str(row.sure)),
    }


Pair = tuple[Row, Classification]


def figures(pairs: Sequence[Pair]) -> Figures:
    """Macro-F1 and its company over the categories, then what `auto` covers and how often it is right."""
    categories = next((answer.votes.categories for _, answer in pairs), KEYS)
    scored = [(row, answer) for row, answer in pairs if row.label != NONE]
    truth = [row.label for row, _ in scored]
    first = [answer.suggestions[0][0] for _, answer in scored]
    return {
        "texts": len(pairs),
        "texts_in_categories": len(scored),
        "macro_f1": macro_f1(truth, first),
        "accuracy": float(accuracy_score(truth, first)) if truth else None,
        "top2": _share([row.label in (answer.suggestions[0][0], answer.suggestions[1][0]) for row, answer in scored]),
        "ece": _ece(scored),
        "categories": _per_category(truth, first, categories),
        "confusion": confusion_matrix(truth, first, labels=list(categories)).tolist() if truth else [],
        "auto": _auto(pairs, categories),
    }


def macro_f1(truth: Sequence[Any], guess: Sequence[Any]) -> float | None:
    """Mean F1 over those categories (keys or numbers) that occur in truth or guess."""
    present = sorted({*truth, *guess})
    return float(f1_score(truth, guess, labels=present, average="macro", zero_division=0)) if present else None


def _share(flags: Sequence[bool]) -> float | None:
    return sum(flags) / len(flags) if flags else None


def _ece(scored: Sequence[Pair]) -> float | None:
    if not scored:
        return None
    confidence = np.array([answer.confidence for _, answer in scored])
    return expected_calibration_error(confidence, np.array([a.suggestions[0][0] == r.label for r, a in scored]))


def _per_category(truth: Sequence[str], guess: Sequence[str], categories: Sequence[str]) -> Figures:
    if not truth:
        return {}
    columns = precision_recall_fscore_support(truth, guess, labels=list(categories), zero_division=0)
    return {
        key: {"precision": float(p), "recall": float(r), "f1": float(f), "texts": int(n)}
        for key, p, r, f, n in zip(categories, *columns, strict=True)
    }


def _auto(pairs: Sequence[Pair], categories: Sequence[str]) -> Figures:
    """Coverage is over the rows of the categories; precision over all that were `auto`, `none` counting as wrong."""
    sure = [(row, answer) for row, answer in pairs if answer.decision.kind == "auto"]
    nothing = [answer for row, answer in pairs if row.label == NONE]
    return {
        "coverage": _share([answer.decision.kind == "auto" for row, answer in pairs if row.label != NONE]),
        "precision": _share([row.label == answer.category for row, answer in sure]),
        "texts": len(sure),
        "none_auto": _share([answer.decision.kind == "auto" for answer in nothing]),
        "none_triage": _share([answer.decision.kind == "triage" for answer in nothing]),
        "categories": {key: _auto_of(pairs, key) for key in categories},
        "triage": _share([answer.decision.kind == "triage" for row, answer in pairs if row.label != NONE]),
    }


def _auto_of(pairs: Sequence[Pair], key: str) -> Figures:
    """Coverage over the rows of the category; precision over what was routed to it automatically."""
    routed = [row.label == key for row, answer in pairs if answer.decision.kind == "auto" and answer.category == key]
    own = [answer.decision.kind == "auto" and answer.category == key for row, answer in pairs if row.label == key]
    return {"coverage": _share(own), "precision": _share(routed), "texts": len(routed)}


def _by(pairs: Sequence[Pair], group: Any) -> Figures:
    groups: dict[str, list[Pair]] = defaultdict(list)
    for row, answer in pairs:
        groups[group(row)].append((row, answer))
    return {name: _brief(members) for name, members in sorted(groups.items()) if placed(row for row, _ in members)}


def _brief(pairs: Sequence[Pair]) -> Figures:
    whole = figures(pairs)
    return {key: whole[key] for key in ("texts_in_categories", "macro_f1", "accuracy", "top2")} | {
        "auto": whole["auto"]
    }
