"""Commands about what agents confirmed and corrected."""

import getpass
import json
import sys
from pathlib import Path
from typing import Any

import click

from router.commands import database_url
from training.commands import FILE, models_option

file_argument = click.argument("file", type=FILE)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise click.UsageError("Say who settles: --by NAME.") from None


@click.group(invoke_without_command=True)
@click.option("--corrected", is_flag=True, help="Only where the agent chose another category than the likeliest.")
@database_url
@click.pass_context
def feedback(context: click.Context, corrected: bool, database_url: str) -> None:
    """Print what agents confirmed and corrected as labelled JSON lines, with agent and time.

    The commands below keep a file of it, from which `fit --feedback` learns.

    \b
    complaint-training feedback --database-url sqlite:///complaints.sqlite > feedback.jsonl
    complaint-training feedback pull --to feedback/
    complaint-training feedback review feedback/
    complaint-training feedback agreement feedback/
    """
    if context.invoked_subcommand is not None:
        return
    from router.store import Store
    from training.feedback import labels

    with Store.existing(database_url) as store:
        for row in labels.rows(store, corrected):
            click.echo(json.dumps(row, ensure_ascii=False))


@feedback.command()
@click.option("--to", "target", type=FILE, required=True, metavar="DIR|FILE", help="Of a folder, feedback.jsonl in it.")
@database_url
def pull(target: Path, database_url: str) -> None:
    """Bring a file up to date with what agents decided; what was forgotten or undone leaves it.

    Texts are masked. A label that contradicts a near-duplicate, a second agent or the model at 0.99 and more goes into
    quarantine, until `feedback review` settles it. What was settled stays so.

    \b
    Example: complaint-training feedback pull --database-url sqlite:///complaints.sqlite --to feedback/
    """
    from router.store import Store
    from training.feedback import book
    from training.feedback.pull import pull as bring

    path = book.place(target)
    with Store.existing(database_url) as store:
        found = bring(store, path)
    click.echo(f"{path}: {found.rows} rows; {found.new} new, {found.changed} changed, {found.gone} gone")
    reasons = ", ".join(f"{name} {count}" for name, count in found.open.items())
    click.echo(f"in quarantine: {found.waiting}" + (f" ({reasons})" if reasons else ""))


@feedback.command()
@file_argument
@click.option("--by", default=_user, help="Who settles; your name on this machine by default.")
@models_option
def review(file: Path, by: str, models: Path) -> None:
    """Settle what is in quarantine, row by row. Each decision is kept at once: quit whenever you like.

    A key a row (without a terminal: a line each): k keeps the label, 1, 2 … change it, 0 says that it is no complaint,
    d drops the row, s leaves it for later, q quits.

    \b
    Example: complaint-training feedback review feedback/
    """
    from router.classifier import Classifier
    from training.commands.reviewing import settle_all
    from training.feedback import book
    from training.feedback.review import Docket
    from training.registry import now

    docket = Docket(book.place(file), by, now)
    book.existing(docket.path)
    settle_all(docket, Classifier.load(models=models), sys.stdin)


@feedback.command()
@file_argument
def settled(file: Path) -> None:
    """Print the complaints that a fit may learn from: those in no quarantine, and those kept or changed.

    \b
    Example: complaint-training feedback settled feedback/ > settled.jsonl
             complaint-training calibrate --data settled.jsonl
    """
    from training.feedback import book

    for row in book.usable(book.existing(book.place(file))):
        click.echo(json.dumps(row, ensure_ascii=False))


@feedback.command()
@file_argument
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
def agreement(file: Path, as_json: bool) -> None:
    """How far agents agree with the model, by category, and with each other; says where there is too little to tell.

    \b
    Example: complaint-training feedback agreement feedback/
    """
    from training.feedback import book
    from training.feedback.agreement import agreement as measure

    found = measure(book.existing(book.place(file)))
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        _show(found)


def _show(found: dict[str, Any]) -> None:
    from training.commands.figures import console
    from training.feedback.agreement import ENOUGH

    model, agents = found["model"], found["agents"]
    kinds = {"all": model["all"], "blind audits": model["blind"], "suggestion shown": model["shown"]}
    console.print(_table("agents and the model", kinds))
    console.print(_table("model said", model["categories"]))
    both = {"the same complaint": agents["same_complaint"], "near-duplicates": agents["near_duplicates"]}
    console.print(_table("two agents on", both))
    if agents["pairs"]:
        console.print(_table("agents", agents["pairs"]))
    console.print(f"Too little: fewer than {ENOUGH} judged, of which nothing should be concluded.")
    console.print("An agent who saw the suggestion, or another's label, is swayed by it; blind audits are not.")


def _table(title: str, groups: dict[str, Any]) -> Any:
    from rich.table import Table
    from rich.text import Text

    from training.commands.figures import number

    table = Table(title, "judged", "agreed", "share", "95 %", "kappa", "")
    for name, values in groups.items():
        interval = "-" if values["share"] is None else f"{values['low']:.3f} to {values['high']:.3f}"
        figures = (number(values[key]) for key in ("judged", "agreed", "share"))
        short = "" if values["enough"] else "too little"
        table.add_row(Text(name), *figures, interval, number(values["kappa"]), short)
    return table
