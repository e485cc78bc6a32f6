"""The application's class and its blueprints': OpenAPI as flask-openapi3 makes it, when somebody asks for it.

To describe the endpoints takes a tenth of the time that the service needs to start.
"""

from collections.abc import Callable
from functools import partial
from threading import Lock
from typing import Any

import structlog
from flask_openapi3 import APIBlueprint, OpenAPI
from flask_openapi3.utils import parse_parameters

from router.live import Live
from router.logs import described
from router.web import document
from router.web.complaint_schemas import CategoryRequest

LOG = structlog.get_logger()


class Endpoints(APIBlueprint):
    """A blueprint that describes its endpoints when it is told to, instead of as they are added."""

    def __init__(self, *names: str, **options: Any) -> None:
        super().__init__(*names, **options)
        self._not_described: list[Callable[[], object]] = []

    def _collect_openapi_info(self, rule: str, func: Callable[..., Any], **options: Any) -> Any:
        self._not_described.append(partial(super()._collect_openapi_info, rule, func, **options))
        return parse_parameters(func, doc_ui=False)

    def describe(self) -> None:
        """Fill `paths`, `components_schemas` and `tags`."""
        while self._not_described:
            self._not_described.pop(0)()


class Application(OpenAPI):
    """An application whose description changes with the model."""

    _describing = Lock()  # of all applications, for they share the blueprints

    @property
    def api_doc(self) -> dict[str, Any]:
        """The object of `/openapi/openapi.json`."""
        with self._describing:
            found: dict[str, Any] = super().api_doc
        live: Live = self.extensions["live"]
        schema = found["components"]["schemas"][CategoryRequest.__name__]
        schema["properties"]["category"]["enum"] = list(live.current().policy.keys)
        return found

    def log_exception(self, exc_info: Any) -> None:
        """As every fault: a line of JSON without the message, which may quote a complaint."""
        LOG.error("fault", **described(exc_info[1]))

    def generate_spec_json(self) -> None:
        """Describe all endpoints, and add what their signatures cannot say."""
        for endpoints in self.blueprints.values():
            if isinstance(endpoints, Endpoints):
                endpoints.describe()
                self.tags += [tag for tag in endpoints.tags if tag not in self.tags]
                self.paths |= endpoints.paths
                self.components_schemas |= endpoints.components_schemas
        super().generate_spec_json()  # type: ignore[no-untyped-call]  # the library has no types there
        document.complete(self.spec_json)
