"""Commands that change which model serves, and say which one did; they import little, so that going back is quick."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from router import artefact
from router.errors import ConflictError, InputError
from training import history as happened
from training import registry
from training.commands import FILE, models_option

if TYPE_CHECKING:
    from training.gate import Check, Evidence


def reason(_: click.Context, __: click.Parameter, value: str) -> str:
    """A reason that says something, as one line: the history has a line for each."""
    if not value.strip():
        raise InputError("expected a reason after --why, got nothing")
    return " ".join(value.split())


@click.command()
@click.argument("model")
@click.option("--why", required=True, callback=reason, help="The reason, kept in the history.")
@click.option("--data", type=FILE, help="Labelled rows on which no category may be worse than the current model's.")
@click.option("--margin", type=click.FloatRange(0, 1), default=0.05, show_default=True, help="Of F1, see --data.")
@click.option("--golden", type=FILE, help="Complaints that must come out right; golden.jsonl of the registry.")
@click.option("--force", is_flag=True, help="Promote in spite of what fails, and keep in the history what that was.")
@models_option
def promote(
    model: str, why: str, data: Path | None, margin: float, golden: Path | None, force: bool, models: Path
) -> None:
    """Make a model the current one, if it passes the gate; exit code 1 and nothing changed if it does not.

    The gate: every file is the one that meta.json states; no category's F1 is worse than now by more than the margin
    (lower 95 % bound, paired bootstrap); auto is as precise as promised; golden complaints come out right. Without
    --data the figures of the reports are compared. A damaged model is not promoted by --force either.

    \b
    Example: complaint-training promote r1a2b3c4d --data labelled.jsonl --why "500 corrections of October"
    """
    from training.gate import Evidence

    registry.require(models, model)
    if golden is not None and not golden.exists():
        raise InputError(f"{golden}: no such file")
    rows: Any = ()
    if data:
        from training import corpus

        rows = corpus.read(data, artefact.load(models, model).table.categories)
        if not rows:
            raise InputError(f"{data}: expected labelled rows, found none")
    evidence = Evidence(rows, data.name if data else "", golden or models / "golden.jsonl", margin)
    before = _promoted(models, model, why, evidence, force)
    click.echo(f"{model} is current (before: {before or 'none'})")


def _promoted(models: Path, model: str, why: str, evidence: "Evidence", force: bool) -> str | None:
    """Try and promote; again where another model became current while this one was tried."""
    while True:
        before = registry.current(models)
        if before == model:
            return registry.promote(models, model, why)
        failed = _tried(models, model, evidence)
        if failed and not force:
            raise InputError(
                f"{model} is not promoted, nothing was changed; checks that failed: {len(failed)} (see --force)"
            )
        try:
            return registry.promote(models, model, why, tuple(str(check) for check in failed), before)
        except ConflictError as error:
            if error.code != registry.OVERTAKEN:
                raise
            click.echo(f"{error}: trying {model} against it")


def _tried(models: Path, model: str, evidence: "Evidence") -> "list[Check]":
    from training.gate import FAILED, gate

    checks = gate(models, model, evidence)
    for check in checks:
        click.echo(f"{check.outcome:<12} {check}")
    return [check for check in checks if check.outcome == FAILED]


@click.command()
@click.option("--why", default="rollback", show_default=True, callback=reason, help="The reason, kept in the history.")
@models_option
def rollback(why: str, models: Path) -> None:
    """Go back to the model that was current before; again, and it goes further back, never to and fro.

    \b
    Example: complaint-training rollback --why "the desk says that payments are flooded"
    """
    before, after = registry.rollback(models, why)
    click.echo(f"{after} is current (before: {before})")


@click.command()
@click.option("--at", metavar="TIME", help="Which model was live then, e.g. 2026-11-01T12:00Z; UTC.")
@models_option
def history(at: str | None, models: Path) -> None:
    """List promotions, rollbacks and calibrations with their reasons, or say which model was live at a time.

    \b
    Example: complaint-training history --at 2026-11-01T12:00Z
    """
    records = happened.records(models)
    if not records:
        raise InputError(f"{models} has no history; current: {registry.current(models) or 'none'}")
    if at is None:
        for record in records:
            click.echo(_line(record))
        return
    found = happened.live_at(records, happened.moment(at, datetime.now(UTC)))
    click.echo(f"{found['to']}  since {found['at']}: {found['why']}" if found else "none")


def _line(record: happened.Record) -> str:
    what = record["calibrated"] if "calibrated" in record else f"{record['from'] or 'none'} → {record['to']}"
    action = record.get("action", "calibrate" if "calibrated" in record else "promote")
    by = f"  by {record['by']}" if record.get("by") else ""
    failed = record.get("failed", [])
    forced = f"  FORCED in spite of: {'; '.join(failed)}" if record.get("forced") else ""
    return f"{record['at']}  {action:<9}  {what}{by}  {record.get('why', '')}{forced}"
