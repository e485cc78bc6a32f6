"""Keys and roles: who may call what, how fast a revoked key stops working, and what is never kept."""

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from router import InputError, access
from router.cli import main
from router.store import Store
from router.store.records import rfc3339
from router.store.tables import metadata
from router.web.access import MAY_CALL, OPEN_PATHS

TEXT = {"text": "не могу вывести деньги"}
NOTHING = "0" * 32
CALLS = [
    ("complaints.register", "POST", "/v1/complaints", TEXT),
    ("complaints.complaint", "GET", f"/v1/complaints/{NOTHING}", None),
    ("complaints.complaints_page", "GET", "/v1/complaints", None),
    ("complaints.categorise", "POST", f"/v1/complaints/{NOTHING}/category", {"category": "service"}),
    ("complaints.answer", "POST", f"/v1/complaints/{NOTHING}/answer", TEXT),
    ("complaints.clarify", "POST", f"/v1/complaints/{NOTHING}/clarification", TEXT),
    ("complaints.accept", "POST", f"/v1/complaints/{NOTHING}/acceptance", {}),
    ("complaints.rate", "POST", f"/v1/complaints/{NOTHING}/rating", {"rating": 5}),
    ("complaints.queues", "GET", "/v1/queues", None),
    ("complaints.decision", "GET", f"/v1/decisions/{NOTHING}", None),
    ("complaints.changes", "GET", "/v1/changes", None),
    ("api.classify", "POST", "/v1/classify", TEXT),
    ("api.categories", "GET", "/v1/categories", None),
    ("api.model", "GET", "/v1/model", None),
]


def call(api, method: str, path: str, body, key: str | None = None):
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return api.open(path, method=method, json=body, headers=headers)


@pytest.mark.parametrize("role", access.ROLES)
@pytest.mark.parametrize(("endpoint", "method", "path", "body"), CALLS, ids=[name for name, *_ in CALLS])
def test_a_role_may_call_what_the_table_says(api, store: Store, role, endpoint, method, path, body) -> None:
    answer = call(api, method, path, body, access.create(store, "Анна", role))
    if role in MAY_CALL.get(endpoint, access.ROLES):
        assert answer.status_code in (200, 201, 404)
    else:
        assert (answer.status_code, answer.json["code"]) == (403, "forbidden")


def test_every_endpoint_about_complaints_has_its_roles(api) -> None:
    endpoints = {rule.endpoint for rule in api.application.url_map.iter_rules()}
    assert {name for name in endpoints if name.startswith("complaints.")} == MAY_CALL.keys()
    assert MAY_CALL.keys() <= {name for name, *_ in CALLS}


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer x", "Bearer cr_", "Basic eDp5", "Bearer cr_a_b", "ключ"])
def test_without_a_valid_key_nothing_is_answered(api, store: Store, header: str | None) -> None:
    access.create(store, "Анна", "agent")
    headers = {"Authorization": header.encode().decode("latin-1")} if header else {}
    for _, method, path, body in CALLS:
        answer = api.open(path, method=method, json=body, headers=headers)
        assert (answer.status_code, answer.json["code"]) == (401, "unauthorized")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert [api.get(path).status_code for path in ("/healthz", "/readyz", "/openapi/openapi.json")] == [200] * 3
    assert "/v1" not in OPEN_PATHS


def test_without_keys_the_service_is_open_and_knows_nobody(api) -> None:
    made = call(api, "POST", "/v1/complaints", TEXT)
    assert made.status_code == 201
    assert api.get("/v1/changes").json["changes"][0]["by"] is None


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "10.0.0.1:8000", "127.0.0.1.evil.example", "[::2]:1"]
)
def test_an_open_service_answers_nobody_who_asked_for_another_machine(api, store: Store, host: str) -> None:
    """A stranger's page may have its own name lead here; to a browser it is then of our origin (DNS rebinding)."""
    headers = {"Host": host}
    for _, method, path, body in CALLS:
        if path != "/v1/classify":  # of which nothing stored can be learnt
            answer = api.open(path, method=method, json=body, headers=headers)
            assert (answer.status_code, answer.json["code"]) == (403, "forbidden"), path
    assert api.get("/desk", headers=headers).status_code == 403
    assert api.get("/healthz", headers=headers).status_code == 200
    key = {"Authorization": f"Bearer {access.create(store, 'Анна', 'admin')}"}
    api.application.extensions["keyring"]._read_at -= access.REMEMBERED_SECONDS
    assert api.get("/v1/queues", headers=headers | key).status_code == 200


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "127.1.2.3", "[::1]:8000", "[::1]"])
def test_an_open_service_answers_who_asked_for_this_machine(api, host: str) -> None:
    assert api.get("/v1/queues", headers={"Host": host}).status_code == 200


def test_the_history_names_the_key(api, store: Store) -> None:
    key = access.create(store, "Анна", "admin")
    made = call(api, "POST", "/v1/complaints", TEXT, key).json
    call(api, "POST", f"/v1/complaints/{made['id']}/answer", {"text": "Ответ"}, key)
    whole = call(api, "GET", f"/v1/complaints/{made['id']}", None, key).json
    assert [change["by"] for change in whole["history"]] == ["Анна", "Анна"]
    assert whole["messages"][0]["by"] == "Анна"


def test_a_key_is_not_kept_only_its_hash(store: Store) -> None:
    key = access.create(store, "Анна", "agent")
    secret = key.rsplit("_", 1)[-1]
    rows = store.read(lambda connection: [str(list(connection.execute(select(t)))) for t in metadata.sorted_tables])
    assert access.digest(key) in "".join(rows)
    assert secret not in "".join(rows)


def test_a_revoked_key_works_for_a_second_at_most_and_does_not_open_the_service(store: Store) -> None:
    now = [0.0]
    ring = access.Keyring(store, lambda: now[0])
    assert ring.is_open()
    key = access.create(store, "Анна", "agent")
    now[0] += 1
    found = ring.holder(key)
    assert found is not None
    access.revoke(store, found.id)
    now[0] += 0.99
    assert ring.holder(key)
    now[0] += 0.01
    assert ring.holder(key) is None
    assert not ring.is_open()


def test_keys_are_read_once_a_second_at_most(store: Store) -> None:
    now = [0.0]
    ring = access.Keyring(store, lambda: now[0])
    ring.is_open()
    store.close()
    store.read = None  # from now on a query would fail
    assert ring.is_open()
    assert ring.holder("cr_x_y") is None


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("router.example", False),
        ("", False),
    ],
)
def test_beyond_this_machine_a_service_needs_keys(store: Store, host: str, loopback: bool) -> None:
    assert access.is_loopback(host) is loopback
    if loopback:
        assert access.require_keys(store, host)
    else:
        with pytest.raises(InputError, match="keys create --role admin"):
            access.require_keys(store, host)
    access.create(store, "Анна", "admin")
    assert not access.require_keys(store, host)


def test_a_revoked_key_is_no_key_to_serve_with(store: Store) -> None:
    key = access.create(store, "Анна", "admin")
    access.revoke(store, key.split("_")[1])
    with pytest.raises(InputError):
        access.require_keys(store, "0.0.0.0")


@pytest.fixture
def run(shared_url: str, store: Store):
    return lambda *words: CliRunner().invoke(main, [*words, "--database-url", shared_url])


def test_serve_refuses_to_be_reached_without_keys(run) -> None:
    found = run("serve", "--host", "0.0.0.0")
    assert found.exit_code == 1
    assert "can be reached from other machines, and there is no key" in found.output


def test_once_the_first_key_is_made_no_worker_is_open_any_more(run, store: Store) -> None:
    ring = access.Keyring(store)
    assert ring.is_open()
    assert run("keys", "create", "--role", "admin", "--name", "Анна").exit_code == 0
    assert not ring.is_open()


def test_keys_from_the_command_line(run, store: Store) -> None:
    key = run("keys", "create", "--role", "agent", "--name", " Анна ").output.strip()
    held = access.Keyring(store).holder(key)
    assert held is not None
    assert run("keys", "list").output == f"{held.id}\tagent\tАнна\t{rfc3339(held.created_at)}\t\n"
    assert run("keys", "revoke", held.id).output == f"revoked {held.id}\n"
    assert access.Keyring(store).holder(key) is None
    again = run("keys", "revoke", held.id)
    assert (again.exit_code, again.output) == (1, f"Error: there is no key {held.id} that could be revoked\n")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--role", "boss", "--name", "x"), 2, "is not one of"),
        (("--role", "agent"), 2, "Missing option"),
        (("--role", "agent", "--name", " "), 1, "1 to 128 printable characters"),
        (("--role", "agent", "--name", "a\nb"), 1, "1 to 128 printable characters"),
        (("--role", "agent", "--name", "я" * 129), 1, "1 to 128 printable characters"),
    ],
)
def test_a_mistake_in_making_a_key_is_one_line(run, words, code: int, message: str) -> None:
    found = run("keys", "create", *words)
    assert found.exit_code == code
    assert message in found.output
