"""Entry of `complaint-training`: says what to install where the training half's libraries are missing."""

import sys


def main() -> None:
    """Run the command line, or name the extra that it needs."""
    try:
        from training.cli import main as run

        run(prog_name="complaint-training")  # a command is imported when it is called, so it may fail here
    except ModuleNotFoundError as error:
        sys.exit(f"complaint-training needs {error.name}: pip install 'complaint-router[training]'")
