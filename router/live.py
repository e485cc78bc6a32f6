"""The classifier that serves, changed without a restart when another model is promoted."""

from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import structlog

from router import allocator
from router.artefact import CURRENT, META, current_id, every_category, read_meta
from router.classifier import Classifier
from router.logs import described

LOOK_EVERY = 1.0
"""Seconds between two looks at `models/CURRENT` and the `meta.json` of the model that serves; a look is two `stat`."""
RETRY_EVERY = 10
"""Looks between two attempts to load a model that was refused, for its files may still be on their way."""
TRIAL = "не могу вывести деньги"  # I cannot withdraw my money
LOG = structlog.get_logger()

Mark = tuple[int, int, int]


class Live:
    """Holds the classifier that serves. `current` may be called from any thread and costs an attribute's look-up.

    `others` are the categories of all models of the registry, by key: stored complaints may have any of them.
    `changed` is called with the ids of the old and the new model, `refused` with the fault of a model not taken.
    """

    def __init__(
        self,
        classifier: Classifier,
        models: Path,
        changed: Callable[[str, str], None] = lambda old, new: None,
        refused: Callable[[Exception], None] = lambda error: None,
    ) -> None:
        self._classifier = classifier
        self._models = models
        self.others = every_category(models)
        self._changed = changed
        self._refused = refused
        self._seen: tuple[Mark | None, Mark | None] | None = None
        self._wait = 0
        self._told = ""
        self._left = False
        self._stopped = Event()

    def current(self) -> Classifier:
        """The classifier to use now. Use one for all of a request: the next call may give another."""
        return self._classifier

    def watch(self) -> None:
        """Look at `models/CURRENT` every second from now on, in a thread that ends with the process."""
        Thread(target=self._watch, name="model-watch", daemon=True).start()

    def stop(self) -> None:
        """End the thread of `watch`."""
        self._stopped.set()

    def look(self) -> None:
        """Take the promoted model if it, or its thresholds, changed.

        One that is broken is refused, told once, and tried again later.
        """
        if self._left:  # Python freed it when the last answer of it was given, for nothing in it refers to itself
            self._left = False
            allocator.give_back()
        mark = _mark(self._models / CURRENT), _mark(self._models / self._classifier.model.id / META)
        if mark == self._seen and not self._wait:
            return
        if mark == self._seen and self._wait > 1:
            self._wait -= 1
            return
        self._seen = mark
        try:
            self._take(current_id(self._models))
            self._wait = 0
        except Exception as error:  # noqa: BLE001 - a model may be broken in any way, and the one that serves must stay
            self._wait = RETRY_EVERY
            self._tell(error)

    def _take(self, model_id: str) -> None:
        old = self._classifier
        calibrated = model_id == old.model.id
        if calibrated and read_meta(self._models / model_id).get("thresholds") == old.model.meta.get("thresholds"):
            return
        new = Classifier.load(model_id, self._models, old.rules)
        new.classify(TRIAL)
        self.others = every_category(self._models)
        self._classifier, self._left = new, True
        self._told = ""
        if calibrated:
            LOG.info("model_calibrated", model=model_id)
        else:
            LOG.info("model_changed", old=old.model.id, model=model_id)
            self._changed(old.model.id, model_id)

    def _tell(self, error: Exception) -> None:
        fault = described(error)
        if str(fault) != self._told:
            self._told = str(fault)
            LOG.error("model_refused", model=self._classifier.model.id, **fault)
        self._refused(error)

    def _watch(self) -> None:
        while not self._stopped.wait(LOOK_EVERY):
            self.look()


def _mark(path: Path) -> Mark | None:
    """What changes when a file is replaced; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
