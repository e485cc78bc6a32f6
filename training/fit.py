"""Corpus → artefact: choose, fit, calibrate, compile, write. Nothing here is random: same inputs, same votes."""

import json
import platform
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.pipeline import Pipeline

from router import artefact, votes
from router.categories import KEYS, NONE
from router.decision import Thresholds
from training import calibrate, lexicon
from training.compile import round_weights, vote_table
from training.corpus import Row, data_files, placed, read
from training.crossval import Scores, out_of_fold
from training.evaluate import macro_f1
from training.folds import writer
from training.pipeline import Parameters, add_lexicon, make_pipeline
from training.progress import Progress
from training.registry import now
from training.report import REPORT, write_report

STRENGTHS = (0.1, 0.25, 0.5, 1.0, 2.0)
FOLDS = 6
TARGET = 0.95
VERSIONS = ("scikit-learn", "numpy", "scipy", "pymorphy3", "pymorphy3-dicts-ru", "joblib")


@dataclass(frozen=True)
class Choice:
    """What cross-validation chose, the macro-F1 of each strength tried, and the chosen one's scores (n, categories)."""

    parameters: Parameters
    tried: dict[str, float]
    scores: Scores


def fit_model(data: Path, models: Path, progress: bool = False) -> str:
    """Fit on a corpus, write the model into the registry, return its id. An interrupted fit leaves nothing behind."""
    rows = read(data)
    words = lexicon.read(data / lexicon.NAME)
    with Progress(progress, 4) as step:
        step("choosing by cross-validation")
        choice = choose(rows, words)
        step("fitting on the whole corpus")
        pipeline = fit_pipeline(rows, words, choice.parameters)
        step("calibrating")
        meta = calibrated(pipeline, rows, choice)
        step("writing the artefact")
        meta["corpus"] = describe(rows, data)
        return write(pipeline, meta, models)


def choose(rows: Sequence[Row], words: lexicon.Lexicon) -> Choice:
    """The strongest regularisation whose macro-F1 is within a standard error of the best, with writers held out.

    The one-standard-error rule (Breiman et al. 1984): what cannot be told from the best on texts of our own and is
    simpler, generalises better to texts that are not.
    """
    scores = out_of_fold(rows, words, writer, STRENGTHS, Parameters(), FOLDS)
    scored = np.array([row.kind == "complaint" and row.label != NONE for row in rows])
    truth = [row.label for row in rows if row.kind == "complaint" and row.label != NONE]
    tried = [macro_f1(truth, [KEYS[place] for place in of[scored].argmax(axis=1)]) or 0.0 for of in scores]
    error = np.sqrt(max(tried) * (1 - max(tried)) / len(truth))
    best = int(np.argmax(np.array(tried) >= max(tried) - error))  # strengths ascend: the first is the most regularised
    chosen = Parameters().with_strength(STRENGTHS[best])
    return Choice(
        chosen, {str(key): round(value, 6) for key, value in zip(STRENGTHS, tried, strict=True)}, scores[best]
    )


def fit_pipeline(rows: Sequence[Row], words: lexicon.Lexicon, parameters: Parameters) -> Pipeline:
    """A pipeline fitted on all rows that have a category, with the lexicon added."""
    fitted_on = placed(rows)
    pipeline = make_pipeline(parameters, words).fit([row.text for row in fitted_on], [row.label for row in fitted_on])
    add_lexicon(pipeline["words"], pipeline["linear"], words, parameters.lexicon_weight)
    return pipeline


def calibrated(pipeline: Pipeline, rows: Sequence[Row], choice: Choice) -> dict[str, Any]:
    """Scale the pipeline's scores to calibrated logits, and return what `meta.json` says of it."""
    complaints = np.array([row.kind == "complaint" for row in rows])
    labels = np.array([KEYS.index(row.label) if row.label != NONE else -1 for row in rows])[complaints]
    scores = choice.scores[complaints]
    heat = calibrate.temperature(scores[labels >= 0], labels[labels >= 0])
    set_logits(pipeline, heat)
    probability = calibrate.probabilities(scores / heat)
    auto = calibrate.thresholds(probability, labels, KEYS, TARGET)
    return {
        "parameters": asdict(choice.parameters),
        "tried": choice.tried,
        "temperature": heat,
        "prior": lexicon.BASE,
        "thresholds": asdict(Thresholds(auto={})) | {"target": TARGET, "out_of_fold_auto": auto},
        "out_of_fold": out_of_fold_figures(probability, labels),
    }


def set_logits(pipeline: Pipeline, heat: float) -> None:
    """Divide by the temperature, shift from the corpus' even shares to real ones (Saerens et al. 2002), and round."""
    linear = pipeline["linear"]
    linear.coef_ = linear.coef_ / heat
    linear.intercept_ = linear.intercept_ / heat + np.log([lexicon.BASE[key] * len(KEYS) for key in linear.classes_])
    round_weights(pipeline)


def out_of_fold_figures(probability: Scores, labels: calibrate.Ints) -> dict[str, Any]:
    """Figures on complaints whose writer was held out, before the shift to real shares."""
    known, truth = probability[labels >= 0], labels[labels >= 0]
    right = known.argmax(axis=1) == truth
    return {
        "texts": len(truth),
        "macro_f1": macro_f1([KEYS[k] for k in truth], [KEYS[k] for k in known.argmax(axis=1)]),
        "accuracy": float(right.mean()),
        "ece": calibrate.expected_calibration_error(known.max(axis=1), right),
    }


def describe(rows: Sequence[Row], data: Path) -> dict[str, Any]:
    """Counts and digests of the corpus."""
    return {
        "rows": len(rows),
        "counts": dict(sorted(Counter(f"{row.label} {row.kind}" for row in rows).items())),
        "digests": {file.name: artefact.digest(file.read_bytes()) for file in data_files(data)},
    }


def write(pipeline: Pipeline, meta: dict[str, Any], models: Path) -> str:
    """Write the model's folder in one step; its id is made of the digest of its votes."""
    models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=models, prefix=".fitting-") as name:
        folder = Path(name) / "model"
        folder.mkdir()
        votes.save(vote_table(pipeline), folder / artefact.VOTES)
        joblib.dump(pipeline, folder / artefact.PIPELINE, compress=3)
        model_id = "r" + artefact.digest((folder / artefact.VOTES).read_bytes())[:8]
        meta |= {"id": model_id, "protocol": votes.PROTOCOL, "fitted_at": now(), "versions": versions()}
        write_report(folder / REPORT, meta)
        files = (artefact.VOTES, artefact.PIPELINE, REPORT)
        meta["digests"] = {file: artefact.digest((folder / file).read_bytes()) for file in files}
        (folder / artefact.META).write_text(json.dumps(meta, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        replace_folder(folder, models / model_id)
    return model_id


def replace_folder(new: Path, old: Path) -> None:
    """Move a finished folder into its place."""
    if old.exists():
        shutil.rmtree(old)
    new.rename(old)


def versions() -> dict[str, str]:
    """Versions of everything that the fit depends on."""
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in VERSIONS}}
