"""Corpus → artefact: choose, fit, calibrate, compile, write. Nothing here is random: same inputs, same votes."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from router.categories import KEYS, NONE, SHIPPED, Taxonomy
from router.decision import Thresholds
from router.taxonomy import as_meta
from training import bundle, calibrate, lexicon, mixing, reference
from training.compile import round_weights, vote_table
from training.corpus import Row, complaints, read, require_enough
from training.crossval import Scores, out_of_fold
from training.evaluate import macro_f1
from training.folds import industry, ungrouped, writer
from training.pipeline import Parameters, add_lexicon, make_pipeline
from training.progress import Progress
from training.report import OutOfFold
from training.shares import prior, shift, weights
from training.typos import with_copies

STRENGTHS = (0.2, 0.4, 0.8)
FOLDS = 5
TARGET = 0.95


TRANSFER = 1.25
"""Real complaints are harder than ours: the temperature is this many times what ours ask for. Tuned on dev."""
FLOOR = 0.005
"""No category is `auto` below the target minus this, whatever our own texts allow. Tuned on dev."""
HELD_BACK = 0.05
"""The share of complaints that the doubt whether it is one at all may keep from `auto`."""


@dataclass(frozen=True)
class Choice:
    """What cross-validation chose, the macro-F1 of each strength tried, and the scores (n, categories + 1) under it.

    `scores` are those with writers held out, `foreign_scores` those with industries held out.
    """

    parameters: Parameters
    tried: dict[str, float]
    scores: Scores
    foreign_scores: Scores
    categories: Sequence[str] = KEYS
    notes: Sequence[str] = ()


def fit_model(
    data: Path, models: Path, progress: bool = False, taxonomy: Taxonomy = SHIPPED, feedback: Path | None = None
) -> str:
    """Fit on a corpus, write the model into the registry, return its id. An interrupted fit leaves nothing behind.

    The labels are those of `taxonomy`, and the model takes it along. What agents settled in the file `feedback` is
    mixed in with the weight that `training.mixing` chooses.
    """
    rows = read(data, taxonomy.keys)
    require_enough(rows, taxonomy.keys, FOLDS, data)
    words = lexicon.read(data / lexicon.NAME, taxonomy.keys)
    settled = mixing.read(feedback, (row.id for row in rows), taxonomy.keys) if feedback else None
    with Progress(progress, 4 if settled is None else 5) as step:
        step("choosing by cross-validation")
        choice = choose(rows, words, taxonomy.keys)
        mix = mixing.Mix()
        if settled is not None:
            step("choosing the weight of feedback")
            mix = mixing.mix(rows, settled, words, choice.parameters, taxonomy.keys)
        step("fitting on the whole corpus")
        pipeline = fit_pipeline([*rows, *mix.rows], words, choice.parameters, taxonomy.keys)
        step("calibrating")
        meta = calibrated(pipeline, rows, choice) | mix.meta
        step("writing the artefact")
        meta["corpus"] = bundle.describe(rows, data) | mix.corpus
        if taxonomy != SHIPPED:
            meta["taxonomy"] = as_meta(taxonomy)
        table = vote_table(pipeline, taxonomy.keys)
        meta[reference.KEY] = reference.reference(table, meta, rows, choice.scores, words.keys(), FOLDS)
        found = held_out(rows, choice.scores / meta["temperature"], taxonomy.keys)
        return bundle.write(pipeline, meta, found, models)


def choose(rows: Sequence[Row], words: lexicon.Lexicon, categories: Sequence[str] = KEYS) -> Choice:
    """The strongest regularisation whose macro-F1 is within a standard error of the best, with writers held out.

    The one-standard-error rule (Breiman et al. 1984): what cannot be told from the best on texts of our own and is
    simpler, generalises better to texts that are not. `notes` say where writers or industries could not be held out.
    """
    scores = out_of_fold(rows, words, writer, STRENGTHS, Parameters(), FOLDS, categories)
    scored = np.array([row.kind == "complaint" and row.label != NONE for row in rows])
    truth = [row.label for row in rows if row.kind == "complaint" and row.label != NONE]
    tried = [macro_f1(truth, [categories[place] for place in of[scored, :-1].argmax(axis=1)]) or 0.0 for of in scores]
    error = np.sqrt(max(tried) * (1 - max(tried)) / len(truth))
    best = int(np.argmax(np.array(tried) >= max(tried) - error))  # strengths ascend: the first is the most regularised
    chosen = Parameters().with_strength(STRENGTHS[best])
    foreign = out_of_fold(rows, words, industry, STRENGTHS[best : best + 1], chosen, FOLDS, categories)[0]
    figures = {str(key): round(value, 6) for key, value in zip(STRENGTHS, tried, strict=True)}
    notes = [why for group in (writer, industry) if (why := ungrouped(rows, group, FOLDS))]
    return Choice(chosen, figures, scores[best], foreign, categories, notes)


def fit_pipeline(
    rows: Sequence[Row], words: lexicon.Lexicon, parameters: Parameters, categories: Sequence[str] = KEYS
) -> Pipeline:
    """A pipeline fitted on all rows and their copies with typos, half a weight each, with the lexicon added."""
    rows = with_copies(rows)
    pipeline = make_pipeline(parameters, words)
    more = {"linear__sample_weight": weights(rows, categories) / 2, "linear__complaint": complaints(rows)}
    pipeline.fit([row.text for row in rows], [row.label for row in rows], **more)
    add_lexicon(pipeline["words"], pipeline["linear"], words, parameters.lexicon_weight, categories)
    return pipeline


def calibrated(pipeline: Pipeline, rows: Sequence[Row], choice: Choice) -> dict[str, Any]:
    """Scale the pipeline's scores to calibrated logits, and return what `meta.json` says of it."""
    whole = complaints(rows)
    numbers = {key: place for place, key in enumerate(choice.categories)} | {NONE: -1}
    labels = np.array([numbers[row.label] for row in rows])[whole]
    scores = choice.scores[whole]
    heat = TRANSFER * calibrate.temperature(scores[labels >= 0, :-1], labels[labels >= 0])
    set_logits(pipeline, heat, choice.categories)
    both = np.concatenate([scores, choice.foreign_scores[whole]])
    probability = calibrate.probabilities(both[:, :-1] / heat)
    return {
        "parameters": asdict(choice.parameters),
        "tried": choice.tried,
        **({"notes": list(choice.notes)} if choice.notes else {}),
        "temperature": heat,
        "prior": prior(rows, choice.categories),
        "thresholds": thresholds(probability, both[:, -1], np.concatenate([labels, labels]), choice.categories),
        "out_of_fold": out_of_fold_figures(calibrate.probabilities(scores[:, :-1] / heat), labels),
    }


def thresholds(
    probability: Scores, none: calibrate.Floats, labels: calibrate.Ints, categories: Sequence[str] = KEYS
) -> dict[str, Any]:
    """When to trust a confidence: the precision contract on texts whose writer or industry was held out.

    Only texts that do not look like `none` count, as in the service.
    """
    limit = float(np.quantile(none[labels >= 0], 1 - HELD_BACK))
    passed = none <= limit
    met = calibrate.thresholds(probability[passed], labels[passed], categories, TARGET)
    auto = {key: max(value, TARGET - FLOOR) for key, value in met.items()}
    stated = Thresholds(auto=auto, none=limit)
    missing = {key: calibrate.missing_labels(TARGET) for key in categories if key not in auto}
    return asdict(stated) | {"target": TARGET, "missing_labels": missing}


def set_logits(pipeline: Pipeline, heat: float, categories: Sequence[str] = KEYS) -> None:
    """Divide by the temperature, shift from the corpus' even shares to real ones (Saerens et al. 2002), and round.

    Where no shares are judged of the categories, those of the corpus stay.
    """
    linear = pipeline["linear"]
    linear.coef_ = linear.coef_ / heat
    linear.intercept_ = linear.intercept_ / heat + shift(linear.classes_)
    round_weights(pipeline)


def held_out(rows: Sequence[Row], scores: Scores, categories: Sequence[str] = KEYS) -> OutOfFold:
    """The complaints in the categories, with their probabilities from calibrated scores (n, categories + 1)."""
    places = [place for place, row in enumerate(rows) if row.kind == "complaint" and row.label != NONE]
    return OutOfFold([rows[place] for place in places], calibrate.probabilities(scores[places, :-1]), categories)


def out_of_fold_figures(probability: Scores, labels: calibrate.Ints) -> dict[str, Any]:
    """Figures on complaints whose writer was held out, before the shift to real shares."""
    known, truth = probability[labels >= 0], labels[labels >= 0]
    right = known.argmax(axis=1) == truth
    return {
        "texts": len(truth),
        "macro_f1": macro_f1(truth.tolist(), known.argmax(axis=1).tolist()),
        "accuracy": float(right.mean()),
        "ece": calibrate.expected_calibration_error(known.max(axis=1), right),
    }
