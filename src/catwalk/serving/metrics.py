"""What is counted and timed, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.001, 0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300)


class Metrics:
    """Counters, gauges and histograms of one server, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "catwalk_requests_total", "Requests by outcome", ["model", "task", "outcome"], registry=self.registry
        )
        self.cancelled = Counter(
            "catwalk_cancelled_total", "Running requests that were withdrawn", ["model"], registry=self.registry
        )
        self.loads = Counter("catwalk_loads_total", "Loads by outcome", ["model", "outcome"], registry=self.registry)
        self.unloads = Counter(
            "catwalk_unloads_total", "Unloads by reason", ["model", "reason"], registry=self.registry
        )
        self.deaths = Counter(
            "catwalk_worker_deaths_total", "Workers that ended by themselves", ["model"], registry=self.registry
        )
        self.resident_bytes = Gauge(
            "catwalk_resident_bytes", "Memory of the model's process", ["model"], registry=self.registry
        )
        self.queue_seconds = self._histogram("catwalk_queue_seconds", "Wait for a lane of a ready model")
        self.load_seconds = self._histogram("catwalk_load_seconds", "From the decision to load until ready")
        self.run_seconds = self._histogram("catwalk_run_seconds", "Time inside the model")

    def _histogram(self, name: str, description: str) -> Histogram:
        return Histogram(name, description, ["model"], buckets=_SECONDS, registry=self.registry)

    def expose(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self.registry)
