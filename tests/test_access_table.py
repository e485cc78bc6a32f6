"""Walks the table of docs/access.md: every route against everybody who may come."""

import re
from base64 import b64encode

import pytest
from itsdangerous import URLSafeTimedSerializer

from router import access
from router.store import Store
from router.web import create_app
from tests.conftest import ROOT
from tests.test_desk import FIELD, log_in

ROW = re.compile(r"^\| `(GET|POST) (\S+)` \| (\S+) \| (\S+) \| (\S+) \| (\S+) \|$", re.M)
TABLE = ROW.findall((ROOT / "docs" / "access.md").read_text())
TEXT = "не могу вывести деньги"
BODIES = {
    "/v1/classify": {"text": TEXT},
    "/v1/classify/batch": {"items": [{"id": "1", "text": TEXT}]},
    "/v1/complaints": {"text": TEXT},
    "/v1/complaints/<id>/category": {"category": "service"},
    "/v1/complaints/<id>/answer": {"text": "Ответ"},
    "/v1/complaints/<id>/clarification": {"text": "Ещё вопрос"},
    "/v1/complaints/<id>/acceptance": {},
    "/v1/complaints/<id>/rating": {"rating": 5},
}
INSIDE = {200, 201, 204, 302, 303, 400, 404, 409, 422}
"""What may be answered to whoever was let in: these complaints are not there, these forms are empty."""


def routes_of(application) -> set[tuple[str, str]]:
    rules = application.url_map.iter_rules()
    return {(method, rule.rule) for rule in rules for method in rule.methods - {"HEAD", "OPTIONS"}}


def test_the_table_names_every_route_once(api) -> None:
    listed = [(method, route) for method, route, *_ in TABLE]
    assert len(listed) == len(set(listed))
    assert set(listed) == routes_of(api.application)


def address(route: str) -> str:
    names = {"<path:filename>": "desk.css", "<queue>": "payments", "<path:_rest>": "nothing"}
    for pattern, value in names.items():
        route = route.replace(pattern, value)
    return re.sub(r"<\w+>", "0" * 32, route)


def ask(api, method: str, route: str, **more):
    body = {"json": BODIES[route]} if route in BODIES else {}
    return api.open(address(route), method=method, **body, **more)


def verdict(answer) -> str:
    """What the table would call an answer, which is closed."""
    answer.close()
    assert answer.headers.getlist("X-Content-Type-Options") == ["nosniff"]
    if answer.status_code == 302 and answer.location.startswith("/desk/login"):
        return "login"
    if answer.status_code in (401, 403):
        return str(answer.status_code)
    assert answer.status_code in INSIDE, answer.status_code
    return "yes"


@pytest.fixture
def keys(store: Store) -> dict[str, str]:
    return {role: access.create(store, role, role) for role in access.ROLES}


def walk(api, place: int, desk: bool, send) -> None:
    """Compare a column of the table with what `send(method, route)` is answered."""
    rows = [row for row in TABLE if row[1].startswith("/desk") is desk]
    found = {(method, route): verdict(send(method, route)) for method, route, *_ in rows}
    assert found == {(row[0], row[1]): row[place] for row in rows}


@pytest.mark.parametrize(("place", "role"), [(3, "intake"), (4, "agent"), (5, "admin")])
def test_a_key_opens_of_the_api_what_the_table_says(api, keys, place: int, role: str) -> None:
    headers = {"Authorization": f"Bearer {keys[role]}"}
    walk(api, place, False, lambda method, route: ask(api, method, route, headers=headers))
    walk(api, 2, True, lambda method, route: on_the_desk(api, method, route, headers=headers))


def strangers(keys: dict[str, str], store: Store) -> dict[str, dict[str, str]]:
    """Headers of those who have no valid key."""
    other = keys["agent"].split("_")[1]
    revoked = access.create(store, "бывший", "admin")
    access.revoke(store, revoked.split("_")[1])
    shown = {
        "malformed": "Bearer x",
        "invented": "Bearer cr_000000000000_" + "A" * 43,
        "another secret": f"Bearer cr_{other}_" + "A" * 43,
        "cut short": "Bearer " + keys["admin"][:-1],
        "two keys": f"Bearer {keys['intake']} {keys['admin']}",
        "revoked": f"Bearer {revoked}",
        "basic": "Basic " + b64encode(f"admin:{keys['admin']}".encode()).decode(),
        "bare": keys["admin"],
        "injected": "Bearer ' OR 1=1 --",
    }
    return {"no key": {}} | {name: {"Authorization": value} for name, value in shown.items()}


def test_nobody_else_is_let_into_the_api(api, keys, store: Store) -> None:
    for name, headers in strangers(keys, store).items():
        walk(api, 2, False, lambda method, route, sent=headers: ask(api, method, route, headers=sent))
        assert name


def on_the_desk(api, method: str, route: str, **more):
    """A request with the token of a page of ours, as a browser sends it; logging out would end the walk."""
    if method == "GET":
        return ask(api, method, route, **more)
    page = api.get("/desk/login", **more)
    token = FIELD.search(page.text)[1]
    wrong = {"key": "none", "text": TEXT} if route in ("/desk/login", "/desk/try") else {}
    answer = api.post(address(route), data={"csrf_token": token} | wrong, **more)
    if route == "/desk/login" and answer.status_code == 401:
        answer.status_code = 200  # let in to try a key, which was refused: nobody is logged in by it
    return answer


@pytest.mark.parametrize(("place", "role"), [(3, "intake"), (4, "agent"), (5, "admin")])
def test_a_session_opens_of_the_desk_what_the_table_says(api, keys, place: int, role: str) -> None:
    def send(method: str, route: str):
        log_in(api, keys[role])
        return on_the_desk(api, method, route)

    walk(api, place, True, send)
    log_in(api, keys[role])
    walk(api, 2, False, lambda method, route: ask(api, method, route))


def test_nobody_is_let_into_the_desk_without_a_session(api, keys) -> None:
    walk(api, 2, True, lambda method, route: on_the_desk(api, method, route))


def kept_cookie(api) -> str:
    return api.get_cookie("desk", path="/desk").value


def with_cookie(api, value: str):
    """A walk by somebody who holds a cookie; a page may give them a new one, which is not sent."""

    def send(method: str, route: str):
        api.set_cookie("desk", value, path="/desk")
        return on_the_desk(api, method, route)

    return send


def test_a_forged_session_opens_nothing(api, keys) -> None:
    identity = keys["admin"].split("_")[1]
    content = {"_permanent": True, "id": "0" * 32, "key": identity, "began": 0.0}
    forged = URLSafeTimedSerializer("guessed", salt="cookie-session").dumps(content)
    walk(api, 2, True, with_cookie(api, forged))
    log_in(api, keys["admin"])
    cookie = kept_cookie(api)
    walk(api, 2, True, with_cookie(api, cookie[:9] + ("A" if cookie[9] != "A" else "B") + cookie[10:]))


def test_an_old_session_opens_nothing(api, keys, clock) -> None:
    log_in(api, keys["admin"])
    cookie = kept_cookie(api)
    clock.forward(hours=12)
    walk(api, 2, True, with_cookie(api, cookie))


def test_a_copy_of_a_session_that_was_logged_out_of_opens_nothing(api, keys) -> None:
    log_in(api, keys["admin"])
    copy = kept_cookie(api)
    on_the_desk(api, "POST", "/desk/logout")
    walk(api, 2, True, with_cookie(api, copy))


def test_the_session_of_a_revoked_key_opens_nothing(api, keys, store: Store) -> None:
    log_in(api, keys["admin"])
    access.revoke(store, keys["admin"].split("_")[1])
    api.application.extensions["keyring"]._read_at -= access.REMEMBERED_SECONDS
    walk(api, 2, True, with_cookie(api, kept_cookie(api)))


@pytest.mark.parametrize("token", [None, "", "wrong", "IjAwIg.aaaa.bbbb"])
def test_a_form_without_our_token_is_refused_whoever_sends_it(api, keys, token: str | None) -> None:
    log_in(api, keys["admin"])
    data = {} if token is None else {"csrf_token": token}
    for method, route, *_ in TABLE:
        if method == "POST" and route.startswith("/desk"):
            assert api.post(address(route), data=data | {"version": "1"}).status_code == 400, route
    assert api.get("/desk").status_code == 200, "nobody was logged out"


def test_only_its_author_may_undo_a_choice(api, keys) -> None:
    made = api.post("/v1/complaints", json={"text": TEXT}, headers={"Authorization": f"Bearer {keys['admin']}"}).json
    log_in(api, keys["agent"])
    form = {"category": "service", "version": "1"}
    page = f"/desk/complaints/{made['id']}"
    token = FIELD.search(api.get(page).text)[1]
    assert api.post(f"{page}/category", data=form | {"csrf_token": token}).status_code == 303
    log_in(api, keys["admin"])
    token = FIELD.search(api.get(page).text)[1]
    answer = api.post(f"{page}/undo", data={"csrf_token": token, "version": "2"})
    assert answer.status_code == 409


def test_nothing_that_is_sent_is_ever_run_or_served(api, keys) -> None:
    """There is no upload: files in a form are no text, and nothing sent can be had back as a page or a script."""
    headers = {"Authorization": f"Bearer {keys['admin']}"}
    hostile = "<script>alert(1)</script> не могу вывести деньги"
    answer = api.post("/v1/classify", json={"text": hostile, "explain": True}, headers=headers)
    assert answer.mimetype == "application/json"
    assert api.post("/v1/classify", data={"file": (ROOT / "setup.cfg").open("rb")}, headers=headers).status_code in (
        415,
        422,
    )


def test_a_service_without_keys_is_open_to_this_machine_only(store: Store, classifier) -> None:
    with create_app(classifier=classifier, store=store).test_client() as api:
        walk(api, 5, False, lambda method, route: ask(api, method, route))
