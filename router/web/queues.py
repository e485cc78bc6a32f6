"""How every queue stands: for the API, and as figures for Prometheus."""

from collections.abc import Callable, Iterable, Iterator

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from router.categories import TRIAGE
from router.complaints import REGISTERED
from router.errors import StoreError
from router.policy import Policy
from router.store import Store, queries
from router.store.records import QueueLoad
from router.web.costly import Costly
from router.web.metrics import PREFIX

MANY = 5_000
"""Open complaints from which on counts are kept for a moment: twenty times as long as counting took."""


def loads(store: Store, policy: Policy, kept: Costly) -> list[QueueLoad]:
    """Every queue of the policy, empty ones too, and any other in which complaints still wait."""
    names = [category.queue for category in policy.categories] + [TRIAGE]
    counted: list[QueueLoad] = kept.get(
        "open", lambda: store.read(queries.loads, REGISTERED, store.clock()), lambda found: _open(found) > MANY
    )
    found = {load.queue: load for load in counted}
    return list(({name: QueueLoad(name) for name in names} | found).values())


def _open(counted: Iterable[QueueLoad]) -> int:
    return sum(load.open for load in counted)


class QueueFigures(Collector):
    """Open and overdue complaints by queue, read from the database when they are asked for.

    While the database does not answer they are left out, so that all other figures can still be read.
    """

    def __init__(self, store: Store, policy: Callable[[], Policy], kept: Costly) -> None:
        self._store = store
        self._policy = policy
        self._kept = kept

    def describe(self) -> Iterable[Metric]:
        """Nothing in advance: registering must not ask the database."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """The figures as of now."""
        waiting = GaugeMetricFamily(f"{PREFIX}_queue_open", "Complaints that wait for an answer.", labels=["queue"])
        late = GaugeMetricFamily(f"{PREFIX}_queue_overdue", "Those that wait too long.", labels=["queue"])
        try:
            found = loads(self._store, self._policy(), self._kept)
        except StoreError:
            return
        for load in found:
            waiting.add_metric([load.queue], load.open)
            late.add_metric([load.queue], load.overdue)
        yield from (waiting, late)
