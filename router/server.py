"""The application under granian, the WSGI server."""

import gc
import logging
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from multiprocessing.sharedctypes import RawValue
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread, Timer
from time import sleep
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces

from router import allocator
from router.classifier import Classifier
from router.live import TRIAL
from router.logs import server_config
from router.settings import METRICS_FOLDER, Settings

BACKLOG = 1024
CONNECTIONS = 1024
"""Open at once in one worker; granian calls it backpressure. More wait in the kernel, unseen by us, so it is high."""
THREADS = 512
"""Of one worker, begun when they are needed: few work (the gate sees to that), the others wait for slow clients."""
DRAIN_SECONDS = 1.0

Application = Callable[..., Iterable[bytes]]


def run(host: str, port: int, workers: int, settings: Settings, classifier: Classifier | None = None) -> None:
    """Serve until SIGINT or SIGTERM; requests under way are finished first.

    Then every answer asks its client to close the connection, and a second later the workers stop: by then no client
    sends its next request on a connection that is about to be closed. They do the same when this process is killed.
    `classifier` is the current model where it is loaded already; workers share its memory.
    """
    settings = settings.with_secret()
    allocator.keep_few_arenas()
    with TemporaryDirectory(prefix="complaint-router-metrics-") as folder:
        if workers > 1:
            os.environ[METRICS_FOLDER] = folder  # read by prometheus-client when it is imported
            settings = replace(settings, metrics_folder=Path(folder))
        draining = RawValue("b", 0)
        server = granian(host, port, workers, THREADS)
        server.on_startup(partial(_drain_when_told_to_stop, draining))
        shared = _shared(classifier or Classifier.load(models=settings.models))
        loader = partial(_load, settings=settings, draining=draining, classifier=shared, parent=os.getpid())
        server.serve(target_loader=loader)


def granian(host: str, port: int, workers: int, threads: int) -> Any:
    """The server with our settings; `serve(target_loader=…)` starts it."""
    server = Granian(
        "router.web:create_app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,  # by HTTP/2 three connections with half bodies took all threads, even once they had ended
        workers=workers,
        blocking_threads=threads,
        backlog=BACKLOG,
        backpressure=CONNECTIONS,
        respawn_failed_workers=True,
        log_access=False,
        websockets=False,
        log_dictconfig=server_config(),
    )
    logging.getLogger("_granian").addFilter(_is_news)
    return server


def _is_news(record: logging.LogRecord) -> bool:
    """Not the warning of more threads than processors: most of ours wait, for the gate, the disk or the database."""
    return not record.getMessage().startswith("Configuration allows spawning up to")


def _shared(classifier: Classifier) -> Classifier | None:
    """Load all that workers need before they are forked, so that they share it; None where they are not forked."""
    if multiprocessing.get_start_method() != "fork":
        return None
    with loading():
        import router.web  # noqa: F401 - for its modules, after METRICS_FOLDER is set

        classifier.classify(TRIAL)
    return classifier


@contextmanager
def loading() -> Iterator[None]:
    """Keep what is loaded inside, which stays to the end, from the garbage collector.

    It would look through all of it several times while it comes, and its marks make a copy of every page that workers
    share.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _drain_when_told_to_stop(draining: Any) -> None:
    """Put draining before what the server does on SIGTERM and SIGINT; it has set its own handlers by now."""
    for number in (signal.SIGTERM, signal.SIGINT):
        stop: Any = signal.getsignal(number)

        def drain(*_: object, stop: Any = stop) -> None:
            draining.value = 1
            Timer(DRAIN_SECONDS, stop).start()

        signal.signal(number, drain)


def _end_with(parent: int, draining: Any) -> None:
    """End this worker when the process that began it is gone: nobody else would, and it would keep the port."""
    while os.getppid() == parent:
        sleep(1)
    draining.value = 1
    sleep(DRAIN_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def _load(_target: str, settings: Settings, draining: Any, classifier: Classifier | None, parent: int) -> Application:
    """The application of one worker."""
    from router.web import create_app

    Thread(target=_end_with, args=(parent, draining), name="parent-watch", daemon=True).start()
    return closing(create_app(settings, classifier, watch=True).wsgi_app, draining)


def closing(application: Application, draining: Any) -> Application:
    """The same WSGI application, asking every client to close its connection while it is draining."""

    def answer(environ: Any, start_response: Any) -> Iterable[bytes]:
        if not draining.value:
            return application(environ, start_response)

        def start(status: str, headers: list[tuple[str, str]], *failed: Any) -> Any:
            return start_response(status, [*headers, ("Connection", "close")], *failed)

        return application(environ, start)

    return answer
