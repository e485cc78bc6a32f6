"""The application's class: OpenAPI as flask-openapi3 makes it, with the categories of the model that serves."""

from typing import Any

from flask_openapi3 import OpenAPI

from router.live import Live
from router.web.complaint_schemas import CategoryRequest


class Application(OpenAPI):
    """An application whose description changes with the model."""

    @property
    def api_doc(self) -> dict[str, Any]:
        """The object of `/openapi/openapi.json`."""
        found: dict[str, Any] = super().api_doc
        live: Live = self.extensions["live"]
        schema = found["components"]["schemas"][CategoryRequest.__name__]
        schema["properties"]["category"]["enum"] = list(live.current().policy.keys)
        return found
