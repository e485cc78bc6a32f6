"""`report.html`: a model's figures on one page that needs nothing else."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, select_autoescape
from sklearn.metrics import confusion_matrix

from router.categories import KEYS
from router.features import LEMMA
from router.votetable import VoteTable
from training import calibrate, plots
from training.corpus import Row
from training.crossval import Scores
from training.evaluate import macro_f1

REPORT = "report.html"
MORE = ("external.json", "robustness.json", "learning.json")
"""What slower commands add to a model's folder, each for a section of the report."""
WORST = 25
TELLING = 25


@dataclass(frozen=True)
class OutOfFold:
    """Complaints in the categories (n), and their probabilities (n, k) by models that had not seen their writers."""

    rows: Sequence[Row]
    probability: Scores
    categories: Sequence[str] = KEYS

    @property
    def truth(self) -> calibrate.Ints:
        """Numbers of the labels (n,)."""
        return np.array([self.categories.index(row.label) for row in self.rows])

    @property
    def said(self) -> calibrate.Ints:
        """Numbers of the likeliest categories (n,)."""
        return np.asarray(self.probability.argmax(axis=1))

    @property
    def confidence(self) -> calibrate.Floats:
        """Their probabilities (n,)."""
        return np.asarray(self.probability.max(axis=1))


def render(meta: Mapping[str, Any], table: VoteTable, found: OutOfFold, folder: Path) -> str:
    """The page as HTML; sections of `MORE` stand in it as far as their files lie in the model's folder."""
    environment = Environment(loader=PackageLoader("training"), autoescape=select_autoescape(), trim_blocks=True)
    environment.tests["integer"] = lambda value: isinstance(value, int)
    more = {Path(name).stem: _optional(folder / name) for name in MORE}
    right = found.said == found.truth
    return environment.get_template("report.html").render(
        meta=meta,
        keys=found.categories,
        confusion=confusion_matrix(found.truth, found.said, labels=range(len(found.categories))).tolist(),
        industries=_industries(found),
        reliability=plots.reliability(calibrate.reliability(found.confidence, right)),
        precision=_precision_plot(found, meta["thresholds"]),
        telling={key: telling(table, number) for number, key in enumerate(found.categories)},
        errors=worst(found),
        robustness_plot=_robustness_plot(more["robustness"]),
        learning_plot=plots.curves(more["learning"]["curves"]) if more["learning"] else "",
        **more,
    )


def telling(table: VoteTable, category: int) -> list[str]:
    """The lemmas with the greatest votes for a category, over the mean of their votes for the others."""
    places = [place for place, name in enumerate(table.features) if name.startswith(LEMMA) and " " not in name]
    votes = table.weights[places, : len(table.categories)]
    margin = votes[:, category] - np.delete(votes, category, axis=1).max(axis=1)
    return [table.features[places[place]].removeprefix(LEMMA) for place in np.argsort(-margin)[:TELLING]]


def worst(found: OutOfFold) -> list[dict[str, Any]]:
    """The errors that were made with the greatest confidence."""
    order = [place for place in np.argsort(-found.confidence) if found.said[place] != found.truth[place]]
    return [
        {
            "text": found.rows[place].text,
            "label": found.rows[place].label,
            "said": found.categories[found.said[place]],
            "confidence": float(found.confidence[place]),
        }
        for place in order[:WORST]
    ]


def _industries(found: OutOfFold) -> dict[str, dict[str, Any]]:
    names = np.array([row.industry for row in found.rows])
    groups = {name: np.flatnonzero(names == name) for name in sorted(set(names))}
    return {
        str(name): {
            "macro_f1": macro_f1(found.truth[places].tolist(), found.said[places].tolist()),
            "texts": len(places),
        }
        for name, places in groups.items()
    }


def _precision_plot(found: OutOfFold, thresholds: Mapping[str, Any]) -> str:
    order = np.argsort(-found.confidence)
    right = (found.said == found.truth)[order]
    count = np.arange(1, len(order) + 1)
    points = list(zip((count / len(order)).tolist(), (np.cumsum(right) / count).tolist(), strict=True))[20::20]
    limit = np.array([thresholds["auto"].get(key, 2.0) for key in found.categories])
    auto = found.confidence >= limit[found.said]
    chosen = (float(auto.mean()), float((found.said == found.truth)[auto].mean())) if auto.any() else None
    return plots.precision_by_coverage(points, thresholds["target"], chosen)


def _robustness_plot(robustness: Mapping[str, Any] | None) -> str:
    return plots.bars(robustness["macro_f1"], "macro-F1", robustness["macro_f1"]["plain"]) if robustness else ""


def _optional(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
