"""What a model's own corpus looks like, as statistics to hold live traffic against: they travel in `meta.json`.

They are honest: a complaint's confidence, decision and unknown words are those by a model that had seen neither it nor
its writer. By the model itself its confidence would be higher, and hardly a word of it unknown, than live traffic's
can ever be.
"""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from typing import Any

import numpy as np

from router.artefact import Artefact
from router.classifier import Classification, Classifier
from router.decision import Thresholds, decide
from router.drift import Sample
from router.errors import ArtefactError, DataError, InputError
from router.lemmas import lemma
from router.policy import Policy
from router.text import normal_form, words
from router.votes import Profile
from router.votetable import VoteTable
from training.calibrate import probabilities
from training.corpus import Row
from training.crossval import Scores
from training.folds import folds, writer

KEY = "reference"


def reference(
    table: VoteTable, meta: Mapping[str, Any], rows: Sequence[Row], scores: Scores, always: Set[str], at_most: int
) -> dict[str, Any]:
    """The statistics of the corpus's complaints, from their out-of-fold scores (n, categories + 1) in `at_most` folds.

    `meta` gives temperature, prior and thresholds of the fitted model, `table` is the model compiled, and `always`
    holds lemmas that it knows whatever the corpus has.
    """
    thresholds = Thresholds(meta["thresholds"]["auto"], meta["thresholds"]["suggest"], meta["thresholds"]["none"])
    classifier = Classifier(Artefact("", table, thresholds, {}), Policy())
    shift = np.log([meta["prior"][key] * len(table.categories) for key in table.categories])
    likely = probabilities(scores[:, :-1] / meta["temperature"] + shift)
    texts = [[lemma(form) for form in map(normal_form, words(row.text)) if form[:1].isalpha()] for row in rows]
    total = Counter(each for found in texts for each in set(found))
    sample = Sample()
    for train, held_out in folds(rows, writer, at_most):
        inside = np.setdiff1d(np.arange(len(rows)), train)
        own = Counter(each for place in inside for each in set(texts[place]))
        only_here = {each for each, count in own.items() if count == total[each]} - always
        for place in held_out:
            answer = classifier.classify(rows[place].text)
            ranked = sorted(zip(table.categories, likely[place].tolist(), strict=True), key=lambda pair: -pair[1])
            profile = unseen(answer, only_here)
            decision = decide(ranked, float(scores[place, -1]), profile, thresholds, several=lambda: False)
            kind = classifier.policy.reviewed(decision, answer.risks).kind
            sample.add(ranked[0][0], ranked[0][1], kind, profile)
    return sample.as_json()


def unseen(answer: Classification, only_here: Set[str]) -> Profile:
    """The text's profile for a model that had met none of these lemmas."""
    forms = (normal_form(word) for word in words(answer.reading.text))
    lost = sum(form[:1].isalpha() and lemma(form) in only_here for form in forms)
    return answer.profile._replace(familiar=max(0, answer.profile.familiar - lost))


def of_model(model: Artefact) -> Sample:
    """The reference statistics of a fitted model; an error says what to do where it has none."""
    if KEY not in model.meta:
        raise InputError(
            f"model {model.id} was fitted before reference statistics were kept in meta.json: "
            "compare with an earlier window of your own (--reference 30d), or fit anew"
        )
    try:
        return Sample.read(model.meta[KEY], f"meta.json of {model.id}, {KEY}")
    except DataError as error:
        raise ArtefactError(str(error), "artefact_damaged") from None
