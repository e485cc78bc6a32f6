"""The version of the database: made and brought up to date by Alembic, refused where it is newer than the program."""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from router.errors import StoreError

HEAD = "0004"
"""The version that this program works with; a test compares it with the newest migration."""
_UPGRADE_LOCK = 0x636F6D70  # any number that nobody else takes: "comp"


def version(connection: Connection) -> str | None:
    """The version that a database has, None where it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def upgrade(engine: Engine, target: str = HEAD) -> tuple[str | None, str]:
    """Bring a database to `target` and return (before, after); `StoreError` where it is newer than this program.

    Any number of processes may do it at once: one upgrades, the others wait and find it done.
    """
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        return upgrade_within(connection, target)


def upgrade_within(connection: Connection, target: str = HEAD) -> tuple[str | None, str]:
    """The same in a transaction under way."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})
    before = version(connection)
    if before != target:
        _migrate(connection, before, target)
    return before, target


def _migrate(connection: Connection, before: str | None, target: str) -> None:
    from alembic import command  # takes a quarter of a second, and is seldom needed
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if unknown := {before, target} - known - {None}:
        found = f"the database has version {unknown.pop()}"
        raise StoreError(f"{found}; this program knows versions up to {HEAD}: upgrade the program", "store_newer")
    config.attributes["connection"] = connection
    command.upgrade(config, target)
