"""Plots as SVG text, to stand inside a page."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.calibrate import Bin

WIDTH, HEIGHT = 5.2, 3.6
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "complaint-router",
    "font.size": 9,
    "axes.grid": True,
    "grid.alpha": 0.3,
}


def reliability(bins: Sequence[Bin]) -> str:
    """Accuracy against confidence, with the number of texts at each point."""

    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color="gray", linestyle=":")
        axes.plot([item.confidence for item in bins], [item.accuracy for item in bins], marker="o")
        for item in bins:
            axes.annotate(
                str(item.count), (item.confidence, item.accuracy), textcoords="offset points", xytext=(4, -10)
            )
        axes.set(xlabel="confidence", ylabel="accuracy", xlim=(0.2, 1.02), ylim=(0, 1.05))

    return _svg(draw)


def precision_by_coverage(
    points: Sequence[tuple[float, float]], target: float, chosen: tuple[float, float] | None
) -> str:
    """Precision against coverage as the threshold falls; the contract is a line, the chosen point a mark."""

    def draw(axes: Axes) -> None:
        axes.plot([coverage for coverage, _ in points], [precision for _, precision in points])
        axes.axhline(target, color="gray", linestyle=":", label=f"contract {target:.2f}")
        if chosen:
            axes.plot(*chosen, marker="o", linestyle="", label="auto")
        axes.set(xlabel="coverage", ylabel="precision", xlim=(0, 1.02), ylim=(0.6, 1.02))
        axes.legend(loc="lower left")

    return _svg(draw)


def curves(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Learning curves: macro-F1 against the number of texts of a kind."""

    def draw(axes: Axes) -> None:
        for kind, points in found.items():
            axes.plot([p["texts"] for p in points], [p["macro_f1"] for p in points], marker="o", label=f"{kind}s")
        axes.set(xlabel="texts of the kind", ylabel="macro-F1", xscale="log")
        axes.legend(loc="lower right")

    return _svg(draw)


def growth(found: Sequence[Mapping[str, Any]]) -> str:
    """Time by size, both on scales of powers of ten: what takes seconds on the left, milliseconds on the right."""

    def draw(axes: Sequence[Axes]) -> None:
        for place, unit in zip(axes, ("s", "ms"), strict=True):
            for one in found:
                if one["unit"] == unit:
                    place.plot(one["sizes"], one["values"], marker="o", label=_labelled(one))
            place.set(xscale="log", yscale="log", xlabel="complaints, texts, clients", ylabel=unit)
            if place.lines:
                place.legend(fontsize=7)

    return _svg(draw, columns=2)


def _labelled(one: Mapping[str, Any]) -> str:
    title = str(one["title"]).replace("`", "")
    return title if one["exponent"] is None else f"{title} ({one['exponent']:+.2f})"


def soak(minutes: Sequence[Mapping[str, float]]) -> str:
    """Median and 99th percentile of a request's time (ms), and the memory of the service (MB), minute by minute."""

    def draw(axes: Axes) -> None:
        at = [item["minute"] + 1 for item in minutes]
        for name in ("p50", "p99"):
            axes.plot(at, [item[name] for item in minutes], marker="." if len(at) == 1 else "", label=f"{name}, ms")
        axes.set(xlabel="minute", ylabel="ms", ylim=(0, None))
        axes.legend(loc="upper left")
        beside = axes.twinx()
        beside.plot(at, [item["memory"] for item in minutes], color="gray", linestyle="--", label="memory, MB")
        beside.set(ylabel="MB", ylim=(0, 1.3 * max(item["memory"] for item in minutes)))
        beside.legend(loc="upper right")

    return _svg(draw)


def labelling(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Macro-F1 against the number of labels for each way of choosing them; the first one, chance, is dotted."""

    def draw(axes: Axes) -> None:
        for number, (name, points) in enumerate(found.items()):
            line = {"color": "gray", "linestyle": ":"} if number == 0 else {"linewidth": 2.0 if number == 1 else 0.9}
            axes.plot([p["labels"] for p in points], [p["macro_f1"] for p in points], label=name, **line)
        axes.set(xlabel="labels", ylabel="macro-F1 on held-out writers")
        axes.legend(loc="lower right")

    return _svg(draw)


def bars(values: Mapping[str, float], label: str, line: float | None = None) -> str:
    """Horizontal bars, the first on top, and a line to compare them with."""

    def draw(axes: Axes) -> None:
        names = list(values)[::-1]
        axes.barh(names, [values[name] for name in names])
        low = min(values.values())
        axes.set(xlabel=label, xlim=(max(0, low - 0.1), min(1, max(values.values()) + 0.02)))
        if line is not None:
            axes.axvline(line, color="gray", linestyle=":")

    return _svg(draw)


def _svg(draw: Any, columns: int = 1) -> str:
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH * columns, HEIGHT), layout="constrained")
        draw(figure.subplots(1, columns))
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()[file.getvalue().index("<svg") :]
