"""How much one worker does at once; what is too much waits for a moment, and is then refused with 503 at once.

A worker runs one thread of Python at a time, so doing more at once makes nothing faster: it only lets everyone wait
longer and fills the memory. What counts is the number of requests and the bytes of their bodies, for a batch of a
thousand texts is a thousand times the work of one text.

A body is read before its request takes a place, so that clients who send slowly keep nobody waiting. Long ones take a
place among the uploads for that: whoever sends those slowly keeps nobody waiting but others who send long ones.
"""

from collections.abc import Callable, Iterable
from io import BytesIO
from threading import Condition
from time import monotonic
from typing import TYPE_CHECKING

from flask import Response

from router.web.errors import problem
from router.web.trace import QUIET, ROUTE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MAX_BODY = 8 * 1024 * 1024
"""Bytes of one body."""
MAX_BODIES = 2 * MAX_BODY
"""Bytes of all bodies under way in one worker together: of ordinary texts some four seconds of work."""
RETRY_SECONDS = 1
OVERLOADED = "The service has more to do than it can do in time. Send it again after the seconds of Retry-After."
OVERLOADED_DESK = "Сейчас слишком много запросов. Обновите страницу через пару секунд."  # too many requests, reload
CHUNK = 64 * 1024
MOST_THROWN_AWAY = 8 * MAX_BODY
"""Bytes of a body that are read only so that its client sees why it is refused."""
MAX_UPLOADS = 16
"""Long bodies that are read at once."""
LONG_BODY = 256 * 1024
"""Bytes of a body that is an upload; one text is shorter, however it is escaped."""


class Gate:
    """Lets in at most `requests` at once, with at most `body_bytes` of bodies unless there is only one.

    Whoever does not fit waits for up to `patience` seconds. Once someone has waited in vain, nobody else waits for as
    long: they are refused at once, so that a queue never grows. Safe to share between threads.
    """

    def __init__(self, requests: int, body_bytes: int, patience: float, clock: Callable[[], float] = monotonic) -> None:
        self._most = requests
        self._most_bytes = body_bytes
        self._patience = patience
        self._clock = clock
        self._left = Condition()
        self._requests = self._bytes = self._waiting = 0
        self._refusing_until = 0.0

    def enter(self, size: int) -> bool:
        """Whether a request with so many bytes may go on; it must `leave` then."""
        with self._left:
            if not self._fits(size) and not self._waited(size):
                return False
            self._requests += 1
            self._bytes += size
            return True

    def leave(self, size: int) -> None:
        """Make room for others."""
        with self._left:
            self._requests -= 1
            self._bytes -= size
            if self._waiting:
                self._left.notify_all()

    def _fits(self, size: int) -> bool:
        return self._requests < self._most and (self._bytes + size <= self._most_bytes or not self._requests)

    def _waited(self, size: int) -> bool:
        if self._clock() < self._refusing_until:
            return False
        self._waiting += 1
        fits = self._left.wait_for(lambda: self._fits(size), self._patience)
        self._waiting -= 1
        if not fits:
            self._refusing_until = self._clock() + self._patience
        return fits


class Gated:
    """A WSGI application behind a gate, and one for uploads; what machines ask of health and figures goes by."""

    def __init__(self, application: "WSGIApplication", gate: Gate, uploads: Gate) -> None:
        self._application = application
        self._gate = gate
        self._uploads = uploads

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"] in QUIET:
            return self._application(environ, start_response)
        size = _size(environ)
        if size <= LONG_BODY:
            return self._received(environ, start_response)
        if not self._uploads.enter(size):
            return _refused(environ)(environ, start_response)
        try:
            return self._received(environ, start_response)
        finally:
            self._uploads.leave(size)

    def _received(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        size = _read(environ)
        if not self._gate.enter(size):
            return _refused(environ)(environ, start_response)
        try:
            return self._application(environ, start_response)
        finally:
            self._gate.leave(size)


def _read(environ: "WSGIEnvironment") -> int:
    """Read the body; returns its bytes. One that is too long is going to be refused, once it was thrown away.

    Of a body in chunks the length is found by reading it, and stated from then on.
    """
    stated = environ.get("CONTENT_LENGTH") or "0"
    if in_chunks := environ.pop("HTTP_TRANSFER_ENCODING", ""):
        environ.pop("HTTP_EXPECT", None)  # it is told to send by our reading
        stated = str(MAX_BODY + 1)
    if not stated.isdecimal() or not int(stated):
        return 0
    body = environ["wsgi.input"].read(int(stated)) if in_chunks or int(stated) <= MAX_BODY else b""
    if in_chunks:
        environ["CONTENT_LENGTH"] = stated = str(len(body))
    if int(stated) > MAX_BODY:
        _throw_away(environ, MOST_THROWN_AWAY)
        return 0
    environ["wsgi.input"] = BytesIO(body)
    return len(body)


def _throw_away(environ: "WSGIEnvironment", most: int) -> None:
    """Read what a client is still sending, for it would not look at the answer before, and find its connection cut.

    One that asks before it sends (`Expect: 100-continue`) waits for the answer.
    """
    if environ.get("HTTP_EXPECT"):
        return
    while most > 0 and (read := len(environ["wsgi.input"].read(min(CHUNK, most)))):
        most -= read


def _size(environ: "WSGIEnvironment") -> int:
    """The bytes of the body; of one that does not say so, the most. A longer one is going to be refused anyway."""
    stated = environ.get("CONTENT_LENGTH") or ""
    if stated.isdecimal():
        return min(int(stated), MAX_BODY)
    return MAX_BODY if environ.get("HTTP_TRANSFER_ENCODING") else 0


def _refused(environ: "WSGIEnvironment") -> Response:
    """503; the body is read first, for a client that is still sending would not look at the answer."""
    environ[ROUTE] = "overload"
    _throw_away(environ, MOST_THROWN_AWAY if _size(environ) else 0)
    if environ["PATH_INFO"].startswith("/desk"):
        answer = Response(OVERLOADED_DESK, 503, mimetype="text/plain")
    else:
        answer = problem(503, "overloaded", OVERLOADED)
    answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer
