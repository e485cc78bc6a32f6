"""The endpoints that classify, and those that say what with."""

import json
from typing import Any

from flask import request
from flask_openapi3 import Tag

from router.categories import Category
from router.classifier import Classifier
from router.errors import InputError, TextError
from router.web import schemas
from router.web.openapi import Endpoints
from router.web.state import classified, classifier

MAX_FIELDS = 64
blueprint = Endpoints(
    "api",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="classification")],
)


@blueprint.before_request
def read_json() -> None:
    """Parse the body first, so that what is no JSON is answered as such (400, 413, 415), whatever its shape."""
    if request.method == "POST":
        sent = request.get_json()
        if isinstance(sent, str):  # the library would parse it once more
            raise InputError("body: expected a JSON object, got a string", "invalid_request")
        if isinstance(sent, dict) and len(sent) > MAX_FIELDS:  # each would be a fault of its own, with its own text
            raise InputError(f"expected a few named fields, got {len(sent):,}", "invalid_request")


@blueprint.post("/classify", summary="Classify one complaint", responses={"200": schemas.ClassificationAnswer})
def classify(body: schemas.ClassifyRequest) -> dict[str, Any]:
    return classified(body.text).as_json(explain=body.explain)


@blueprint.post("/classify/batch", summary="Classify up to 1,000", responses={"200": schemas.BatchAnswer})
def classify_batch(body: schemas.BatchRequest) -> dict[str, Any]:
    one = classifier()
    return {"results": [_result(item, one) for item in body.items]}


@blueprint.get("/categories", summary="The categories and their queues", responses={"200": schemas.CategoriesAnswer})
def categories() -> dict[str, Any]:
    return {"categories": [_shown(category) for category in classifier().policy.categories]}


@blueprint.get("/model", summary="The model that answers", responses={"200": schemas.ModelAnswer})
def model() -> dict[str, Any]:
    found = classifier().model
    return {"id": found.id, "meta": found.meta}


def _shown(category: Category) -> dict[str, str]:
    return {name: getattr(category, name) for name in schemas.CategoryAnswer.model_fields}


def _result(item: Any, by: Classifier) -> dict[str, Any]:
    if not isinstance(item, dict):
        return _invalid(f"an item must be an object with id and text, got {type(item).__name__}")
    known = item.get("id")
    if not _can_be_sent(known):
        return _invalid("an item's id must be JSON in valid Unicode, got a lone surrogate or no finite number")
    try:
        return {"id": known} | classified(item.get("text"), by).as_json()
    except TextError as error:
        return {"id": known, "error": {"code": error.code, "detail": error.detail}}


def _invalid(detail: str) -> dict[str, Any]:
    return {"id": None, "error": {"code": "invalid_item", "detail": detail}}


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode  # `json.dumps` would make one for every item


def _can_be_sent(value: object) -> bool:
    """Whether a value can be sent back: Python reads halves of pairs and `NaN`, which are no JSON in UTF-8."""
    try:
        _encode(value).encode()
    except ValueError:
        return False
    return True
