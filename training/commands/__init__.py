"""The commands of `complaint-training`, a module for each subject, and the options that they share."""

from pathlib import Path

import click

from router.settings import Settings

FILE = click.Path(path_type=Path)

models_option = click.option("--models", type=FILE, default=lambda: Settings().models, help="The registry's folder.")
data_option = click.option(
    "--data", type=FILE, default=Path("data"), show_default=True, help="The corpus: a folder or a file."
)
