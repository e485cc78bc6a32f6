"""Macro-F1 of each peer: on a file that nobody was trained on, and with each writer of ours left out in turn."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import joblib

from benchmarks.peers import MODEL, OURS, PEERS, Predict
from training.corpus import Row, placed
from training.evaluate import macro_f1
from training.folds import folds, writer

FOLDS = 3


def external(predictors: Mapping[str, Predict], rows: Sequence[Row]) -> dict[str, float | None]:
    """Macro-F1 of each on the rows of the four categories."""
    rows = placed(rows)
    truth = [row.label for row in rows]
    return {name: macro_f1(truth, [predict(row.text) for row in rows]) for name, predict in predictors.items()}


def left_out(rows: Sequence[Row], names: Sequence[str]) -> dict[str, float | None]:
    """Macro-F1 of each over all complaints, every writer's by a model that has read nothing of theirs.

    Writers are joined into `FOLDS` groups, or it would take an hour.
    """
    truth: list[str] = []
    guesses: dict[str, list[str]] = {name: [] for name in names}
    for train, held_out in folds(rows, writer, FOLDS):
        tested = placed([rows[index] for index in held_out])
        truth += [row.label for row in tested]
        for name in names:
            predict = _fitted(name, [rows[index] for index in train])
            guesses[name] += [predict(row.text) for row in tested]
    return {name: macro_f1(truth, guess) for name, guess in guesses.items()}


def _fitted(name: str, rows: Sequence[Row]) -> Predict:
    with tempfile.TemporaryDirectory(prefix="complaint-router-bench-") as folder:
        PEERS[name].fit(rows, Path(folder))
        if name != OURS:
            return PEERS[name].load(Path(folder))
        model = joblib.load(Path(folder, MODEL))
        return lambda text: str(model.predict([text])[0])
