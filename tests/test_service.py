"""The service as processes: README's transcript, SIGKILL, SIGTERM, and two servers on one PostgreSQL."""

import re
import subprocess
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path

import psycopg

from benchmarks import endurance
from benchmarks.service import ROOT, Client, Service
from router.store import Store, queries
from router.web import create_app

TEXT = {"text": "Третий день не могу вывести деньги"}
DOCUMENT = (ROOT / "README.md").read_text().split("## A complaint's life")[1]
TRANSCRIPT = re.findall(r"^\$ (.*)\n((?:(?!\$ |```).*\n)*)", DOCUMENT, re.MULTILINE)
CUT = "--8<--"


def test_readmes_transcript_is_what_happens(database_url: str, tmp_path: Path) -> None:
    with Service(database_url, tmp_path / "log") as service:
        script = "shopt -s expand_aliases\n" + "".join(f"{command}\necho '{CUT}'\n" for command, _ in TRANSCRIPT)
        script = script.replace("localhost:8000", f"127.0.0.1:{service.port}")
        found = subprocess.run(["bash", "-e"], input=script, capture_output=True, text=True, check=True, timeout=60)
    answers = found.stdout.split(CUT)[:-1]
    assert len(answers) > 15
    for (command, expected), answer in zip(TRANSCRIPT, answers, strict=True):
        pattern = ".*".join(map(re.escape, expected.strip().split("…")))
        assert re.fullmatch(pattern, answer.strip(), re.DOTALL), f"{command}\nexpected {expected}\nanswered {answer}"


def test_killed_again_and_again_each_complaint_is_registered_once(database_url: str, tmp_path: Path) -> None:
    outcome = endurance.run(database_url, tmp_path, complaints=600, kills=5)
    assert outcome.faults(600) == []
    assert (outcome.kills, outcome.unanswered > 0, outcome.statuses[200] > 0) == (5, True, True)


def test_stopped_while_clients_send_every_request_that_was_begun_is_answered(database_url: str, tmp_path: Path) -> None:
    """What is stored is what was acknowledged, and no answer is an error; what was not begun is sent again."""
    statuses: Counter[int] = Counter()
    acknowledged: set[str] = set()

    def send() -> None:
        with Client(service.port) as client, suppress(OSError, HTTPException):
            while True:
                status, answer = client.post("/v1/complaints", TEXT)
                statuses[status] += 1
                acknowledged.add(answer.get("id"))

    with Service(database_url, tmp_path / "log") as service, ThreadPoolExecutor(16) as pool:
        jobs = [pool.submit(send) for _ in range(16)]
        while len(acknowledged) < 100:
            threading.Event().wait(0.01)
        assert service.stop() == 0
        [job.result(10) for job in jobs]
    with Store.open(database_url) as store:
        stored = {change.complaint_id for change in store.read(queries.feed, 0, 10_000)}
    assert stored == acknowledged
    assert set(statuses) == {201}


def test_two_servers_on_one_postgresql_share_everything(new_postgres, tmp_path: Path) -> None:
    """Of two agents who correct the same complaint through different servers one wins."""
    url = new_postgres()
    with Service(url, tmp_path / "a") as first, Service(url, tmp_path / "b") as second:
        ports = (first.port, second.port)

        def register(number: int) -> tuple[int, str]:
            with Client(ports[number % 2]) as client:
                status, answer = client.post("/v1/complaints", TEXT, Idempotency_Key=f"k{number // 2}")
            return status, answer["id"]

        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(register, range(60)))
            assert Counter(status for status, _ in made) == {201: 30, 200: 30}
            complaint = made[0][1]

            def correct(port: int):
                with Client(port) as client:
                    body = {"category": "service", "expected_version": 1}
                    return client.post(f"/v1/complaints/{complaint}/category", body)

            (won, present), (lost, problem) = sorted(pool.map(correct, ports), key=lambda answer: answer[0])
        assert (won, lost, problem["complaint"]) == (200, 409, present)
        with Client(ports[0]) as one, Client(ports[1]) as other:
            answers = [client.get("/v1/queues")[1]["queues"] for client in (one, other)]
        assert answers[0] == answers[1]
        assert {load["queue"]: load["open"] for load in answers[0]}["payments"] == 29


def test_a_database_that_goes_away_is_503_and_is_used_again_when_it_is_back(opened, new_postgres, classifier) -> None:
    url = new_postgres()
    name = url.split("?")[0].rsplit("/", 1)[1]
    api = create_app(classifier=classifier, store=opened(Store.open(url))).test_client()
    assert api.post("/v1/complaints", json=TEXT).status_code == 201
    with psycopg.connect(url.replace(f"/{name}?", "/postgres?"), autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        answers = [api.post("/v1/complaints", json=TEXT), api.get("/v1/changes")]
        assert [(answer.status_code, answer.json["code"]) for answer in answers] == [(503, "store_unavailable")] * 2
        assert name not in answers[0].json["detail"]
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    assert api.post("/v1/complaints", json=TEXT).json["number"].endswith("-000002")
