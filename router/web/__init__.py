"""The web application; `create_app` is its map."""

from flask_openapi3 import Info, OpenAPI

from router import __version__
from router.classifier import Classifier
from router.settings import Settings
from router.store import Store
from router.web import access, api, complaints, errors, health

MAX_BODY = 8 * 1024 * 1024


def create_app(
    settings: Settings | None = None, classifier: Classifier | None = None, store: Store | None = None
) -> OpenAPI:
    """Make the application: settings from the environment and the current model unless they are given.

    The database is the one that the settings name, brought up to date if it is empty or older.
    """
    settings = settings or Settings()
    app = OpenAPI(
        __name__,
        info=Info(title="Complaint router", version=__version__, description="Routes Russian complaints to teams."),
        validation_error_status=422,
        validation_error_callback=errors.invalid,
    )
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # Flask's own provider has it, its base class has not
    app.json.sort_keys = False  # type: ignore[attr-defined]  # as above
    app.extensions["classifier"] = classifier or Classifier.load(models=settings.models)
    app.extensions["store"] = store or Store.open(settings.database_url)
    errors.register(app)
    access.register(app)
    app.register_api(api.blueprint)
    app.register_api(complaints.blueprint)
    app.register_api(health.blueprint)
    return app
