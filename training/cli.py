"""`complaint-training`: the data scientist's command line, a map of its commands."""

from importlib import import_module

import click

from router import __version__
from router.commands import ErrorsAsLines

COMMANDS = {
    "check": "corpus.check",
    "coverage": "corpus.coverage",
    "audit": "labels.audit",
    "review": "labels.review",
    "fit": "models.fit",
    "list": "models.list_",
    "compare": "comparing.compare",
    "promote": "promoting.promote",
    "rollback": "promoting.rollback",
    "history": "promoting.history",
    "evaluate": "measuring.evaluate",
    "calibrate": "measuring.calibrate",
    "robustness": "measuring.robustness",
    "learning-curve": "measuring.learning_curve",
    "external": "measuring.external",
    "feedback": "feedback.feedback",
    "drift": "drift.drift",
}
"""Where each command is, below `training.commands`; in the order of work."""


class Commands(ErrorsAsLines):
    """Imports a command when it is called: scikit-learn takes a second, and most commands do without."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(".")
        command: click.Command = getattr(import_module(f"training.commands.{module}"), name)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Check the corpus, fit a model on it, see what it is worth, and make it the one that serves.

    \b
    complaint-training check data/
    complaint-training fit --data data/
    complaint-training evaluate --data FILE
    complaint-training compare MODEL-NOW MODEL --data FILE
    complaint-training promote MODEL --why "new corpus"
    complaint-training rollback
    """
