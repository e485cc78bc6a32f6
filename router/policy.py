"""What operators decide: hours to answer, titles and queues, and which risks a person must see first.

One TOML file (setting `policy`); every key may be left out, and then holds what the router ships with:

    [hours]                        # whole hours, 1 to 720; the first that applies, in this order
    risk = 48                      # a risk was found in the text
    secondary = 48                 # a second team has something to do
    not_auto = 48                  # a person confirms or chooses the team
    otherwise = 24

    [categories.financial]         # or technical, service, software; those of the model where it has its own
    title = "Платежи и расчёты"    # what agents and clients read
    queue = "payments"
    hours = 12                     # for this category in place of `otherwise`

    [risks]
    review = ["self_harm"]         # kinds of risk (router.risks) that make an `auto` decision a `suggest`
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from router import toml
from router.categories import CATEGORIES, SHIPPED, TRIAGE, Category, Taxonomy
from router.decision import Decision
from router.errors import DataError
from router.risks import KINDS
from router.toml import Table
from router.urgency import Risk

MAX_HOURS = 720
MAX_TITLE = 100
QUEUE = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
RESERVED = (TRIAGE, "all")
"""Names that no queue of a category may have: they mean something else at the desk."""


class Case(NamedTuple):
    """What the clock depends on."""

    decision: str
    secondary: str | None
    risks: Sequence[Risk]
    category: str | None = None


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
        """Hours within which a case must be answered: those of the first rule that applies.

        Where only the last rule does, a category's own hours stand in for it.
        """
        for rule in self.clock[:-1]:
            if rule.applies(case):
                return rule.hours
        category = self._by_key.get(case.category)
        return category.hours if category and category.hours is not None else self.clock[-1].hours

    def queue(self, category: str | None) -> str:
        """The queue of a category, `triage` for none."""
        return TRIAGE if category is None else self.category(category).queue

    def category(self, key: str) -> Category:
        """A category with this operator's title and queue."""
        return self._by_key[key]

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The keys of the categories."""
        return tuple(category.key for category in self.categories)

    @cached_property
    def _by_key(self) -> dict[str | None, Category]:
        return {category.key: category for category in self.categories}

    def reviewed(self, decision: Decision, risks: Sequence[Risk]) -> Decision:
        """The decision, `suggest` with the reason `risk_review` where it is `auto` and a risk must be seen first."""
        if risks and decision.kind == "auto" and any(risk.kind in self.review for risk in risks):
            return Decision("suggest", "risk_review")
        return decision


class Rules(NamedTuple):
    """The contents of an operator's file (none: empty), to be read beside the taxonomy of whichever model serves."""

    name: str = ""
    content: bytes = b""

    def on(self, taxonomy: Taxonomy) -> Policy:
        """The policy for a model of this taxonomy; `DataError` names the key and what was expected."""
        return read(self.content, self.name, taxonomy)


def rules(path: Path | None) -> Rules:
    """The contents of a file, empty ones for no file; `DataError` if it cannot be read."""
    if path is None:
        return Rules()
    try:
        return Rules(str(path), path.read_bytes())
    except OSError as error:
        raise DataError(str(path), f"cannot be read: {error.strerror}") from error


def load(path: Path | None, taxonomy: Taxonomy = SHIPPED) -> Policy:
    """The policy of a file, the default one for no file; `DataError` names the key and what was expected."""
    return rules(path).on(taxonomy)


def read(content: bytes, name: str, taxonomy: Taxonomy = SHIPPED) -> Policy:
    """The policy that the contents of a file describe, over a model's taxonomy; `name` is the file's, for errors."""
    table = toml.parse(content, name)
    given = tuple(replace(rule, hours=taxonomy.hours.get(rule.key, rule.hours)) for rule in CLOCK)
    policy = Policy(
        clock(table.table("hours"), given),
        _categories(table.table("categories"), taxonomy),
        _review(table.table("risks")),
    )
    table.require_no_more("hours", "categories", "risks")
    return policy


def clock(table: Table, given: tuple[ClockRule, ...] = CLOCK) -> tuple[ClockRule, ...]:
    """The rules of the clock with the hours that a table gives them."""
    table.require_no_more(*(rule.key for rule in given))
    return tuple(replace(rule, hours=_hours(table, rule.key, rule.hours)) for rule in given)


def _hours(table: Table, key: str, given: int) -> int:
    value = table.values.get(key, given)
    if type(value) is not int or not 1 <= value <= MAX_HOURS:
        raise table.fault(key, f"whole hours from 1 to {MAX_HOURS}")
    return value


def _categories(table: Table, taxonomy: Taxonomy) -> tuple[Category, ...]:
    table.require_no_more(*taxonomy.keys)
    found = tuple((table.table(category.key), category) for category in taxonomy.categories)
    for inside, _ in found:
        inside.require_no_more("title", "queue", "hours")
    return tuple(category(*pair) for pair in found)


def category(table: Table, given: Category) -> Category:
    """A category with the title, the queue and the hours that a table gives it."""
    title, queue = (table.values.get(key, getattr(given, key)) for key in ("title", "queue"))
    if not isinstance(title, str) or not title.isprintable() or not 1 <= len(title.strip()) <= MAX_TITLE:
        raise table.fault("title", f"a text of 1 to {MAX_TITLE} characters")
    if not isinstance(queue, str) or not QUEUE.fullmatch(queue) or queue in RESERVED:
        expected = f"lower-case Latin letters, digits, - and _, at most 64, and not {' or '.join(map(repr, RESERVED))}"
        raise table.fault("queue", expected)
    hours = _hours(table, "hours", 1) if "hours" in table.values else given.hours
    return replace(given, title=title.strip(), queue=queue, hours=hours)


def _review(table: Table) -> frozenset[str]:
    table.require_no_more("review")
    known = [kind.key for kind in KINDS]
    value = table.values.get("review", sorted(Policy().review))
    if not isinstance(value, list) or any(kind not in known for kind in value):
        raise table.fault("review", f"a list of kinds among {', '.join(known)}")
    return frozenset(value)
