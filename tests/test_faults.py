"""What goes wrong beneath the service: a disk full or read-only, a database gone, a clock that steps.

All but the clock are real processes. For each fault: what the client sees, what is kept, how the service recovers.
SIGKILLs under load are in `test_service.py`, broken models in `test_live.py`, hostile clients in `test_hostile.py`.
"""

import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from http.client import HTTPException
from pathlib import Path
from threading import Event, Thread

import pytest

from benchmarks import endurance
from benchmarks.postgres import postgres_server
from benchmarks.service import Client, Service
from router import Classifier
from router import complaints as life
from router.errors import StoreError
from router.store import Store, queries
from router.store.engine import make_engine
from router.store.records import Change, Complaint
from tests import first_release

TEXT = "Третий день не могу вывести деньги"
LONG = f"{TEXT}, поддержка молчит. " * 300
REFUSALS = 5


def file(client: Client, key: str) -> int:
    """The status of registering a complaint with this key."""
    return client.post("/v1/complaints", {"text": TEXT}, Idempotency_Key=key)[0]


def stored(client: Client) -> list[str]:
    """The numbers of all complaints."""
    return [number for _, number in endurance.all_complaints(client)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk, and here it may not either")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def remount(folder: Path, option: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{option}", str(folder)], check=True)


def test_a_full_disk_is_answered_with_503_and_it_goes_on_when_there_is_room(small_disk: Path, tmp_path: Path) -> None:
    """Reading and classifying go on meanwhile; nothing acknowledged is lost, nothing refused is kept."""
    with Service(f"sqlite:///{small_disk}/c.sqlite", tmp_path / "log") as service, Client(service.port) as client:
        kept = fill(client)
        assert client.post("/v1/classify", {"text": TEXT})[0] == 200
        assert len(stored(client)) == kept
        remount(small_disk, "size=20m")
        assert [file(client, f"room-{n}") for n in range(3)] == [201] * 3
        assert client.post("/v1/complaints", {"text": LONG}, Idempotency_Key="key-0")[0] == 200
        assert len(stored(client)) == kept + 3


def fill(client: Client) -> int:
    """Register until there is no room, even for what a checkpoint of the log frees; returns how many were kept."""
    kept = refused = 0
    while refused < REFUSALS:
        status, answer = client.post("/v1/complaints", {"text": LONG}, Idempotency_Key=f"key-{kept}")
        assert (status, answer.get("code")) in ((201, None), (503, "store_unavailable"))
        kept, refused = (kept + 1, 0) if status == 201 else (kept, refused + 1)
        assert kept < 2_000, "a small disk was never full"
    return kept


def test_a_backup_that_finds_no_room_to_be_restored_says_so_and_is_restored_when_there_is(
    small_disk: Path, tmp_path: Path, classifier
) -> None:
    with Store.open(f"sqlite:///{tmp_path}/c.sqlite") as store:
        for number in range(200):
            life.register(store, classifier, life.Filing(LONG, key=f"k{number}"))
        count = store.backup(tmp_path / "b.jsonl")
    remount(small_disk, "size=1m")
    with Store.at(f"sqlite:///{small_disk}/c.sqlite") as full:
        with pytest.raises(StoreError, match="disk is full"):
            full.restore(tmp_path / "b.jsonl")
        remount(small_disk, "size=50m")
        assert full.restore(tmp_path / "b.jsonl") == count


@pytest.mark.parametrize("limit", [512 * 1024])
def test_a_file_that_may_not_grow_is_as_a_full_disk(tmp_path: Path, limit: int) -> None:
    """The same without root: the limit of the process on the size of its files."""
    url = f"sqlite:///{tmp_path}/c.sqlite"
    with Limited(url, tmp_path / "log", resource.RLIMIT_FSIZE, limit) as service, Client(service.port) as client:
        kept = fill(client)
        assert client.post("/v1/classify", {"text": TEXT})[0] == 200
        assert len(stored(client)) == kept
    with Service(url, tmp_path / "log") as service, Client(service.port) as client:
        assert len(stored(client)) == kept
        assert file(client, "room") == 201


class Limited(Service):
    """A service whose processes have a limit of the system."""

    def __init__(self, url: str, log: Path, which: int, limit: int) -> None:
        super().__init__(url, log)
        script = (
            f"import os, resource, sys; resource.setrlimit({which}, ({limit}, {limit})); "
            "os.execv(sys.argv[1], sys.argv[1:])"
        )
        self._command = [sys.executable, "-c", script, *self._command]


def test_a_read_only_disk_is_told_in_a_line_and_nothing_is_lost(small_disk: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{small_disk}/c.sqlite"
    with Store.open(url) as store:
        life.register(store, Classifier.load(), life.Filing(TEXT))
    remount(small_disk, "ro")
    words = [sys.executable, "-m", "router", "serve", "--port", "1", "--database-url", url]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: the database does not answer: ")
    assert len(done.stderr.splitlines()) == 1
    remount(small_disk, "rw")
    with Service(url, tmp_path / "log") as service, Client(service.port) as client:
        assert len(stored(client)) == 1
        assert file(client, "again") == 201


def test_a_postgresql_that_stops_is_503_at_once_and_all_goes_on_when_it_is_back(tmp_path: Path) -> None:
    """Stopped at once (as by a crash) and restarted in order (which ends connections) under load."""
    with postgres_server() as server, Service(server.new_database(), tmp_path / "log") as service:
        with Load(service.port, 4) as load:
            load.wait_for(20)
            server.stop("immediate")
            with Client(service.port) as client:
                for path in ("/v1/queues", "/v1/changes"):
                    status, answer = client.get(path)
                    assert (status, answer["code"]) == (503, "store_unavailable")
                assert client.get("/healthz")[0] == 200
            server.start()
            load.wait_for(20)
            server.stop("fast")
            server.start()
            load.wait_for(20)
        assert set(load.statuses) <= {200, 201, 503}
        with Client(service.port) as client:
            assert load.acknowledged <= set(stored(client))
            _, feed = client.get("/v1/changes?limit=1000")
            cursors = [int(change["cursor"]) for change in feed["changes"]]
            assert cursors == list(range(1, len(cursors) + 1))


class Load:
    """Clients that register until they are told to stop, and what they were answered."""

    def __init__(self, port: int, clients: int) -> None:
        self.acknowledged: set[str] = set()
        self.statuses: list[int] = []
        self._ended = Event()
        self._threads = [Thread(target=self._run, args=(port, number)) for number in range(clients)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(30)

    def wait_for(self, more: int) -> None:
        """Wait until so many more were acknowledged."""
        wanted, deadline = len(self.acknowledged) + more, time.monotonic() + 30
        while len(self.acknowledged) < wanted:
            assert time.monotonic() < deadline, f"{len(self.acknowledged)} of {wanted} within 30 s"
            time.sleep(0.02)

    def _run(self, port: int, number: int) -> None:
        count = 0
        while not self._ended.is_set():
            with suppress(OSError, HTTPException), Client(port) as client:
                while not self._ended.is_set():
                    headers = {"Idempotency_Key": f"load-{number}-{count}"}
                    status, answer = client.post("/v1/complaints", {"text": TEXT}, **headers)
                    self.statuses.append(status)
                    if status in (200, 201):
                        self.acknowledged.add(answer["number"])
                        count += 1
                    else:
                        time.sleep(0.05)


def test_a_clock_that_steps_leaves_numbers_feed_and_deadlines_in_order(store: Store, clock, classifier) -> None:
    """Numbers and the feed follow the order of writing, whatever the clock says; a deadline follows the clock."""
    steps = (0, 3600, -7200, 86400 * 40, -86400 * 41, 1, -1)
    made = []
    for number, step in enumerate(steps):
        clock.now += timedelta(seconds=step)
        filing = life.Filing(TEXT, key=f"k{number}")
        made.append(life.register(store, classifier, filing).complaint)
        assert made[-1].respond_by - made[-1].registered_at == timedelta(hours=made[-1].respond_within_hours)
        assert made[-1].registered_at == clock.now
    assert [complaint.seq for complaint in made] == list(range(1, len(steps) + 1))
    assert len({complaint.number for complaint in made}) == len(steps)
    assert [change.seq for change in store.read(queries.feed, 0, 100)] == list(range(1, len(steps) + 1))
    answered = life.answer(store, life.Act(made[0].id), "ответ")
    clock.now -= timedelta(days=400)
    again = life.clarify(store, life.Act(made[0].id), "и всё же")
    assert (answered.version, again.version, again.respond_by) == (2, 3, again.due(clock.now))
    assert not life.register(store, classifier, life.Filing(TEXT, key="k6")).created


def test_a_backup_under_load_restores_all_that_was_acknowledged_before_it(
    database_url: str, new_postgres, tmp_path: Path
) -> None:
    """By the command line, into either database; the restored one is served and goes on where the backup was made."""
    with Service(database_url, tmp_path / "log") as service, Load(service.port, 4) as load:
        load.wait_for(100)
        before = set(load.acknowledged)
        command("db", "backup", tmp_path / "b.jsonl", "--database-url", database_url)
        load.wait_for(20)
    for url in (f"sqlite:///{tmp_path}/restored.sqlite", new_postgres()):
        command("db", "restore", tmp_path / "b.jsonl", "--database-url", url)
        with Service(url, tmp_path / "restored.log") as service, Client(service.port) as client:
            numbers = stored(client)
            assert before <= set(numbers)
            assert len(set(numbers)) == len(numbers)
            assert file(client, "load-0-0") == 200
            assert file(client, "after") == 201
            _, feed = client.get("/v1/changes?limit=1000")
            assert [int(change["cursor"]) for change in feed["changes"]] == list(range(1, len(numbers) + 2))


def command(*words: object) -> None:
    subprocess.run([sys.executable, "-m", "router", *map(str, words)], check=True, timeout=60, capture_output=True)


def lives(store: Store, classifier: Classifier) -> tuple[list[Complaint], list[Change]]:
    """Write complaints in every state; returns them and the feed."""
    made = [life.register(store, classifier, life.Filing(TEXT, key=f"k{number}")).complaint for number in range(5)]
    for complaint in made[1:]:
        life.answer(store, life.Act(complaint.id), "ответ")
    life.clarify(store, life.Act(made[2].id), "и всё же")
    life.accept(store, life.Act(made[3].id))
    life.rate(store, life.Act(made[4].id), 4, "долго")
    kept = [store.read(queries.complaint, complaint.id) for complaint in made]
    return [one for one in kept if one], store.read(queries.feed, 0, 100)


def test_a_database_of_the_first_release_is_served_with_all_that_is_in_it(
    database_url: str, classifier, tmp_path: Path
) -> None:
    """Complaints in every state, written under version 0001, are there after `serve` has brought it up to date."""
    engine = make_engine(database_url)
    kept, feed = first_release.fill(engine, tmp_path, lambda store: lives(store, classifier))
    engine.dispose()
    with Service(database_url, tmp_path / "log") as service, Client(service.port) as client:
        for complaint in kept:
            _, found = client.get(f"/v1/complaints/{complaint.id}")
            assert found["status"] == complaint.status
            assert (found["number"], found["version"], found["rating"]) == (
                complaint.number,
                complaint.version,
                complaint.rating,
            )
        assert client.get("/v1/changes?limit=1000")[1]["changes"] == [change.as_json() for change in feed]
        assert file(client, "k0") == 200
        assert file(client, "k5") == 201
