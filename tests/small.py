"""Small models of our own corpus, as `fit` makes them but for the choice by cross-validation: in seconds."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from router.categories import KEYS, NONE
from tests.conftest import ROOT
from training import bundle, corpus, lexicon
from training.corpus import Row
from training.fit import fit_pipeline, set_logits
from training.pipeline import Parameters
from training.report import OutOfFold

THRESHOLDS = {"auto": dict.fromkeys(KEYS, 0.9), "suggest": 0.4, "none": 5.0, "target": 0.9, "missing_labels": {}}


def every(step: int, first: int = 0) -> list[Row]:
    """Every so manyth of our complaints."""
    return corpus.read(ROOT / "data" / "complaints.jsonl")[first::step]


def fit_small(models: Path, rows: Sequence[Row], strength: float = 0.8) -> str:
    """Fit on rows and write into a registry; its out-of-fold figures are of the rows themselves."""
    return bundle.write(*fitted(rows, strength), models)


def fitted(rows: Sequence[Row], strength: float = 0.8) -> tuple[Pipeline, dict[str, Any], OutOfFold]:
    """What `bundle.write` writes."""
    parameters = Parameters().with_strength(strength)
    pipeline = fit_pipeline(rows, lexicon.read(ROOT / "data" / lexicon.NAME), parameters)
    set_logits(pipeline, 1.0)
    placed = [row for row in rows if row.label != NONE]
    order = [list(pipeline["linear"].classes_).index(key) for key in KEYS]
    found = OutOfFold(placed, pipeline.predict_proba([row.text for row in placed])[:, order])
    right = float(np.mean(found.said == found.truth))
    meta = {
        "parameters": {"strength": strength},
        "tried": {str(strength): right},
        "temperature": 1.0,
        "thresholds": THRESHOLDS,
        "out_of_fold": {"texts": len(placed), "macro_f1": right, "accuracy": right, "ece": 0.1},
        "corpus": bundle.describe(rows, ROOT / "data" / "complaints.jsonl"),
    }
    return pipeline, meta, found
