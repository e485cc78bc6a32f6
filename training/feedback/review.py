"""Settling what is in quarantine, a row at a time: each decision stands in the file before the next row is shown."""

from collections.abc import Callable, Iterator
from pathlib import Path

from training.feedback import book
from training.feedback.book import DROPPED, Row
from training.feedback.quarantine import Pairs, marked, near_duplicates

KEPT, CHANGED = "kept", "changed"


class Docket:
    """The open rows of a file of feedback, to be settled by `by`; `now` gives the time of each decision.

    Settling one may free others: a row whose contradiction was changed or dropped waits no longer.
    """

    def __init__(self, path: Path, by: str, now: Callable[[], str]) -> None:
        self.path = path
        self.by = by
        self._now = now
        self._state: list[tuple[str, int]] = []
        self._pairs: Pairs = ()

    def waiting(self) -> Iterator[Row]:
        """Every row that is open when its turn comes, oldest label first; each comes once."""
        for first in [row["id"] for row in book.existing(self.path) if book.is_open(row)]:
            yield from (row for row in book.existing(self.path) if row["id"] == first and book.is_open(row))

    def left(self) -> int:
        """How many rows are open now."""
        return sum(map(book.is_open, book.existing(self.path)))

    def keep(self, row: Row) -> bool:
        """The label is right as it is. False where the row has changed since it was shown; nothing is written then."""
        return self._settle(row, {"settled": self._settled(KEPT, row["label"])})

    def change(self, row: Row, label: str) -> bool:
        """Another label is right; the agents' own stand in the judgements. False as above."""
        changed = {"label": label, "agent": self.by, "settled": self._settled(CHANGED, label)}
        return self._settle(row, changed if label != row["label"] else {"settled": self._settled(KEPT, label)})

    def drop(self, row: Row) -> bool:
        """Nothing can be learnt from it. False as above."""
        return self._settle(row, {"settled": self._settled(DROPPED, row["label"])})

    def _settled(self, verdict: str, label: str) -> Row:
        return {"verdict": verdict, "label": label, "by": self.by, "at": self._now()}

    def _settle(self, shown: Row, values: Row) -> bool:
        with book.alone(self.path):
            rows = book.existing(self.path)
            if shown not in rows:
                return False
            book.write(self.path, marked([row | values if row == shown else row for row in rows], self._near(rows)))
        return True

    def _near(self, rows: list[Row]) -> Pairs:
        """The near-duplicates, worked out anew only where a pull has changed the file."""
        state = [(row["id"], row["change"]) for row in rows]
        if state != self._state:
            self._state, self._pairs = state, near_duplicates(rows)
        return self._pairs
