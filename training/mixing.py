"""How much agents' labels weigh beside the corpus: cross-validation on agents' own complaints chooses.

A complaint that is held out has no near-duplicate among those fitted on, and none of the same client or agent as far as
the data allow. Of the weights that cannot be told from the best one the smallest is taken: the corpus has been checked,
agents are in a hurry.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from joblib import Parallel, delayed
from scipy.optimize import minimize_scalar
from scipy.sparse.csgraph import connected_components
from scipy.special import log_softmax
from sklearn.model_selection import GroupKFold

from router.artefact import digest
from router.categories import KEYS, NONE
from training import corpus
from training.corpus import Row
from training.crossval import Scores
from training.evaluate import macro_f1
from training.feedback import book
from training.feedback.quarantine import near_duplicates
from training.folds import Indices
from training.lexicon import Lexicon
from training.pipeline import Parameters, add_lexicon, make_linear, make_vectoriser
from training.shares import shift, weights

WEIGHTS = (0.0, 0.5, 1.0, 2.0, 4.0)
"""Of a complaint of agents, where one of the corpus weighs about 1; 0 is the corpus alone."""
FOLDS = 5
ENOUGH = 50
"""Of fewer complaints in the categories no weight can be chosen."""
GROUPINGS = (("client", "agent"), ("client",), ())
"""What is held out together besides near-duplicates: the first that leaves as many groups as folds, none over half."""


@dataclass(frozen=True)
class Feedback:
    """What a file of feedback gives a fit: rows whose author is the group that they are held out with."""

    rows: list[Row] = field(default_factory=list)
    grouping: tuple[str, ...] = ()
    meta: dict[str, Any] = field(default_factory=dict)

    @property
    def placed(self) -> npt.NDArray[np.bool_]:
        """Which rows are in a category (n,)."""
        return np.array([row.label != NONE for row in self.rows], bool)

    @property
    def groups(self) -> int:
        """How many groups the rows are of."""
        return len({row.author for row in self.rows})


@dataclass(frozen=True)
class Mix:
    """The complaints of agents that go into the fit, with their weights; and what `meta.json` says of it and them."""

    rows: list[Row] = field(default_factory=list)
    meta: dict[str, Any] = field(default_factory=dict)

    @property
    def corpus(self) -> dict[str, Any]:
        """What it adds to what is said of the corpus: the complaints, by which `forget` finds the model."""
        return {"complaints": sorted(row.id for row in self.rows)} if self.rows else {}


def read(path: Path, known: Iterable[str], categories: Sequence[str] = KEYS) -> Feedback:
    """The rows that a fit may learn from; those that are in the corpus already (by id) are left out."""
    everything = book.existing(path)
    usable = book.usable(everything)
    corpus_ids = set(known)
    new = [value for value in usable if value["id"] not in corpus_ids]
    grouping, groups = grouped(new)
    rows = [
        replace(corpus.row(f"{path}: {value['number']}", value, categories), author=str(group))
        for value, group in zip(new, groups, strict=True)
    ]
    meta = {
        "file": path.name,
        "sha256": digest(path.read_bytes()),
        "rows": len(everything),
        "quarantined": sum(map(book.is_open, everything)),
        "dropped": sum(map(book.is_dropped, everything)),
        "in_corpus": len(usable) - len(new),
        "usable": len(rows),
    }
    return Feedback(rows, grouping, meta)


def grouped(rows: Sequence[book.Row]) -> tuple[tuple[str, ...], npt.NDArray[np.int32]]:
    """Which of `GROUPINGS` the data allow, and the number of the group of each row (n,)."""
    pairs = near_duplicates(rows)
    for grouping in GROUPINGS:
        groups = _components(rows, pairs, grouping)
        sizes = np.bincount(groups, minlength=1)
        if len(sizes) >= FOLDS and sizes.max() <= len(rows) / 2:
            break
    return grouping, groups


def _components(
    rows: Sequence[book.Row], pairs: Iterable[tuple[str, str]], grouping: Iterable[str]
) -> npt.NDArray[np.int32]:
    """Rows are connected to their near-duplicates, and to what they share: a client, an agent."""
    nodes: dict[tuple[str, str], int] = {("id", row["id"]): number for number, row in enumerate(rows)}
    edges = [(nodes["id", one], nodes["id", other]) for one, other in pairs]
    for name in grouping:
        edges += [
            (nodes["id", row["id"]], nodes.setdefault((name, row[name]), len(nodes))) for row in rows if row[name]
        ]
    starts, ends = np.array(edges, int).reshape(-1, 2).T
    graph = sp.coo_matrix((np.ones(len(edges)), (starts, ends)), shape=(len(nodes), len(nodes)))
    found = connected_components(graph, directed=False)[1][: len(rows)]
    return np.asarray(np.unique(found, return_inverse=True)[1])


def mix(
    rows: Sequence[Row],
    feedback: Feedback,
    lexicon: Lexicon,
    parameters: Parameters,
    categories: Sequence[str] = KEYS,
) -> Mix:
    """Choose the weight, and give the complaints that weight; none of them where it is 0 or cannot be chosen."""
    count = int(feedback.placed.sum())
    if count < ENOUGH or feedback.groups < FOLDS:
        note = f"not used: of {count} complaints in {feedback.groups} groups no weight can be chosen"
        found = {"weight": 0.0, "note": f"{note}, it takes {ENOUGH} in {FOLDS}"}
        return Mix([], {"feedback": feedback.meta | found})
    scores = held_out_scores(rows, feedback.rows, lexicon, parameters, categories)[:, feedback.placed]
    placed = corpus.placed(feedback.rows)
    weight, tried = chosen(scores, placed, categories)
    note = f"used with weight {weight:g}" if weight else "not used: on held-out ones nothing is surely gained by them"
    found = {"weight": weight, "note": note, "held_out": count, "groups": feedback.groups}
    found |= {"grouped_by": ["near-duplicates", *feedback.grouping], "tried": tried}
    own = [replace(row, weight=weight) for row in feedback.rows] if weight else []
    return Mix(own, {"feedback": feedback.meta | found})


def held_out_scores(
    rows: Sequence[Row],
    own: Sequence[Row],
    lexicon: Lexicon,
    parameters: Parameters,
    categories: Sequence[str] = KEYS,
) -> Scores:
    """Scores (weights, n, k) of agents' complaints by models fitted on the corpus and on the other groups."""
    everyone = np.arange(len(own))
    jobs: list[tuple[Sequence[float], Indices, Indices]] = [(WEIGHTS[:1], everyone[:0], everyone)]
    split = GroupKFold(FOLDS).split(everyone, groups=[row.author for row in own])
    jobs += [(WEIGHTS[1:], train, tested) for train, tested in split]
    found = Parallel(n_jobs=-1)(delayed(_fold)(rows, own, lexicon, parameters, categories, *job) for job in jobs)
    scores = np.zeros((len(WEIGHTS), len(own), len(categories)))
    for (tried, _, tested), of in zip(jobs, found, strict=True):
        for weight, values in zip(tried, of, strict=True):
            scores[WEIGHTS.index(weight), tested] = values
    return scores


def _fold(
    rows: Sequence[Row],
    own: Sequence[Row],
    lexicon: Lexicon,
    parameters: Parameters,
    categories: Sequence[str],
    tried: Sequence[float],
    train: Indices,
    tested: Indices,
) -> Scores:
    """Scores (tried, tested, k): the words are counted once, and weighed by each of the weights tried."""
    fitted_on = [*rows, *(own[place] for place in train)]
    vectoriser = make_vectoriser(parameters, lexicon)
    features = vectoriser.fit_transform([row.text for row in fitted_on])
    unseen = vectoriser.transform([own[place].text for place in tested])
    labels, share = [row.label for row in fitted_on], weights(fitted_on, categories)
    is_own = np.arange(len(fitted_on)) >= len(rows)
    whole = np.zeros(len(fitted_on), bool)  # `none` is learnt of no weight, so not here
    scores = []
    for weight in tried:
        linear = make_linear(parameters).fit(features, labels, np.where(is_own, weight * share, share), whole)
        add_lexicon(vectoriser, linear, lexicon, parameters.lexicon_weight, categories)
        scores.append(linear.decision_function(unseen)[:, [list(linear.classes_).index(key) for key in categories]])
    return np.stack(scores)


def chosen(scores: Scores, rows: Sequence[Row], categories: Sequence[str] = KEYS) -> tuple[float, dict[str, Any]]:
    """The smallest weight whose log-loss exceeds the least by no more than a standard error, and the table of all.

    `scores` are (weights, n, k). The standard error is that of the difference, by groups of rows: complaints of one
    group are no independent witnesses. The rule is that of one standard error (Breiman et al. 1984).
    """
    labels = np.array([categories.index(row.label) for row in rows])
    logits = [_at_best_temperature(of, labels, shift(categories)) for of in scores]
    losses = [-log_softmax(of, axis=1)[np.arange(len(labels)), labels] for of in logits]
    best = losses[int(np.argmin([loss.mean() for loss in losses]))]
    groups = np.unique([row.author for row in rows], return_inverse=True)[1]
    tried, within = {}, []
    for weight, loss, of in zip(WEIGHTS, losses, logits, strict=True):
        excess, error = float((loss - best).mean()), _standard_error(loss - best, groups)
        within += [weight] if excess <= error else []
        guess = of.argmax(axis=1)
        tried[f"{weight:g}"] = {
            "log_loss": round(float(loss.mean()), 6),
            "excess": round(excess, 6),
            "standard_error": round(error, 6),
            "accuracy": round(float((guess == labels).mean()), 6),
            "macro_f1": macro_f1([row.label for row in rows], [categories[place] for place in guess]),
        }
    return within[0], tried


def _at_best_temperature(
    scores: npt.NDArray[np.float64], labels: npt.NDArray[np.int64], more: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Logits of the least log-loss, so that no weight gains by being more or less sure of the same.

    `more` (k,) is added to the scores over their temperature.
    """

    def log_loss(log_temperature: float) -> float:
        logits = scores / np.exp(log_temperature) + more
        return -float(log_softmax(logits, axis=1)[np.arange(len(labels)), labels].mean())

    found = minimize_scalar(log_loss, bounds=(-4, 4), method="bounded").x
    return np.asarray(scores / np.exp(found) + more)


def _standard_error(values: npt.NDArray[np.float64], groups: npt.NDArray[np.int64]) -> float:
    """Of the mean of values (n,), whose groups (n,) are independent and whose members are not."""
    sums = np.bincount(groups, values - values.mean())
    return float(np.sqrt((sums**2).sum() * len(sums) / max(1, len(sums) - 1)) / len(values))
