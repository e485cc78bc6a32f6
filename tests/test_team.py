"""The team's figures and plots."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from router import complaints as life
from router.store import team
from router.web import plots
from router.web.figures import Day, figures
from tests.test_desk import html

MONEY = "Третий день не могу вывести деньги"
VAGUE = "Верните как было, всё плохо и непонятно"
MOSCOW = ZoneInfo("Europe/Moscow")


def test_figures_of_two_days(store, classifier, clock) -> None:
    first = life.register(store, classifier, life.Filing(MONEY)).complaint
    clock.forward(hours=13)  # 22:00 UTC: the next day in Moscow
    second = life.register(store, classifier, life.Filing(MONEY)).complaint
    third = life.register(store, classifier, life.Filing(VAGUE)).complaint
    life.categorise(store, life.Act(first.id, "Анна"), "financial", "payments")
    life.categorise(store, life.Act(second.id, "Анна"), "software", "development")
    life.answer(store, life.Act(third.id, "Анна"), "Ответ")
    clock.forward(hours=47)
    today = clock.now.astimezone(MOSCOW).date()
    dates = [today - timedelta(days=back) for back in range(6, -1, -1)]
    moments = [datetime.combine(date, time(), MOSCOW) for date in (*dates, today + timedelta(days=1))]
    found = figures(store.read(team.count, moments, clock.now), [], dates, classifier.policy.keys)
    assert [day.total for day in found.days] == [0, 0, 0, 1, 2, 0, 0]
    assert found.days[-1].date == date(2026, 11, 25)
    assert found.days[3].counts["financial"] == 1
    assert (found.top1.part, found.top1.of) == (1, 2)
    assert found.overdue.of == sum(share.part for share in found.kinds.values()) == 3
    assert 1 <= found.overdue.part <= 2
    assert (found.top2.of, found.total) == (2, 3)
    nothing = store.read(team.count, [clock.now, clock.now + timedelta(days=1)], clock.now)
    assert nothing == team.Counted([{}], {}, 0, team.Agreement(0, 0, 0))


def test_the_page_without_and_with_complaints(api, store, classifier, clock) -> None:
    assert "За это время жалоб не было" in html(api, "/desk/team")
    life.register(store, classifier, life.Filing(MONEY))
    page = html(api, "/desk/team?days=7")
    assert page.count('<rect class="c1"') == 1
    assert "22.11.2026" in page
    html(api, "/desk/team?days=nonsense")


@pytest.mark.parametrize(("highest", "step"), [(0, 1), (5, 1), (6, 2), (10, 2), (11, 5), (26, 10), (1_000, 200)])
def test_lines_stand_at_round_numbers(highest: int, step: int) -> None:
    assert plots.tick(highest) == step


def test_bars_are_stacked_without_gaps_and_stay_inside() -> None:
    days = [Day(date(2026, 11, 1) + timedelta(days=n), {"financial": n, "service": 3, "triage": 0}) for n in range(30)]
    found = plots.stacked(days)
    assert all(
        box.y >= plots.TOP - 0.01 and box.y + box.height <= plots.HEIGHT - plots.BOTTOM + 0.01 for box in found.boxes
    )
    assert len(found.labels) <= plots.MAX_LABELS
    last = [box for box in found.boxes if box.day is days[-1]]
    assert last[0].y == pytest.approx(last[1].y + last[1].height)
