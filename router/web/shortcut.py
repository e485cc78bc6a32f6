"""`POST /v1/classify` without Flask's dispatch, which takes longer than the model; it knows one answer, 200.

Whatever is unusual (another content type, a body that is not sound, a key that does not fit, any fault) goes to the
application behind it untouched, and is answered there as if this module did not exist. What is checked, and by what,
is the same on both ways: the keyring, the schema, the classifier.
"""

from collections.abc import Iterable
from io import BytesIO
from json import JSONDecoder
from typing import TYPE_CHECKING

from flask import Flask

from router.classifier import Classification
from router.web import access
from router.web.answer import Answers
from router.web.schemas import ClassifyRequest
from router.web.trace import ROUTE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/v1/classify"
MIME = "application/json"
LONGEST = 256 * 1024
"""Bytes of a body that is looked at here: more than 20,000 characters take, however they are escaped."""


class Shortcut:
    """A WSGI application that answers what it can and leaves the rest to `application`, that of `app`."""

    def __init__(self, application: "WSGIApplication", app: Flask) -> None:
        self._application = application
        self._keyring = app.extensions["keyring"]
        self._live = app.extensions["live"]
        self._contract = app.extensions["contract"]
        self._metrics = app.extensions["metrics"]
        self._decode = JSONDecoder().decode
        self._answers = Answers(app)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"] != PATH or not _is_usual(environ):
            return self._application(environ, start_response)
        length = int(environ["CONTENT_LENGTH"])
        body = environ["wsgi.input"].read(length)
        try:
            answer = self._answer(body, environ.get("HTTP_AUTHORIZATION", "")) if len(body) == length else None
        except Exception:  # noqa: BLE001 - the application meets the same fault again, and says or logs what it is
            answer = None
        if answer is None:
            environ["wsgi.input"] = BytesIO(body)
            return self._application(environ, start_response)
        environ[ROUTE] = PATH
        start_response("200 OK", [("Content-Type", MIME), ("Content-Length", str(len(answer)))])
        return [answer]

    def _answer(self, body: bytes, authorization: str) -> bytes | None:
        """The body of the answer; None, or any exception, where there is another one to give than 200."""
        if not access.may_classify(self._keyring, authorization):
            return None
        request = ClassifyRequest.model_validate(self._decode(body.decode()))  # of another encoding: by Flask
        found: Classification = self._contract.kept(self._live.current()).classify(request.text)
        answer = self._answers.written(found, request.explain)
        self._metrics.classified(found)
        return answer


def _is_usual(environ: "WSGIEnvironment") -> bool:
    length = environ.get("CONTENT_LENGTH") or ""
    return (
        environ["REQUEST_METHOD"] == "POST"
        and environ.get("CONTENT_TYPE") == MIME
        and len(length) < 7  # noqa: PLR2004 - digits of less than a million
        and length.isdecimal()
        and int(length) <= LONGEST
    )
