"""Commands about labels: which may be wrong, and which to give next."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TextIO

import click

from router import taxonomy
from router.classifier import Classifier
from router.commands import database_url
from training import corpus
from training.commands import FILE, categories_option, data_option, models_option
from training.spans import span


@click.command()
@data_option
@click.option("--most", type=click.IntRange(1), default=100, show_default=True, help="How many suspects to list.")
@click.option(
    "--kind", type=click.Choice([*corpus.KINDS, "all"]), default="complaint", show_default=True, help="Of what to list."
)
@click.option(
    "--model", help="Take the held-out probabilities that this model's folder keeps: at once, but without `none`."
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object a line.")
@categories_option
@models_option
def audit(
    data: Path, most: int, kind: str, model: str | None, as_json: bool, categories: Path | None, models: Path
) -> None:
    """List suspected wrong labels, worst first, with the reason: by held-out models and by near-duplicates.

    Without --model, five light models are fitted, each on four fifths of all rows: a minute or two.

    \b
    Example: complaint-training audit --data data/ --most 40
    """
    from training.suspecting import suspects

    rows = corpus.read(data, taxonomy.load(categories).keys)
    found, count = suspects(rows, kind, (models, model) if model else None)
    for suspect in found[:most]:
        if as_json:
            click.echo(json.dumps(suspect.as_json(), ensure_ascii=False))
        else:
            click.echo(f"{suspect.row.id}  {suspect.row.label} → {suspect.proposed}  {'; '.join(suspect.reasons)}")
    click.echo(f"{len(found)} of {count} labels are suspected", err=True)


@click.command()
@click.option("--budget", type=click.IntRange(1, 1000), default=30, show_default=True, help="How many to pick.")
@click.option("--data", type=FILE, help="Texts without a label (JSON lines); the database's complaints by default.")
@click.option("--since", type=span, default="7d", show_default=True, help="Of the database: from when on.")
@click.option(
    "--corpus", "own", type=FILE, default=Path("data"), show_default=True, help="What is labelled; may be missing."
)
@click.option("--most", type=click.IntRange(1), default=20_000, show_default=True, help="Of the database: the newest.")
@click.option(
    "--accept",
    type=click.FloatRange(0, 1),
    default=0.05,
    show_default=True,
    help="The share of wrong first guesses at which labelling may stop.",
)
@click.option("--previous", metavar="MODEL", help="Compare with this model; by default with the one current before.")
@click.option("--output", type=click.File("w", encoding="utf-8"), default="-", help="A file in place of stdout.")
@models_option
@database_url
def review(
    budget: int,
    data: Path | None,
    since: timedelta,
    own: Path,
    most: int,
    accept: float,
    previous: str | None,
    output: TextIO,
    models: Path,
    database_url: str,
) -> None:
    """Pick the complaints to label next, with the reason for each, as JSON lines whose `label` is to be filled in.

    Picks are doubtful or new to the current model, unlike the corpus and each other; texts are masked. One sentence on
    stderr says whether labelling on pays.

    \b
    Example: complaint-training review --budget 30 --since 7d --output next.jsonl
    """
    from training import review as reviewing

    classifier = Classifier.load(models=models)
    pool = reviewing.from_file(data) if data else reviewing.from_store(_waiting(database_url, since, most))
    known = corpus.read(own, classifier.votes.categories) if own.exists() else []
    labelled = [row.text for row in known if row.kind == "complaint"]
    picks, outlook = reviewing.review(classifier, pool, budget, labelled)
    before = previous or reviewing.model_before(models, classifier.model.id)
    if before:
        outlook = reviewing.compared(outlook, classifier, Classifier.load(before, models), pool)
    for pick in picks:
        output.write(json.dumps(pick.as_json(), ensure_ascii=False) + "\n")
    click.echo(replace(outlook, accepted=accept).sentence(), err=True)


def _waiting(url: str, since: timedelta, most: int) -> list[Any]:
    from router.store import Store
    from router.store.unlabelled import unlabelled

    with Store.existing(url) as store:
        return store.read(unlabelled, store.clock() - since, most)
