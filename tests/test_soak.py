"""What the soak concludes from what it saw, and that its traffic is of the kinds that it states."""

import random

import pytest

from benchmarks.service import Service
from benchmarks.soak import Record, by_minute, faults, report
from benchmarks.soak_traffic import MIX, Visitor
from router import access
from router.store import Store
from training import plots


def record(minutes: int, milliseconds=lambda minute: 5.0, memory=lambda minute: 200.0) -> Record:
    found = Record()
    for second in range(minutes * 60 + 1):
        found.answers.append((float(second), milliseconds(second // 60)))
        found.memory.append((float(second), memory(second // 60)))
    return found


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (record(10), ""),
        (record(10, memory=lambda minute: 100 + 50 * min(minute, 4)), ""),
        (record(10, memory=lambda minute: 200 + 3 * minute), "memory grew from 215 MB to 227 MB"),
        (record(10, lambda minute: 11 if minute == 9 else 5), "p99 was 11 ms in the worst minute, 5 ms in the median"),
    ],
)
def test_memory_is_judged_after_five_minutes_and_latency_by_its_worst(seen: Record, expected: str) -> None:
    found = faults(seen, by_minute(seen))
    assert bool(found) == bool(expected)
    assert expected in "".join(found)


def test_an_error_is_a_fault_and_the_plot_has_every_minute() -> None:
    seen = record(3)
    seen.errors["register: 500"] += 2
    found = report(seen, 100.0, 1)
    assert found["faults"] == ["2 x register: 500"]
    assert [one["requests"] for one in found["minutes"]] == [60, 60, 60]
    assert "memory, MB" in plots.soak(found["minutes"])


def test_a_visitor_does_all_of_the_mix_without_an_error(tmp_path) -> None:
    url = f"sqlite:///{tmp_path}/c.sqlite"
    with Store.open(url) as store:
        keys = {role: access.create(store, role, role) for role in access.ROLES}
    with Service(url, tmp_path / "log") as service:
        visitor = Visitor(service.port, keys, random.Random(1))
        done = [visitor.act() for _ in range(150)]
        visitor.close()
    assert {kind for kind, _ in done} == set(MIX)
    assert {fault for _, fault in done} == {""}
