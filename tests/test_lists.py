"""Agents' lists stay what they are and cheap to open, however many complaints are stored."""

import random
from collections import Counter
from contextlib import suppress
from itertools import pairwise

import psycopg
import pytest
from sqlalchemy import event, make_url, select

from router import complaints as life
from router.categories import KEYS
from router.complaints import Act, Filing
from router.errors import ConflictError
from router.store import Store, desk
from router.store.desk import STATES, Wanted
from router.store.migrations.versions import v0005_undecided
from router.store.tables import complaints

TEXTS = (
    "не могу вывести деньги",
    "приложение вылетает при входе",
    "верните деньги, иначе подаю в суд",
    "оператор нахамил и бросил трубку",
    "взломали мой аккаунт и украли все деньги, помогите",
)


VAGUE = "Верните как было, всё плохо и непонятно"


@pytest.fixture
def filled(store: Store, classifier, clock) -> Store:
    """Complaints of all priorities, some of them answered, registered hours apart."""
    for number in range(15):
        made = life.register(store, classifier, Filing(TEXTS[number % 5])).complaint
        if number % 4 == 0:
            life.answer(store, Act(made.id), "Сделано")
        clock.forward(hours=7)
    return store


def every(store: Store, wanted: Wanted, now) -> list:
    rows, total = store.read(desk.rows, wanted, now, 0, 100)
    assert total == len(rows)
    return [row.complaint for row in rows]


def test_the_most_urgent_come_first_in_every_list(filled: Store, clock) -> None:
    everything = every(filled, Wanted(), clock.now)
    assert len(everything) == 15
    assert {complaint.priority for complaint in everything} == {"urgent", "high", "normal"}
    ranks = ("urgent", "high", "normal")
    places = [(ranks.index(one.priority), one.respond_by, one.seq) for one in everything]
    assert places == sorted(places)
    for state in STATES:
        inside = every(filled, Wanted(state=state), clock.now)
        assert [one for one in everything if one in inside] == inside


def test_a_list_taken_page_by_page_is_the_whole_list(filled: Store, clock) -> None:
    whole = every(filled, Wanted(), clock.now)
    pages = [filled.read(desk.rows, Wanted(), clock.now, offset, 4) for offset in range(0, 20, 4)]
    assert [row.complaint for rows, _ in pages for row in rows] == whole
    assert {total for _, total in pages} == {15}


def test_from_each_complaint_one_steps_to_its_neighbours(filled: Store, clock) -> None:
    wanted = Wanted(state="waiting")
    listed = every(filled, wanted, clock.now)
    assert filled.read(desk.first, wanted, clock.now) == listed[0].id
    assert filled.read(desk.first, wanted, clock.now, listed[0].id) == listed[1].id
    for one, other in pairwise(listed):
        assert filled.read(desk.neighbour, wanted, one, clock.now) == other.id
        assert filled.read(desk.neighbour, wanted, other, clock.now, back=True) == one.id
    assert filled.read(desk.neighbour, wanted, listed[-1], clock.now) is None
    assert filled.read(desk.neighbour, wanted, listed[0], clock.now, back=True) is None


def test_russian_capitals_are_found_whatever_the_locale_of_the_database(opened, new_postgres, classifier) -> None:
    url = new_postgres()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE in_c TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C' ENCODING 'UTF8'")
    store = opened(Store.open(make_url(url).set(database="in_c").render_as_string(hide_password=False)))
    life.register(store, classifier, Filing("ДЕНЬГИ не Пришли, Ёлки! HELP"))
    for words, found in (("деньги", 1), ("Деньги", 1), ("пришли, ёЛ", 1), ("help", 1), ("денег", 0)):
        assert store.read(desk.count, Wanted(words=words), store.clock()) == found


def test_a_list_that_is_too_long_to_count_says_so(filled: Store, clock, api, monkeypatch) -> None:
    monkeypatch.setattr(desk, "COUNTED", 10)
    monkeypatch.setattr("router.web.lists.PER_PAGE", 5)
    assert filled.read(desk.count, Wanted(), clock.now) == 11
    page = api.get("/desk/queues/all?state=all").text
    assert "Больше 10 жалоб" in page
    assert "1 из 2 и более" in page
    assert "Дальше" in api.get("/desk/queues/all?state=all&page=2").text
    assert api.get("/desk/queues/all?state=all&page=3").text.count('class="row') > 5
    assert "Дальше" not in api.get("/desk/queues/all?state=all&page=4").text


def test_what_waits_for_a_decision_is_what_the_history_tells(store: Store, classifier, clock) -> None:
    """What is kept with each complaint, step by step, is what the migration works out from the history."""
    chance = random.Random(1)
    made = [life.register(store, classifier, Filing(text)).complaint.id for text in (*[VAGUE] * 15, TEXTS[0])]
    steps = {
        "choose": lambda act: life.categorise(store, act, chance.choice(KEYS), chance.choice(("payments", "support"))),
        "undo": lambda act: life.undo(store, act),
        "answer": lambda act: life.answer(store, act, "Сделано"),
        "clarify": lambda act: life.clarify(store, act, "и всё же"),
    }
    done, seen = Counter(), set()
    for _ in range(120):
        name = chance.choice([*steps, "undo"])
        clock.forward(seconds=0.05)
        with suppress(ConflictError):
            steps[name](Act(chance.choice(made), "Анна"))
            done[name] += 1
        seen.add(tuple(store.read(undecided).items()))
    kept = store.read(undecided)
    store.write(lambda writing: writing.connection.exec_driver_sql(v0005_undecided.FILL))
    assert store.read(undecided) == kept
    assert min(done.values()) > 5
    assert len(seen) > 10
    assert 0 < sum(kept.values()) < len(made)


def undecided(connection) -> dict[str, bool]:
    return {row.id: row.undecided for row in connection.execute(select(complaints.c.id, complaints.c.undecided))}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("queue", [None, "payments"])
def test_no_list_is_sorted_as_a_whole(opened, tmp_path, classifier, queue: str | None, state: str) -> None:
    store = opened(Store.open(f"sqlite:///{tmp_path}/c.sqlite"))
    found = []

    def read(connection) -> None:
        event.listen(connection, "before_cursor_execute", lambda *heard: found.append(heard[2:4]))
        desk.rows(connection, Wanted(queue, state), store.clock(), 0, 50)
        statement, values = next(one for one in found if "UNION ALL" in one[0])
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        found[:] = [row.detail for row in plan if " complaints " in row.detail]

    store.read(read)
    inner = [line for line in found if "autoindex" not in line]
    assert len(inner) == 3
    assert all("_urgency" in line and "priority=?" in line for line in inner), inner
