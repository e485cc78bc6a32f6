"""Whether `auto` keeps its promise on live traffic: the precision that blind audits found, and what follows from it.

A category whose precision is below the promise beyond doubt (the upper bound of its 95 % interval lies below it) is
`auto` no more: its complaints become `suggest` until another model is promoted. The interval is that of Clopper and
Pearson (1934), two-sided.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, replace
from math import exp, lgamma, log, log1p
from time import monotonic

from router.classifier import Classifier
from router.errors import StoreError
from router.store import Store, labels

PROMISE = 0.95
LOOK_EVERY = 60.0
"""Seconds between two looks at the audits."""
_TAIL = 0.025
_HALVINGS = 40
_NEGLIGIBLE = 1e-17


@dataclass(frozen=True, slots=True)
class Found:
    """What audits found of one category: `right` of `audited`, and the interval of precision."""

    category: str
    audited: int
    right: int
    low: float
    high: float

    @property
    def broken(self) -> bool:
        """Whether the promise is broken beyond doubt."""
        return self.high < PROMISE


def findings(audits: Iterable[tuple[str, bool]]) -> list[Found]:
    """What audits (category, whether the agent agreed) say of every category that was audited."""
    counted: dict[str, list[bool]] = {}
    for category, right in audits:
        counted.setdefault(category, []).append(right)
    return [_found(category, sum(answers), len(answers)) for category, answers in sorted(counted.items())]


def interval(right: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share of which `right` of `of` were seen.

    >>> [round(bound, 3) for bound in interval(18, 20)]
    [0.683, 0.988]
    """
    low = 0.0 if right == 0 else _solve(lambda share: 1 - _at_most(right - 1, of, share) < _TAIL)
    high = 1.0 if right == of else _solve(lambda share: _at_most(right, of, share) > _TAIL)
    return low, high


def _found(category: str, right: int, of: int) -> Found:
    return Found(category, of, right, *interval(right, of))


def _solve(is_below: Callable[[float], bool]) -> float:
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if is_below(middle) else (low, middle)
    return low


def _at_most(count: int, of: int, share: float) -> float:
    """The probability of at most `count` successes of `of`, each of probability `share` (0 < share < 1)."""
    if count < of * share:
        return _tail(count, of, share)
    return 1 - _tail(of - count - 1, of, 1 - share)


def _tail(count: int, of: int, share: float) -> float:
    """The same where `count` is below the mean: from there down terms only fall, and most are too small to matter."""
    ways = lgamma(of + 1) - lgamma(count + 1) - lgamma(of - count + 1)
    term = exp(ways + count * log(share) + (of - count) * log1p(-share))
    total, odds = 0.0, (1 - share) / share
    for number in range(count, -1, -1):
        total += term
        term *= number * odds / (of - number + 1)
        if term <= total * _NEGLIGIBLE:
            break
    return total


class Contract:
    """Watches the audits of a store, and takes `auto` from a classifier's categories that break the promise.

    It is asked at every request, and looks at the store once a minute; while that does not answer, nothing changes.
    """

    def __init__(self, store: Store, clock: Callable[[], float] = monotonic) -> None:
        self._store = store
        self._clock = clock
        self._looked_at = float("-inf")
        self._for: Classifier | None = None
        self._kept: Classifier | None = None
        self.findings: Sequence[Found] = ()

    def broken(self) -> list[str]:
        """The categories that are `auto` no more."""
        return _broken(self.findings)

    def kept(self, classifier: Classifier) -> Classifier:
        """The classifier as the promise allows it."""
        now = self._clock()
        if now - self._looked_at >= LOOK_EVERY or classifier is not self._for or self._kept is None:
            self._looked_at = now
            return self.look(classifier)
        return self._kept

    def look(self, classifier: Classifier) -> Classifier:
        """The same, having looked at the audits now."""
        found = self.findings
        with suppress(StoreError):
            found = findings(self._store.read(labels.audited, classifier.model.id))
        kept = without_auto(classifier, _broken(found))
        self.findings, self._kept, self._for = found, kept, classifier  # another thread may look for another model
        return kept


def _broken(found: Iterable[Found]) -> list[str]:
    return [one.category for one in found if one.broken]


def without_auto(classifier: Classifier, categories: Sequence[str]) -> Classifier:
    """A classifier that never places complaints of these categories by itself; it shares all else with the given."""
    if not categories:
        return classifier
    found, thresholds = copy(classifier), classifier.model.thresholds
    auto = {category: least for category, least in thresholds.auto.items() if category not in categories}
    found.model = replace(classifier.model, thresholds=replace(thresholds, auto=auto))
    return found
