"""Settings come from the environment, each with a default, and a mistake is told in a line."""

from pathlib import Path

import pytest

from router.errors import InputError
from router.settings import Settings, shipped_models


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch) -> None:
    monkeypatch.delenv("COMPLAINT_ROUTER_DATABASE_URL", raising=False)


def test_the_defaults() -> None:
    found = Settings()
    assert (found.models, found.database_url) == (shipped_models(), "sqlite:///complaints.sqlite")
    assert (found.audit_share, found.max_requests, found.patience, found.timezone) == (0.02, 16, 0.5, "Europe/Moscow")
    assert (found.policy, found.session_secret, found.metrics_folder) == (None, None, None)


def test_the_environment_gives_what_is_not_given(monkeypatch) -> None:
    for name, value in (("MODELS", "m"), ("POLICY", "p.toml"), ("AUDIT_SHARE", "1"), ("MAX_REQUESTS", "3")):
        monkeypatch.setenv(f"COMPLAINT_ROUTER_{name}", value)
    monkeypatch.setenv("COMPLAINT_ROUTER_PATIENCE", "2")
    monkeypatch.setenv("COMPLAINT_ROUTER_TIMEZONE", "Asia/Omsk")
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "figures")
    found = Settings(patience=0)
    assert (found.models, found.policy, found.metrics_folder) == (Path("m"), Path("p.toml"), Path("figures"))
    assert (found.audit_share, found.max_requests, found.patience) == (1.0, 3, 0)
    assert found.timezone == "Asia/Omsk"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("AUDIT_SHARE", "1.1", "a number from 0.0 to 1.0"),
        ("AUDIT_SHARE", "nan", "a number from 0.0 to 1.0"),
        ("MAX_REQUESTS", "0", "a whole number from 1 to 256"),
        ("MAX_REQUESTS", "2.5", "a whole number from 1 to 256"),
        ("PATIENCE", "", "a number from 0.0 to 60.0"),
        ("PATIENCE", "-1", "a number from 0.0 to 60.0"),
        ("TIMEZONE", "Mars/Base", "a time zone such as Europe/Moscow or UTC"),
        ("TIMEZONE", "Europe", "a time zone such as Europe/Moscow or UTC"),
        ("TIMEZONE", "", "a time zone such as Europe/Moscow or UTC"),
    ],
)
def test_a_mistake_names_the_variable_and_what_was_expected(monkeypatch, name: str, value: str, expected: str) -> None:
    monkeypatch.setenv(f"COMPLAINT_ROUTER_{name}", value)
    with pytest.raises(InputError, match=f"^COMPLAINT_ROUTER_{name} is '{value}'; expected {expected}$"):
        Settings()


def test_a_secret_is_made_once_and_never_shown(monkeypatch) -> None:
    made = Settings().with_secret()
    assert made.session_secret
    assert made.with_secret() is made
    assert made.session_secret != Settings().with_secret().session_secret
    monkeypatch.setenv("COMPLAINT_ROUTER_SESSION_SECRET", "the secret")
    assert Settings().with_secret().session_secret == "the secret"
    assert "the secret" not in repr(Settings())
