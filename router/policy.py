"""What operators decide: hours to answer, titles and queues, and which risks a person must see first.

One TOML file (setting `policy`); every key may be left out, and then holds what the router ships with:

    [hours]                        # whole hours, 1 to 720; the first that applies, in this order
    risk = 48                      # a risk was found in the text
    secondary = 48                 # a second team has something to do
    not_auto = 48                  # a person confirms or chooses the team
    otherwise = 24

    [categories.financial]         # or technical, service, software
    title = "Платежи и расчёты"    # what agents and clients read
    queue = "payments"

    [risks]
    review = ["self_harm"]         # kinds of risk (router.risks) that make an `auto` decision a `suggest`
"""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from router.categories import CATEGORIES, KEYS, TRIAGE, Category
from router.decision import Decision
from router.errors import DataError
from router.risks import KINDS
from router.urgency import Risk

MAX_HOURS = 720
MAX_TITLE = 100
QUEUE = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class Case(NamedTuple):
    """What the clock depends on."""

    decision: str
    secondary: str | None
    risks: Sequence[Risk]


@dataclass(frozen=True, slots=True)
class ClockRule:
    """A rule of the clock: the hours to answer a case that it applies to. `key` names it in the file."""

    key: str
    applies: Callable[[Case], bool]
    hours: int
    why: str


CLOCK = (
    ClockRule("risk", lambda case: bool(case.risks), 48, "threats and harm are looked into by more than one person"),
    ClockRule("secondary", lambda case: case.secondary is not None, 48, "two teams must act"),
    ClockRule("not_auto", lambda case: case.decision != "auto", 48, "a person must first confirm or choose the team"),
    ClockRule("otherwise", lambda case: True, 24, "all else"),
)


@dataclass(frozen=True)
class Policy:
    """An operator's decisions; the default is what the router ships with. `clock` is in order, the last applies always.

    >>> Policy().hours(Case("auto", None, ()))
    24
    """

    clock: tuple[ClockRule, ...] = CLOCK
    categories: tuple[Category, ...] = CATEGORIES
    review: frozenset[str] = frozenset(kind.key for kind in KINDS if kind.review)

    def hours(self, case: Case) -> int:
        """Hours within which a case must be answered: those of the first rule that applies."""
        return next(rule.hours for rule in self.clock if rule.applies(case))

    def queue(self, category: str | None) -> str:
        """The queue of a category, `triage` for none."""
        return TRIAGE if category is None else self.category(category).queue

    def category(self, key: str) -> Category:
        """A category with this operator's title and queue."""
        return self.categories[KEYS.index(key)]

    def reviewed(self, decision: Decision, risks: Sequence[Risk]) -> Decision:
        """The decision, `suggest` with the reason `risk_review` where it is `auto` and a risk must be seen first."""
        if risks and decision.kind == "auto" and any(risk.kind in self.review for risk in risks):
            return Decision("suggest", "risk_review")
        return decision


def load(path: Path | None) -> Policy:
    """The policy of a file, the default one for no file; `DataError` names the key and what was expected."""
    if path is None:
        return Policy()
    try:
        return read(path.read_bytes(), str(path))
    except OSError as error:
        raise DataError(str(path), f"cannot be read: {error.strerror}") from error


def read(content: bytes, name: str) -> Policy:
    """The policy that the contents of a file describe; `name` is the file's, for errors."""
    try:
        found = tomllib.loads(content.decode())
    except (ValueError, RecursionError) as error:  # of TOML and of UTF-8
        raise DataError(name, f"expected TOML in UTF-8: {error}") from error
    table = Table(name, "", found)
    policy = Policy(_clock(table.table("hours")), _categories(table.table("categories")), _review(table.table("risks")))
    table.require_no_more("hours", "categories", "risks")
    return policy


class Table(NamedTuple):
    """A table of the file at its place (`categories.financial.`), whose values are checked as they are read."""

    name: str
    place: str
    values: Mapping[str, Any]

    def fault(self, key: str, expected: str) -> DataError:
        """An error that names the key, what was expected and what was found."""
        return DataError(self.name, f"{self.place}{key}: expected {expected}, got {self.values.get(key)!r}")

    def table(self, key: str) -> "Table":
        """A table inside, empty if it is not there."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self.fault(key, f"a table ([{self.place}{key}])")
        return Table(self.name, f"{self.place}{key}.", value)

    def require_no_more(self, *known: str) -> None:
        """Refuse a key that is not known, for it is most likely misspelt."""
        for key in self.values:
            if key not in known:
                raise DataError(self.name, f"{self.place}{key}: unknown; expected one of {', '.join(known)}")


def _clock(table: Table) -> tuple[ClockRule, ...]:
    table.require_no_more(*(rule.key for rule in CLOCK))
    return tuple(replace(rule, hours=_hours(table, rule)) for rule in CLOCK)


def _hours(table: Table, rule: ClockRule) -> int:
    value = table.values.get(rule.key, rule.hours)
    if type(value) is not int or not 1 <= value <= MAX_HOURS:
        raise table.fault(rule.key, f"whole hours from 1 to {MAX_HOURS}")
    return value


def _categories(table: Table) -> tuple[Category, ...]:
    table.require_no_more(*KEYS)
    return tuple(_category(table.table(category.key), category) for category in CATEGORIES)


def _category(table: Table, category: Category) -> Category:
    table.require_no_more("title", "queue")
    title, queue = (table.values.get(key, getattr(category, key)) for key in ("title", "queue"))
    if not isinstance(title, str) or not 1 <= len(title.strip()) <= MAX_TITLE:
        raise table.fault("title", f"a text of 1 to {MAX_TITLE} characters")
    if not isinstance(queue, str) or not QUEUE.fullmatch(queue) or queue == TRIAGE:
        raise table.fault("queue", f"lower-case Latin letters, digits, - and _, at most 64, and not {TRIAGE!r}")
    return replace(category, title=title.strip(), queue=queue)


def _review(table: Table) -> frozenset[str]:
    table.require_no_more("review")
    known = [kind.key for kind in KINDS]
    value = table.values.get("review", sorted(Policy().review))
    if not isinstance(value, list) or any(kind not in known for kind in value):
        raise table.fault("review", f"a list of kinds among {', '.join(known)}")
    return frozenset(value)
