"""Costly figures are worked out seldom, cheap ones each time."""

from collections.abc import Callable

from router import complaints as life
from router.web import create_app
from router.web.costly import QUICK, REST, Costly


class Work:
    """Takes so many seconds of a clock of its own, and counts how often it was done."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.now, self.done = seconds, 100.0, 0

    def clock(self) -> float:
        return self.now

    def __call__(self) -> int:
        self.now += self.seconds
        self.done += 1
        return self.done


def test_what_is_quick_is_worked_out_each_time() -> None:
    work = Work(QUICK)
    kept = Costly(work.clock)
    assert [kept.get(7, work) for _ in range(3)] == [1, 2, 3]


def test_what_takes_long_is_kept_for_twenty_times_as_long_by_key() -> None:
    work = Work(2.0)
    kept = Costly(work.clock)
    assert [kept.get(7, work), kept.get(7, work), kept.get(14, work)] == [1, 1, 2]
    work.now += REST * 2.0 - 2.0
    assert [kept.get(14, work), kept.get(7, work), kept.get(7, work)] == [2, 3, 3]


def test_counts_of_many_are_kept_and_those_of_a_few_are_not() -> None:
    work = Work(0.01)
    kept = Costly(work.clock)
    assert [kept.get(7, work, lambda found: found > 2) for _ in range(5)] == [1, 2, 3, 3, 3]
    work.now += 2 * REST * 0.01
    assert kept.get(7, work, lambda found: found > 2) == 4


def test_queues_of_many_open_complaints_are_counted_once_in_a_while(store, classifier, monkeypatch) -> None:
    monkeypatch.setattr("router.web.lists.MANY", 1)
    monkeypatch.setattr("router.web.queues.MANY", 1)
    app = create_app(classifier=classifier, store=store)
    client, asked = app.test_client(), []
    app.extensions["queue_counts"].get = lambda key, work, many: asked.append((key, many(found := work()))) or found
    for _ in range(2):
        life.register(store, classifier, life.Filing("не могу вывести деньги"))
        assert client.get("/desk").status_code == client.get("/v1/queues").status_code == 200
    assert [many for key, many in asked if key in ("desk", "open")] == [False, False, True, True]


def test_a_fault_is_not_kept() -> None:
    def fault() -> None:
        raise ValueError

    kept, work = Costly(), Work(0)
    for attempt in (fault, work):
        assert tried(kept, attempt) == (1 if attempt is work else None)


def tried(kept: Costly, work: Callable[[], object]) -> object:
    try:
        return kept.get(7, work)
    except ValueError:
        return None
