"""A classification → the bytes of its answer, to the byte as the application's JSON provider writes `as_json()`.

Without its figures an answer is one of a few hundred texts, so that they are written once and remembered: a frame, in
which every confidence is left open. What is seldom asked for or seldom there (an explanation, risks) is written anew.
"""

import json
from typing import Any

from flask import Flask

from router.classifier import Classification
from router.policy import Policy

REMEMBERED_FRAMES = 4_096
"""How many frames are kept (some 4 MB when full); then they are forgotten and written anew."""
OPEN = "\x00"
"""Stands for a confidence in a frame that is being made; no text that can be classified has one."""


class Answers:
    """Writes the answers of `app`. Safe to share between threads."""

    def __init__(self, app: Flask) -> None:
        self._encode = encoder(app)
        self._open = self._encode(OPEN)
        self._frames: dict[tuple[Any, ...], tuple[str, Policy]] = {}

    def written(self, found: Classification, explain: bool = False) -> bytes:
        """The body of an answer."""
        if explain or found.risks:
            return f"{self._encode(found.as_json(explain))}\n".encode()
        figures = [round(confidence, 6) for _, confidence in found.suggestions]
        return (self._frame(found) % (figures[0], *figures)).encode()

    def _frame(self, found: Classification) -> str:
        """The answer with `%r` for every confidence. A frame keeps its policy, whose identity is part of the key."""
        decision, reading = found.decision, found.reading
        key = (
            *(decision.kind, decision.reason, decision.between, *[category for category, _ in found.suggestions]),
            *(found.secondary_category, reading.language, reading.undone, found.model, id(found.policy)),
        )
        known = self._frames.get(key)
        if known is None:
            if len(self._frames) >= REMEMBERED_FRAMES:
                self._frames.clear()
            known = self._frames[key] = self._new(found), found.policy
        return known[0]

    def _new(self, found: Classification) -> str:
        answer: dict[str, Any] = found.as_json()
        answer["confidence"] = OPEN
        answer["suggestions"] = [suggestion | {"confidence": OPEN} for suggestion in answer["suggestions"]]
        return f"{self._encode(answer)}\n".replace("%", "%%").replace(self._open, "%r")


def encoder(app: Flask) -> Any:
    """What writes JSON as the application's provider does; that one makes an encoder for every answer."""
    how: Any = app.json
    return json.JSONEncoder(
        ensure_ascii=how.ensure_ascii, sort_keys=how.sort_keys, separators=(",", ":"), default=how.default
    ).encode
