"""Compare two models on labelled rows, or on the complaints of the last days."""

import json
from pathlib import Path
from typing import Any

import click

from router.commands import database_url
from router.errors import InputError
from training import registry
from training.commands import FILE, models_option


@click.command()
@click.argument("a")
@click.argument("b")
@click.option("--data", type=FILE, help="Labelled rows: JSON lines with text and label.")
@click.option("--live", metavar="SPAN", help="The complaints of the last 7d, 12h and so on, from the store.")
@click.option("--most", type=click.IntRange(1), default=20_000, show_default=True, help="Of them, the newest so many.")
@click.option("--html", type=FILE, help="Write a page with all of it.")
@click.option("--json", "as_json", metavar="FILE|-", help="Write all as JSON; - prints it instead of the tables.")
@click.option("--fast", is_flag=True, help="Leave out robustness and speed.")
@database_url
@models_option
def compare(
    a: str,
    b: str,
    data: Path | None,
    live: str | None,
    most: int,
    html: Path | None,
    as_json: str | None,
    fast: bool,
    database_url: str,
    models: Path,
) -> None:
    """Compare model B with model A: figures with intervals, speed, size, and which complaints change queue.

    Intervals are of 95 %; the same rows, seed and models give the same ones.

    \b
    Example: complaint-training compare r1a2b3c4d r5e6f7a8b --data labelled.jsonl --html compare.html
             complaint-training compare r1a2b3c4d r5e6f7a8b --live 7d
    """
    from training import comparison_page, writing

    if (data is None) == (live is None):
        raise click.UsageError("expected either --data FILE or --live SPAN")
    folders = registry.require(models, a), registry.require(models, b)
    found = _on_rows(folders, data, fast) if data else _on_traffic(folders, live or "", most, database_url)
    if html:
        writing.write_whole(html, comparison_page.render(found).encode())
    if as_json:
        text = json.dumps(comparison_page.plain(found), ensure_ascii=False, indent=2)
        click.echo(text) if as_json == "-" else writing.write_whole(Path(as_json), f"{text}\n".encode())
    if as_json != "-":
        from training.commands.comparison import show

        show(found)


def _on_rows(folders: tuple[Path, Path], data: Path, fast: bool) -> dict[str, Any]:
    from router.classifier import Classifier
    from training import compare, corpus

    a, b = (Classifier.load(folder.name, folder.parent) for folder in folders)
    rows = corpus.read(data, a.model.table.categories)
    duel = compare.hold(a, b, compare.cases_of(rows, a.model.table.categories))
    flattered = [model.model.id for model in (a, b) if compare.fitted_on(model.model.meta, data)]
    notes = [f"{model_id} was fitted on these rows: its figures flatter" for model_id in flattered]
    about = {"name": data.name, "notes": notes, "sizes": _sizes(folders)}
    return about | compare.on_rows(duel, rows, fast)


def _on_traffic(folders: tuple[Path, Path], live: str, most: int, url: str) -> dict[str, Any]:
    from router.classifier import Classifier
    from router.store import Store
    from router.store.recent import recent
    from training import compare
    from training.routing import Case
    from training.spans import span

    length = span(live)
    with Store.existing(url) as store:
        rows = store.read(recent, store.clock() - length, most)
    if not rows:
        raise InputError(f"expected complaints of the last {live} in the store, found none")
    a, b = (Classifier.load(folder.name, folder.parent) for folder in folders)
    known = {*a.model.table.categories, None}
    cases = [Case(row.number, row.text, row.label if row.label in known else None) for row in rows]
    notes = [f"only the newest {most:,} complaints were looked at (--most)"] if len(rows) == most else []
    if any(case.label for case in cases):
        notes.append("what is right here is what agents chose, who saw the suggestion of the model that served then")
    about = {"name": f"the last {live}", "notes": notes, "sizes": _sizes(folders)}
    return about | compare.on_traffic(compare.hold(a, b, cases), length.total_seconds() / 86_400)


def _sizes(folders: tuple[Path, Path]) -> dict[str, dict[str, int]]:
    from training.compare import sizes

    return {side: sizes(folder) for side, folder in zip("ab", folders, strict=True)}
