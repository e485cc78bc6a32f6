"""Logs: one JSON object a line on stderr, with the id of the request. A complaint's text is never in them."""

import json
import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache, lru_cache
from time import time_ns
from typing import Any

import structlog
from structlog.typing import Processor

from router.errors import RouterError

REQUEST_ID: ContextVar[str] = ContextVar("request_id")
"""The id of the request under way: in every line, and set at less cost than structlog's own variables."""


def _with_request_id(_logger: Any, _name: str, event: Any) -> Any:
    if request_id := REQUEST_ID.get(""):
        event.setdefault("request_id", request_id)
    return event


SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    _with_request_id,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
)
_ENCODER = json.JSONEncoder(ensure_ascii=False, default=repr)
RENDER = structlog.processors.JSONRenderer(serializer=lambda event, **options: _ENCODER.encode(event))
"""`json.dumps` would make an encoder for every line."""


class Stderr:
    """Writes lines to what is `sys.stderr` at the time."""

    @staticmethod
    def msg(line: str) -> None:
        """Write one line; at its end stderr is flushed, whatever it is connected to."""
        sys.stderr.write(f"{line}\n")

    debug = info = warning = error = critical = msg


def configure() -> None:
    """Let structlog write JSON lines to stderr, from `info` up."""
    structlog.configure(
        processors=[*SHARED, RENDER],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *names: Stderr(),
        cache_logger_on_first_use=True,
    )


def request_done(request_id: str, method: str, route: str, status: int, seconds: float) -> None:
    """The line of an answered request, as structlog would write it: made here, for it is made for every request.

    `request_id` and `method` are of letters, digits and `._:-`.
    """
    now, microseconds = divmod(time_ns() // 1_000, 1_000_000)
    Stderr.msg(
        f'{{"method": "{method}", "route": {_quoted(route)}, "status": {status}, "ms": {seconds * 1000:.3f}, "event": '
        f'"request", "request_id": "{request_id}", "level": "info", "at": "{_second(now)}.{microseconds:06}Z"}}'
    )


@lru_cache(1)  # of all requests of a second
def _second(since_1970: int) -> str:
    return datetime.fromtimestamp(since_1970, UTC).isoformat().removesuffix("+00:00")


_quoted = cache(_ENCODER.encode)


def server_config() -> dict[str, Any]:
    """The same for the server's own lines (`logging.config`)."""
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [_traceback_without_message, structlog.stdlib.ProcessorFormatter.remove_processors_meta, RENDER],
        "foreign_pre_chain": list(SHARED),
    }
    handler = {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}
    names = ("_granian", "granian.access")
    return {
        "formatters": {"json": formatter},
        "handlers": {"stderr": handler},
        "loggers": {name: {"handlers": ["stderr"], "level": "INFO", "propagate": False} for name in names},
    }


def described(error: BaseException) -> dict[str, Any]:
    """An error as fields of a log line.

    One of ours has its message. Of a bug the message is left out, for it may quote a complaint; its places and those
    of its causes are given instead.
    """
    if isinstance(error, RouterError):
        return {"code": error.code, "detail": error.detail}
    return {"error": type(error).__qualname__, "traceback": _places(error)}


def _places(error: BaseException | None) -> list[str]:
    """`FILE:LINE FUNCTION` for each call, the outermost first; a cause stands after what it caused."""
    places: list[str] = []
    while error is not None:
        places.append(type(error).__qualname__)
        places += [f"{at.filename}:{at.lineno} {at.name}" for at in traceback.extract_tb(error.__traceback__)]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return places


def _traceback_without_message(_logger: Any, _name: str, event: Any) -> Any:
    found = event.pop("exc_info", None)
    error = found[1] if isinstance(found, tuple) else found
    return event | described(error) if isinstance(error, BaseException) else event
