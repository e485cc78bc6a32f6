"""What agents call categories and queues, and the colour of each: those of the model that serves, and older ones.

Complaints outlive models: a category that the present model does not know keeps the title that another model of the
registry gives it, and is shown in grey.
"""

from collections.abc import Iterable, Mapping

from flask import current_app

from router.categories import TRIAGE, Category
from router.live import Live
from router.policy import Policy
from router.web import russian
from router.web.state import classifier

COLOURS = 9
"""How many colours the stylesheet has; they are given by place, and given again where there are more categories."""
KEYS = 9
"""How many categories have a key of the keyboard, 1 to 9; the others are chosen by mouse or with Tab."""


class Names:
    """Titles and colours of categories and queues; `others` are categories of other models, by key."""

    def __init__(self, policy: Policy, others: Mapping[str, Category]) -> None:
        self._titles = {key: other.title for key, other in others.items()}
        self._titles |= {category.key: category.title for category in policy.categories}
        self._hues = hues(policy.keys)
        self._queue_hues = {category.queue: self._hues[category.key] for category in policy.categories}
        self.queues = {other.queue: other.title for other in others.values()} | russian.queue_titles(policy)

    def title(self, key: str | None) -> str:
        """What agents call a category; its key where nothing knows its title."""
        return russian.NOT_CHOSEN if key in (None, TRIAGE) else self._titles.get(str(key), str(key))

    def hue(self, key: str | None) -> str:
        """The class of a category's colour."""
        return self._hues.get(str(key), TRIAGE)

    def queue_hue(self, queue: str | None) -> str:
        """The class of a queue's colour."""
        return self._queue_hues.get(str(queue), TRIAGE)


def hues(keys: Iterable[str]) -> dict[str, str]:
    """Key → the class of its colour, by its place."""
    return {key: f"c{place % COLOURS + 1}" for place, key in enumerate(keys)}


def names() -> Names:
    """The names as of now."""
    live: Live = current_app.extensions["live"]
    return Names(classifier().policy, live.others)
