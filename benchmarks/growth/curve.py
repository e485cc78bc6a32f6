"""A curve: what was measured at each size, the exponent fitted through it, and what that means."""

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import log
from statistics import mean, median
from typing import Any

TOTAL, EACH = "total", "each"
LIMITS = {TOTAL: 1.1, EACH: 0.2}
"""The greatest exponent of what is near-linear: of the cost of all, and of the cost of one among so many."""
GOOD = {TOTAL: "near-linear or better", EACH: "flat"}
BAD = {TOTAL: "worse than linear", EACH: "grows with the rest"}
THROUGH = 3
"""The exponent is fitted through so many of the largest sizes: what a start costs hides the growth of small ones."""


@dataclass
class Curve:
    """Medians of repeated runs (`values`, of `unit`) by size. `kind`: the cost of all (`total`) or of one (`each`)."""

    title: str
    of: str
    unit: str
    kind: str
    sizes: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    runs: list[int] = field(default_factory=list)
    more: dict[str, list[float]] = field(default_factory=dict)

    def add(self, size: int, values: Sequence[float], **more: float) -> None:
        """Add the runs at one size, and whatever else was measured there."""
        self.sizes.append(size)
        self.values.append(median(values))
        self.runs.append(len(values))
        for name, value in more.items():
            self.more.setdefault(name, []).append(value)
        beside = "".join(f", {name} {value:,.4g}" for name, value in more.items())
        print(f"{self.title}: {size:,} {self.of}: {self.values[-1]:.4g} {self.unit}{beside}", flush=True)

    def as_json(self) -> dict[str, Any]:
        """All of it with the exponent (None of a single size), the verdict, and how busy the machine was."""
        found = exponent(self.sizes[-THROUGH:], self.values[-THROUGH:])
        return vars(self) | {
            "exponent": found,
            "verdict": verdict(self.kind, found),
            "good": good(self.kind, found),
            "load": os.getloadavg()[0],
        }


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float | None:
    """The slope of a least-squares line through log(value) over log(size); None of fewer than two sizes."""
    if len(sizes) < 2:
        return None
    x, y = [log(size) for size in sizes], [log(value) for value in values]
    centre, level = mean(x), mean(y)
    along = sum((one - centre) * (other - level) for one, other in zip(x, y, strict=True))
    return along / sum((one - centre) ** 2 for one in x)


def verdict(kind: str, found: float | None) -> str:
    """What an exponent means."""
    if found is None:
        return "not known of one size"
    return GOOD[kind] if good(kind, found) else BAD[kind]


def good(kind: str, found: float | None) -> bool:
    """Whether an exponent is within the limit of its kind."""
    return found is not None and found <= LIMITS[kind]


def decades(least: int, greatest: int, most: int) -> list[int]:
    """The powers of ten from `least` to `greatest` that are at most `most`; `least` in any case."""
    found = [least]
    while found[-1] * 10 <= min(greatest, most):
        found.append(found[-1] * 10)
    return found


def repeated(job: Callable[[], float], patience: float, times: int = 5) -> list[float]:
    """What each of up to `times` runs gives; at least two, and no further one once `patience` seconds are spent."""
    began, found = time.perf_counter(), []
    while len(found) < 2 or (len(found) < times and time.perf_counter() - began < patience):
        found.append(job())
    return found


def seconds(job: Callable[[], object]) -> float:
    """The seconds that a job takes."""
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


def printed(curves: Iterable[dict[str, Any]]) -> str:
    """A line a curve: how far it was followed, its exponent and the verdict."""
    return "\n".join(
        f"{one['title']:<58} {one['sizes'][0]:>6,} to {one['sizes'][-1]:>9,} {one['of']:<18} "
        f"exponent {_shown(one['exponent'])} (of at most {LIMITS[one['kind']]}): {one['verdict']}"
        for one in curves
    )


def _shown(found: float | None) -> str:
    return "   –" if found is None else f"{found:+.2f}"
