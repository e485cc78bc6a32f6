"""`complaint-training`: the data scientist's command line."""

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from router import __version__, artefact
from router.categories import KEYS
from router.classifier import Classifier
from router.commands import ErrorsAsLines
from router.settings import Settings
from training import check as checking
from training import corpus, coverage, registry
from training.evaluate import Figures, evaluate

console = Console(highlight=False)
models_option = click.option(
    "--models", type=click.Path(path_type=Path), default=lambda: Settings().models, help="The registry's folder."
)
FILE = click.Path(path_type=Path)


@click.group(cls=ErrorsAsLines, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Check the corpus, fit a model on it, see what it is worth, and make it the one that serves.

    \b
    complaint-training check data/
    complaint-training fit --data data/
    complaint-training evaluate --data FILE
    complaint-training promote MODEL --why "new corpus"
    """


@main.command()
@click.argument("data", type=FILE)
@click.option(
    "--against", type=FILE, multiple=True, help="Rows that must not be repeated (JSON lines); may be given again."
)
def check(data: Path, against: tuple[Path, ...]) -> None:
    """Validate a corpus: schema, repetitions, personal data. Exit code 1 with FILE:LINE of each fault.

    \b
    Example: complaint-training check data/ --against dev.jsonl
    """
    others = [row for path in against for row in corpus.read(path)]
    rows, faults = checking.check(data, others)
    for fault in faults:
        click.echo(f"{fault.place}: {fault.detail}")
    for name, counted in checking.counts(rows).items():
        click.echo(f"{name}: " + ", ".join(f"{key} {count}" for key, count in sorted(counted.items())))
    click.echo(f"{len(rows)} rows, {len(faults)} faults")
    if faults:
        raise SystemExit(1)


@main.command("coverage")
@click.option("--vocabulary", type=FILE, required=True, help="Table of lemmas or pairs of lemmas with per_mille (TSV).")
@click.option("--data", type=FILE, default=Path("data"), show_default=True, help="The corpus.")
@click.option("--most", type=click.IntRange(1), default=100, show_default=True, help="How many entries to list.")
def coverage_(vocabulary: Path, data: Path, most: int) -> None:
    """List the frequent words of real complaints that the corpus lacks or has at most twice.

    \b
    Example: complaint-training coverage --vocabulary vocabulary.tsv --most 20
    """
    known = coverage.read_vocabulary(vocabulary)
    found = coverage.gaps(corpus.read(data), known)
    for gap in found[:most]:
        click.echo(f"{gap.per_mille:8.2f}  {gap.texts}  {gap.entry}  {' '.join(gap.categories)}".rstrip())
    click.echo(f"{len(found)} of {len(known)} entries are in fewer than {coverage.ENOUGH} texts")


@main.command()
@click.option("--data", type=FILE, default=Path("data"), show_default=True, help="The corpus: a folder or a file.")
@models_option
def fit(data: Path, models: Path) -> None:
    """Fit a model on a corpus and write it to the registry; it serves only once it is promoted.

    \b
    Example: complaint-training fit --data data/
    """
    from training.fit import fit_model  # scikit-learn takes a second to import; the other commands do without

    model_id = fit_model(data, models, progress=console.is_terminal)
    click.echo(model_id)


@main.command("evaluate")
@click.option("--data", type=FILE, required=True, help="Labelled rows: JSON lines with text and label.")
@click.option("--model", help="The model's id; the current one by default.")
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
@models_option
def evaluate_(data: Path, model: str | None, as_json: bool, models: Path) -> None:
    """Measure a model on labelled rows: macro-F1 and its company, calibration, and what `auto` covers.

    \b
    Example: complaint-training evaluate --data dev.jsonl --json
    """
    figures = evaluate(Classifier.load(model, models), corpus.read(data))
    if as_json:
        click.echo(json.dumps(figures, ensure_ascii=False, indent=2))
    else:
        _show(figures)


@main.command()
@click.argument("model")
@click.option("--why", required=True, help="The reason, kept in the history.")
@models_option
def promote(model: str, why: str, models: Path) -> None:
    """Make a model the current one, after verifying its files.

    \b
    Example: complaint-training promote r1a2b3c4d --why "500 corrections of October"
    """
    before = registry.promote(models, model, why)
    click.echo(f"{model} is current (before: {before or 'none'})")


@main.command("list")
@models_option
def list_(models: Path) -> None:
    """List the models of the registry, the current one marked by a star."""
    for entry in registry.entries(models):
        star = "*" if entry.current else " "
        click.echo(f"{star} {entry.id}  {entry.fitted_at}  out-of-fold macro-F1 {entry.macro_f1:.3f}")


@main.command("calibrate")
@click.option("--data", type=FILE, required=True, help="The operator's own labelled complaints.")
@click.option("--target", type=click.FloatRange(0.5, 0.999), default=0.95, show_default=True, help="Precision of auto.")
@click.option("--model", help="The model's id; the current one by default.")
@models_option
def calibrate_(data: Path, target: float, model: str | None, models: Path) -> None:
    """Set the thresholds of auto anew on one's own labelled complaints, without refitting.

    The threshold of a category is the smallest confidence at which the lower 95 % bound of precision meets the target.

    \b
    Example: complaint-training calibrate --data october.jsonl --target 0.97
    """
    from training.recalibrate import recalibrate

    rows = corpus.read(data)
    thresholds = recalibrate(Classifier.load(model, models), rows, target)
    registry.set_thresholds(models, model or artefact.current_id(models), thresholds, f"{data.name}, {len(rows)} rows")
    for key in KEYS:
        found, missing = thresholds["auto"].get(key), thresholds["missing_labels"].get(key)
        click.echo(
            f"{key}: auto from {found:.3f}" if found is not None else f"{key}: never auto, {missing} labels missing"
        )


@main.command("robustness")
@click.option("--data", type=FILE, required=True, help="Labelled rows to write worse.")
@click.option("--corpus", "own", type=FILE, default=Path("data"), show_default=True, help="The corpus, for the report.")
@models_option
def robustness_(data: Path, own: Path, models: Path) -> None:
    """Measure the current model on rows with typos, capitals, Latin letters and so on; add the table to its report.

    \b
    Example: complaint-training robustness --data dev.jsonl
    """
    from training.bundle import add
    from training.robustness import robustness

    found = robustness(Classifier.load(models=models), corpus.read(data))
    add(
        models / artefact.current_id(models),
        "robustness.json",
        {"name": data.name, "macro_f1": found},
        corpus.read(own),
    )
    for name, value in found.items():
        click.echo(f"{name:<22} {value:.3f}  {value - found['plain']:+.3f}")


@main.command("learning-curve")
@click.option("--data", type=FILE, default=Path("data"), show_default=True, help="The corpus.")
@click.option("--external", type=FILE, help="Rows to measure on; held-out writers of the corpus by default.")
@models_option
def learning_curve_(data: Path, external: Path | None, models: Path) -> None:
    """Measure what more texts of either kind bring; add the curves to the current model's report.

    \b
    Example: complaint-training learning-curve --external dev.jsonl
    """
    from training import lexicon
    from training.bundle import add
    from training.learning import learning_curve
    from training.pipeline import Parameters

    rows = corpus.read(data)
    folder = models / artefact.current_id(models)
    parameters = Parameters(**artefact.read_meta(folder)["parameters"])
    others = corpus.read(external) if external else []
    curves = learning_curve(rows, lexicon.read(data / lexicon.NAME), parameters, others)
    name = external.name if external else "complaints whose writer was held out"
    add(folder, "learning.json", {"name": name, "curves": curves}, rows)
    for points in curves.values():
        for point in points:
            click.echo(f"{point['kind']:<10} {point['texts']:>6}  {point['macro_f1']:.3f}")


@main.command()
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

    figures = evaluate(Classifier.load(models=models), corpus.read(data))
    content = {"name": data.name, "note": note, "sha256": artefact.digest(data.read_bytes()), "figures": figures}
    add(models / artefact.current_id(models), "external.json", content, corpus.read(own))
    _show(figures)


@main.command("feedback")
@click.option("--corrected", is_flag=True, help="Only where the agent chose another category than the likeliest.")
@click.option("--database-url", default=lambda: Settings().database_url, help="Where the complaints are kept.")
def feedback_(corrected: bool, database_url: str) -> None:
    """Print what agents confirmed and corrected as labelled JSON lines, with agent and time.

    \b
    Example: complaint-training feedback --database-url sqlite:///complaints.sqlite > feedback.jsonl
    """
    from router.store import Store
    from training import feedback

    with Store.open(database_url) as store:
        for row in feedback.rows(store, corrected):
            click.echo(json.dumps(row, ensure_ascii=False))


def _show(figures: Figures) -> None:
    console.print(
        f"model {figures['model']}: macro-F1 {_number(figures['macro_f1'])}, accuracy {_number(figures['accuracy'])}, "
        f"among the first two {_number(figures['top2'])}, ECE {_number(figures['ece'])} "
        f"on {figures['texts_in_categories']} texts ({figures['texts']} with none)"
    )
    auto = figures["auto"]
    console.print(
        f"auto: coverage {_number(auto['coverage'])}, precision {_number(auto['precision'])}, "
        f"of none {_number(auto['none_auto'])}"
    )
    console.print(_table("category", figures["categories"], ("precision", "recall", "f1", "texts")))
    console.print(_table("auto", auto["categories"], ("coverage", "precision", "texts")))
    for name in ("by_industry", "by_sure"):
        if figures[name]:
            console.print(
                _table(name.removeprefix("by_"), figures[name], ("macro_f1", "accuracy", "top2", "texts_in_categories"))
            )


def _table(title: str, groups: dict[str, Any], columns: tuple[str, ...]) -> Table:
    table = Table(title, *columns)
    for name, values in groups.items():
        table.add_row(name, *(_number(values[column]) for column in columns))
    return table


def _number(value: float | int | None) -> str:
    return "-" if value is None else str(value) if isinstance(value, int) else f"{value:.3f}"
