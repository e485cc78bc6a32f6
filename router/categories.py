"""The categories that the router ships with: the one place that knows their keys, titles and queues.

A model may have categories of its own (`router.taxonomy`): whoever has a model asks that for them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

NONE = "none"
"""The label of a text that no team can act on. It is a label of data only; the router answers it by abstaining."""

TRIAGE = "triage"
"""The queue of everything that a person must place."""


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of complaint and the team that acts on it. `title` is what agents and clients read (Russian).

    `hours`, where they are given, are those to answer a complaint of this category that nothing complicates.
    """

    key: str
    title: str
    queue: str
    about: str = ""
    hours: int | None = None


CATEGORIES = (
    Category("financial", "Платежи и расчёты", "payments", "withdrawals, deposits, fees, bet settlement, bonuses"),
    Category("technical", "Доступ и работа площадки", "operations", "entry to the account, checks, outages, speed"),
    Category("service", "Качество поддержки", "support-quality", "rude, slow or absent staff, unwanted calls"),
    Category("software", "Приложение и сайт", "development", "bugs and missing functions of the app or the site"),
)

KEYS = tuple(category.key for category in CATEGORIES)
BY_KEY = {category.key: category for category in CATEGORIES}
LABELS = (*KEYS, NONE)


@dataclass(frozen=True)
class Taxonomy:
    """The categories of a model, in the order in which people see them, and hours of the clock's rules (`policy`)."""

    categories: tuple[Category, ...] = CATEGORIES
    hours: Mapping[str, int] = field(default_factory=dict)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the categories."""
        return tuple(category.key for category in self.categories)


SHIPPED = Taxonomy()
