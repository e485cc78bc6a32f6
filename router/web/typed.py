"""What an agent typed into a form of the desk."""

from flask import request


def typed(name: str) -> str:
    """A field as it was typed: a browser sends CR LF for the end of a line, which it counts as one character."""
    return request.form.get(name, "").replace("\r\n", "\n")
