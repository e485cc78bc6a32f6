"""The web application; `create_app` is its map."""

from flask_openapi3 import Info, OpenAPI

from router import __version__, logs
from router.classifier import Classifier
from router.contract import Contract
from router.live import Live
from router.settings import Settings
from router.store import Store
from router.web import access, api, complaints, desk, errors, health, session
from router.web.audit import AuditFigures
from router.web.costly import Costly
from router.web.drift import DriftFigures
from router.web.gate import MAX_BODIES, MAX_BODY, MAX_UPLOADS, Gate, Gated
from router.web.metrics import Metrics
from router.web.openapi import Application
from router.web.queues import QueueFigures
from router.web.shortcut import Shortcut
from router.web.trace import Traced

DATABASE_SECONDS = 10.0
"""For which a request waits for a database that hangs, before it is answered with 503."""


def create_app(
    settings: Settings | None = None,
    classifier: Classifier | None = None,
    store: Store | None = None,
    watch: bool | None = None,
) -> OpenAPI:
    """Make the application: settings from the environment and the current model unless they are given.

    `watch` tells whether to take every model that is promoted; by default where no classifier is given.
    The database is the one that the settings name, brought up to date if it is empty or older.
    """
    settings = settings or Settings()
    app = Application(
        __name__,
        static_folder=None,
        info=Info(title="Complaint router", version=__version__, description="Routes Russian complaints to teams."),
        validation_error_status=422,
        validation_error_callback=errors.invalid,
    )
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.url_map.merge_slashes = False  # it would redirect to whatever the client calls us (`Host`), and out of TLS
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # Flask's own provider has it, its base class has not
    app.json.sort_keys = False  # type: ignore[attr-defined]  # as above
    logs.configure()
    app.extensions["metrics"] = found = Metrics(settings.metrics_folder)
    app.extensions["live"] = serving(found, settings, classifier, watch)
    app.extensions["store"] = opened = store or Store.open(settings.database_url, patience=DATABASE_SECONDS)
    app.extensions["contract"] = contract = Contract(opened)
    found.derived.register(AuditFigures(contract))
    found.derived.register(DriftFigures(found.shared, app.extensions["live"].current))
    app.extensions["queue_counts"] = counts = Costly()
    found.derived.register(QueueFigures(opened, lambda: app.extensions["live"].current().policy, counts))
    errors.register(app)
    session.register(app, settings)
    access.register(app)
    app.register_api(api.blueprint)
    app.register_api(complaints.blueprint)
    app.register_api(health.blueprint)
    desk.register(app, settings)
    gate = Gate(settings.max_requests, MAX_BODIES, settings.patience)
    inner = Gated(Shortcut(app.wsgi_app, app), gate, Gate(MAX_UPLOADS, MAX_BODIES, settings.patience))
    app.wsgi_app = Traced(inner, found)  # type: ignore[method-assign]  # the way that Flask documents
    return app


def serving(metrics: Metrics, settings: Settings, classifier: Classifier | None, watch: bool | None) -> Live:
    """The classifier that is given, or else the current model; with `watch` from then on every one that is promoted."""
    found = classifier or Classifier.load(models=settings.models)
    metrics.serving(None, found.model.id)
    live = Live(found, settings.models, metrics.serving, lambda error: metrics.refused.inc())
    if watch or (watch is None and classifier is None):
        live.look()  # the one that is given may have been loaded long ago
        live.watch()
    return live
