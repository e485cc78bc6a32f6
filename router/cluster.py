"""Bulk work on a Dask cluster: batches of rows go to its workers, and their answers come back in order.

Every worker is given the model itself, so that none needs its files; a worker that takes the place of one that died is
given it too. A batch that a dying worker had is done again by another: its answers are taken once, in its turn.
Dask was chosen because it repeats lost work by itself and is what data teams that have a cluster at all tend to have.
"""

import socket
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from itertools import islice
from typing import Any, NamedTuple
from uuid import uuid4

from distributed import CancelledError, Client, Future, KilledWorker, WorkerPlugin, get_worker
from distributed.comm.addressing import parse_host_port

from router import __version__, bulk, parallel
from router.artefact import Artefact
from router.classifier import Classifier
from router.errors import ClusterError, DataError, InputError
from router.policy import Policy
from router.sources import Source

EXPECTED = "expected a Dask scheduler's address such as tcp://host:8786"
CONNECT_SECONDS = 10
PATIENCE_SECONDS = 30
"""How long a batch may take before it is asked whether any worker is left."""
AHEAD = 3
"""Batches under way for each thread of the cluster."""


class Batch(NamedTuple):
    """Rows of one source that a worker does at once, as `bulk.Form.read` gives them."""

    source: Source
    rows: list[parallel.Numbered]


class Model(WorkerPlugin):
    """What a worker is given: the model and the rules, made a classifier when it arrives."""

    def __init__(self, model: Artefact, policy: Policy, versions: dict[str, str]) -> None:
        self.model = model
        self.policy = policy
        self.versions = versions
        self.classifier: Classifier | None = None

    def setup(self, worker: Any) -> None:
        """Make the classifier, where the worker would give the same answers as we do here."""
        if versions() != self.versions:
            raise ClusterError(f"{worker.address} has {versions()}, expected {self.versions}")
        self.classifier = Classifier(self.model, self.policy)


def versions() -> dict[str, str]:
    """What decides how a text is read, besides the model."""
    found = {name: version(name) for name in ("pymorphy3", "pymorphy3-dicts-ru", "python-stdnum")}
    return {"complaint-router": __version__, **found}


def batches(sources: Iterable[tuple[Source, Iterable[parallel.Numbered]]]) -> Iterator[Batch]:
    """Batches of each source, bounded in rows and bytes."""
    return (Batch(source, rows) for source, parts in sources for rows in parallel.batches(parts))


def in_order(address: str, classifier: Classifier, sent: Iterator[Batch]) -> Iterator[tuple[Source, bytes | DataError]]:
    """The source and answer of every row, in order. Only some batches are taken up ahead of the one that is due."""
    with connected(address) as client, _given(client, classifier) as model:
        room = AHEAD * sum(client.nthreads().values())
        waiting = deque((batch.source, _submit(client, model, batch)) for batch in islice(sent, room))
        while waiting:
            source, future = waiting.popleft()
            for answer in _result(client, future, address):
                yield source, answer
            del future  # the cluster need not keep it any longer
            waiting.extend((batch.source, _submit(client, model, batch)) for batch in islice(sent, 1))


@contextmanager
def connected(address: str) -> Iterator[Client]:
    """A client of a scheduler that has workers; an error says what is missing."""
    _require_listening(address)
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise ClusterError(f"no Dask scheduler answers at {address} within {CONNECT_SECONDS} s: {error}") from None
    with client:
        try:
            client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError:
            raise ClusterError(f"the Dask cluster at {address} has no worker, also after {CONNECT_SECONDS} s") from None
        yield client


def _require_listening(address: str) -> None:
    """Ask the port first: it tells at once, and Dask's own client leaves threads behind where it cannot connect."""
    try:
        host, port = parse_host_port(address.rpartition("://")[2])
    except ValueError:
        raise InputError(f"{address}: {EXPECTED}") from None
    try:
        socket.create_connection((host, port), CONNECT_SECONDS).close()
    except OSError as error:
        raise ClusterError(f"no Dask scheduler answers at {address}: {error.strerror or error}") from None


@contextmanager
def _given(client: Client, classifier: Classifier) -> Iterator[str]:
    """The name under which every worker has the classifier, those that come later too."""
    name = f"complaint-router-{uuid4().hex}"
    try:
        client.register_plugin(Model(classifier.model, classifier.policy, versions()), name)
        yield name
    except ModuleNotFoundError as error:
        raise ClusterError(f"the cluster's workers lack {error.name}: install complaint-router there too") from None
    finally:  # also where a worker refused it, or every worker that starts later would
        if client.status == "running":
            client.unregister_worker_plugin(name)


def _submit(client: Client, model: str, batch: Batch) -> Future[list[bytes | DataError]]:
    return client.submit(_classify, model, batch, pure=False, key=f"classify-{uuid4().hex}")


def _classify(model: str, batch: Batch) -> list[bytes | DataError]:
    """What a worker does."""
    plugin: Any = get_worker().plugins[model]
    classifier: Classifier = plugin.classifier
    return list(bulk.classify_rows(classifier, bulk.FORMS[batch.source.form], batch.rows, batch.source.name))


def _result(client: Client, future: Future[list[bytes | DataError]], address: str) -> list[bytes | DataError]:
    """A batch's answers; an error where the cluster cannot give them any more."""
    while True:
        try:
            found: list[bytes | DataError] = future.result(timeout=PATIENCE_SECONDS)
        except TimeoutError:
            if not client.nthreads():
                raise ClusterError(f"the Dask cluster at {address} has no worker left") from None
        except KilledWorker:
            raise ClusterError(f"a batch was lost with each of the workers at {address} that tried it") from None
        except (CancelledError, OSError) as error:
            raise ClusterError(f"the Dask scheduler at {address} went away: {type(error).__name__}") from None
        else:
            return found
