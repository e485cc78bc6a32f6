"""`complaint-router`: classify from the command line, and serve."""

import json
import sys
from functools import partial

import click

from router import __version__, bulk, progress, sources, targets
from router.classifier import Classification, Classifier
from router.commands import ErrorsAsLines, database_url
from router.errors import DataError
from router.intake import Intake, rows_of
from router.settings import Settings

REASONS = {
    "low_confidence": "not sure enough",
    "too_short": "too short to tell",
    "not_russian": "not in Russian",
    "risk_review": "a person must see the risk first",
    "unfamiliar_text": "hardly a word that the model knows",
}


class Router(ErrorsAsLines):
    """The commands of this module, and those that look after the database: they are loaded when one is asked for.

    Loading them takes as long as all else that a classification needs.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), "db", "forget", "keys"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, cmd_name) or _administration().get(cmd_name)


def _administration() -> dict[str | None, click.Command]:
    from router.administration import COMMANDS

    return {command.name: command for command in COMMANDS}


@click.group(cls=Router, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Route complaints written in Russian to the team that can act.

    \b
    complaint-router classify "не могу вывести деньги"
    complaint-router serve --port 8000
    """


@main.command()
@click.argument("text", required=False)
@click.option(
    "--input", "source", metavar="FILE|FOLDER|PATTERN|ADDRESS|-", help="Classify every row; - is standard input."
)
@click.option(
    "--output",
    "target",
    metavar="FILE|FOLDER|ADDRESS|-",
    default="-",
    show_default=True,
    help="Where JSON lines go, or Parquet by the extension; a part for each part where it is a folder.",
)
@click.option(
    "--format", "form", type=click.Choice(list(bulk.FORMS)), help="Of the input; by its extension by default."
)
@click.option("--skip-bad", is_flag=True, help="Go on after a row that cannot be classified, and count such rows.")
@click.option("--jobs", type=click.IntRange(1), help="Processes; for a large file all cores by default, else one.")
@click.option("--scheduler", metavar="ADDRESS", help="Run --input on this Dask cluster instead: tcp://host:8786.")
@click.option("--json", "as_json", is_flag=True, help="Print the API's object, with evidence.")
@click.option("--model", help="The model's id; the current one by default.")
def classify(
    text: str | None,
    source: str | None,
    target: str,
    form: str | None,
    skip_bad: bool,
    jobs: int | None,
    scheduler: str | None,
    as_json: bool,
    model: str | None,
) -> None:
    """Classify one TEXT, or every row of --input.

    Rows are objects with "text" (.jsonl), a column "text" (.csv, .parquet), or lines (.txt); every other field is kept.
    A folder or a pattern has parts. An address with :// is opened by fsspec.

    \b
    complaint-router classify "код из смс не приходит"
    complaint-router classify --input complaints.csv --output answers.jsonl
    cat complaints.jsonl | complaint-router classify --input - | head
    complaint-router classify --input "in/2026-11-*.parquet" --output out/
    complaint-router classify --input s3://bucket/in/ --output s3://bucket/out/ --scheduler tcp://host:8786
    """
    if (text is None) == (source is None):
        raise click.UsageError("Give either a TEXT or --input FILE.")
    if scheduler and text is not None:
        raise click.UsageError("Give --scheduler with --input only.")
    classifier = Classifier.load(model)
    if text is not None:
        answer = classifier.classify(text)
        click.echo(json.dumps(answer.as_json(explain=True), ensure_ascii=False) if as_json else readable(answer))
    else:
        assert source is not None  # noqa: S101 - narrows the type; the check above guarantees it
        classify_file(classifier, source, target, form, skip_bad, jobs, scheduler)


def classify_file(
    classifier: Classifier,
    source: str,
    target: str,
    form: str | None,
    skip_bad: bool,
    jobs: int | None,
    scheduler: str | None = None,
) -> None:
    """Stream `source` to `target`; a bad row ends it with its place, or is counted with `skip_bad`."""
    skipped = 0
    intake = Intake(sources.find(source, form))
    answers = intake.by_cluster(classifier, scheduler) if scheduler else intake.here(classifier, jobs)
    if sys.stderr.isatty():
        answers = progress.shown(answers, intake.share, partial(click.echo, nl=False, err=True), rows_of)
    with targets.Outputs(target, intake.sources) as outputs:
        for place, lines in answers:
            if not isinstance(lines, DataError):
                outputs.write(place, lines)
            elif skip_bad:
                skipped += 1
                click.echo(f"skipped {lines}", err=True)
            else:
                raise lines
    if skipped:
        click.echo(f"{skipped} rows skipped", err=True)


def readable(answer: Classification) -> str:
    """The answer as a person reads it: the decision, all categories, and the words that decided."""
    best = answer.suggestions[0][0]
    head = f"{answer.queue}: {answer.decision.kind}"
    if answer.decision.reason:
        head += f" ({REASONS.get(answer.decision.reason, answer.decision.reason)})"
    width = max(10, *map(len, answer.policy.keys))
    bars = [f"  {key:<{width}} {value:6.1%}  {answer.policy.category(key).title}" for key, value in answer.suggestions]
    strongest = sorted(answer.evidence, key=lambda item: -item.vote)[:6]
    words = ", ".join(f"{item.text} {'+' if item.category == best else '-'}{item.vote:.2f}" for item in strongest)
    return "\n".join([head, *bars, f"  because of: {words or 'nothing'}"])


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65_535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes.")
@database_url
def serve(host: str, port: int, workers: int, database_url: str) -> None:
    """Serve the HTTP API (OpenAPI at /openapi/openapi.json).

    \b
    complaint-router serve --host 0.0.0.0 --port 80 --workers 2
    complaint-router serve --database-url postgresql://router@db/complaints
    """
    from router.server import loading, run  # the server is not needed to classify from the command line

    settings = Settings(database_url=database_url)
    with loading():
        from router.access import may_be_open

        classifier = Classifier.load(models=settings.models)
        is_open = may_be_open(settings.database_url, host)
    if is_open:
        click.echo("no keys: open to everyone on this machine; close it with complaint-router keys create", err=True)
    click.echo(f"serving on http://{host}:{port}, {workers} worker(s)", err=True)
    run(host, port, workers, settings, classifier)
