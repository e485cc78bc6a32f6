"""What the application of the current request holds."""

from flask import current_app, g

from router.classifier import Classifier
from router.store import Store


def classifier() -> Classifier:
    """The classifier that the application was made with."""
    found: Classifier = current_app.extensions["classifier"]
    return found


def store() -> Store:
    """The database that the application was made with."""
    found: Store = current_app.extensions["store"]
    return found


def caller() -> str | None:
    """The name of the key that the current request came with, None where the service is open."""
    name: str | None = g.get("caller")
    return name
