"""`/desk/audit`: complaints that the router placed by itself, shown to an agent without its answer."""

from collections.abc import Iterable, Iterator
from typing import Any

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from router import complaints as life
from router.contract import Contract
from router.errors import ConflictError
from router.live import Live
from router.store import labels
from router.web import undoing
from router.web.metrics import PREFIX
from router.web.state import caller, classifier, contract, store

blueprint = Blueprint("audit", __name__)


def share() -> float:
    """The share of complaints that is audited."""
    found: float = current_app.extensions["audit_share"]
    return found


@blueprint.get("/audit")
def page() -> Any:
    """The complaint that has waited longest to be audited."""
    return _page()


@blueprint.post("/complaints/<complaint_id>/audit")
def audit(complaint_id: str) -> Any:
    """Keep what the agent says of a complaint, and see at once what it means for the promise."""
    category, version = request.form.get("category", ""), request.form.get("version", 0, int)
    policy = classifier().policy
    if category not in policy.keys or version < 1:
        abort(400)
    if not labels.is_drawn(complaint_id, share()):
        abort(404)  # who chose what is audited could keep or break the promise at will
    act = life.Act(undoing.known_id(complaint_id), caller(), version)
    life.categorise(store(), act, category, policy.queue(category), blind=True)
    live: Live = current_app.extensions["live"]
    contract().look(live.current())
    return redirect(url_for("desk.audit.page"), 303)


@blueprint.errorhandler(ConflictError)
def too_late(_error: ConflictError) -> Any:
    """A colleague was faster: on with the next."""
    # "A colleague has just worked on that complaint. Here is the next one."
    return _page("Этой жалобой только что занялся коллега. Вот следующая."), 409


def _page(notice: str = "") -> str:
    keys = classifier().policy.keys
    found = store().read(labels.to_audit, share(), categories=keys)
    waiting = store().read(labels.audits_waiting, share(), keys)
    return render_template("desk/audit.html", complaint=found, waiting=waiting, notice=notice)


class AuditFigures(Collector):
    """What audits found, as this worker saw it last; the promise is broken where the second figure is 1."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    def describe(self) -> Iterable[Metric]:
        """Nothing in advance."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """The figures of every category that was audited."""
        precision = GaugeMetricFamily(f"{PREFIX}_audited_precision", "Of auto, by blind audit.", labels=["category"])
        broken = GaugeMetricFamily(f"{PREFIX}_contract_broken", "Whether auto was taken away.", labels=["category"])
        for found in self._contract.findings:
            precision.add_metric([found.category], found.right / found.audited)
            broken.add_metric([found.category], int(found.broken))
        yield from (precision, broken)
