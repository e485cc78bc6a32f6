"""The application under granian, the WSGI server."""

import multiprocessing
import os
import signal
from functools import partial
from multiprocessing.synchronize import Event
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer
from typing import Any

from granian import Granian
from granian.constants import Interfaces

from router.logs import server_config
from router.settings import METRICS_FOLDER, Settings

BACKLOG = 1024
DRAIN_SECONDS = 1.0


def run(host: str, port: int, workers: int, settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; requests under way are finished first.

    On SIGTERM every answer asks its client to close the connection, and a second later the workers stop: by then no
    client sends its next request on a connection that is about to be closed.
    """
    settings = settings.with_secret()
    with TemporaryDirectory(prefix="complaint-router-metrics-") as folder:
        if workers > 1:
            os.environ[METRICS_FOLDER] = folder  # read by prometheus-client when a worker imports it
            settings = settings.model_copy(update={"metrics_folder": Path(folder)})
        _serve(host, port, workers, settings)


def _serve(host: str, port: int, workers: int, settings: Settings) -> None:
    draining = multiprocessing.Event()
    server = Granian(
        "router.web:create_app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        backlog=BACKLOG,
        respawn_failed_workers=True,
        log_access=False,
        log_dictconfig=server_config(),
    )
    server.on_startup(partial(_drain_on_sigterm, draining))
    server.serve(target_loader=partial(_load, settings=settings, draining=draining))


def _drain_on_sigterm(draining: Event) -> None:
    """Put draining before what the server does on SIGTERM; it has set its own handler by now."""
    stop: Any = signal.getsignal(signal.SIGTERM)

    def drain(*_: object) -> None:
        draining.set()
        Timer(DRAIN_SECONDS, stop).start()

    signal.signal(signal.SIGTERM, drain)


def _load(_target: str, settings: Settings, draining: Event) -> Any:
    """The application of one worker."""
    from router.web import create_app

    app = create_app(settings)

    @app.after_request
    def ask_to_close(response: Any) -> Any:
        if draining.is_set():
            response.headers["Connection"] = "close"
        return response

    return app
