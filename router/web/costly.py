"""Figures that take long to work out, kept for a while: whoever looks at a page often cannot keep a worker busy."""

from collections.abc import Callable
from threading import Lock
from time import perf_counter
from typing import Any

QUICK = 0.02
"""Seconds; what takes no longer is worked out each time."""
REST = 20
"""What took a second is kept for so many: at most a twentieth of a worker's time goes into it."""


class Costly:
    """Values by key, each worked out by one thread while others wait for it. Safe to share between threads."""

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self._clock = clock
        self._lock = Lock()
        self._kept: dict[Any, tuple[float, Any]] = {}

    def get(self, key: object, work: Callable[[], Any], many: Callable[[Any], bool] | None = None) -> Any:
        """What `work` gave, now or a while ago.

        It is kept where it took longer than `QUICK`; where `many` is given, if that says of a value that it counts
        many, so that what is shown of a few is always of now, however slow the machine is.
        """
        with self._lock:
            until, value = self._kept.get(key, (0.0, None))
            began = self._clock()
            if began < until:
                return value
            value = work()
            ended = self._clock()
            if many(value) if many else ended - began > QUICK:
                self._kept[key] = ended + REST * (ended - began), value
            return value
