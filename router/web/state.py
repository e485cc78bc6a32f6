"""What the application of the current request holds."""

from flask import current_app, g

from router.classifier import Classification, Classifier
from router.contract import Contract
from router.live import Live
from router.store import Store
from router.web.costly import Costly
from router.web.metrics import Metrics


def classifier() -> Classifier:
    """The classifier that serves now. Use one for all of a request: the next call may give another."""
    live: Live = current_app.extensions["live"]
    return contract().kept(live.current())


def contract() -> Contract:
    """What blind audits found, and what they took from the classifier."""
    found: Contract = current_app.extensions["contract"]
    return found


def metrics() -> Metrics:
    """The application's metrics."""
    found: Metrics = current_app.extensions["metrics"]
    return found


def classified(text: object, by: Classifier | None = None) -> Classification:
    """Classify a text (by the classifier that serves now) and count it; `TextError` as `Classifier.classify`."""
    answer = (by or classifier()).classify(text)
    metrics().classified(answer)
    return answer


def store() -> Store:
    """The database that the application was made with."""
    found: Store = current_app.extensions["store"]
    return found


def counts() -> Costly:
    """Counts of queues, kept for a moment where they are of many complaints."""
    found: Costly = current_app.extensions["queue_counts"]
    return found


def caller() -> str | None:
    """The name of the key that the current request came with, None where the service is open."""
    name: str | None = g.get("caller")
    return name
