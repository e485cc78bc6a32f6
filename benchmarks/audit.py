"""Does `complaint-training audit` find wrong labels? Measured on labels made wrong on purpose.

python -m benchmarks.audit                     # the whole corpus, three minutes of two cores; writes docs/audit.json

A share of the complaints in the categories gets another label: any other, by chance (`uniform`), or the one that
held-out models find likeliest after the right one (`confusable`: the hard kind). The models are fitted anew on the
wrong labels. Precision and recall are those of the worst rows, as many as were made wrong; a label of ours that is
really wrong counts as a miss.
"""

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from router.categories import NONE
from training import audit, corpus, heldout
from training.calibrate import interval
from training.corpus import Row, complaints
from training.neighbours import Nearest, nearest

HERE = Path(__file__).parent
KINDS = ("uniform", "confusable")
USED = "below the label's threshold, and similar texts by half"
Bools = npt.NDArray[np.bool_]


def measure(rows: Sequence[Row], share: float, seed: int) -> dict[str, Any]:
    """For each kind of wrong label and each score: how many of the worst rows had been made wrong."""
    features = heldout.features_of(rows)
    names, labels = heldout.numbers([row.label for row in rows])
    whole = complaints(rows)
    near = nearest(features[whole], np.full(int(whole.sum()), "complaint"))
    clean = heldout.probabilities(features, labels, len(names))
    found: dict[str, Any] = {"rows": len(rows), "complaints": int(whole.sum()), "share": share, "seed": seed}
    for kind in KINDS:
        wrong = planted(names, labels, whole, clean, share, seed, kind)
        began = time.perf_counter()
        probability = heldout.probabilities(features, wrong, len(names))
        seconds = time.perf_counter() - began
        flipped = (wrong != labels)[whole]
        values = scores(probability[whole], wrong[whole], near)
        top = {name: hits(value, flipped) for name, value in values.items()}
        listed = audit.suspected(probability[whole], wrong[whole], values[USED])
        found[kind] = {"chance": float(flipped.mean()), "seconds": round(seconds, 1), "scores": top}
        found[kind]["listed"] = {"labels": int(listed.sum()), "of them wrong": int((listed & flipped).sum())}
    return found


def planted(
    names: Sequence[str],
    labels: npt.NDArray[np.int64],
    whole: Bools,
    clean: heldout.Floats,
    share: float,
    seed: int,
    kind: str,
) -> npt.NDArray[np.int64]:
    """The labels (n,) with a share of the complaints' made wrong; `none` is neither changed nor given."""
    chance = np.random.default_rng(seed)
    categories = np.array([place for place, name in enumerate(names) if name != NONE])
    places = np.flatnonzero(whole & np.isin(labels, categories))
    wrong = labels.copy()
    for place in chance.choice(places, round(share * whole.sum()), replace=False):
        others = categories[categories != labels[place]]
        wrong[place] = chance.choice(others) if kind == "uniform" else others[clean[place, others].argmax()]
    return wrong


def scores(probability: heldout.Floats, labels: npt.NDArray[np.int64], near: Nearest) -> dict[str, heldout.Floats]:
    """What was compared, the greatest the most suspect (n,); `USED` is what `complaint-training audit` goes by."""
    places = np.arange(len(labels))
    own = probability[places, labels]
    others = probability.copy()
    others[places, labels] = -1
    doubt, disagreement = audit.doubts(probability, labels), near.disagreement(labels)
    return {
        USED: audit.combined(probability, labels, near),
        "below the label's threshold, and similar texts wholly": doubt + disagreement,
        "below the label's threshold": doubt,
        "self-confidence": -own,
        "margin": others.max(axis=1) - own,
        "similar texts": disagreement,
    }


def hits(score: heldout.Floats, flipped: Bools) -> dict[str, float]:
    """Precision of the worst rows, as many as were flipped (so recall is the same), with its 95 % interval."""
    total = int(flipped.sum())
    right = int(flipped[np.argsort(-score, kind="stable")[:total]].sum())
    low, high = interval(right, total)
    return {"found": right, "of": total, "precision": right / total, "recall": right / total, "low": low, "high": high}


def lines(found: Mapping[str, Any]) -> list[str]:
    """The figures as a table."""
    table = [
        "| wrong labels | score | precision and recall | 95 % interval | chance |",
        "| --- | --- | --- | --- | --- |",
    ]
    for kind in KINDS:
        for name, top in found[kind]["scores"].items():
            interval = f"{top['low']:.3f} to {top['high']:.3f}"
            table.append(f"| {kind} | {name} | {top['precision']:.3f} | {interval} | {found[kind]['chance']:.3f} |")
    return table


def main() -> None:
    """Measure, print the table, write the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audit", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--data", type=Path, default=HERE.parent / "data")
    parser.add_argument("--share", type=float, default=0.05, help="of the complaints, to be given a wrong label")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=HERE.parent / "docs" / "audit.json")
    options = parser.parse_args()
    found = measure(corpus.read(options.data), options.share, options.seed)
    options.output.write_text(json.dumps(found, indent=2) + "\n")
    print("\n".join(lines(found)))


if __name__ == "__main__":
    main()
