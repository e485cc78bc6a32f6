"""The closed list of categories: the one place that knows their keys, titles and queues."""

from dataclasses import dataclass

NONE = "none"
"""The label of a text that no team can act on. It is a label of data only; the router answers it by abstaining."""

TRIAGE = "triage"
"""The queue of everything that a person must place."""


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of complaint and the team that acts on it. `title` is what agents and clients read (Russian)."""

    key: str
    title: str
    queue: str
    about: str


CATEGORIES = (
    Category("financial", "Платежи и расчёты", "payments", "withdrawals, deposits, fees, bet settlement, bonuses"),
    Category("technical", "Доступ и работа площадки", "operations", "entry to the account, checks, outages, speed"),
    Category("service", "Качество поддержки", "support-quality", "rude, slow or absent staff, unwanted calls"),
    Category("software", "Приложение и сайт", "development", "bugs and missing functions of the app or the site"),
)

KEYS = tuple(category.key for category in CATEGORIES)
BY_KEY = {category.key: category for category in CATEGORIES}
LABELS = (*KEYS, NONE)
