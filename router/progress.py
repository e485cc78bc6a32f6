"""How far bulk work is, on a terminal: how many rows, how fast, how long it will still take."""

from collections.abc import Callable, Iterable, Iterator
from time import monotonic
from typing import Any

EVERY = 0.5
"""Seconds between two lines."""


def shown(
    found: Iterable[Any],
    share: Callable[[], float | None],
    tell: Callable[[str], None],
    rows: Callable[[Any], int] = lambda item: 1,
    now: Callable[[], float] = monotonic,
) -> Iterator[Any]:
    """Pass `found` on, and `tell` how far it is.

    `share` says how much of the input has been read, if that is known, and `rows` how many rows an item is of.
    """
    began = told = now()
    count = 0
    for item in found:
        yield item
        count += rows(item)
        if (moment := now()) - told >= EVERY:
            told = moment
            tell("\r" + line(count, moment - began, share()))
    tell("\r" + line(count, now() - began, None) + "\n")


def line(count: int, seconds: float, share: float | None) -> str:
    """One line of progress.

    >>> line(50_000, 4.0, 0.25)
    '50,000 rows, 12,500 a second, 12 s left   '
    """
    rate = count / seconds if seconds else 0
    left = f", {seconds / share - seconds:,.0f} s left" if share else ""
    return f"{count:,} rows, {rate:,.0f} a second{left}   "
