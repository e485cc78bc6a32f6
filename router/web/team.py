"""`/desk/team`: how the desk and the router did lately."""

from datetime import datetime, time, timedelta
from typing import Any

from flask import Blueprint, current_app, render_template, request

from router.categories import TRIAGE
from router.store import team as counts
from router.web import plots
from router.web.costly import Costly
from router.web.figures import Figures, figures
from router.web.naming import hues
from router.web.state import classifier, contract, store

blueprint = Blueprint("team", __name__)
PERIODS = (7, 14, 30, 90)
"""Days that can be looked back."""
USUAL = 14


@blueprint.get("/team")
def team() -> Any:
    """The page."""
    asked = request.args.get("days", USUAL, int)
    days = asked if asked in PERIODS else USUAL
    kept: Costly = current_app.extensions["team_figures"]
    found: Figures = kept.get(days, lambda: _figures(days))
    names = tuple(found.days[0].counts)
    drawing = plots.stacked(found.days)
    return render_template(
        "desk/team.html",
        figures=found,
        plot=drawing,
        size=plots,
        periods=PERIODS,
        days=days,
        names=names,
        drawn=hues(names) | {TRIAGE: TRIAGE},
    )


def _figures(days: int) -> Figures:
    zone, now = current_app.extensions["desk_zone"], store().clock()
    today = now.astimezone(zone).date()
    dates = [today - timedelta(days=back) for back in reversed(range(days))]
    moments = [datetime.combine(date, time(), zone) for date in (*dates, today + timedelta(days=1))]
    keys = classifier().policy.keys  # looks at the audits, too, if that is due
    return figures(store().read(counts.count, moments, now), contract().findings, dates, keys)
