"""Learning curves: what more complaints, or more phrases, bring."""

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from router.categories import KEYS, NONE
from training.corpus import Row, placed
from training.evaluate import macro_f1
from training.fit import fit_pipeline, set_logits
from training.folds import folds, writer
from training.lexicon import Lexicon
from training.pipeline import Parameters

SHARES = (0.1, 0.2, 0.4, 0.7, 1.0)
SEED = 1


def learning_curve(
    rows: Sequence[Row],
    lexicon: Lexicon,
    parameters: Parameters,
    external: Sequence[Row] = (),
    categories: Sequence[str] = KEYS,
) -> dict[str, list[dict[str, Any]]]:
    """Macro-F1 for each kind of text that there is as its share grows and the other kind stays whole.

    On `external` rows if there are any, else on complaints of two folds of writers that were held out.
    """
    kinds = [kind for kind in ("complaint", "phrase") if any(row.kind == kind for row in rows)]
    jobs = [(kind, share) for kind in kinds for share in SHARES]
    found = Parallel(n_jobs=-1)(delayed(_point)(rows, lexicon, parameters, external, categories, *job) for job in jobs)
    return {kind: [point for point in found if point["kind"] == kind] for kind in kinds}


def _point(
    rows: Sequence[Row],
    lexicon: Lexicon,
    parameters: Parameters,
    external: Sequence[Row],
    categories: Sequence[str],
    kind: str,
    share: float,
) -> dict[str, Any]:
    if external:
        parts = [(_share_of(rows, kind, share), placed(external))]
    else:
        parts = [
            (_share_of([rows[index] for index in train], kind, share), placed(rows[index] for index in held_out))
            for train, held_out in folds(rows, writer, 2)
        ]
    value = float(np.mean([_macro_f1(train, lexicon, parameters, tested, categories) for train, tested in parts]))
    texts = round(share * sum(row.kind == kind and row.label != NONE for row in rows))
    return {"kind": kind, "share": share, "texts": texts, "macro_f1": value}


def _share_of(rows: Sequence[Row], kind: str, share: float) -> list[Row]:
    chance = random.Random(SEED)  # noqa: S311 - a reproducible sample, no secret
    return [row for row in rows if row.kind != kind or chance.random() < share]


def _macro_f1(
    train: Sequence[Row], lexicon: Lexicon, parameters: Parameters, tested: Sequence[Row], categories: Sequence[str]
) -> float:
    if len({row.label for row in placed(train)}) < 2:  # noqa: PLR2004 - of one category nothing can be learned
        return 0.0
    pipeline = fit_pipeline(train, lexicon, parameters, categories)
    set_logits(pipeline, 1.0, categories)
    return macro_f1([row.label for row in tested], list(pipeline.predict([row.text for row in tested]))) or 0.0
