"""Whether the service lives, and whether it can classify."""

from typing import Any

from flask_openapi3 import APIBlueprint, Tag

from router.web.state import classifier

blueprint = APIBlueprint("health", __name__, abp_tags=[Tag(name="health")])


@blueprint.get("/healthz", summary="The process answers")
def healthz() -> dict[str, Any]:
    return {"status": "ok"}


@blueprint.get("/readyz", summary="A model is loaded and classifies")
def readyz() -> dict[str, Any]:
    classifier().classify("не могу вывести деньги")
    return {"status": "ok", "model": classifier().model.id}
