"""The texts of a span of time, for those who ask whether the traffic has changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from router.store import Store
from router.store.tables import complaints

PAGE = 2_000


@dataclass(frozen=True, slots=True)
class Filed:
    """A complaint as it came in; `text` is None once forgotten."""

    seq: int
    number: str
    text: str | None


def filed(store: Store, since: datetime, until: datetime) -> Iterator[Filed]:
    """What was registered from `since` until before `until`, in order, a page at a time."""
    after = 0
    while found := store.read(_page, since, until, after):
        yield from found
        after = found[-1].seq


def _page(connection: Connection, since: datetime, until: datetime, after: int) -> list[Filed]:
    query = (
        select(complaints.c.seq, complaints.c.number, complaints.c.text)
        .where(complaints.c.registered_at >= since, complaints.c.registered_at < until, complaints.c.seq > after)
        .order_by(complaints.c.seq)
        .limit(PAGE)
    )
    return [Filed(**row) for row in connection.execute(query).mappings()]
