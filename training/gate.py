"""What a model must show before it may serve in the place of another; each check says what it found.

A category may not be worse by more than `MARGIN` of F1: the lower 95 % bound of the paired bootstrap must lie above
that, so that too few rows do not pass for a proof. Simulated with two equally good models that differ on 8 % of rows,
the bound lies 0.035 below the difference on 100 rows a category and 0.025 on 200, where nine of ten categories pass: a
narrower margin would ask for more labels than most have, a wider one would let a loss pass that a team feels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np

from router import artefact
from router.categories import NONE
from router.classifier import Classifier
from router.errors import ArtefactError, DataError, TextError
from router.text import require_text
from training import compare, paired, registry
from training.corpus import Row, read_objects

MARGIN = 0.05
OUT_OF_FOLD_MARGIN = 0.02
"""Of macro-F1, of complaints whose writer was held out: several times its standard error on thousands of them."""
ECE_MARGIN = 0.03
IN_COMMON = 0.5
"""The least share of a candidate's out-of-fold complaints that the other has too, for their figures to be compared."""
GOLDEN = "golden.jsonl"
PASSED, FAILED, SKIPPED = "passed", "failed", "not checked"


@dataclass(frozen=True, slots=True)
class Check:
    """A check, how it ended (`passed`, `failed`, `not checked`) and what was found."""

    name: str
    outcome: str
    detail: str

    def __str__(self) -> str:
        return f"{self.name}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a candidate is tried on: labelled rows of a name if there are any, golden complaints, the margin of F1."""

    rows: Sequence[Row] = ()
    name: str = ""
    golden: Path | None = None
    margin: float = MARGIN


def gate(models: Path, candidate: str, evidence: Evidence) -> list[Check]:
    """All checks of a candidate against the current model; nothing is changed. A damaged candidate fails all else."""
    try:
        registry.verify(registry.require(models, candidate))
    except ArtefactError as error:
        return [Check("digests", FAILED, error.detail)]
    new = Classifier.load(candidate, models)
    old, lost = _current(models, candidate)
    found = [Check("digests", PASSED, "every file is the one that meta.json states"), *lost]
    return [*found, *quality(models, old, new, evidence), contract(new, evidence), golden(new, evidence.golden)]


def quality(models: Path, old: Classifier | None, new: Classifier, evidence: Evidence) -> list[Check]:
    """No category worse than the current model's: on labelled rows, else by the figures of their reports."""
    if old is None:
        return [Check("no category worse", SKIPPED, "no other model serves")]
    ours, theirs = (sorted(model.model.table.categories) for model in (new, old))
    if ours != theirs:
        return [Check("no category worse", SKIPPED, f"{old.model.id} has other categories: {', '.join(theirs)}")]
    if evidence.rows:
        return categories(old, new, evidence)
    return [
        Check("no category worse", SKIPPED, "it takes labelled rows (--data)"),
        *out_of_fold(models, old.model, new.model),
    ]


def categories(old: Classifier, new: Classifier, evidence: Evidence) -> list[Check]:
    """A check for each category on labelled rows."""
    duel = compare.hold(old, new, compare.cases_of(evidence.rows, old.model.table.categories))
    a, b = compare.answers(duel)
    drawn = paired.draw(a, b)
    return [_category(drawn, place, key, a, evidence.margin) for place, key in enumerate(duel.categories)]


def contract(new: Classifier, evidence: Evidence) -> Check:
    """Of what it would route by itself, no category is right less often than it promises, beyond doubt."""
    name = "precision of auto"
    if not evidence.rows:
        return Check(name, SKIPPED, "it takes labelled rows (--data)")
    target = float(new.model.meta["thresholds"].get("target", 0.95))
    cases = compare.cases_of(evidence.rows, new.model.table.categories)
    found = compare.auto(cases, [new.classify(case.text) for case in cases])
    shares = {"all": found["precision"], **found["categories"]}
    broken = [f"{key} {_share(of)}" for key, of in shares.items() if of["high"] < target]
    if broken:
        return Check(name, FAILED, f"expected {target:.2f}, the whole 95 % interval is below it: {'; '.join(broken)}")
    return Check(name, PASSED, f"promised {target:.2f}, found {_share(found['precision'])}")


def golden(new: Classifier, path: Path | None) -> Check:
    """Clear complaints go to their team, or to an agent who sees it as the likeliest; what is none is never `auto`."""
    name = "golden complaints"
    if path is None or not path.exists():
        return Check(name, SKIPPED, f"there is no {path or 'file'}")
    rows = read_golden(path)
    strange = sorted({label for _, label in rows} - {*new.model.table.categories, NONE})
    if strange:
        return Check(name, SKIPPED, f"{path.name} is for other categories: {', '.join(strange)}")
    wrong = [told for text, label in rows if (told := _misplaced(new, text, label))]
    if wrong:
        return Check(name, FAILED, f"{len(wrong)} of {len(rows)} wrong: {'; '.join(wrong)}")
    return Check(name, PASSED, f"all {len(rows)} right")


def read_golden(path: Path) -> list[tuple[str, str]]:
    """(text, label) of golden complaints, whatever categories they name."""
    found = []
    for place, value in read_objects(path):
        label = value.get("label")
        if not isinstance(label, str):
            raise DataError(place, f"label must be a category or {NONE}, got {label!r}")
        try:
            found.append((require_text(value.get("text")), label))
        except TextError as error:
            raise DataError(place, error.detail) from None
    return found


def out_of_fold(models: Path, old: artefact.Artefact, new: artefact.Artefact) -> list[Check]:
    """Macro-F1 and calibration of both reports, where they are of the same complaints for the greater part."""
    name = "out-of-fold figures"
    share = in_common(models / old.id, models / new.id)
    if share < IN_COMMON:
        return [Check(name, SKIPPED, f"{share:.0%} of the complaints are the same: the figures do not compare")]
    a, b = old.meta["out_of_fold"], new.meta["out_of_fold"]
    limits = {"macro_f1": a["macro_f1"] - OUT_OF_FOLD_MARGIN, "ece": a["ece"] + ECE_MARGIN}
    passed = {"macro_f1": b["macro_f1"] >= limits["macro_f1"], "ece": b["ece"] <= limits["ece"]}
    bound = {"macro_f1": "at least", "ece": "at most"}
    return [
        Check(
            f"out-of-fold {key}",
            PASSED if passed[key] else FAILED,
            f"{b[key]:.3f}, {a[key]:.3f} now; expected {bound[key]} {limits[key]:.3f}",
        )
        for key in limits
    ]


def in_common(old: Path, new: Path) -> float:
    """The share of the new model's out-of-fold complaints that the old one was measured on too."""
    known, ours = (_ids(folder / "out_of_fold.npz") for folder in (old, new))
    return len(known & ours) / len(ours) if ours else 0.0


def _ids(path: Path) -> set[Any]:
    if not path.exists():
        return set()
    with np.load(path, allow_pickle=False) as arrays:
        return set(arrays["ids"].tolist())


def _current(models: Path, candidate: str) -> tuple[Classifier | None, list[Check]]:
    """The model that serves, None where that is the candidate, nothing, or broken, which is told."""
    serving = registry.current(models)
    if serving in (None, candidate):
        return None, []
    try:
        return Classifier.load(serving, models), []
    except ArtefactError as error:
        return None, [Check("current model", SKIPPED, f"it cannot be read: {error.detail}")]


def _category(drawn: paired.Drawn, place: int, key: str, answers: paired.Answers, margin: float) -> Check:
    name, texts = f"{key} not worse", int((answers.truth == place).sum())
    of, lower = drawn.of("f1", place), drawn.lower("f1", place)
    difference = of["difference"]["value"]
    if lower is None or difference is None or not texts:
        return Check(name, FAILED, "no row of this category among the labelled ones")
    detail = f"F1 {of['a']['value']:.3f} → {of['b']['value']:.3f} on {texts} rows, lower bound {lower:+.3f}"
    if lower >= -margin:
        return Check(name, PASSED, f"{detail}, margin {margin:.2f}")
    if difference < -margin:
        return Check(name, FAILED, f"{detail}; expected at least {-margin:+.2f}")
    needed = ceil(texts * ((difference - lower) / (difference + margin or 1e-9)) ** 2)
    return Check(name, FAILED, f"{detail}; expected at least {-margin:+.2f}, some {needed:,} rows would tell")


def _misplaced(new: Classifier, text: str, label: str) -> str | None:
    answer = new.classify(text)
    if label == NONE:
        return f"«{text}» is none and would be auto" if answer.decision.kind == "auto" else None
    if answer.category == label:
        return None
    return f"«{text}» is {label}, got {answer.category or answer.decision.reason}"


def _share(of: dict[str, Any]) -> str:
    if not of["of"]:
        return "nothing to go by"
    return f"{of['value']:.3f} ({of['count']} of {of['of']}, 95 % interval {of['low']:.3f} to {of['high']:.3f})"
