"""Whether a window of complaints differs from a reference, at a stated rate of false alarms, and in what.

Every test deals the texts of both anew at random, many times: the two are exchangeable where nothing has drifted,
whatever the statistic's distribution, its ties and small counts (Fisher 1935; Phipson and Smyth 2010 for the p-value).
A text is one draw, for the words of one text are not independent. Holm 1979 holds the rate for all tests together.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import hypergeom

from router.drift import EDGES, Sample, share
from router.errors import InputError

Counts = npt.NDArray[np.int64]
Statistic = Callable[[Counts, Counts], npt.NDArray[np.float64]]

ALPHA = 0.01
LEAST_ALPHA = 0.002
"""Below it the p-values of so few deals could not raise an alarm."""
DEALS = 4_999
LEAST_TEXTS = 50
"""Fewer texts tell nothing."""
SEED = 20_261_122
WORD_TEXTS = 8
"""A lemma is tested where at least so many texts of both have it; fewer could not be told from chance."""
CLEAR = 2.5
"""Standard errors from which a name's share is told to have risen or fallen."""


@dataclass(frozen=True)
class Finding:
    """What a test found: `p` as it came out, `adjusted` for all tests together, and what changed in words."""

    statistic: str
    p: float
    before: str
    now: str
    change: str = ""
    adjusted: float = 1.0
    drifted: bool = False

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return dict(vars(self))


@dataclass(frozen=True)
class NewWord:
    """A lemma that more texts have than before: of how many, before of how many, and its adjusted p-value."""

    lemma: str
    texts: int
    before: int
    p: float


def compare(window: Sample, reference: Sample, alpha: float = ALPHA, seed: int = SEED) -> list[Finding]:
    """A finding for each statistic; `drifted` where it differs, at most `alpha` false alarms among all of them.

    The lemmas are tested where both have them. `InputError` where either has too few texts.
    """
    for name, sample in (("the window", window), ("the reference", reference)):
        if sample.texts < LEAST_TEXTS:
            raise InputError(f"expected at least {LEAST_TEXTS} complaints in {name}, found {sample.texts}")
    chance = np.random.default_rng(seed)
    found = [_named(name, window, reference, chance) for name in ("categories", "decisions")]
    found += [_binned(name, window, reference, chance) for name in ("confidence", "unknown", "length")]
    if window.lemmas is not None and reference.lemmas is not None:
        found.append(_words(window, reference))
    return holm(found, alpha)


def holm(findings: Sequence[Finding], alpha: float) -> list[Finding]:
    """The findings with their p-values adjusted for being several (Holm 1979), in the order given."""
    order = sorted(range(len(findings)), key=lambda place: findings[place].p)
    adjusted, highest = [1.0] * len(findings), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(findings) - rank) * findings[place].p))
        adjusted[place] = highest
    pairs = zip(findings, adjusted, strict=True)
    return [replace(finding, adjusted=value, drifted=value <= alpha) for finding, value in pairs]


def p_value(one: Counts, other: Counts, statistic: Statistic, chance: np.random.Generator) -> float:
    """How often texts dealt at random to windows of these sizes give a statistic as large as what was found.

    `one` and `other` count texts (k,) by value; the statistic is given counts (deals, k) of both.
    """
    both = one + other
    kept = both > 0
    both, first = both[kept], one[kept]
    deals = chance.multivariate_hypergeometric(both, int(first.sum()), DEALS, method="marginals")
    found = statistic(first[None], (both - first)[None])[0]
    beyond = int((statistic(deals, both - deals) >= found - 1e-9).sum())
    return (1 + beyond) / (1 + DEALS)


def chi_square(one: Counts, other: Counts) -> npt.NDArray[np.float64]:
    """Pearson's, of shares by name."""
    expected = (one + other) * (one.sum(axis=1) / (one + other).sum(axis=1))[:, None]
    left = (one + other) - expected
    found: npt.NDArray[np.float64] = ((one - expected) ** 2 * (1 / expected + 1 / left)).sum(axis=1)
    return found


def kolmogorov(one: Counts, other: Counts) -> npt.NDArray[np.float64]:
    """The greatest difference of the cumulated shares."""
    shares = [counts.cumsum(axis=1) / counts.sum(axis=1)[:, None] for counts in (one, other)]
    found: npt.NDArray[np.float64] = np.abs(shares[0] - shares[1]).max(axis=1)
    return found


def rank_difference(one: Counts, other: Counts) -> npt.NDArray[np.float64]:
    """How far the mean rank is from what equal windows have, ties at their middle (Mann and Whitney 1947)."""
    both = one + other
    ranks = both.cumsum(axis=1) - both / 2
    expected = both.sum(axis=1) / 2
    found: npt.NDArray[np.float64] = np.abs((one * ranks).sum(axis=1) / one.sum(axis=1) - expected)
    return found


def new_words(window: Sample, reference: Sample) -> list[NewWord]:
    """The lemmas that more texts have than in the reference, the surest first; p-values are for all lemmas together.

    Fisher's exact test, one-sided, times the number of lemmas tested (Bonferroni).
    """
    assert window.lemmas is not None and reference.lemmas is not None  # noqa: S101 - narrows; the caller asks
    before = {lemma: max(reference.lemmas[lemma], reference.hidden) for lemma in window.lemmas}
    tested = [lemma for lemma, texts in window.lemmas.items() if texts + before[lemma] >= WORD_TEXTS]
    texts = np.array([window.lemmas[lemma] for lemma in tested])
    both = texts + np.array([before[lemma] for lemma in tested])
    chance = hypergeom.sf(texts - 1, window.texts + reference.texts, both, window.texts) * len(tested)
    found = [
        NewWord(lemma, window.lemmas[lemma], reference.lemmas[lemma], min(1.0, float(p)))
        for lemma, p in zip(tested, chance, strict=True)
    ]
    return sorted(found, key=lambda word: (word.p, -word.texts, word.lemma))


def _named(name: str, window: Sample, reference: Sample, chance: np.random.Generator) -> Finding:
    now, before = getattr(window, name), getattr(reference, name)
    keys = sorted(now.keys() | before.keys())
    p = p_value(_counts(now, keys), _counts(before, keys), chi_square, chance)
    change = ", ".join(filter(None, (_moved(key, now, before) for key in keys)))
    return Finding(name, p, _shares(before, keys), _shares(now, keys), change)


def _moved(key: str, now: Mapping[str, int], before: Mapping[str, int]) -> str:
    """Whether a name's share rose or fell clearly."""
    sizes = sum(now.values()), sum(before.values())
    pooled = (now.get(key, 0) + before.get(key, 0)) / sum(sizes)
    error = np.sqrt(pooled * (1 - pooled) * (1 / sizes[0] + 1 / sizes[1]))
    shares = share(before, key), share(now, key)
    if abs(shares[1] - shares[0]) <= CLEAR * error:
        return ""
    return f"{key} {'rose' if shares[1] > shares[0] else 'fell'} from {shares[0]:.1%} to {shares[1]:.1%}"


def _binned(name: str, window: Sample, reference: Sample, chance: np.random.Generator) -> Finding:
    now, before = getattr(window, name), getattr(reference, name)
    statistic = rank_difference if name == "unknown" else kolmogorov
    p = p_value(_counts(now, EDGES[name]), _counts(before, EDGES[name]), statistic, chance)
    tell = _quartiles if name != "unknown" else _texts_with_unknown
    return Finding(name, p, tell(before), tell(now), _direction(now, before))


def _words(window: Sample, reference: Sample) -> Finding:
    found = new_words(window, reference)
    clear = [word.lemma for word in found if word.p <= ALPHA]
    p = found[0].p if found else 1.0
    names = ", ".join(clear[:5]) + (f" and {len(clear) - 5} more" if len(clear) > 5 else "")  # noqa: PLR2004 - a line's worth
    return Finding("lemmas", p, "-", f"{len(clear)} more frequent" if clear else "-", names)


def _counts(counts: Mapping[Any, int], keys: Sequence[Any]) -> Counts:
    return np.array([counts.get(key, 0) for key in keys], np.int64)


def _shares(counts: Mapping[str, int], keys: Sequence[str]) -> str:
    return ", ".join(f"{key} {share(counts, key):.1%}" for key in keys)


def _quartiles(counts: Mapping[float, int]) -> str:
    low, middle, high = (quantile(counts, part) for part in (0.25, 0.5, 0.75))
    return f"median {middle:g} ({low:g} to {high:g})"


def _texts_with_unknown(counts: Mapping[float, int]) -> str:
    return f"{1 - share(counts, 0.0):.1%} of texts have some"  # type: ignore[arg-type]  # keys are edges here


def _direction(now: Mapping[float, int], before: Mapping[float, int]) -> str:
    """Up or down, by the mean of the bins' edges."""
    means = [sum(edge * count for edge, count in of.items()) / sum(of.values()) for of in (before, now)]
    return "higher" if means[1] > means[0] else "lower"


def quantile(counts: Mapping[float, int], part: float) -> float:
    """The edge up to which at least that part of the texts lies."""
    total, seen = sum(counts.values()), 0
    for edge in sorted(counts):
        seen += counts[edge]
        if seen >= part * total:
            return edge
    return max(counts)
