"""The desk by HTTP: who may enter, what a page shows, what a step does, and what nobody may do."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from router import access
from router import complaints as life
from router.store import desk as listing
from router.store import queries
from router.store.desk import Wanted
from router.web import russian
from router.web.desk import HEADERS

FIELD = re.compile(r'name="csrf_token" value="([^"]+)"')
VERSION = re.compile(r'name="version" value="(\d+)"')
MONEY = "Третий день не могу вывести деньги"
VAGUE = "Верните как было, всё плохо и непонятно"
HOSTILE = "<script>alert(1)</script> \u202eденьги\u202c не пришли 😡"


@pytest.fixture
def register(store, classifier):
    return lambda text=VAGUE: life.register(store, classifier, life.Filing(text)).complaint


def html(api, path: str, status: int = 200) -> str:
    answer = api.get(path)
    assert answer.status_code == status, answer.text
    return answer.text


def post(api, page: str, path: str, **fields):
    """Post a form as its page would, with the token and, where the page has one, the version."""
    text = html(api, page)
    found = VERSION.search(text)
    version = {"version": found[1]} if found else {}
    return api.post(path, data={"csrf_token": FIELD.search(text)[1]} | version | fields)


def log_in(api, key: str, **more):
    return post(api, "/desk/login", "/desk/login", key=key, **more)


@pytest.mark.parametrize("path", ["/desk/queues/%00", "/desk/queues/all?q=%00", "/desk/complaints/{}?queue=a%00b"])
def test_an_address_with_nul_is_a_page(api, register, path: str) -> None:
    """PostgreSQL cannot be asked for it."""
    html(api, path.format(register().id))


def test_the_desk_is_there_with_a_slash_too(api) -> None:
    with_slash, without = (html(api, path) for path in ("/desk/", "/desk"))
    token = re.compile(r'"X-CSRFToken": "[^"]+"')  # signed with the second
    assert token.sub("", with_slash) == token.sub("", without)


def test_every_page_has_the_protecting_headers(api) -> None:
    for path in ("/desk", "/desk/queues/all", "/desk/try", "/desk/team", "/desk/login", "/desk/nope"):
        answer = api.get(path)
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        assert answer.headers["Cache-Control"] == "no-store"
        assert not re.search(r"<script(?! src)|<style|style=|\son[a-z]+=", answer.text)


def test_an_open_service_has_a_local_agent(api, store, register) -> None:
    found = register()
    answer = post(api, f"/desk/complaints/{found.id}", f"/desk/complaints/{found.id}/category", category="service")
    assert answer.status_code == 303
    last = store.read(listing.last_change, found.id)
    assert (last.kind, last.by, last.category, last.queue) == (
        "recategorised",
        access_local(),
        "service",
        "support-quality",
    )


def access_local() -> str:
    from router.web.access import LOCAL_AGENT

    return LOCAL_AGENT


def test_a_form_without_a_token_is_refused(api, register) -> None:
    found = register()
    for path in ("category", "undo", "answer", "clarification", "acceptance", "rating"):
        answer = api.post(f"/desk/complaints/{found.id}/{path}", data={"version": "1", "category": "service"})
        assert answer.status_code == 400
    assert api.post("/desk/login", data={"key": "x"}).status_code == 400
    assert api.post("/desk/try", data={"text": MONEY}).status_code == 400


def test_with_keys_the_desk_asks_who_you_are(api, store) -> None:
    access.create(store, "Анна", "agent")
    answer = api.get("/desk/queues/triage?state=all")
    assert (answer.status_code, answer.location) == (
        302,
        "/desk/login?back=/desk/queues/triage?state%3Dall",
    )
    assert api.get("/desk", headers={"HX-Request": "true"}).headers["HX-Redirect"] == "/desk/login"


def test_logging_in_and_out(api, store) -> None:
    key = access.create(store, "Анна", "agent")
    assert log_in(api, key + "x").status_code == 401
    answer = log_in(api, f" {key} ", back="/desk/queues/triage")
    assert (answer.status_code, answer.location) == (303, "/desk/queues/triage")
    (cookie,) = [value for name, value in answer.headers if name == "Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/desk" in cookie
    assert "Secure" not in cookie
    assert key not in cookie
    assert "Анна" in html(api, "/desk")
    assert post(api, "/desk", "/desk/logout").location == "/desk/login"
    assert api.get("/desk").status_code == 302


def test_behind_tls_the_cookie_is_secure(api, store) -> None:
    key = access.create(store, "Анна", "agent")
    headers = {"X-Forwarded-Proto": "https"}
    token = FIELD.search(api.get("/desk/login", headers=headers).text)[1]
    cookies = api.get("/desk/login", headers=headers)
    assert cookies.status_code == 200
    sent = api.get_cookie("desk", path="/desk")
    answer = api.post(
        "/desk/login",
        data={"csrf_token": token, "key": key},
        headers=headers | {"Cookie": f"desk={sent.value}"},
    )
    assert "Secure" in answer.headers["Set-Cookie"]


@pytest.mark.parametrize(
    "back",
    [
        "//evil.example",
        "https://evil.example",
        "/desk/\\evil",
        "/v1/queues",
        "",
        "/desk/../metrics",
        "/desk/%2E%2e/metrics",
        "/desk/a\r\nX-Header: of a client",
        "/desk/\t/evil.example",
    ],
)
def test_logging_in_never_leads_away(api, store, back: str) -> None:
    assert log_in(api, access.create(store, "Анна", "agent"), back=back).location == "/desk"


def test_a_session_ends_after_twelve_hours_and_when_the_key_is_revoked(api, store, clock) -> None:
    log_in(api, access.create(store, "Анна", "agent"))
    clock.forward(hours=11.9)
    html(api, "/desk")
    clock.forward(hours=0.2)
    assert api.get("/desk").status_code == 302


@pytest.mark.parametrize(
    ("sent", "back"),
    [
        ("answer?queue=all&q=%D0%B0", "/desk/complaints/{}?queue=all&q=%D0%B0"),
        ("clarification", "/desk/complaints/{}"),
        ("audit", "/desk"),
    ],
)
def test_a_form_that_is_sent_when_the_session_is_over_leads_back_to_its_page(api, store, register, sent, back) -> None:
    """A blind audit does not: that page would show what the router thinks."""
    found = register()
    access.create(store, "Анна", "agent")
    answer = api.post(f"/desk/complaints/{found.id}/{sent}", data={"text": "Мой ответ"})
    assert answer.status_code == 302
    (found_back,) = parse_qs(urlsplit(answer.location).query)["back"]
    assert found_back == back.format(found.id)


def test_an_intake_key_may_only_try(api, store) -> None:
    log_in(api, access.create(store, "Приём", "intake"))
    html(api, "/desk/try")
    assert "нужна роль агента" in html(api, "/desk", 403)
    assert "нужна роль агента" in html(api, "/desk/team", 403)


def test_a_session_does_not_open_the_api(api, store) -> None:
    log_in(api, access.create(store, "Анна", "agent"))
    assert api.get("/v1/queues").status_code == 401


def test_queues_are_counted(api, register, clock) -> None:
    register(MONEY)
    register()
    text = html(api, "/desk")
    assert text.count('class="card queue') == 5
    assert "просрочено 0" in text
    clock.forward(hours=49)
    assert re.search(r"просрочено [12]\"", html(api, "/desk"))


def test_the_most_urgent_come_first(store, register, clock) -> None:
    calm, urgent = register(), register("Взломали мой аккаунт и украли все деньги, помогите")
    clock.forward(hours=-1)
    earlier = register()
    rows, total = store.read(listing.rows, Wanted(), clock.now, 0, 10)
    assert total == 3
    assert store.read(listing.rows, Wanted(), clock.now, 10, 10) == ([], 3)
    assert [row.complaint.id for row in rows] == [urgent.id, earlier.id, calm.id]
    assert store.read(listing.neighbour, Wanted(), earlier, clock.now) == calm.id
    assert store.read(listing.neighbour, Wanted(), earlier, clock.now, back=True) == urgent.id
    assert store.read(listing.neighbour, Wanted(), calm, clock.now) is None
    assert store.read(listing.first, Wanted(), clock.now, urgent.id) == earlier.id


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=all&q=ВЫВЕСТИ", True),
        ("state=all&q=2026-000001", True),
        ("state=all&q=зебра", False),
        ("state=all&q=%25", False),
        ("state=all&q=_", False),
        ("state=answered", False),
        ("state=all&priority=urgent", False),
        ("state=nonsense&priority=nonsense&q=%00&page=-7", None),
        ("state=all&page=99999999999999999999", None),
    ],
)
def test_a_list_is_searched_and_filtered(api, register, query: str, found: bool | None) -> None:
    register(MONEY)
    text = html(api, f"/desk/queues/all?{query}")
    if found is not None:
        assert ("2026-000001" in text.split('id="list"')[1]) == found


def test_a_list_has_pages(api, register) -> None:
    for _ in range(51):
        register()
    assert "1 из 2" in html(api, "/desk/queues/all?state=all")
    assert html(api, "/desk/queues/all?state=all&page=2").count("data-row") == 1
    part = api.get("/desk/queues/all?state=all", headers={"HX-Request": "true"}).text
    assert part.count("data-row") == 50
    assert "<html" not in part


def test_a_page_shows_the_text_as_text(api, register) -> None:
    text = html(api, f"/desk/complaints/{register(HOSTILE).id}")
    assert "<script>alert" not in text
    body = re.search(r'<div class="text" dir="auto">(.*?)</div>', text, re.DOTALL)[1]
    import html as markup

    assert markup.unescape(re.sub(r"</?mark[^>]*>", "", body)) == HOSTILE


@pytest.mark.parametrize("text", ["а" * 20_000, "вывести " * 2_400, "😡 " * 5_000, "a\r\n\t б \u200f\u202e" * 9])
def test_any_text_has_its_page(api, register, text: str) -> None:
    html(api, f"/desk/complaints/{register(text).id}")


def test_deciding_opens_the_next_and_can_be_undone_for_ten_seconds(api, store, register, clock) -> None:
    first, second = register(), register()
    path = f"/desk/complaints/{first.id}"
    where = "?queue=all&state=undecided"
    answer = post(api, path, f"{path}/category{where}", category="software")
    assert answer.location == f"/desk/complaints/{second.id}?done={first.id}&queue=all&state=undecided"
    page = html(api, answer.location)
    assert f"{first.number} → " in page
    token = {"csrf_token": FIELD.search(page)[1], "version": "2"}
    assert api.post(f"{path}/undo{where}", data=token).location == f"{path}{where}"
    present = store.read(queries.complaint, first.id)
    assert (present.category, present.queue, present.version) == (first.category, first.queue, 3)
    assert store.read(listing.count, Wanted(state="undecided"), clock.now) == 2
    post(api, path, f"{path}/category", category="software")
    clock.forward(seconds=13)
    assert f"{first.number} → " not in html(api, answer.location)
    late = api.post(f"{path}/undo{where}", data=token | {"version": "4"})
    assert late.status_code == 409
    assert "Отменить уже нельзя" in late.text


def test_the_last_decision_of_a_queue_leads_to_the_empty_list(api, register) -> None:
    found = register()
    path = f"/desk/complaints/{found.id}"
    answer = post(api, path, f"{path}/category?queue=triage", category="software")
    assert answer.location.startswith("/desk/queues/triage?done=")
    page = html(api, answer.location)
    assert "очередь разобрана" in page
    assert f"{found.number} → " in page


def test_a_choice_that_is_undone_after_the_last_of_a_filtered_list_leads_back_into_that_list(api, register) -> None:
    path = f"/desk/complaints/{register().id}"
    listed = "queue=all&state=undecided&q=верните&priority=normal"
    answer = post(api, path, f"{path}/category?{listed}", category="software")
    page = html(api, answer.location)
    action = unescape(re.search(r'class="toast" method="post" action="([^"]+)"', page)[1])
    asked = {"queue": ["all"], "state": ["undecided"], "q": ["верните"], "priority": ["normal"]}
    assert parse_qs(urlsplit(action).query) == asked


def test_a_colleague_was_faster(api, store, register) -> None:
    found = register()
    path = f"/desk/complaints/{found.id}"
    token = FIELD.search(html(api, path))[1]
    life.categorise(store, life.Act(found.id, "Борис"), "service", "support-quality")
    answer = api.post(f"{path}/category", data={"csrf_token": token, "version": "1", "category": "software"})
    assert answer.status_code == 409
    assert "Коллега успел раньше (Борис: категория выбрана «Качество поддержки»)" in answer.text
    assert store.read(queries.complaint, found.id).category == "service"
    assert VERSION.search(answer.text)[1] == "2"


def test_an_answer_that_came_too_late_is_kept_and_never_becomes_the_clients_words(api, store, register) -> None:
    found = register()
    path = f"/desk/complaints/{found.id}"
    token = {"csrf_token": FIELD.search(html(api, path))[1], "version": "1"}
    life.answer(store, life.Act(found.id, "Борис"), "Ответ Бориса")
    page = api.post(f"{path}/answer", data=token | {"text": "Мой ответ"}).text
    assert re.search(r'<textarea id="unsaved"[^>]* readonly>Мой ответ<', page)
    assert re.search(r'<textarea id="clarification"[^>]*></textarea>', page)
    life.clarify(store, life.Act(found.id), "Не помогло")
    page = api.post(f"{path}/rating", data=token | {"rating": "2", "comment": "Долго ждал"}).text
    assert re.search(r'<textarea id="unsaved"[^>]* readonly>Долго ждал<', page)
    assert re.search(r'<textarea id="answer"[^>]*></textarea>', page)
    kept = api.post(f"{path}/answer", data=token | {"text": "Мой ответ"}).text
    assert re.search(r'<textarea id="answer"[^>]*>Мой ответ<', kept)


def test_a_complaint_that_an_agent_moved_is_not_said_to_have_been_placed_by_itself(api, store, register) -> None:
    found = register("Не могу вывести деньги, вывод выигрыша задерживают, выплата не приходит на карту")
    path = f"/desk/complaints/{found.id}"
    assert "Направлена сама" in html(api, path)
    life.categorise(store, life.Act(found.id, "Борис"), "service", "support-quality")
    page = html(api, path)
    assert "Категорию выбрал агент" in page
    assert "Направлена сама" not in page


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (3_660, "осталось 1 ч 1 мин"),
        (59, "осталось меньше минуты"),
        (0, "осталось меньше минуты"),
        (-1, "просрочена меньше чем на минуту"),
        (-59, "просрочена меньше чем на минуту"),
        (-60, "просрочена на 1 мин"),
        (-90_000, "просрочена на 1 дн. 1 ч"),
    ],
)
def test_how_the_clock_stands_is_told_in_russian(clock, seconds: int, told: str) -> None:
    assert russian.left(clock() + timedelta(seconds=seconds), clock()).replace("\u00a0", " ") == told


def test_the_end_of_a_line_is_one_character(api, store, register) -> None:
    """A browser counts it so, and then sends two."""
    found = register()
    path = f"/desk/complaints/{found.id}"
    lines = ["я" * 99] * 200
    assert post(api, path, f"{path}/answer", text="\r\n".join(lines)).status_code == 303
    (message,) = store.read(queries.dialogue, found.id)
    assert message.text == "\n".join(lines)
    assert "длиннее 20 000" not in post(api, "/desk/try", "/desk/try", text="\r\n".join(lines)).text


def test_nobody_undoes_what_another_did(api, store, register) -> None:
    found = register()
    life.categorise(store, life.Act(found.id, "Борис"), "service", "support-quality")
    path = f"/desk/complaints/{found.id}"
    assert post(api, path, f"{path}/undo").status_code == 409


def test_the_whole_life_at_the_desk(api, store, register) -> None:
    path = f"/desk/complaints/{register(MONEY).id}"
    assert post(api, path, f"{path}/answer", text=" ").status_code == 422
    for step, fields in (
        ("answer", {"text": "Отправили"}),
        ("clarification", {"text": "Не пришло"}),
        ("answer", {"text": "Отправили снова"}),
        ("acceptance", {}),
        ("rating", {"rating": "4", "comment": "Долго"}),
    ):
        assert post(api, path, f"{path}/{step}", **fields).status_code == 303
    page = html(api, path)
    assert all(words in page for words in ("Отправили снова", "Не пришло", "Долго", "клиент поставил оценку"))
    token = {"csrf_token": FIELD.search(page)[1], "version": VERSION.search(page)[1]}
    refused = api.post(f"{path}/answer", data=token | {"text": "Ещё слово"})
    assert refused.status_code == 409
    assert "Сейчас это сделать нельзя" in refused.text


@pytest.mark.parametrize(
    ("step", "fields"),
    [
        ("category", {"category": "nonsense"}),
        ("category", {"category": "service", "version": "x"}),
        ("rating", {"rating": "6"}),
        ("answer", {"version": "-1", "text": "x"}),
    ],
)
def test_a_broken_form_is_answered_with_a_page(api, register, step: str, fields) -> None:
    path = f"/desk/complaints/{register().id}"
    answer = post(api, path, f"{path}/{step}", **fields)
    assert answer.status_code == 400
    assert "Запрос устарел" in answer.text


def test_a_queue_that_no_database_could_name_is_an_empty_one(api, register) -> None:
    found = register()
    for path in ("/desk/queues/a%00b", f"/desk/complaints/{found.id}?queue=a%00b"):
        assert api.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/desk/complaints/x", f"/desk/complaints/{'0' * 32}", "/desk/a/b"])
def test_what_is_not_there_is_a_page_too(api, path: str) -> None:
    assert "Такой страницы или жалобы нет" in html(api, path, 404)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (MONEY, "Платежи и расчёты"),
        ("", "Пока нечего разбирать"),
        ("ой", "Текст слишком короткий"),
        ("я" * 20_001, "длиннее 20 000"),
        ("а\x00", "недопустимые знаки"),
        (HOSTILE, "&lt;script&gt;"),
    ],
)
def test_trying_a_text(api, text: str, shown: str) -> None:
    answer = post(api, "/desk/try", "/desk/try", text=text)
    assert answer.status_code == 200
    assert shown in answer.text


def test_a_forgotten_client_leaves_a_page_without_words(api, store, classifier) -> None:
    found = life.register(store, classifier, life.Filing(MONEY, client_ref="u-1")).complaint
    store.forget("u-1")
    page = html(api, f"/desk/complaints/{found.id}")
    assert "вывести" not in page.split("<main")[1]
    assert "Слова клиента стёрты" in page
