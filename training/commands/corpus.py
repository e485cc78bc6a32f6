"""Commands about the corpus: is it sound, and what does it lack?"""

from pathlib import Path

import click

from router import taxonomy
from training import check as checking
from training import corpus
from training import coverage as covering
from training.commands import FILE, categories_option, data_option


@click.command()
@click.argument("data", type=FILE)
@click.option(
    "--against", type=FILE, multiple=True, help="Rows that must not be repeated (JSON lines); may be given again."
)
@categories_option
def check(data: Path, against: tuple[Path, ...], categories: Path | None) -> None:
    """Validate a corpus: schema, repetitions, personal data. Exit code 1 with FILE:LINE of each fault.

    \b
    Example: complaint-training check data/ --against dev.jsonl
    """
    keys = taxonomy.load(categories).keys
    others = [row for path in against for row in corpus.read(path, keys)]
    rows, faults = checking.check(data, others, keys)
    for fault in faults:
        click.echo(f"{fault.place}: {fault.detail}")
    for name, counted in checking.counts(rows).items():
        click.echo(f"{name}: " + ", ".join(f"{key} {count}" for key, count in sorted(counted.items())))
    click.echo(f"{len(rows)} rows, {len(faults)} faults")
    if faults:
        raise SystemExit(1)


@click.command()
@click.option("--vocabulary", type=FILE, required=True, help="Table of lemmas or pairs of lemmas with per_mille (TSV).")
@data_option
@click.option("--most", type=click.IntRange(1), default=100, show_default=True, help="How many entries to list.")
@categories_option
def coverage(vocabulary: Path, data: Path, most: int, categories: Path | None) -> None:
    """List the frequent words of real complaints that the corpus lacks or has at most twice.

    \b
    Example: complaint-training coverage --vocabulary vocabulary.tsv --most 20
    """
    known = covering.read_vocabulary(vocabulary)
    found = covering.gaps(corpus.read(data, taxonomy.load(categories).keys), known)
    for gap in found[:most]:
        click.echo(f"{gap.per_mille:8.2f}  {gap.texts}  {gap.entry}  {' '.join(gap.categories)}".rstrip())
    click.echo(f"{len(found)} of {len(known)} entries are in fewer than {covering.ENOUGH} texts")
