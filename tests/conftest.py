"""What many tests share: the shipped model, and an application with its client."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, update

from benchmarks.postgres import postgres
from router import Classifier
from router.ballots import CompiledLayout, Layout
from router.compiled import speedups
from router.settings import shipped_models
from router.store import Store, Transaction
from router.store.tables import counters, metadata
from router.web import create_app

ROOT = Path(__file__).parent.parent
LAYOUTS: list[type[Layout]] = [Layout, CompiledLayout] if speedups else [Layout]


@pytest.fixture(scope="session")
def classifier() -> Classifier:
    return Classifier.load(models=shipped_models())


@pytest.fixture(scope="session", autouse=True)
def _no_database_in_the_working_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMPLAINT_ROUTER_DATABASE_URL", f"sqlite:///{tmp_path_factory.mktemp('db')}/complaints.sqlite")
        yield


@pytest.fixture(scope="session")
def client(classifier: Classifier) -> Iterator[FlaskClient]:
    with create_app(classifier=classifier).test_client() as found:
        yield found


@pytest.fixture(scope="session")
def new_postgres() -> Iterator[Callable[[], str]]:
    """A function that makes a new PostgreSQL database and returns its URL."""
    with postgres(fsync=False) as make:
        yield make


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new, empty database of each kind."""
    return new_database(request, tmp_path)


def new_database(request: pytest.FixtureRequest, folder: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{folder}/complaints.sqlite"
    make: Callable[[], str] = request.getfixturevalue("new_postgres")
    return make()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def shared_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a database of each kind that many tests use in turn; `store` empties it."""
    return new_database(request, tmp_path_factory.mktemp("shared"))


def remove_all(transaction: Transaction) -> None:
    for table in reversed(metadata.sorted_tables):
        transaction.connection.execute(update(counters).values(value=0) if table is counters else delete(table))


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **spans: float) -> None:
        self.now += timedelta(**spans)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(shared_url: str, clock: Clock) -> Iterator[Store]:
    """An empty database of each kind, at the time of `clock`."""
    found = Store.open(shared_url, clock)
    found.write(remove_all)
    yield found
    found.close()


@pytest.fixture
def opened() -> Iterator[Callable[[Store], Store]]:
    """A function that sees to it that a store is closed after the test."""
    with ExitStack() as stack:
        yield stack.enter_context


@pytest.fixture
def api(store: Store, classifier: Classifier) -> Iterator[FlaskClient]:
    """A client of the application on an empty database of each kind, at the time of `clock`."""
    with create_app(classifier=classifier, store=store).test_client() as found:
        yield found


@pytest.fixture(scope="session")
def two_models(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A registry with two small models, none of them current, and their ids. Not to be changed: see `workshop`."""
    from tests.small import every, fit_small

    folder = tmp_path_factory.mktemp("two")
    return folder, fit_small(folder, every(40)), fit_small(folder, every(30, 7))


@pytest.fixture
def workshop(two_models: tuple[Path, str, str], tmp_path: Path) -> tuple[Path, str, str]:
    """A copy of `two_models` for one test."""
    folder, *ids = two_models
    return shutil.copytree(folder, tmp_path / "models"), ids[0], ids[1]
