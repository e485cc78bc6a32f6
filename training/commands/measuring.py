"""Commands that measure a model on labelled rows, set its thresholds, and add to its report."""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from router import artefact, taxonomy
from router.classifier import Classifier
from router.errors import DataError
from training import corpus, registry
from training.commands import FILE, data_option, models_option
from training.commands.figures import show
from training.evaluate import evaluate as measure


@click.command()
@click.option("--data", type=FILE, required=True, help="Labelled rows: JSON lines with text and label.")
@click.option("--model", help="The model's id; the current one by default.")
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
@models_option
def evaluate(data: Path, model: str | None, as_json: bool, models: Path) -> None:
    """Measure a model on labelled rows: macro-F1 and its company, calibration, and what `auto` covers.

    \b
    Example: complaint-training evaluate --data dev.jsonl --json
    """
    classifier = Classifier.load(model, models)
    figures = measure(classifier, corpus.read(data, classifier.votes.categories))
    if as_json:
        click.echo(json.dumps(figures, ensure_ascii=False, indent=2))
    else:
        show(figures)


@click.command()
@click.option("--data", type=FILE, required=True, help="The operator's own labelled complaints.")
@click.option("--target", type=click.FloatRange(0.5, 0.999), default=0.95, show_default=True, help="Precision of auto.")
@click.option("--model", help="The model's id; the current one by default.")
@models_option
def calibrate(data: Path, target: float, model: str | None, models: Path) -> None:
    """Set the thresholds of auto anew on one's own labelled complaints, without refitting.

    The threshold of a category is the smallest confidence at which the lower 95 % bound of precision meets the target.

    \b
    Example: complaint-training calibrate --data october.jsonl --target 0.97
    """
    from training.recalibrate import recalibrate

    classifier = Classifier.load(model, models)
    rows = corpus.read(data, classifier.votes.categories)
    thresholds = recalibrate(classifier, rows, target)
    registry.set_thresholds(models, classifier.model.id, thresholds, f"{data.name}, {len(rows)} rows")
    for key in classifier.votes.categories:
        found, missing = thresholds["auto"].get(key), thresholds["missing_labels"].get(key)
        click.echo(
            f"{key}: auto from {found:.3f}" if found is not None else f"{key}: never auto, {missing} labels missing"
        )


@click.command()
@click.option("--data", type=FILE, required=True, help="Labelled rows to write worse.")
@click.option("--corpus", "own", type=FILE, default=Path("data"), show_default=True, help="The corpus, for the report.")
@models_option
def robustness(data: Path, own: Path, models: Path) -> None:
    """Measure the current model on rows with typos, capitals, Latin letters and so on; add the table to its report.

    \b
    Example: complaint-training robustness --data dev.jsonl
    """
    from training.bundle import add
    from training.robustness import robustness as measure_worse

    classifier = Classifier.load(models=models)
    keys = classifier.votes.categories
    found = measure_worse(classifier, _placed(data, keys))
    content = {"name": data.name, "macro_f1": found}
    add(models / classifier.model.id, "robustness.json", content, corpus.read(own, keys))
    for name, value in found.items():
        click.echo(f"{name:<22} {value:.3f}  {value - found['plain']:+.3f}")


@click.command("learning-curve")
@data_option
@click.option("--external", type=FILE, help="Rows to measure on; held-out writers of the corpus by default.")
@models_option
def learning_curve(data: Path, external: Path | None, models: Path) -> None:
    """Measure what more texts of either kind bring; add the curves to the current model's report.

    \b
    Example: complaint-training learning-curve --external dev.jsonl
    """
    from training import lexicon
    from training.bundle import add
    from training.learning import learning_curve as measure_curve
    from training.pipeline import Parameters

    folder = models / artefact.current_id(models)
    meta = artefact.read_meta(folder)
    keys = taxonomy.from_meta(meta, str(folder)).keys
    rows = corpus.read(data, keys)
    others = corpus.read(external, keys) if external else []
    words = lexicon.read(data / lexicon.NAME, keys)
    curves = measure_curve(rows, words, Parameters(**meta["parameters"]), others, keys)
    name = external.name if external else "complaints whose writer was held out"
    add(folder, "learning.json", {"name": name, "curves": curves}, rows)
    for points in curves.values():
        for point in points:
            click.echo(f"{point['kind']:<10} {point['texts']:>6}  {point['macro_f1']:.3f}")


@click.command()
@click.option("--data", type=FILE, required=True, help="Labelled rows that nobody here wrote.")
@click.option("--note", default="", help="What the reader should know of them, e.g. what was tuned on them.")
@click.option("--corpus", "own", type=FILE, default=Path("data"), show_default=True, help="The corpus, for the report.")
@models_option
def external(data: Path, note: str, own: Path, models: Path) -> None:
    """Measure the current model on external rows and add the figures to its report.

    \b
    Example: complaint-training external --data dev.jsonl --note "prior shares were rounded from this set"
    """
    from training.bundle import add

    classifier = Classifier.load(models=models)
    keys = classifier.votes.categories
    figures = measure(classifier, _placed(data, keys))
    content = {"name": data.name, "note": note, "sha256": artefact.digest(data.read_bytes()), "figures": figures}
    add(models / classifier.model.id, "external.json", content, corpus.read(own, keys))
    show(figures)


def _placed(data: Path, categories: Sequence[str]) -> list[corpus.Row]:
    """Labelled rows, some of them in the categories: of none a report would say that all of it went wrong."""
    rows = corpus.read(data, categories)
    if not corpus.placed(rows):
        raise DataError(str(data), "expected complaints labelled with a category, found none")
    return rows
