"""Thresholds for an operator's own traffic, from its own labelled complaints, without refitting."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from router.categories import NONE
from router.classifier import Classifier
from router.errors import InputError
from training import calibrate
from training.corpus import Row


def recalibrate(classifier: Classifier, rows: Sequence[Row], target: float) -> dict[str, Any]:
    """The thresholds at which the precision contract holds on `rows`; those that look like `none` do not count."""
    answers = [classifier.classify(row.text) for row in rows]
    categories = classifier.votes.categories
    limit = classifier.model.thresholds.none
    passed = [place for place, answer in enumerate(answers) if answer.none <= limit]
    if not passed:
        raise InputError("expected labelled complaints to calibrate on, found none")
    confidence = np.array([[dict(answers[place].suggestions)[key] for key in categories] for place in passed])
    numbers = {key: place for place, key in enumerate(categories)} | {NONE: -1}
    labels = np.array([numbers[rows[place].label] for place in passed])
    auto = calibrate.thresholds(confidence, labels, categories, target)
    missing = {
        key: _missing(confidence, labels, place, target) for place, key in enumerate(categories) if key not in auto
    }
    return {"auto": auto, "suggest": classifier.model.thresholds.suggest, "none": limit} | {
        "target": target,
        "missing_labels": missing,
    }


def _missing(confidence: calibrate.Floats, labels: calibrate.Ints, place: int, target: float) -> int:
    """How many more labels of what is said to be the category it takes at least, if all of them were right."""
    seen = int((confidence.argmax(axis=1) == place).sum())
    return max(1, calibrate.missing_labels(target) - seen)
