"""What the application of the current request holds."""

from flask import current_app

from router.classifier import Classifier


def classifier() -> Classifier:
    """The classifier that the application was made with."""
    found: Classifier = current_app.extensions["classifier"]
    return found
