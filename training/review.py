"""What to label next: texts of a pool about which the model doubts most or that are new to it, no two alike."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.special import expit
from sklearn.preprocessing import normalize

from router import artefact
from router.classifier import Classification, Classifier
from router.complaints import prepare
from router.errors import DataError, InputError, TextError
from router.features import LEMMA
from router.lemmas import lemma
from router.store.unlabelled import Unlabelled
from router.text import forms, require_text
from training import history
from training.corpus import read_objects
from training.heldout import Floats
from training.picking import coverage, doubt, spread, uncovered
from training.pipeline import Parameters, make_vectoriser
from training.stopping import Outlook, agreement

UNLABELLED = ("too_short", "not_russian")
"""Reasons of `triage` for which a text teaches nothing, whatever its label."""
NOVELTY = 0.5
"""How much a text all of whose words are new counts beside one between two categories."""
NEW_WORDS = 5
ALIKE = 0.1
"""From this likeness to an earlier pick it is worth telling."""


@dataclass(frozen=True, slots=True)
class Item:
    """A text of the pool, masked, and what was known of it beside: id, number, channel and so on."""

    text: str
    known: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pick:
    """A text to label, what the model thinks of it, and why it was picked, in words."""

    item: Item
    answer: Classification
    reasons: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """A row of a corpus whose `label` is still to be filled in."""
        empty = {"id": None, "label": None, "secondary": None, "industry": "unknown", "channel": None}
        row = empty | {"author": "unknown", "kind": "complaint"} | self.item.known
        suggestions = {key: round(value, 4) for key, value in self.answer.suggestions}
        return {"text": self.item.text} | row | {"suggestions": suggestions, "reasons": list(self.reasons)}


def from_file(path: Path) -> list[Item]:
    """The texts of a JSON-lines file that have no label yet; `DataError` where there is none."""
    if not path.exists():
        raise DataError(str(path), "no such file")
    found = list(_without_label(path))
    if not found:
        raise DataError(str(path), "expected rows with a text and without a label, found none")
    return found


def _without_label(path: Path) -> Iterator[Item]:
    for place, value in read_objects(path):
        try:
            text = prepare(require_text(value.get("text")))
        except TextError as error:
            raise DataError(place, error.detail) from None
        if value.get("label") is None:
            yield Item(text, {"id": place} | {name: value[name] for name in value if name != "text"})


def from_store(found: Iterable[Unlabelled]) -> list[Item]:
    """The complaints that no agent placed yet; `InputError` where there is none."""
    items = [Item(one.text, {"id": one.id, "number": one.number, "channel": one.channel}) for one in found]
    if not items:
        raise InputError("expected complaints that no agent has placed yet, found none in this span of time")
    return items


def review(
    classifier: Classifier, pool: Sequence[Item], budget: int, labelled: Sequence[str] = ()
) -> tuple[list[Pick], Outlook]:
    """The picks, best first, and the outlook: what labelling them, and the rest, would be worth.

    `labelled` are the texts that have a label: what is like them is worth less.
    """
    answers = [classifier.classify(item.text) for item in pool]
    usable = [place for place, answer in enumerate(answers) if answer.decision.reason not in UNLABELLED]
    if not usable:
        raise InputError(f"expected texts in Russian of two words and more, found none among {len(pool)}")
    directions, known = _directions([pool[place].text for place in usable], labelled)
    value = worth([answers[place] for place in usable], coverage(directions, known), len(labelled))
    chosen, alike = spread(directions, value, budget)
    picks = [
        Pick(pool[usable[place]], answers[usable[place]], reasons(answers[usable[place]], float(likeness)))
        for place, likeness in zip(chosen, alike, strict=True)
    ]
    errors = [1 - answers[place].confidence for place in usable]
    return picks, Outlook(len(usable), sum(errors), len(picks), sum(1 - pick.answer.confidence for pick in picks))


def _directions(texts: Sequence[str], labelled: Sequence[str]) -> tuple[sp.csr_matrix, sp.csr_matrix]:
    """Features of length one of both, counted together."""
    found = normalize(make_vectoriser(replace(Parameters(), min_df=1), {}).fit_transform([*texts, *labelled]))
    return found[: len(texts)], found[len(texts) :]


def worth(answers: Sequence[Classification], covered: Floats, labelled: int) -> Floats:
    """How much each text (n,) may teach: the doubt between its two likeliest categories, and its share of new words.

    Doubt counts less the more a text is like one of the `labelled` ones (`covered`, n). All of it is times the chance
    that it is a complaint at all: what is none teaches little about the categories.
    """
    probability = np.array([[value for _, value in answer.suggestions] for answer in answers])
    new = np.array([1 - answer.profile.familiar / max(1, answer.profile.lettered) for answer in answers])
    complaint = expit([-answer.none for answer in answers])
    return np.asarray(complaint * (uncovered(doubt(probability), covered, labelled) + NOVELTY * new))


def reasons(answer: Classification, likeness: float) -> tuple[str, ...]:
    """Why a text was picked, in words."""
    (first, most), (second, next_best) = answer.suggestions[:2]
    found = [f"not sure: {first} {most:.2f}, {second} {next_best:.2f}"]
    if new := new_words(answer):
        more = f" and {len(new) - NEW_WORDS} more" if len(new) > NEW_WORDS else ""
        found.append(f"words new to the model: {', '.join(new[:NEW_WORDS])}{more}")
    said = (
        "unlike the picks before it" if likeness < ALIKE else f"likeness to the nearest pick before it {likeness:.2f}"
    )
    return (*found, said)


def new_words(answer: Classification) -> list[str]:
    """The distinct words whose lemma the model has not met, in the order of the text."""
    known = set(answer.votes.table.features)
    lettered = dict.fromkeys(form for form in forms(answer.reading.text) if form[:1].isalpha())
    return [form for form in lettered if LEMMA + lemma(form) not in known]


def compared(outlook: Outlook, current: Classifier, previous: Classifier, pool: Sequence[Item]) -> Outlook:
    """The outlook with how far the model before agrees on the pool."""
    said = [[model.classify(item.text).suggestions[0][0] for item in pool] for model in (current, previous)]
    return replace(outlook, previous=previous.model.id, kappa=agreement(*said))


def model_before(models: Path, model_id: str) -> str | None:
    """The model that was current before this one, by the history; None where there was none or it is gone."""
    served = history.stack(history.records(models))
    before = served[-2] if served[-1:] == [model_id] and len(served) > 1 else None
    return before if before and (models / before / artefact.META).exists() else None
