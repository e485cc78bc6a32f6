"""Whether the service lives, and whether it can classify."""

from typing import Any

from flask import Response
from flask_openapi3 import Tag
from prometheus_client import CONTENT_TYPE_LATEST

from router.live import TRIAL
from router.web.openapi import Endpoints
from router.web.state import classifier, metrics

blueprint = Endpoints("health", __name__, abp_tags=[Tag(name="health")])


@blueprint.get("/healthz", summary="The process answers")
def healthz() -> dict[str, Any]:
    return {"status": "ok"}


@blueprint.get("/readyz", summary="A model is loaded and classifies")
def readyz() -> dict[str, Any]:
    found = classifier()
    found.classify(TRIAL)
    return {"status": "ok", "model": found.model.id}


@blueprint.get("/metrics", summary="Figures for Prometheus, of all workers")
def exposition() -> Response:
    return Response(metrics().exposition(), content_type=CONTENT_TYPE_LATEST)
