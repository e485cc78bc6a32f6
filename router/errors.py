"""The errors of this project, and how each edge shows them.

    RouterError                 anything we raise on purpose
    ├── InputError              the client's or the user's mistake: HTTP 4xx, exit code 1
    │   ├── TextError           a complaint's text that cannot be classified
    │   ├── DataError           a file or a row of data, with its place
    │   ├── NotFoundError       an id that nothing has: HTTP 404
    │   └── ConflictError       what the present state does not allow: HTTP 409, with that state
    ├── StoreError              a database that cannot be used: HTTP 503, exit code 1
    ├── WorkError               bulk work that was given up, for a process of ours was killed: exit code 1
    │   └── ClusterError        a Dask cluster that cannot be used
    └── ArtefactError           a model that must not be loaded: HTTP 503, exit code 1

They are raised where the fault is first seen, say what was expected, and are caught at the two edges only:
`router.web.errors` and the command line.
"""

from collections.abc import Mapping
from typing import Any


class RouterError(Exception):
    """A fault we know how to name. `code` is stable and machine-readable, the message is for people."""

    code = "router_error"

    def __init__(self, detail: str, code: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.code


class InputError(RouterError):
    """What was sent does not fit; sending it again unchanged will fail again."""

    code = "invalid_input"


class TextError(InputError):
    """A text outside of what can be classified (see `router.text.require_text`)."""

    code = "invalid_text"


class DataError(InputError):
    """A fault in a file of data. `place` is `FILE` or `FILE:LINE`."""

    code = "invalid_data"

    def __init__(self, place: str, detail: str) -> None:
        super().__init__(f"{place}: {detail}")
        self.place = place
        self._fault = detail

    def __reduce__(self) -> tuple[type["DataError"], tuple[str, str]]:  # it may come from another process
        return DataError, (self.place, self._fault)


class NotFoundError(InputError):
    """Nothing has this id."""

    code = "not_found"


class ConflictError(InputError):
    """The present state does not allow it; `state` says what it is, in fields that an answer may show."""

    code = "conflict"

    def __init__(self, detail: str, code: str, state: Mapping[str, Any] | None = None) -> None:
        super().__init__(detail, code)
        self.state = dict(state or {})


class StoreError(RouterError):
    """A database that cannot be used: it does not answer, or its version is not ours."""

    code = "store_unavailable"


class WorkError(RouterError):
    """Bulk work that was given up: a process that did it was killed."""

    code = "work_given_up"


class ClusterError(WorkError):
    """A Dask cluster that cannot be used: it does not answer, or gave the work up."""

    code = "cluster_unavailable"


class ArtefactError(RouterError):
    """A model artefact that is missing, damaged or of another kind; it is never half-loaded."""

    code = "invalid_artefact"
