"""What Prometheus reads at `/metrics`, summed over all workers."""

import os
from functools import cache
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from router.classifier import Classification
from router.drift import unknown_share

PREFIX = "complaint_router"
LATENCY = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
UNKNOWN = (0, 0.02, 0.04, 0.06, 0.1, 0.15, 0.2, 0.3, 0.5, 1)
LENGTH = (5, 10, 15, 20, 30, 40, 60, 80, 120, 200)
CONFIDENCE = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99, 1)


class Metrics:
    """The counters of one worker. `folder` is where several workers share theirs, None for a single one.

    `derived` is for collectors that work out their figures at every reading, from what all workers share (a database).
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.registry, self.derived = CollectorRegistry(), CollectorRegistry()
        self.requests = self._counter("requests", "Requests answered.", "method", "route", "status")
        self._request = cache(self.requests.labels)  # one for each route and status: a handful
        self.latency = Histogram(
            f"{PREFIX}_request_seconds", "Time to answer.", ["route"], buckets=LATENCY, registry=self.registry
        )
        self._latency = cache(self.latency.labels)
        self.decisions = self._counter("decisions", "Texts classified.", "category", "decision", "reason")
        self._decision = cache(self.decisions.labels)
        self.confidence = Histogram(
            f"{PREFIX}_confidence", "Of the likeliest category.", buckets=CONFIDENCE, registry=self.registry
        )
        self.unknown = Histogram(
            f"{PREFIX}_unknown", "Share of words that the model has never met.", buckets=UNKNOWN, registry=self.registry
        )
        self.length = Histogram(f"{PREFIX}_length", "Distinct words.", buckets=LENGTH, registry=self.registry)
        self.likeliest = self._counter("likeliest", "Texts by likeliest category, triage too.", "category")
        self._likeliest = cache(self.likeliest.labels)
        self.risks = self._counter("risks", "Risks found.", "kind")
        self.refused = self._counter("models_refused", "Attempts to load a promoted model that was refused.")
        self.model = Gauge(
            f"{PREFIX}_model",
            "Workers that serve with this model.",
            ["model"],
            registry=self.registry,
            multiprocess_mode="livesum",
        )

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(f"{PREFIX}_{name}", about, labels, registry=self.registry)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request; `route` is the rule that matched, never a path as sent."""
        self._request(method, route, status).inc()
        self._latency(route).observe(seconds)

    def classified(self, answer: Classification) -> None:
        """Count a classification."""
        self._decision(answer.category or "none", answer.decision.kind, answer.decision.reason or "none").inc()
        self.confidence.observe(answer.confidence)
        self.unknown.observe(unknown_share(answer.profile))
        self.length.observe(answer.profile.words)
        self._likeliest(answer.suggestions[0][0]).inc()
        for risk in answer.risks:
            self.risks.labels(risk.kind).inc()

    def serving(self, old: str | None, new: str) -> None:
        """Note the model that serves from now on."""
        if old is not None:
            self.model.labels(old).set(0)
        self.model.labels(new).set(1)

    def exposition(self) -> bytes:
        """All figures in Prometheus' text format."""
        return generate_latest(self.shared()) + generate_latest(self.derived)

    def shared(self) -> CollectorRegistry:
        """What all workers have counted."""
        if self.folder is None:
            return self.registry
        forget_dead_workers(self.folder)
        found = CollectorRegistry()
        MultiProcessCollector(found, str(self.folder))
        return found


def forget_dead_workers(folder: Path) -> None:
    """Take no account of the gauges of workers that are gone."""
    for pid in {int(path.stem.rpartition("_")[2]) for path in folder.glob("gauge_live*.db")}:
        if not _lives(pid):
            mark_process_dead(pid, str(folder))


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
