"""How a model's figures look on a console."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

console = Console(highlight=False)


def show(figures: Mapping[str, Any]) -> None:
    """Print the figures of `training.evaluate.evaluate`."""
    console.print(
        f"model {figures['model']}: macro-F1 {number(figures['macro_f1'])}, accuracy {number(figures['accuracy'])}, "
        f"among the first two {number(figures['top2'])}, ECE {number(figures['ece'])} "
        f"on {figures['texts_in_categories']} texts ({figures['texts']} with none)"
    )
    auto = figures["auto"]
    console.print(
        f"auto: coverage {number(auto['coverage'])}, precision {number(auto['precision'])}, "
        f"of none {number(auto['none_auto'])}"
    )
    console.print(table("category", figures["categories"], ("precision", "recall", "f1", "texts")))
    console.print(table("auto", auto["categories"], ("coverage", "precision", "texts")))
    for name in ("by_industry", "by_sure"):
        if figures[name]:
            console.print(
                table(name.removeprefix("by_"), figures[name], ("macro_f1", "accuracy", "top2", "texts_in_categories"))
            )


def table(title: str, groups: dict[str, Any], columns: tuple[str, ...]) -> Table:
    """A row of `columns` for each group."""
    rows = Table(title, *columns)
    for name, values in groups.items():
        rows.add_row(name, *(number(values[column]) for column in columns))
    return rows


def number(value: float | int | None) -> str:
    """Three digits after the point; a dash for what cannot be measured."""
    return "-" if value is None else str(value) if isinstance(value, int) else f"{value:.3f}"
