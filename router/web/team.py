"""`/desk/team`: how the desk and the router did lately."""

from typing import Any

from flask import Blueprint, render_template

blueprint = Blueprint("team", __name__)


@blueprint.get("/team")
def team() -> Any:
    """The page."""
    return render_template("desk/team.html")
