"""How many labels does choosing what to label save? Simulated on our corpus, whose labels are all known.

python -m benchmarks.active            # 15 minutes of two busy cores; writes docs/active-learning.json and .svg

From the complaints of two thirds of the writers, 100 drawn by chance are labelled first, then a batch at a time is
chosen by each strategy; macro-F1 is that on the complaints of the other third. Averaged over seeds, each with other
writers held out. Every text of the pool is in a category (`--with-none` leaves the others in). Features are counted
once; only the logistic regression is fitted anew.
"""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from joblib import Parallel, delayed
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.preprocessing import normalize
from threadpoolctl import threadpool_limits

from router.categories import NONE
from training import corpus, plots
from training.corpus import Row
from training.folds import writer
from training.heldout import numbers
from training.picking import CANDIDATES, coverage, doubt, spread, uncovered
from training.pipeline import Parameters, make_vectoriser
from training.stopping import agreement

HERE = Path(__file__).parent
SIZES = (*range(100, 500, 50), *range(500, 1501, 100))
RANDOM_SIZES = (*SIZES, *range(1750, 3001, 250))
"""Random choice is followed further, to see how many labels it needs for what the others reach."""
HELD_OUT = 1 / 3
MIN_DF = 15
STRENGTH = 0.8
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class State(NamedTuple):
    """What a strategy chooses `count` places from: directions (n, features) and probabilities (n, k) of the pool.

    `covered` is the likeness of each (n,) to the nearest of the `labelled` texts, of which it is the number.
    """

    directions: sp.csr_matrix
    probability: Floats
    covered: Floats
    labelled: int
    count: int
    chance: np.random.Generator


def at_random(state: State) -> Ints:
    """By chance."""
    return state.chance.choice(len(state.probability), state.count, replace=False)


def by_margin(state: State) -> Ints:
    """The smallest distance of the two likeliest."""
    return np.argsort(-doubt(state.probability), kind="stable")[: state.count]


def by_entropy(state: State) -> Ints:
    """The greatest entropy."""
    logs = np.log(np.maximum(state.probability, 1e-12))
    return np.argsort((state.probability * logs).sum(axis=1), kind="stable")[: state.count]


def by_spread_margin(state: State) -> Ints:
    """A small margin, no two alike."""
    return spread(state.directions, doubt(state.probability), state.count)[0]


def by_review(state: State) -> Ints:
    """What `complaint-training review` does: the same, and with 400 labels and more unlike what is labelled."""
    worth = uncovered(doubt(state.probability), state.covered, state.labelled)
    return spread(state.directions, worth, state.count)[0]


def by_density(state: State) -> Ints:
    """A small margin, weighed by the likeness to the rest of the pool (Settles and Craven 2008)."""
    mean = np.asarray(state.directions.mean(axis=0)).ravel()
    worth = doubt(state.probability) * np.sqrt(np.maximum(state.directions @ mean, 0))
    return np.argsort(-worth, kind="stable")[: state.count]


def by_coverage(state: State) -> Ints:
    """The same from the start."""
    return spread(state.directions, doubt(state.probability) * (1 - state.covered), state.count)[0]


def by_gradients(state: State) -> Ints:
    """The greatest gradients of the loss, no two alike: BADGE (Ash et al. 2020), its seeding made greedy."""
    candidates = np.argsort(-doubt(state.probability), kind="stable")[: 4 * CANDIDATES * state.count]
    gradient = state.probability[candidates].copy()
    gradient[np.arange(len(gradient)), gradient.argmax(axis=1)] -= 1
    chosen = state.directions[candidates]
    products = (gradient @ gradient.T) * (chosen @ chosen.T).toarray()
    length = np.diag(products)
    distance, picked = length.copy(), []
    for _ in range(min(state.count, len(candidates))):
        picked.append(int(distance.argmax()))
        distance = np.minimum(distance, length + length[picked[-1]] - 2 * products[picked[-1]])
        distance[picked] = -1
    return candidates[picked]


RANDOM, OURS = "random", "review"
STRATEGIES: Mapping[str, Callable[[State], Ints]] = {
    RANDOM: at_random,
    OURS: by_review,
    "unlike from the start": by_coverage,
    "margin, spread": by_spread_margin,
    "margin": by_margin,
    "entropy": by_entropy,
    "gradients (BADGE)": by_gradients,
    "margin and density": by_density,
}


class Texts(NamedTuple):
    """Features (n, features), their directions, labels (n,) as numbers of `names`, and writers (n,)."""

    features: sp.csr_matrix
    directions: sp.csr_matrix
    names: tuple[str, ...]
    labels: Ints
    writers: npt.NDArray[np.str_]


def texts_of(rows: Sequence[Row], min_df: int = MIN_DF) -> Texts:
    """Count the features of rows once: the vocabulary knows no label."""
    features = make_vectoriser(replace(Parameters(), min_df=min_df), {}).fit_transform([row.text for row in rows])
    names, labels = numbers([row.label for row in rows])
    return Texts(features, normalize(features), names, labels, np.array([writer(row) for row in rows]))


def simulate(texts: Texts, strategy: str, seed: int, sizes: Sequence[int]) -> list[dict[str, Any]]:
    """Macro-F1 on held-out writers at each number of labels, and how far the model agrees with the one before it."""
    chance = np.random.default_rng(seed)
    writers = chance.permutation(np.unique(texts.writers))
    outside = np.isin(texts.writers, writers[: max(1, round(HELD_OUT * len(writers)))])
    placed = texts.labels != (texts.names.index(NONE) if NONE in texts.names else -1)
    pool, tested = np.flatnonzero(~outside), np.flatnonzero(outside & placed)
    labelled = chance.choice(pool, sizes[0], replace=False)
    covered = coverage(texts.directions, texts.directions[labelled])
    points: list[dict[str, Any]] = []
    before: Ints | None = None
    for size in (*sizes[1:], 0):
        probability = fitted(texts, labelled, placed)
        said = probability[tested].argmax(axis=1)
        stable = None if before is None else agreement(before.tolist(), said.tolist())
        value = float(f1_score(texts.labels[tested], said, average="macro"))
        points.append({"labels": len(labelled), "macro_f1": value, "agreement": stable})
        before = said
        rest, count = np.setdiff1d(pool, labelled, assume_unique=True), size - len(labelled)
        if not 0 < count <= len(rest):
            return points
        state = State(texts.directions[rest], probability[rest], covered[rest], len(labelled), count, chance)
        new = rest[STRATEGIES[strategy](state)]
        labelled = np.concatenate([labelled, new])
        covered = np.maximum(covered, coverage(texts.directions, texts.directions[new]))
    return points


def fitted(texts: Texts, labelled: Ints, placed: npt.NDArray[np.bool_]) -> Floats:
    """Probabilities of all texts (n, k) by a model of the labelled ones that are in a category."""
    taught = labelled[placed[labelled]]
    linear = LogisticRegression(C=STRENGTH, max_iter=200, tol=2e-3)
    with threadpool_limits(1):  # its matrices are too small to share, and the other cores run other simulations
        linear.fit(texts.features[taught], texts.labels[taught])
    found = np.zeros((len(texts.labels), len(texts.names)))
    found[:, linear.classes_] = linear.predict_proba(texts.features)
    return found


def measure(rows: Sequence[Row], strategies: Sequence[str], seeds: Sequence[int]) -> dict[str, Any]:
    """The mean curve of every strategy, and the share of random choice's labels that it needs."""
    texts = texts_of(rows)
    jobs = [(name, seed) for seed in seeds for name in strategies]
    sizes = {name: RANDOM_SIZES if name == RANDOM else SIZES for name in strategies}
    runs = Parallel(n_jobs=-1)(delayed(simulate)(texts, name, seed, sizes[name]) for name, seed in jobs)
    curves = {name: mean([run for run, (of, _) in zip(runs, jobs, strict=True) if of == name]) for name in strategies}
    needed = {name: labels_needed(curves[name], curves[RANDOM]) for name in strategies if name != RANDOM}
    return {"texts": len(rows), "seeds": list(seeds), "curves": curves, "needed": needed}


def mean(runs: Sequence[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """One curve out of several, as far as the shortest goes."""
    return [
        {
            "labels": points[0]["labels"],
            "macro_f1": float(np.mean([point["macro_f1"] for point in points])),
            "deviation": float(np.std([point["macro_f1"] for point in points])),
            "agreement": None if points[0]["agreement"] is None else float(np.mean([p["agreement"] for p in points])),
        }
        for points in zip(*runs, strict=False)
    ]


def labels_needed(curve: Sequence[Mapping[str, Any]], by_chance: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """For each macro-F1 of a curve: its labels, those that random choice needs for it, and their ratio.

    Random choice's need is read off its curve, made monotone, between two points; None beyond its end.
    """
    heights = np.maximum.accumulate([point["macro_f1"] for point in by_chance])
    sizes = [point["labels"] for point in by_chance]
    found = []
    for point in curve[1:]:
        reached = point["macro_f1"] <= heights[-1]
        need = float(np.interp(point["macro_f1"], heights, sizes)) if reached else None
        share = None if need is None else round(point["labels"] / need, 3)
        found.append({"labels": point["labels"], "macro_f1": point["macro_f1"], "random": need, "share": share})
    return found


def lines(found: Mapping[str, Any], sizes: Sequence[int] = (200, 300, 500, 700, 1000, 1500)) -> list[str]:
    """Macro-F1 of every strategy, and in brackets its labels over those that random choice needs for it."""
    table = ["| strategy | " + " | ".join(f"{size:,}" for size in sizes) + " |", "| --- " * (len(sizes) + 1) + "|"]
    for name, curve in found["curves"].items():
        heights = {point["labels"]: point["macro_f1"] for point in curve}
        shares = {point["labels"]: point["share"] for point in found["needed"].get(name, ())}
        cells = [f"{heights[size]:.3f}" + (f" ({shares[size]:.2f})" if shares.get(size) else "") for size in sizes]
        table.append(f"| {name} | " + " | ".join(cells) + " |")
    return table


def main() -> None:
    """Measure, print the table, write figures and curves."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.active", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--data", type=Path, default=HERE.parent / "data")
    parser.add_argument(
        "--seeds", type=int, nargs="+", default=[3, 4, 5, 6], help="0 to 2 are what `review` was chosen on"
    )
    parser.add_argument("--strategies", nargs="+", default=[*STRATEGIES], choices=[*STRATEGIES])
    parser.add_argument("--with-none", action="store_true", help="leave texts labelled none in the pool")
    parser.add_argument("--output", type=Path, default=HERE.parent / "docs", metavar="FOLDER")
    options = parser.parse_args()
    rows = [row for row in corpus.read(options.data) if row.kind == "complaint"]
    rows = rows if options.with_none else corpus.placed(rows)
    found = measure(rows, options.strategies, options.seeds)
    (options.output / "active-learning.json").write_text(json.dumps(found, indent=2) + "\n")
    (options.output / "active-learning.svg").write_text(plots.labelling(found["curves"]), encoding="utf-8")
    print("\n".join(lines(found)))


if __name__ == "__main__":
    main()
