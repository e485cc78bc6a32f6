"""The commands of `complaint-training`, a module for each subject, and the options that they share."""

from pathlib import Path

import click

from router.settings import Settings

FILE = click.Path(path_type=Path)

models_option = click.option("--models", type=FILE, default=lambda: Settings().models, help="The registry's folder.")
categories_option = click.option(
    "--categories", type=FILE, help="TOML with categories of one's own (README); those of the router by default."
)
data_option = click.option(
    "--data", type=FILE, default=Path("data"), show_default=True, help="The corpus: a folder or a file."
)
