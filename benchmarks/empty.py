"""What `/v1/classify` is measured beside: the same server without a router behind it.

    python -m benchmarks.empty flask|bare PORT ANSWER.json

`flask` is an empty route: it parses the body, and returns the object of the file as JSON. `bare` is not even Flask: it
sends the same bytes, and so shows what the server itself costs.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flask import Flask, jsonify, request

from router.server import THREADS, granian


def flask_app(answer: Any) -> Any:
    app = Flask("empty")

    @app.post("/v1/classify")
    def route() -> Any:
        request.get_json()
        return jsonify(answer)

    app.add_url_rule("/readyz", view_func=lambda: jsonify(answer), endpoint="readyz")
    return app


def bare_app(answer: Any) -> Any:
    body = json.dumps(answer).encode()

    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    return app


APPS = {"flask": flask_app, "bare": bare_app}


def main() -> None:
    """Serve with the router's own settings until the process is ended."""
    kind, port, path = sys.argv[1:]
    answer = json.loads(Path(path).read_text(encoding="utf-8"))
    server = granian("127.0.0.1", int(port), 1, THREADS)
    server.serve(target_loader=lambda _target: APPS[kind](answer))


if __name__ == "__main__":
    main()
