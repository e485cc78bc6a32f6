"""Commands about the registry: fit a model, list what is there."""

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
@click.option("--scheduler", metavar="ADDRESS", help="Cross-validate on this Dask cluster: tcp://host:8786.")
@models_option
def fit(data: Path, feedback: Path | None, categories: Path | None, scheduler: str | None, models: Path) -> None:
    """Fit a model on a corpus and write it to the registry; it serves only once it is promoted.

    \b
    complaint-training fit --data data/ --feedback feedback/
    complaint-training fit --data shop/ --categories shop.toml
    complaint-training fit --data data/ --scheduler tcp://host:8786
    """
    from training import cluster
    from training.fit import fit_model  # scikit-learn takes a second to import; the other commands do without

    own = book.place(feedback) if feedback else None
    with cluster.on(scheduler):
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
