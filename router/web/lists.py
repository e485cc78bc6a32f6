"""The queues, and the list of one: the most urgent first, searched, filtered and paged."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request

from router.store import desk, labels
from router.store.desk import Load, Wanted
from router.web import russian, undoing
from router.web.audit import share
from router.web.queues import MANY
from router.web.state import classifier, counts, store

blueprint = Blueprint("lists", __name__)
PER_PAGE = 50
MAX_WORDS = 200
MAX_PAGE = 100_000
MANY_AUDITS = 100
"""Audits that wait from which on their number is kept for a moment; see `router.web.queues.MANY`."""
EVERYWHERE = "all"
"""What stands in the place of a queue in the address of a list of all queues."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list. `number` counts from 1."""

    rows: list[desk.Row]
    number: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages the list has, at least one."""
        return max(1, -(-min(self.total, desk.COUNTED) // PER_PAGE))

    @property
    def beyond(self) -> bool:
        """Whether the list is longer than lists are counted."""
        return self.total > desk.COUNTED

    @property
    def more(self) -> bool:
        """Whether a page comes after this one."""
        return self.number < self.pages or (self.beyond and len(self.rows) == PER_PAGE)


@blueprint.get("", strict_slashes=False)
def queues() -> Any:
    """How every queue stands."""
    shown = _loads()
    whole = Load(EVERYWHERE, *(sum(getattr(load, name) for load in shown) for name in ("undecided", "waiting")))
    late = sum(load.overdue for load in shown)
    template = "desk/_queues.html" if _is_part() else "desk/queues.html"
    keys = tuple(classifier().policy.keys)
    audits = counts().get(
        keys, lambda: store().read(labels.audits_waiting, share(), keys), lambda found: found > MANY_AUDITS
    )
    return render_template(template, loads=shown, whole=whole, late=late, audits=audits)


@blueprint.get("/queues/<queue>")
def listed(queue: str) -> Any:
    """The list of one queue, or of all."""
    wanted = asked(queue)
    template = "desk/_list.html" if _is_part() else "desk/list.html"
    return render_template(
        template, wanted=wanted, page=_page(wanted), place=queue, counted=desk.COUNTED, undo=undoing.found()
    )


def asked(queue: str, state: str = desk.UNDECIDED) -> Wanted:
    """The list that the query of the current request asks for; what it cannot mean is left out."""
    found = request.args.get("state", state)
    priority = request.args.get("priority")
    return Wanted(
        queue=None if queue == EVERYWHERE else queue.replace("\x00", ""),
        state=found if found in desk.STATES else state,
        priority=priority if priority in russian.PRIORITIES else None,
        words=request.args.get("q", "").replace("\x00", "")[:MAX_WORDS],
    )


def _page(wanted: Wanted) -> Page:
    now = store().clock()
    number = min(max(1, request.args.get("page", 1, int)), MAX_PAGE)
    rows, total = store().read(desk.rows, wanted, now, (number - 1) * PER_PAGE, PER_PAGE)
    return Page(rows, number, total)


def _loads() -> list[Load]:
    """Every queue of the policy, empty ones too, and any other in which complaints wait."""
    empty = {queue: Load(queue) for queue in russian.queue_titles(classifier().policy)}
    return list((empty | {load.queue: load for load in _counted()}).values())


def _counted() -> list[Load]:
    found: list[Load] = counts().get(
        "desk",
        lambda: store().read(desk.loads, store().clock()),
        lambda found: sum(load.waiting for load in found) > MANY,
    )
    return found


def _is_part() -> bool:
    """Whether htmx asks for a part of the page."""
    return "HX-Request" in request.headers
