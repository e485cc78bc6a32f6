"""What the service is measured with measures: a real server, and its processor time."""

import json
import sys

import pytest

from benchmarks import framework
from benchmarks.service import Service, free_port

TEXT = "Третий день не могу вывести деньги"


@pytest.fixture
def empty(tmp_path):
    port, answer = free_port(), tmp_path / "answer.json"
    answer.write_text(json.dumps({"category": "financial"}))
    command = [sys.executable, "-m", "benchmarks.empty", "flask", str(port), str(answer)]
    with Service.running(command, port, tmp_path / "log") as service:
        yield service


def test_requests_a_second_processor_time_and_memory_of_an_empty_route(empty) -> None:
    per_second, processor = framework.rate(empty, [framework._request(TEXT)], 0.5)
    assert per_second > 16
    assert processor > 10
    assert len(empty.memory()) == 2


def test_an_answer_that_is_not_200_is_no_measurement(empty) -> None:
    with pytest.raises(AssertionError, match="400"):
        framework.rate(empty, [framework._request(TEXT).replace(b"{", b"[")], 0.2)


def test_the_table_says_what_is_whose() -> None:
    one = {"rate": 1000.0, "cpu": 100.0}
    workers = [{"workers": 1, "start": 0.5, "rate": 900.0, "memory": 90.0, "each": 50.0}]
    found = {"bare": one, "flask": one, "classify": one, "ratio": 0.85, "model": {"cpu": 40.0}, "workers": workers}
    lines = framework.table(found)
    assert "| `/v1/classify` | 1,000 | 0.85 | 100 |" in lines
    assert "| of which the model | | | 40 |" in lines
    assert "- `complaint-router classify TEXT` ends after 0.40 s" in framework.table(found | {"command": 0.4})


def test_the_command_is_measured_by_running_it() -> None:
    assert 0.05 < framework._command() < 60
