"""Bulk work on several cores: batches of rows go to processes, and their answers come back in order.

The processes are forked, so that they share the loaded model's memory. However large the file or its rows are, only a
few batches are under way at a time. A process that dies ends the work by an error.
"""

import gc
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from threading import Thread
from typing import Any

from router.errors import DataError, WorkError

Numbered = tuple[int, Any]
"""The number of a line, and what stands there: bytes, or what has been made of them already."""

BATCH = 400
"""Rows that are sent at once: about 5 % of the time goes into sending then."""
BATCH_BYTES = 1 << 20
"""Of a batch: what is sent at once stays small, whatever the rows are."""
AHEAD = 3
"""Batches under way for each process: one that it works on, one that waits, one to be taken up."""
ALONE = 15
"""Batches that are done before there are processes, so that most words are met once and not by each of them."""
WORTH_IT = 1 << 20
"""Bytes of input from which several processes are quicker than one."""

Work = Callable[[list[Any]], list[Any]]


def default_jobs(size: int) -> int:
    """How many processes an input of so many bytes deserves: one, or all cores that this process may use."""
    return len(os.sched_getaffinity(0)) if size >= WORTH_IT and hasattr(os, "sched_getaffinity") else 1


def in_order(work: Work, parts: Iterable[Numbered], jobs: int) -> Iterator[Any]:
    """The results of `work` on batches of `parts`, one by one and in order, by that many processes.

    A `DataError` of `parts` comes after the results of all that was read before it. `WorkError` where a process dies.
    """
    from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor  # not needed for a single text

    faults: list[DataError] = []
    found = _before(faults, batches(parts))
    for batch in islice(found, ALONE):
        yield from work(batch)
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("fork"), _begin, (work,))
    try:
        waiting = deque(pool.submit(_run, batch) for batch in islice(found, jobs * AHEAD))
        while waiting:
            yield from waiting.popleft().result()
            waiting.extend(pool.submit(_run, batch) for batch in islice(found, 1))
    except BrokenProcessPool:
        raise WorkError(f"one of {jobs} processes was killed, perhaps for want of memory: try fewer --jobs") from None
    finally:
        pool.shutdown(cancel_futures=True)
    if faults:
        raise faults[0]


def _before(faults: list[DataError], found: Iterator[list[Numbered]]) -> Iterator[list[Numbered]]:
    """What comes before a fault, which is kept."""
    try:
        yield from found
    except DataError as error:
        faults.append(error)


def batches(parts: Iterable[Numbered]) -> Iterator[list[Numbered]]:
    """Rows that are done at once, bounded in number and bytes; a `DataError` of `parts` comes after those before it."""
    rows, size = list[Numbered](), 0
    try:
        for part in parts:
            rows.append(part)
            size += _size(part[1])
            if len(rows) >= BATCH or size >= BATCH_BYTES:
                yield rows
                rows, size = [], 0
    except DataError:
        yield rows
        raise
    if rows:
        yield rows


def _size(row: Any) -> int:
    """Of the bytes of a line, or of a row's values, about."""
    if isinstance(row, bytes):
        return len(row)
    return sum(len(str(value)) for value in row.values()) if isinstance(row, dict) else 0


_work: list[Work] = []  # in a forked process: what it does. A pool has no other place for it.


def _begin(work: Work) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the parent ends us, and says so once
    Thread(target=_end_with_parent, daemon=True).start()
    gc.freeze()  # what was loaded stays: neither looked through for garbage nor, by that, copied from shared memory
    _work.append(work)


def _end_with_parent() -> None:
    """A parent that is killed cannot end us, and we would wait for its next batch for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _run(batch: list[Any]) -> list[Any]:
    return _work[0](batch)
