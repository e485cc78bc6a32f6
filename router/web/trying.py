"""`/desk/try`: type a text and see what the router makes of it. Nothing is stored."""

from typing import Any

from flask import Blueprint, render_template, request

from router import highlights
from router.errors import TextError
from router.web import russian
from router.web.naming import names
from router.web.state import classifier
from router.web.typed import typed

blueprint = Blueprint("trying", __name__)


@blueprint.route("/try", methods=["GET", "POST"])
def try_it() -> Any:
    """The page, or with htmx only what is below the box."""
    text = typed("text")
    template = "desk/_tried.html" if "HX-Request" in request.headers else "desk/try.html"
    return render_template(template, text=text, **_tried(text))


def _tried(text: str) -> dict[str, Any]:
    if not text.strip():
        return {}
    one = classifier()
    try:
        answer = one.classify(text)
    except TextError as error:
        return {"fault": russian.TEXT_FAULTS.get(error.code, russian.TEXT_FAULT)}
    return {
        "answer": answer,
        "pieces": highlights.pieces(answer),
        "voices": highlights.voices(answer),
        "why": russian.reason(answer.as_json(), names().title),
    }
