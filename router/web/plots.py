"""Plots as rectangles and lines in a drawing of fixed size; a template makes SVG of them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from router.web.figures import Day

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 760, 240, 40, 26, 10
GAP = 0.28
"""The share of a day's width that stays empty."""
STEPS = (1, 2, 5)
MAX_LABELS = 8


@dataclass(frozen=True, slots=True)
class Box:
    """A piece of a bar."""

    x: float
    y: float
    width: float
    height: float
    category: str
    count: int
    day: Day


@dataclass(frozen=True, slots=True)
class Plot:
    """Stacked bars by day, lines with their numbers, and days with their places."""

    boxes: list[Box]
    lines: list[tuple[float, int]]
    labels: list[tuple[float, Day]]


def stacked(days: Sequence[Day]) -> Plot:
    """Bars of the days, one category upon the other."""
    step = tick(max((day.total for day in days), default=0))
    top = step * max(1, -(-max((day.total for day in days), default=0) // step))
    scale, width = (HEIGHT - BOTTOM - TOP) / top, (WIDTH - LEFT) / max(1, len(days))
    boxes = [box for place, day in enumerate(days) for box in _bar(day, LEFT + width * place, width, scale)]
    lines = [(HEIGHT - BOTTOM - count * scale, count) for count in range(0, top + 1, step)]
    every = -(-len(days) // MAX_LABELS)
    shown = [(LEFT + width * (place + 0.5), day) for place, day in enumerate(days) if place % every == 0]
    return Plot(boxes, lines, shown)


def tick(highest: int, most: int = 5) -> int:
    """A round distance of lines, of which there are `most` at most."""
    size = 1
    while True:
        for step in STEPS:
            if highest <= step * size * most:
                return step * size
        size *= 10


def _bar(day: Day, left: float, width: float, scale: float) -> list[Box]:
    tops = list(accumulate(day.counts.values()))
    return [
        Box(left + width * GAP / 2, HEIGHT - BOTTOM - top * scale, width * (1 - GAP), count * scale, key, count, day)
        for (key, count), top in zip(day.counts.items(), tops, strict=True)
        if count
    ]
