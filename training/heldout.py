"""Probabilities of every row's labels by models that were fitted without it: a light cross-validation.

One logistic regression a fold, without calibration, lexicon or copies with typos, on features that are counted once:
the vocabulary is that of all rows, for it knows no label. Folds are a random sample of rows, which tells wrong labels
as well as whole writers held out do, and needs no writers to be named. `none` is a label like any other.
"""

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from joblib import Parallel, delayed
from sklearn.linear_model import LogisticRegression

from router import artefact
from router.errors import InputError
from training.bundle import OUT_OF_FOLD
from training.corpus import Row
from training.pipeline import Parameters, make_vectoriser

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FOLDS = 5
SEED = 20_261_122
STRENGTH = 0.2
"""More regularised than the model that serves: it believes wrong labels less."""
MIN_DF = 5
ITERATIONS, TOLERANCE = 400, 1e-3


def features_of(rows: Sequence[Row]) -> sp.csr_matrix:
    """The features of rows (n, features), without any label."""
    return make_vectoriser(replace(Parameters(), min_df=MIN_DF), {}).fit_transform([row.text for row in rows])


def numbers(labels: Sequence[str], names: Sequence[str] = ()) -> tuple[tuple[str, ...], Ints]:
    """The names of the labels (k), the distinct ones in order by default, and the number of each row's label (n,)."""
    known = tuple(names) or tuple(sorted(set(labels)))
    return known, np.array([known.index(label) for label in labels], np.int64)


def kept(models: Path, model_id: str, rows: Sequence[Row]) -> tuple[list[Row], tuple[str, ...], Floats]:
    """The complaints in a model's categories (n), those categories (k), and what its folder keeps of them (n, k).

    By models fitted without their writers. `InputError` where it does not keep every one of them.
    """
    model = artefact.load(models, model_id)
    path = models / model_id / OUT_OF_FOLD
    content = path.read_bytes()
    artefact.require_digest(path, artefact.digest(content), model.meta)
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        places = {name: place for place, name in enumerate(arrays["ids"].tolist())}
        probability = arrays["probability"].astype(float)
    covered = [row for row in rows if row.kind == "complaint" and row.label in model.table.categories]
    if missing := [row.id for row in covered if row.id not in places]:
        raise InputError(f"model {model_id} keeps nothing of {len(missing)} complaints such as {missing[0]}")
    return covered, model.table.categories, probability[[places[row.id] for row in covered]]


def probabilities(features: sp.csr_matrix, labels: Ints, count: int) -> Floats:
    """Held-out probabilities (n, count) of labels (n,) that are numbers below `count`.

    `InputError` where there is too little to hold anything out of.
    """
    if len(labels) < 2 * FOLDS or len(np.unique(labels)) < 2:  # noqa: PLR2004 - two labels to tell apart
        got = f"got {len(labels)} rows of {len(np.unique(labels))}"
        raise InputError(f"expected at least {2 * FOLDS} rows of two labels to hold some out, {got}")
    fold = np.random.default_rng(SEED).permutation(len(labels)) % FOLDS
    jobs = (delayed(_fold)(features, labels, fold == number, count) for number in range(FOLDS))
    found = np.zeros((len(labels), count))
    for number, values in enumerate(Parallel(n_jobs=-1)(jobs)):
        found[fold == number] = values
    return found


def _fold(features: sp.csr_matrix, labels: Ints, held_out: npt.NDArray[np.bool_], count: int) -> Floats:
    found = np.zeros((int(held_out.sum()), count))
    present = np.unique(labels[~held_out])
    if len(present) == 1:
        found[:, present] = 1.0
        return found
    linear = LogisticRegression(C=STRENGTH, max_iter=ITERATIONS, tol=TOLERANCE)
    linear.fit(features[~held_out], labels[~held_out])
    found[:, present] = linear.predict_proba(features[held_out])
    return found
