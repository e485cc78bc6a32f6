"""The version of the database: made and brought up to date by Alembic, refused where it is newer than the program."""

from pathlib import Path

from sqlalchemy import Column, Connection, Engine, MetaData, PrimaryKeyConstraint, String, Table, insert, inspect, text

from router.errors import StoreError
from router.store.tables import counters, metadata

HEAD = "0006"
"""The version that this program works with; a test compares it with the newest migration."""
_stamp = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""As Alembic makes it."""
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
    wait_for_turn(connection)
    before = version(connection)
    if before is None and target == HEAD:
        _make(connection)
    elif before != target:
        _migrate(connection, before, target)
    return before, target


def wait_for_turn(connection: Connection) -> None:
    """Until the transaction ends nobody else makes or changes the tables; on SQLite a writer is alone anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL lock_timeout = 0"))  # an upgrade under way may take longer
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})


def _make(connection: Connection) -> None:
    """Make an empty database as all migrations together would, without waiting for Alembic; a test compares both."""
    metadata.create_all(connection)
    connection.execute(insert(counters), [{"name": "changes", "value": 0}, {"name": "complaints", "value": 0}])
    _stamp.create(connection)
    connection.execute(insert(_stamp).values(version_num=HEAD))


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
