"""The team's figures, worked out from rows of the database. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from router.categories import TRIAGE
from router.contract import Found, interval
from router.store.labels import Label

KINDS = ("auto", "suggest", "triage")


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `of`, with its 95 % interval."""

    part: int
    of: int

    @property
    def value(self) -> float | None:
        """The share, None of nothing."""
        return self.part / self.of if self.of else None

    @property
    def bounds(self) -> tuple[float, float]:
        """The interval."""
        return interval(self.part, self.of)


@dataclass(frozen=True, slots=True)
class Day:
    """Complaints registered on a day, by category (`triage` where nobody has chosen one yet)."""

    date: date
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Figures:
    """All that the team's page shows."""

    days: list[Day]
    kinds: dict[str, Share]
    top1: Share
    top2: Share
    overdue: Share
    audits: Sequence[Found]

    @property
    def total(self) -> int:
        """Complaints registered in the period."""
        return sum(day.total for day in self.days)


def figures(
    rows: Sequence[Any],
    labels: Sequence[Label],
    audits: Sequence[Found],
    days: int,
    now: datetime,
    zone: tzinfo,
    keys: Sequence[str],
) -> Figures:
    """The figures of the last `days` days, today included, in a time zone; `keys` are the categories of today.

    A label among categories that the model of its day did not have says nothing of that model.
    """
    seen = [label.ranked.index(label.category) for label in labels if label.category in label.probabilities]
    return Figures(
        days=volumes(rows, days, now.astimezone(zone).date(), zone, keys),
        kinds={kind: Share(sum(row.kind == kind for row in rows), len(rows)) for kind in KINDS},
        top1=Share(sum(place == 0 for place in seen), len(seen)),
        top2=Share(sum(place <= 1 for place in seen), len(seen)),
        overdue=Share(sum((row.answered_at or now) > row.respond_by for row in rows), len(rows)),
        audits=audits,
    )


def volumes(rows: Iterable[Any], days: int, today: date, zone: tzinfo, keys: Sequence[str]) -> list[Day]:
    """Complaints by day and category: `keys`, any others that there are, `triage`; days without any are there too."""
    counted = Counter((row.registered_at.astimezone(zone).date(), row.category or TRIAGE) for row in rows)
    dates = [today - timedelta(days=back) for back in reversed(range(days))]
    others = sorted({key for _, key in counted} - {*keys, TRIAGE})
    return [Day(date, {key: counted[date, key] for key in (*keys, *others, TRIAGE)}) for date in dates]
