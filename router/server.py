"""The application under granian, the WSGI server."""

import os
from tempfile import TemporaryDirectory

from granian import Granian
from granian.constants import Interfaces

from router.logs import server_config
from router.settings import METRICS_FOLDER

BACKLOG = 1024


def run(host: str, port: int, workers: int) -> None:
    """Serve until SIGINT or SIGTERM; requests under way are finished first."""
    with TemporaryDirectory(prefix="complaint-router-metrics-") as folder:
        if workers > 1:
            os.environ[METRICS_FOLDER] = folder  # read by prometheus-client when a worker imports it
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
            log_dictconfig=server_config(),
        ).serve()
