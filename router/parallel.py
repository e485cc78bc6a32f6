"""Bulk work on several cores: batches of rows go to processes, and their answers come back in order.

The processes are forked, so that they share the loaded model's memory. However large the file is, only a few batches
are under way at a time.
"""

import gc
import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

BATCH = 400
"""Rows that are sent at once: about 5 % of the time goes into sending then."""
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


def in_order(work: Work, parts: Iterable[Any], jobs: int) -> Iterator[Any]:
    """The results of `work` on batches of `parts`, one by one and in order, by that many processes."""
    batches = _batches(iter(parts))
    for batch in islice(batches, ALONE):
        yield from work(batch)
    with multiprocessing.get_context("fork").Pool(jobs, _begin, (work,)) as pool:
        waiting = deque(pool.apply_async(_run, (batch,)) for batch in islice(batches, jobs * AHEAD))
        while waiting:
            yield from waiting.popleft().get()
            waiting.extend(pool.apply_async(_run, (batch,)) for batch in islice(batches, 1))


def _batches(parts: Iterator[Any]) -> Iterator[list[Any]]:
    while batch := list(islice(parts, BATCH)):
        yield batch


_work: list[Work] = []  # in a forked process: what it does. A pool has no other place for it.


def _begin(work: Work) -> None:
    gc.freeze()  # what was loaded stays: neither looked through for garbage nor, by that, copied from shared memory
    _work.append(work)


def _run(batch: list[Any]) -> list[Any]:
    return _work[0](batch)
