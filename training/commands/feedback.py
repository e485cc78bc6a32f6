"""Commands about what agents confirmed and corrected."""

import json

import click

from router.commands import database_url


@click.command()
@click.option("--corrected", is_flag=True, help="Only where the agent chose another category than the likeliest.")
@database_url
def feedback(corrected: bool, database_url: str) -> None:
    """Print what agents confirmed and corrected as labelled JSON lines, with agent and time.

    \b
    Example: complaint-training feedback --database-url sqlite:///complaints.sqlite > feedback.jsonl
    """
    from router.store import Store
    from training import feedback as labelled

    with Store.open(database_url) as store:
        for row in labelled.rows(store, corrected):
            click.echo(json.dumps(row, ensure_ascii=False))
