"""The application under granian, the WSGI server."""

from functools import partial
from typing import Any

from granian import Granian
from granian.constants import Interfaces

from router.settings import Settings

BACKLOG = 1024


def run(host: str, port: int, workers: int, settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; requests under way are finished first."""
    Granian(
        "router.web:create_app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        backlog=BACKLOG,
        respawn_failed_workers=True,
        log_access=False,
    ).serve(target_loader=partial(_load, settings=settings))


def _load(_target: str, settings: Settings) -> Any:
    """The application of one worker."""
    from router.web import create_app

    return create_app(settings)
