"""What many tests share: the shipped model, and an application with its client."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from router import Classifier
from router.settings import shipped_models
from router.web import create_app

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def classifier() -> Classifier:
    return Classifier.load(models=shipped_models())


@pytest.fixture(scope="session")
def client(classifier: Classifier) -> Iterator[FlaskClient]:
    with create_app(classifier=classifier).test_client() as found:
        yield found
