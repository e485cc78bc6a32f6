"""Commands about the registry: fit a model, list what is there, make one current."""

from pathlib import Path

import click

from router import artefact, taxonomy
from training import registry
from training.commands import FILE, categories_option, data_option, models_option
from training.commands.figures import console
from training.feedback import book


@click.command()
@data_option
@click.option("--feedback", type=FILE, help="What `feedback pull` made: its settled complaints are learnt from too.")
@categories_option
@models_option
def fit(data: Path, feedback: Path | None, categories: Path | None, models: Path) -> None:
    """Fit a model on a corpus and write it to the registry; it serves only once it is promoted.

    \b
    complaint-training fit --data data/ --feedback feedback/
    complaint-training fit --data shop/ --categories shop.toml
    """
    from training.fit import fit_model  # scikit-learn takes a second to import; the other commands do without

    own = book.place(feedback) if feedback else None
    model_id = fit_model(data, models, console.is_terminal, taxonomy.load(categories), own)
    if own:
        click.echo(f"feedback {artefact.read_meta(models / model_id)['feedback']['note']}", err=True)
    click.echo(model_id)


@click.command("list")
@models_option
def list_(models: Path) -> None:
    """List the models of the registry, the current one marked by a star."""
    for entry in registry.entries(models):
        star = "*" if entry.current else " "
        click.echo(f"{star} {entry.id}  {entry.fitted_at}  out-of-fold macro-F1 {entry.macro_f1:.3f}")


@click.command()
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
