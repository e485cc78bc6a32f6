"""The team's figures, worked out from what the database counted. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from router.categories import TRIAGE
from router.contract import Found, interval
from router.store.team import Counted

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


def figures(counted: Counted, audits: Sequence[Found], dates: Sequence[date], keys: Sequence[str]) -> Figures:
    """The figures of what was counted on these days; `keys` are the categories of today."""
    agreed, total = counted.agreement, sum(counted.kinds.values())
    return Figures(
        days=volumes(counted.volumes, dates, keys),
        kinds={kind: Share(counted.kinds.get(kind, 0), total) for kind in KINDS},
        top1=Share(agreed.first, agreed.labels),
        top2=Share(agreed.among_two, agreed.labels),
        overdue=Share(counted.late, total),
        audits=audits,
    )


def volumes(counted: Sequence[Mapping[str | None, int]], dates: Sequence[date], keys: Sequence[str]) -> list[Day]:
    """Complaints by day and category: `keys`, any others that there are, `triage`; days without any are there too."""
    others = sorted({key for day in counted for key in day if key} - {*keys, TRIAGE})
    days = [{key or TRIAGE: number for key, number in day.items()} for day in counted]
    return [
        Day(date, {key: day.get(key, 0) for key in (*keys, *others, TRIAGE)})
        for date, day in zip(dates, days, strict=True)
    ]
