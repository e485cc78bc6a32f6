"""How a comparison looks on a console."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from training.commands.figures import number
from training.routing import Change, Group, Said

EXAMPLES = 3
"""Changes of a group that are shown; the page and the JSON have more."""
LONGEST = 200
WORDS = 4
WIDTH = 120
"""Of what goes to a file or another program."""

Found = Mapping[str, Any]


def show(found: Found) -> None:
    """Print what `training.compare` found."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH)
    a, b = found["a"]["id"], found["b"]["id"]
    console.print(f"{a} (A) and {b} (B) on {found['texts']} complaints: {escape(found['name'])}")
    for note in found["notes"]:
        console.print(f"note: {escape(note)}")
    for table in _tables(found):
        console.print(table)
    if "mcnemar" in found:
        test = found["mcnemar"]
        console.print(
            f"McNemar's exact test: only A is right on {test['only_a_right']}, "
            f"only B on {test['only_b_right']}; p = {test['p']:.3g}"
        )
    console.print(f"{found['moved']} complaints change queue; of {found['changed']} the queue or who decides")
    for group in found["routing"]:
        _show_group(console, group)


def _tables(found: Found) -> list[Table]:
    tables = []
    if "figures" in found:
        tables += [_quality(found), _auto(found)]
    traffic = (("category", "shares"), ("decision", "decisions"), ("queue", "queues"))
    return [*tables, *(_traffic(found, title, key) for title, key in traffic), _cost(found)]


def _quality(found: Found) -> Table:
    table = Table(f"{found['labelled']} labelled", "A", "B", "B - A")
    for name, of in found["figures"].items():
        table.add_row(name.replace("_", " "), _ranged(of["a"]), _ranged(of["b"]), _ranged(of["difference"], "+"))
    for key, figures in found["categories"].items():
        of = figures["f1"]
        table.add_row(f"{key} F1", _ranged(of["a"]), _ranged(of["b"]), _ranged(of["difference"], "+"))
        pairs = [
            [figures[name][side]["value"] for name in ("precision", "recall")] for side in ("a", "b", "difference")
        ]
        table.add_row("  precision, recall", *(", ".join(number(value) for value in pair) for pair in pairs))
    table.caption = f"95 % intervals, paired bootstrap, {found['resamples']} resamples, seed {found['seed']}"
    return table


def _auto(found: Found) -> Table:
    table = Table("auto", "A", "B")
    sides = found["auto"]["a"], found["auto"]["b"]
    table.add_row("coverage", *(_counted(side["coverage"]) for side in sides))
    table.add_row("precision", *(_counted(side["precision"]) for side in sides))
    for key in found["categories"]:
        table.add_row(f"precision, {key}", *(_counted(side["categories"][key]) for side in sides))
    table.caption = "95 % intervals, Clopper-Pearson"
    return table


def _traffic(found: Found, title: str, key: str) -> Table:
    daily = [f"{side}_a_day" for side in "ab" if all(f"{side}_a_day" in of for of in found[key].values())]
    table = Table(title, "A", "B", "B - A", *(name[0].upper() + " a day" for name in daily))
    for name, of in found[key].items():
        rates = (f"{of[rate]:.1f}" for rate in daily)
        table.add_row(name, str(of["a"]), str(of["b"]), f"{of['b'] - of['a']:+d}", *rates)
    return table


def _cost(found: Found) -> Table:
    table = Table("cost", "A", "B", "B / A")
    if speed := found.get("speed"):
        table.add_row("µs a complaint", f"{speed['a']:.0f}", f"{speed['b']:.0f}", f"{speed['ratio']:.2f}")
    for key in ("votes", "folder"):
        a, b = (found["sizes"][side][key] for side in "ab")
        table.add_row(f"bytes, {key}", f"{a:,}", f"{b:,}", f"{b / a:.2f}")
    if worse := found.get("robustness"):
        loss = worse["mean_loss"]
        table.add_row(f"macro-F1 lost in {len(worse['kinds'])} ways", f"{loss['a']:.3f}", f"{loss['b']:.3f}", "")
    return table


def _show_group(console: Console, group: Group) -> None:
    outcomes = "; ".join(f"{name}: {count}" for name, count in group.outcomes.items())
    console.print(f"\n[bold]{group.leaves} → {group.goes}: {len(group.changes)}[/bold]  {outcomes}")
    for change in group.changes[:EXAMPLES]:
        console.print(_told(change), soft_wrap=True)
    if len(group.changes) > EXAMPLES:
        console.print(f"  … {len(group.changes) - EXAMPLES} more in --html and --json")


def _told(change: Change) -> str:
    text = change.text if len(change.text) <= LONGEST else f"{change.text[:LONGEST]}…"
    label = f" ({change.label})" if change.label else ""
    return escape(f"  {change.id}{label} «{text}»\n    A {_said(change.a)}\n    B {_said(change.b)}")


def _said(said: Said) -> str:
    words = ", ".join(f"{text} {vote:.2f} {side}" for text, vote, side in said.words[:WORDS])
    return f"{said.queue}, {said.decision}, {said.confidence:.2f}: {words}"


def _ranged(of: Found, sign: str = "") -> str:
    if of["value"] is None:
        return "-"
    return f"{of['value']:{sign}.3f} [dim]{of['low']:{sign}.3f} to {of['high']:{sign}.3f}[/dim]"


def _counted(of: Found) -> str:
    return f"{_ranged(of)} [dim]of {of['of']}[/dim]"
