"""The desk in a real browser: by keyboard alone, two at once, hostile texts, accessibility, speed, pictures."""

import json
import re
from dataclasses import replace
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe

from benchmarks import demo
from benchmarks.service import Service
from router import access
from router import complaints as life
from router.store import Store, history, queries
from tests.browser import LOOKS, chromium, visitor
from tests.conftest import ROOT

pytestmark = pytest.mark.browser
VAGUE = "Верните как было, всё плохо и непонятно"
SHIFT = """new Promise(done => {
    const sum = list => list.getEntries().reduce((all, it) => all + it.value, 0);
    new PerformanceObserver(list => done(sum(list))).observe({type: 'layout-shift', buffered: true});
    setTimeout(() => done(0), 100);
})"""
SHOTS = ROOT / "build" / "screenshots"


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/complaints.sqlite"


@pytest.fixture
def served(url, tmp_path):
    """A function that starts the service on the test's database and returns its address."""
    services = []

    def start(database: str = url) -> str:
        services.append(Service(database, tmp_path / "log"))
        services[-1].start()
        return f"http://127.0.0.1:{services[-1].port}/desk"

    yield start
    [service.kill() for service in services]


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """The address of a service with the 300 complaints of `make demo`."""
    folder = tmp_path_factory.mktemp("demo")
    demo.fill(f"sqlite:///{folder}/complaints.sqlite")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMPLAINT_ROUTER_AUDIT_SHARE", str(demo.AUDIT_SHARE))
        service = Service(f"sqlite:///{folder}/complaints.sqlite", folder / "log")
        service.start()
    yield f"http://127.0.0.1:{service.port}/desk"
    service.kill()


@pytest.fixture
def register(url, classifier):
    """A function that registers texts and returns the complaints' ids."""

    def make(*texts: str) -> list[str]:
        with Store.open(url) as store:
            return [life.register(store, classifier, life.Filing(text)).complaint.id for text in texts]

    return make


def stored(url: str, query, *values):
    with Store.open(url) as store:
        return store.read(query, *values)


def test_an_agent_empties_a_queue_of_twenty_with_the_keyboard_alone(browser, register, served, url) -> None:
    register(*[f"{VAGUE} {number}" for number in range(20)])
    address = served()
    queue = stored(url, queries.page, 0, 1)[0].queue
    with visitor(browser) as page:
        page.goto(f"{address}/queues/{queue}")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_url("**/complaints/**")
        for number in range(20):
            page.locator("h1", has_text="Жалоба").wait_for()
            before = page.url
            page.keyboard.press("Enter" if number % 5 == 4 else str(number % 5 + 1))
            page.wait_for_url(lambda now, was=before: now != was)
        assert "очередь разобрана" in page.locator("#list").inner_text()
    changes = [change for change in stored(url, queries.feed, 0, 100) if change.kind != "registered"]
    assert len({change.complaint_id for change in changes}) == len(changes) == 20
    assert {change.by for change in changes} == {"локальный агент"}


def test_keys_work_on_the_russian_layout_and_not_while_typing(browser, register, served) -> None:
    first, _ = register(VAGUE, VAGUE + " опять")
    with visitor(browser) as page:
        page.goto(f"{served()}/complaints/{first}?queue=all&state=undecided")
        page.keyboard.press("KeyA")
        page.keyboard.type("1 j ответ")
        assert page.locator("#answer").input_value() == "1 j ответ"
        page.keyboard.press("Escape")
        page.keyboard.press("KeyJ")
        page.wait_for_url(lambda now: first not in now)
        page.keyboard.press("KeyK")
        page.wait_for_url(lambda now: first in now)
        page.keyboard.press("?")
        assert page.locator("#help").is_visible()
        page.locator("#keys-off").check()
        page.keyboard.press("Escape")
        page.keyboard.press("KeyJ")
        page.wait_for_timeout(200)
        assert first in page.url


def test_the_focus_stays_where_it_is_when_the_queues_are_counted_anew(browser, register, served) -> None:
    register(VAGUE)
    with visitor(browser) as page:
        page.clock.install()
        page.goto(served())
        links = [page.locator("#queues a").nth(at) for at in range(page.locator("#queues a").count())]
        assert len(links) > 5
        for at in (0, 1, 2, 3):
            links[at].focus()
            before = page.evaluate("document.activeElement.href")
            with page.expect_response(lambda answer: answer.request.headers.get("hx-request") == "true"):
                page.clock.fast_forward(15_000)
            page.clock.fast_forward(1_000)  # htmx settles what it swapped
            assert page.evaluate("document.activeElement.href") == before


def test_a_page_that_can_no_longer_be_brought_up_to_date_says_so(browser, register, served) -> None:
    register(VAGUE)
    page = browser.new_context().new_page()  # its console is full of the faults that are made here
    page.goto(f"{served()}/queues/all?state=all")
    notice = page.locator("#stale")
    assert notice.is_hidden()
    for fault in (lambda route: route.abort(), lambda route: route.fulfill(status=503)):
        page.route("**/queues/all?q=*", fault)
        page.locator("#q").fill("нет такого")
        notice.wait_for()
        page.unroute_all()
        page.locator("#q").fill("")
        notice.wait_for(state="hidden")
    page.context.close()


def test_undo_by_one_key_within_ten_seconds(browser, register, served, url) -> None:
    first, _ = register(VAGUE, VAGUE + " опять")
    with visitor(browser) as page:
        page.goto(f"{served()}/complaints/{first}?queue=all&state=undecided")
        page.keyboard.press("4")
        page.locator(".toast").wait_for()
        assert stored(url, queries.complaint, first).category == "software"
        page.keyboard.press("z")
        page.wait_for_url(lambda now: f"/complaints/{first}" in now)
        assert "выбор отменён" in page.locator(".history").inner_text()
        page.keyboard.press("4")
        page.locator(".toast").wait_for()
        page.locator(".toast").wait_for(state="detached", timeout=12_000)
    assert stored(url, queries.complaint, first).category == "software"


def test_two_agents_never_overwrite_each_other(browser, register, served, url) -> None:
    (found,) = register(VAGUE)
    with Store.open(url) as store:
        keys = [access.create(store, name, "agent") for name in ("Анна", "Борис")]
    address = served()
    with visitor(browser) as anna, visitor(browser) as boris:
        for page, key in zip((anna, boris), keys, strict=True):
            page.goto(f"{address}/complaints/{found}")
            page.locator("#key").fill(key)
            page.keyboard.press("Enter")
            page.locator("h1", has_text="Жалоба").wait_for()
        anna.keyboard.press("3")
        anna.locator("text=Решать нечего").wait_for()
        boris.keyboard.press("1")
        boris.locator("[role=alert]").wait_for()
        assert "Коллега успел раньше (Анна: категория выбрана" in boris.locator("[role=alert]").inner_text()
        assert boris.locator("[aria-current=true]").get_attribute("value") == "service"
        boris.keyboard.press("1")
        boris.locator("text=Решать нечего").wait_for()
        boris.locator(".who button", has_text="Выйти").click()
        boris.locator("#key").wait_for()
    changes = stored(url, queries.history, found)
    assert [(change.by, change.category) for change in changes[1:]] == [("Анна", "service"), ("Борис", "financial")]


def test_what_is_being_written_outlives_the_session(browser, register, served, url) -> None:
    (found,) = register(VAGUE)
    with Store.open(url) as store:
        key = access.create(store, "Анна", "agent")
    with visitor(browser) as page:

        def log_in() -> None:
            page.locator("#key").fill(key)
            page.keyboard.press("Enter")
            page.locator("h1", has_text="Жалоба").wait_for()

        address = served()
        page.goto(f"{address}/complaints/{found}?queue=all&state=waiting")
        log_in()
        page.keyboard.press("a")
        page.keyboard.type("Долгий ответ")
        page.context.clear_cookies()
        page.locator("text=Записать ответ").click()
        log_in()
        assert page.url == f"{address}/complaints/{found}?queue=all&state=waiting"
        assert page.locator("#answer").input_value() == "Долгий ответ"
        page.locator("text=Записать ответ").click()
        page.locator(".messages", has_text="Долгий ответ").wait_for()
        page.wait_for_load_state()
        assert "desk-draft" not in page.evaluate("JSON.stringify(sessionStorage)"), "it was taken"
        page.locator("#clarification").fill("Не помогло")
        page.locator("text=Выйти").click()
        page.locator("#key").wait_for()
        page.wait_for_load_state()
        assert "desk-draft" not in page.evaluate("JSON.stringify(sessionStorage)"), "the next agent shall not find it"


@pytest.mark.parametrize(
    "text",
    [
        "<script>document.title='взлом'</script><img src=x onerror=alert(1)> не пришли деньги",
        "\u202eнаоборот\u202c и \u2067справа налево\u2069 \u200f\u200e деньги",
        "деньги " * 2_857,
        "а" * 20_000,
        "😡🤬 где мои деньги?! 👨‍👩‍👧‍👦 🏴‍☠️ " * 20,
    ],
    ids=["script", "right-to-left", "20,000 characters", "one long word", "emoji"],
)
def test_any_text_shows_as_text_and_breaks_nothing(browser, register, served, text: str) -> None:
    (found,) = register(text)
    address = served()
    with visitor(browser, **LOOKS["phone"]) as page:
        for path in (f"complaints/{found}", "queues/all?state=all"):
            page.goto(f"{address}/{path}")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "wider than the screen"
            assert "взлом" not in page.title()
        page.goto(f"{address}/complaints/{found}")
        assert page.locator(".words-of-client .text").evaluate("node => node.textContent") == text


def test_a_long_complaint_is_printed_whole(browser, register, served) -> None:
    (found,) = register("Деньги не пришли. " * 900)
    with visitor(browser, **LOOKS["light"]) as page:
        page.goto(f"{served()}/complaints/{found}")
        hidden = "(node => node.scrollHeight - node.clientHeight)(document.querySelector('.words-of-client > .text'))"
        assert page.evaluate(hidden) > 0, "on the screen it scrolls"
        page.emulate_media(media="print")
        assert page.evaluate(hidden) == 0


def test_trying_a_text_as_one_types(browser, served) -> None:
    with visitor(browser) as page:
        page.goto(f"{served()}/try")
        page.keyboard.type("Третий день не могу вывести деньги")
        page.locator("#tried .verdict", has_text="Платежи и расчёты").wait_for()
        assert page.locator("#tried mark.c1").count() > 0
        page.locator("#text").fill("")
        page.locator("#tried", has_text="Пока нечего разбирать").wait_for()


def test_searching_as_one_types(browser, filled) -> None:
    with visitor(browser) as page:
        page.goto(f"{filled}/queues/all?state=all")
        page.locator("#q").press_sequentially("ПРИЛОЖЕНИЕ")
        page.wait_for_url("**q=**")
        assert all("приложение" in words.lower() for words in page.locator(".row").all_inner_texts()[:1])


def test_the_back_button_takes_a_search_back_and_leaves_the_page_whole(browser, register, served) -> None:
    register(VAGUE, VAGUE + " зебра")
    with visitor(browser) as page:
        page.goto(f"{served()}/queues/all?state=all")
        page.locator("#q").press_sequentially("зебра")
        page.locator("#list", has_text="1 жалоба").wait_for()
        page.wait_for_url("**q=**")
        page.locator("#priority").select_option("urgent")
        page.locator("#list", has_text="Ничего не нашлось").wait_for()
        for words, count in (("зебра", "1 жалоба"), ("", "2 жалобы")):
            page.go_back()
            page.locator("#list", has_text=count).wait_for()
            page.wait_for_load_state()
            assert (page.locator("#q").input_value(), page.locator("#priority").input_value()) == (words, "")
        page.keyboard.press("?")
        page.locator("#help").wait_for()


def pages_of(page, address: str) -> dict[str, str]:
    page.goto(f"{address}/queues/all?state=undecided")
    complaint = page.locator("[data-row]").first.get_attribute("href").removeprefix("/desk")
    page.goto(f"{address}/queues/all?state=answered")
    answered = page.locator("[data-row]").first.get_attribute("href").removeprefix("/desk")
    return {
        "queues": "",
        "list": "/queues/all?state=waiting",
        "empty": "/queues/all?q=такогонет",
        "complaint": complaint,
        "answered": answered,
        "try": "/try",
        "team": "/team",
        "audit": "/audit",
        "missing": "/nothing",
    }


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_no_violation_on_any_page_and_pictures_are_kept(browser, filled, look: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    with visitor(browser, **LOOKS[look], reduced_motion="reduce") as page:
        for name, path in pages_of(page, filled).items():
            page.goto(filled + path)
            if name == "try":
                page.locator("#text").fill("Приложение вылетает, поддержка молчит. Верните деньги, или подам в суд!")
                page.locator("#tried .text").wait_for()
            page.evaluate("for (const it of document.querySelectorAll('details')) it.open = true")
            assert violations(page) == [], name
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is too wide"
            page.evaluate("for (const it of document.querySelectorAll('details')) it.open = false")
            page.screenshot(path=SHOTS / f"{name}-{look}.png", full_page=look == "phone")


def violations(page) -> list[str]:
    """What axe-core finds, each with the first place."""
    response = Axe().run(page).response
    assert len(response["passes"]) > 10, "axe did not look"
    found = response["violations"]
    return [
        f"{fault['id']}: {fault['nodes'][0]['html'][:200]} {fault['nodes'][0]['failureSummary']}" for fault in found
    ]


def test_the_login_page_is_accessible(browser, served, url) -> None:
    with Store.open(url) as store:
        access.create(store, "Анна", "agent")
    with visitor(browser, **LOOKS["light"]) as page:
        page.goto(served())
        page.locator("#key").fill("wrong")
        page.keyboard.press("Enter")
        page.locator("[role=alert]").wait_for()
        assert violations(page) == []
        page.screenshot(path=SHOTS / "login-light.png")


def test_a_queue_of_ten_thousand_is_painted_within_300_ms(browser, register, served, url) -> None:
    (first,) = register(VAGUE)
    with Store.open(url) as store:
        made = store.read(queries.complaint, first)
        decided = store.read(queries.decision, made.decision_id)

        def multiply(transaction) -> None:
            for number in range(2, 10_001):
                ids = {"complaint_id": uuid4().hex, "id": uuid4().hex}
                changed = {"id": ids["complaint_id"], "decision_id": ids["id"]}
                copy = replace(made, **changed, seq=number, number=f"2026-{number:06}")
                transaction.next("complaints")
                history.register(transaction, copy, replace(decided, **ids), None)

        store.write(multiply)
    address = served()
    with visitor(browser) as page:
        painted = [first_paint(page, f"{address}/queues/{made.queue}") for _ in range(5)]
    print(f"first paint of 10,000 complaints: {painted} ms")  # noqa: T201 - the README quotes it; pytest -s shows it
    assert min(painted) < 300, painted


def first_paint(page, address: str) -> float:
    page.goto(address)
    page.locator("text=Больше 1000 жалоб").wait_for()
    script = "JSON.stringify(performance.getEntriesByName('first-contentful-paint').map(it => it.startTime))"
    (found,) = json.loads(page.evaluate(script))
    shift = page.evaluate(SHIFT)
    assert shift < 0.001, "more than a rounding of the layout; 0.1 is what web.dev calls good"
    return found


def test_the_pictures_of_the_readme_are_there() -> None:
    for name in re.findall(r"docs/desk-(.+?)\.png", (ROOT / "README.md").read_text()):
        assert (ROOT / "docs" / f"desk-{name}.png").stat().st_size > 10_000
