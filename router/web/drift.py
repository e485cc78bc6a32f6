"""How far the texts classified since the start are from the corpus of the model that serves, for Prometheus.

The figures are distances, from 0 (alike) to 1, worked out when they are asked for from what all workers have counted.
They raise no alarm: nobody's traffic is like our corpus. What tells a change is the same figure a week before.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from router.classifier import Classifier
from router.drift import EDGES, Sample, cumulated, distance, moved
from router.errors import DataError
from router.web.metrics import PREFIX

REFERENCE = "reference"
"""Where `meta.json` has the corpus's statistics; models fitted before they were kept have none."""


class DriftFigures(Collector):
    """A distance for each statistic; nothing where the model has no reference, or nothing was classified yet."""

    def __init__(self, counted: Callable[[], CollectorRegistry], serving: Callable[[], Classifier]) -> None:
        self._counted = counted
        self._serving = serving
        self._meta: Mapping[str, Any] = {}
        self._sample: Sample | None = None

    def describe(self) -> Iterable[Metric]:
        """Nothing in advance."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """The distances as of now."""
        reference = self._reference()
        found = {family.name: family for family in self._counted().collect()}
        gauge = GaugeMetricFamily(
            f"{PREFIX}_drift", "Distance of what was classified from the model's corpus.", labels=["statistic"]
        )
        for statistic, value in _distances(found, reference) if reference else ():
            gauge.add_metric([statistic], value)
        if gauge.samples:
            yield gauge

    def _reference(self) -> Sample | None:
        """That of the model that serves now, read once."""
        meta = self._serving().model.meta
        if meta is not self._meta:
            self._meta, self._sample = meta, _read(meta)
        return self._sample


def _read(meta: Mapping[str, Any]) -> Sample | None:
    try:
        return Sample.read(meta[REFERENCE], REFERENCE) if REFERENCE in meta else None
    except DataError:
        return None  # `complaint-training drift` tells what is wrong with it; here it must not keep all figures back


def _distances(found: dict[str, Metric], reference: Sample) -> Iterator[tuple[str, float]]:
    for name in EDGES:
        shares = _shares(found[f"{PREFIX}_{name}"])
        if shares:
            expected = cumulated(getattr(reference, name), list(shares))
            yield name, distance(list(shares.values()), expected)
    for name, family, label in (("categories", "likeliest", "category"), ("decisions", "decisions", "decision")):
        counts = _counts(found[f"{PREFIX}_{family}"], label)
        if counts:
            yield name, moved(counts, getattr(reference, name))


def _shares(histogram: Metric) -> dict[float, float]:
    """Edge → share of all up to it; empty where there is nothing."""
    buckets = {float(each.labels["le"]): each.value for each in histogram.samples if each.name.endswith("_bucket")}
    total = buckets.pop(float("inf"), 0)
    return {edge: buckets[edge] / total for edge in sorted(buckets)} if total else {}


def _counts(counter: Metric, label: str) -> dict[str, float]:
    """Value of the label → how often it was counted, whatever the other labels are."""
    found: dict[str, float] = {}
    for each in counter.samples:
        if each.name.endswith("_total") and each.value:
            found[each.labels[label]] = found.get(each.labels[label], 0) + each.value
    return found
