"""Figures of a run → the section for README and its chart. Ratios, never a time alone: machines differ."""

from math import log10
from typing import Any

from benchmarks import framework

OURS = "ours"
WIDTH, ROW, LEFT, LONGEST = 760, 30, 290, 360


def section(found: dict[str, Any], growth: dict[str, Any] | None = None) -> str:
    """Markdown for README: what was asked and what was measured, the service, growth, the charts."""
    machine = found["machine"]
    cores = f"{machine['cores']} cores of " if "cores" in machine else ""
    python = f"Python {machine['python']}" + ("" if machine.get("compiled", True) else " without the compiled part")
    head = f"Measured {found['at'][:10]} by `make bench` on {cores}{machine['processor']}, {python}; "
    ask = "[every peer's figures](benchmarks/RESULTS.md) are of the same run."
    lines = [head + ask, "", *_promises(found), ""]
    if "service" in found:
        lines += [*framework.table(found["service"]), ""]
    lines += [*_quality(found), *(_growth(growth) if growth else [])]
    return "\n".join([*lines, "![Time for one complaint](benchmarks/chart.svg)", *_growth_chart(growth), ""])


def peers(found: dict[str, Any]) -> str:
    """Markdown of all peers, for a page of its own; ratios, a smaller one is better."""
    head = f"Ratios to the router (1.0), a smaller one is better; measured {found['at'][:10]} by `make bench`."
    return "\n".join(["# Beside its peers", "", head, "", *_table(found), "", *_quality(found), ""])


def _table(found: dict[str, Any]) -> list[str]:
    base = found["peers"][OURS]
    columns = ("p50", "p99", "first", "fit", "size")
    names = ("one complaint, p50", "p99", "first time a text is met", "fit", "size on disk")
    lines = ["| | " + " | ".join(names) + " |", "| --- |" + " ---: |" * len(columns)]
    for figures in found["peers"].values():
        cells = [_ratio(figures.get(column), base[column]) for column in columns]
        lines.append(f"| {figures['title']} | " + " | ".join(cells) + " |")
    return lines


def _ratio(value: float | None, base: float) -> str:
    if value is None:
        return "–"
    found = value / base
    return f"{found:,.0f}" if found >= 20 else f"{found:.1f}" if found >= 0.1 else f"{found:.2f}"


ASKED = {
    "usual": "times faster than pymorphy3 + TF-IDF + logistic regression, one complaint",
    "fasttext": "times faster than fastText's predict (characters 3 to 6, word pairs)",
    "explain": "of that speed left with evidence",
    "service": "of the requests/s of an empty Flask route left with `/v1/classify`",
    "bulk_per_core": "times the usual pipeline's complaints a core-second, JSON lines in and out",
}


def _promises(found: dict[str, Any]) -> list[str]:
    ratios, targets = found["ratios"], found["targets"]
    lines = ["| ratio | asked | measured |", "| --- | ---: | ---: |"]
    lines += [
        f"| {words} | {targets[key]:g} | {_measured(ratios[key], targets[key])} |"
        for key, words in ASKED.items()
        if key in ratios and key in targets
    ]
    start = found["peers"][OURS]
    if "start" in start:
        lines.append(f"| seconds from process start to the first answer; MB then | | {_start(start)} |")
    return lines


def _measured(ratio: float, target: float) -> str:
    shown = f"{ratio:,.0f}" if ratio >= 20 else f"{ratio:.2f}"
    return shown if ratio >= target else f"{shown} (missed)"


def _start(figures: dict[str, float]) -> str:
    return f"{figures['start']:.2f}; {figures['memory']:.0f}"


def _growth(found: dict[str, Any]) -> list[str]:
    """One line: the exponent of each curve, with how far it was followed."""
    machine, curves = found["machine"], [one for part in found["curves"].values() for one in part]
    each = "; ".join(_exponent(one) for one in curves if one["exponent"] is not None)
    head = f"**Growth** (`make growth`, {found['at'][:10]}, {machine['cores']} cores of {machine['processor']}; "
    return [f"{head}exponent of time by size: 1 is linear, 0 flat): {each}.", ""]


def _exponent(one: dict[str, Any]) -> str:
    warning = "" if one["good"] else f" ({one['verdict']})"
    return f"{one['title']}, up to {one['sizes'][-1]:,} {one['of']}: {one['exponent']:.2f}{warning}"


def _growth_chart(found: dict[str, Any] | None) -> list[str]:
    return ["![Time by size](benchmarks/growth.svg)"] if found else []


def _quality(found: dict[str, Any]) -> list[str]:
    lines = []
    sets = {
        "writers_left_out": "our complaints, the writer left out",
        "external": _named(found.get("external", {})),
    }
    for key, title in sets.items():
        if key in found:
            figures = found[key].get("macro_f1", found[key])
            each = ", ".join(f"{found['peers'][name]['title']} {value:.3f}" for name, value in figures.items())
            lines.append(f"Macro-F1 on {title}: {each}.")
    return [*lines, ""] if lines else []


def _named(external: dict[str, Any]) -> str:
    """The file, and the run if it was an earlier one."""
    return f"{external.get('file')}{', in the run of ' + external['at'][:16] if 'at' in external else ''}"


def chart(found: dict[str, Any]) -> str:
    """Bars, on a scale of powers of ten: how many times longer than the router each takes for one complaint."""
    base = found["peers"][OURS]["p50"]
    bars = sorted((figures["p50"] / base, figures["title"]) for figures in found["peers"].values())
    least, most = min(0.2, bars[0][0] / 1.5), bars[-1][0]
    rows = [_bar(place, ratio, title, least, most) for place, (ratio, title) in enumerate(bars)]
    height = 40 + ROW * len(bars)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif"'
    title = '<text x="8" y="20" font-weight="bold">Time for one complaint of 40 words, router = 1 (log scale)</text>'
    ground = f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>'
    return "\n".join([f'{head} font-size="13">', ground, title, *rows, "</svg>", ""])


def _bar(place: int, ratio: float, title: str, least: float, most: float) -> str:
    top = 34 + ROW * place
    length = LONGEST * log10(ratio / least) / log10(most / least)
    colour = "#1a7f5a" if title.startswith("complaint-router") else "#9aa5b1"
    text = f'<text x="{LEFT - 8}" y="{top + 16}" text-anchor="end">{title}</text>'
    bar = f'<rect x="{LEFT}" y="{top}" width="{length:.1f}" height="{ROW - 8}" fill="{colour}"/>'
    return f'{text}{bar}<text x="{LEFT + length + 6:.1f}" y="{top + 16}">{ratio:.3g}</text>'
