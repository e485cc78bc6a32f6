"""The application under granian, the WSGI server."""

from granian import Granian
from granian.constants import Interfaces

BACKLOG = 1024


def run(host: str, port: int, workers: int) -> None:
    """Serve until SIGINT or SIGTERM; requests under way are finished first."""
    Granian(
        "router.web:create_app",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        backlog=BACKLOG,
        respawn_failed_workers=True,
        log_access=False,
    ).serve()
