"""The commands of whoever runs the service: the database, the keys, and forgetting a client."""

from pathlib import Path
from time import sleep

import click

from router import access, artefact
from router.commands import database_url
from router.errors import InputError, NotFoundError, StoreError
from router.settings import Settings
from router.store import Store
from router.store import keys as stored
from router.store.backup import DEVICES
from router.store.records import rfc3339

FILE = click.Path(path_type=Path, dir_okay=False)


def unicode(_: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """What was written on the command line, if any database can look for it."""
    if value is not None and value.encode(errors="ignore").decode() != value:
        raise InputError(f"{parameter.human_readable_name}: expected text in UTF-8, got {value!a}")
    return value


@click.group()
def db() -> None:
    """Look after the database.

    \b
    complaint-router db backup complaints.jsonl
    complaint-router db restore complaints.jsonl --database-url postgresql://router@db/complaints
    """


@db.command()
@database_url
def upgrade(database_url: str) -> None:
    """Bring an empty or older database up to date; `serve` does so by itself."""
    with Store.at(database_url) as store:
        before, after = store.upgrade()
    click.echo(f"version {after}" + (", as before" if before == after else f", before: {before or 'empty'}"))


@db.command()
@click.argument("file", type=FILE)
@database_url
def backup(file: Path, database_url: str) -> None:
    """Write everything to FILE (JSON lines), as of one moment, while the service runs."""
    with Store.at(database_url) as store:
        count = store.backup(file)
    click.echo(f"{count:,} rows written to {file}", err=not file.is_file() or file.parent == DEVICES)


@db.command()
@click.argument("file", type=FILE)
@database_url
def restore(file: Path, database_url: str) -> None:
    """Fill an empty database from a backup, of SQLite or PostgreSQL alike."""
    with Store.at(database_url) as store:
        click.echo(f"{store.restore(file):,} rows restored")


@click.group()
def keys() -> None:
    """Make, list and revoke keys of the API.

    \b
    complaint-router keys create --role agent --name "Анна"
    complaint-router keys list
    complaint-router keys revoke 1f0c8b2a9d3e
    """


@keys.command()
@click.option("--role", type=click.Choice(access.ROLES), required=True)
@click.option("--name", required=True, help="Whose it is; the history says so of each change made with it.")
@database_url
def create(role: str, name: str, database_url: str) -> None:
    """Make a key and print it, this once: only its hash is kept. From then on the service asks for keys."""
    with Store.open(database_url) as store:
        was_open = not store.read(stored.every)
        made = access.create(store, access.require_name(name), role)
    if was_open:
        sleep(access.REMEMBERED_SECONDS)  # the time for which workers remember that there was none
    click.echo(made)


@keys.command("list")
@database_url
def list_keys(database_url: str) -> None:
    """List the keys: id, role, name, when made, when revoked."""
    with Store.existing(database_url) as store:
        found = store.read(stored.every)
    for key in found:
        click.echo("\t".join([key.id, key.role, key.name, str(rfc3339(key.created_at)), rfc3339(key.revoked_at) or ""]))


@keys.command()
@click.argument("key_id", metavar="ID", callback=unicode)
@database_url
def revoke(key_id: str, database_url: str) -> None:
    """Revoke a key. Once this command has ended, no worker lets anybody in with it."""
    with Store.existing(database_url) as store:
        access.revoke(store, key_id)
    sleep(access.REMEMBERED_SECONDS)  # the time for which workers remember the keys that they read before
    click.echo(f"revoked {key_id}")


@click.command()
@click.option("--client-ref", callback=unicode, help="The client, as the intake system named them when registering.")
@click.option("--number", callback=unicode, help="One complaint instead, which may name no client: 2026-000017.")
@click.option("--models", type=click.Path(path_type=Path), default=lambda: Settings().models, help="The registry.")
@database_url
def forget(client_ref: str | None, number: str | None, models: Path, database_url: str) -> None:
    """Erase all that a client wrote and was written, and say which models were trained on it.

    Numbers, times, categories and decisions stay; the feed says `forgotten`. Backups made before still hold the texts.
    What is written about a complaint afterwards is kept; by its --number that can be erased, too.
    """
    if (client_ref is None) == (number is None):
        raise click.UsageError("expected either --client-ref or --number")
    with Store.existing(database_url) as store:
        erased = store.forget(client_ref, number)
    if not erased.complaints and erased.from_files:
        sought = f"carries the client reference {client_ref!r}" if number is None else f"has the number {number!r}"
        raise NotFoundError(f"no complaint {sought}")
    click.echo(f"erased the texts of {len(erased.complaints)} complaints: {', '.join(erased.complaints.values())}")
    click.echo(f"erased {erased.messages} messages, {erased.comments} comments, {erased.keys} idempotency keys")
    trained = artefact.trained_on(models, set(erased.complaints))
    click.echo(f"models trained on them: {', '.join(trained) or 'none'}")
    if not erased.from_files:
        raise StoreError("the log of the database still holds it, for somebody is reading (a backup?): forget it again")


COMMANDS = (db, keys, forget)
