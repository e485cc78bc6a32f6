"""A comparison as a page that needs nothing else, and as plain values for JSON."""

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

MOST = 50
"""Changes of a group that stand on the page; the JSON has all."""


def render(found: Mapping[str, Any]) -> str:
    """The page as HTML, of what `training.compare` found."""
    environment = Environment(
        loader=PackageLoader("training"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    return environment.get_template("compare.html").render(found=found, most=MOST)


def plain(found: Mapping[str, Any]) -> dict[str, Any]:
    """The same as JSON can hold it."""
    return {**found, "routing": [group.as_json() for group in found["routing"]]}
