"""Figures of a run → the section for README and its chart. Ratios, never a time alone: machines differ."""

from math import log10
from typing import Any

from benchmarks import framework

OURS = "ours"
WIDTH, ROW, LEFT, LONGEST = 760, 30, 290, 360


def section(found: dict[str, Any]) -> str:
    """Markdown: a table beside the peers, then what was asked of the ratios."""
    machine = found["machine"]
    head = f"Measured {found['at'][:10]} by `make bench` on {machine['processor']}, Python {machine['python']}; "
    lines = [f"{head}ratios to the router (1.0), a smaller one is better.", "", *_table(found), "", *_promises(found)]
    start = found["peers"][OURS]
    lines.append(
        f"- The router has answered {start['start']:.2f} s after its process began, in {start['memory']:.0f} MB"
    )
    lines += ["", *framework.table(found["service"]), ""]
    return "\n".join([*lines, *_quality(found), ""])


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


def _promises(found: dict[str, Any]) -> list[str]:
    about = {
        "usual": "times faster than the usual pipeline",
        "fasttext": "times faster than fastText with characters and word pairs",
        "explain": "of the speed is left with evidence",
        "service": "of the requests a second of an empty Flask route are left with `/v1/classify`",
        "bulk_per_core": "times the usual pipeline's complaints a core-second, from JSON lines to JSON lines",
    }
    ratios = found["ratios"]
    known = [(key, words) for key, words in about.items() if key in ratios]
    return [f"- {ratios[key]:.2f} {words} (promised: {found['targets'][key]:g})" for key, words in known]


def _quality(found: dict[str, Any]) -> list[str]:
    lines = []
    sets = {
        "writers_left_out": "our complaints, the writer left out",
        "external": found.get("external", {}).get("file"),
    }
    for key, title in sets.items():
        if key in found:
            figures = found[key].get("macro_f1", found[key])
            each = ", ".join(f"{found['peers'][name]['title']} {value:.3f}" for name, value in figures.items())
            lines.append(f"- Macro-F1 on {title}: {each}")
    return lines


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
