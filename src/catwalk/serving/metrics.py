"""What is counted and timed, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.001, 0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300)


class Metrics:
    """Counters, gauges and histograms of one server, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = self._counter("requests", "Requests by outcome", "model", "task", "outcome")
        self.cancelled = self._counter("cancelled", "Requests that were withdrawn: queued or running", "model", "while")
        self.loads = self._counter("loads", "Loads by outcome", "model", "outcome")
        self.unloads = self._counter("unloads", "Unloads by reason; all but asked are evictions", "model", "reason")
        self.voice_evictions = self._counter("voice_evictions", "Voices whose latents had to make room", "model")
        self.latents_computed = self._counter("latents_computed", "Latents that were made of a voice's clips", "model")
        self.fallbacks = self._counter("fallbacks", "Requests handed on, by reason", "model", "to", "reason")
        self.deaths = self._counter("worker_deaths", "Workers that ended by themselves", "model")
        self.ghost_seconds = self._counter("ghost_seconds", "Work that went on after its caller had left", "model")
        self.batches = self._counter("batches", "Calls that served several requests at once", "model")
        self.resident_bytes = self._gauge("resident_bytes", "Memory of the model's processes", "model", "device")
        self.budget_bytes = self._gauge("budget_bytes", "Memory that all models may take", "device")
        self.latents_bytes = self._gauge("latents_bytes", "Memory of the latents that a model holds", "model")
        self.queued = self._gauge("queued", "Requests that wait", "model")
        self.stuck = self._gauge("stuck", "1 while the model's worker shows no sign of life", "model")
        self._waits: dict[str, list[Histogram]] = {}
        self.queue_seconds = self._histogram("queue_seconds", "Wait for a lane of a ready model")
        self.load_seconds = self._histogram("load_seconds", "From the decision to load until ready")
        self.run_seconds = self._histogram("run_seconds", "Time inside the model")
        self.wait_seconds = self._histogram("wait_seconds", "Whole wait for a lane, loads included")
        self.predicted_wait_seconds = self._histogram("predicted_wait_seconds", "The same as it was predicted")
        self.wait_error_seconds = self._histogram("wait_error_seconds", "How far off the prediction was")

    def _counter(self, name: str, description: str, *labels: str) -> Counter:
        return Counter(f"catwalk_{name}_total", description, labels, registry=self.registry)

    def _gauge(self, name: str, description: str, *labels: str) -> Gauge:
        return Gauge(f"catwalk_{name}", description, labels, registry=self.registry)

    def _histogram(self, name: str, description: str) -> Histogram:
        return Histogram(f"catwalk_{name}", description, ["model"], buckets=_SECONDS, registry=self.registry)

    def note_wait(self, model: str, queue_s: float, wait_s: float, predicted_s: float) -> None:
        """Take in a wait that has ended, and what was predicted of it."""
        if model not in self._waits:  # finding a labelled child costs as much as using it
            kinds = (self.queue_seconds, self.wait_seconds, self.predicted_wait_seconds, self.wait_error_seconds)
            self._waits[model] = [kind.labels(model) for kind in kinds]
        for child, seconds in zip(
            self._waits[model], (queue_s, wait_s, predicted_s, abs(wait_s - predicted_s)), strict=True
        ):
            child.observe(seconds)

    def expose(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self.registry)
