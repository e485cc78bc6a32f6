"""All settings of the service in one frozen object; the only reader of the environment (`COMPLAINT_ROUTER_…`).

Plain Python: pydantic-settings took a third of the time that `complaint-router classify` takes.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from secrets import token_urlsafe
from typing import TypeVar

from router.errors import InputError

PREFIX = "COMPLAINT_ROUTER_"
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which prometheus-client knows where several workers share their figures."""
Value = TypeVar("Value")
Number = TypeVar("Number", int, float)


def shipped_models() -> Path:
    """Where the models lie: beside the package in a checkout, inside it once installed."""
    inside = Path(__file__).parent / "models"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "models"


def _given(variable: str, parse: Callable[[str], Value], default: Value) -> Value:
    """What the environment has for a variable."""
    written = os.environ.get(variable)
    return default if written is None else parse(written)


def _zone(name: str) -> str:
    """The name of a time zone; `InputError` where there is none of this name."""
    from zoneinfo import ZoneInfo  # only where one is given: most commands show no time

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        expected = "a time zone such as Europe/Moscow or UTC"
        raise InputError(f"{PREFIX}TIMEZONE is {name!r}; expected {expected}", "invalid_setting") from None
    return name


def _number(name: str, default: Number, least: Number, most: Number) -> Number:
    """A number from the environment; `InputError` names its variable and what was expected."""
    kind, variable = type(default), PREFIX + name
    written = os.environ.get(variable, str(default))
    try:
        found = kind(written)
    except ValueError:
        found = None
    if found is None or not least <= found <= most:  # NaN compares as false
        expected = f"a {'whole ' if kind is int else ''}number from {least} to {most}"
        raise InputError(f"{variable} is {written!r}; expected {expected}", "invalid_setting")
    return found


@dataclass(frozen=True)
class Settings:
    """Settings with their defaults; each can be given in the environment, as `COMPLAINT_ROUTER_MODELS` and so on."""

    models: Path = field(default_factory=lambda: _given(f"{PREFIX}MODELS", Path, shipped_models()))
    database_url: str = field(
        default_factory=lambda: _given(f"{PREFIX}DATABASE_URL", str, "sqlite:///complaints.sqlite")
    )
    policy: Path | None = field(default_factory=lambda: _given(f"{PREFIX}POLICY", Path, None))  # see router.policy
    session_secret: str | None = field(
        default_factory=lambda: _given(f"{PREFIX}SESSION_SECRET", str, None), repr=False
    )  # signs the desk's cookies; made anew at each start where none is given
    audit_share: float = field(
        default_factory=lambda: _number("AUDIT_SHARE", 0.02, 0.0, 1.0)
    )  # of what is placed by itself; shown to an agent blind
    max_requests: int = field(
        default_factory=lambda: _number("MAX_REQUESTS", 16, 1, 256)
    )  # that a worker answers at once; see router.web.gate
    patience: float = field(
        default_factory=lambda: _number("PATIENCE", 0.5, 0.0, 60.0)
    )  # seconds that one more waits before it is refused with 503
    timezone: str = field(default_factory=lambda: _given(f"{PREFIX}TIMEZONE", _zone, "Europe/Moscow"))  # agents read it
    metrics_folder: Path | None = field(
        default_factory=lambda: _given(METRICS_FOLDER, Path, None)
    )  # set by router.server for its workers

    def with_secret(self) -> "Settings":
        """The same with a secret of its own where none was given: for the workers of one service to share."""
        return self if self.session_secret else replace(self, session_secret=token_urlsafe(32))
