"""A request's hold on a ready model, and what it costs."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any

from catwalk.serving.batch import Batch
from catwalk.serving.catalog import ModelSpec
from catwalk.serving.metrics import Metrics
from catwalk.serving.process import WorkerProcess


@dataclass(slots=True)
class Cost:
    """What one request took, for the response's headers."""

    predicted_wait_s: float = 0.0
    """How long it was expected to wait when it came, for loads as well."""

    queue_s: float = 0.0
    """Waiting for a lane of a ready model."""

    load_s: float = 0.0
    """Waiting for the model to come into memory."""

    run_s: float = 0.0
    """Inside the model, so far."""

    model: str | None = None
    """The model that serves it: the one that was asked for, or its fallback."""


class Lease:
    """A request's hold on a ready model; calls go through it."""

    def __init__(
        self,
        spec: ModelSpec,
        worker: WorkerProcess,
        cost: Cost,
        metrics: Metrics,
        *,
        voice: str | None = None,
        batch: Batch | None = None,
    ) -> None:
        self.spec = spec
        self.cost = cost
        self.voice = voice
        """The voice that was asked for, by this model's own name."""

        self.run_s: float | None = None
        """What finished calls took inside the model; None before one did, and once one was cut short."""

        self._worker = worker
        self._metrics = metrics
        self._batch = batch
        self._cut_short = False

    def close(self) -> None:
        """Tell a batch that no call comes any more."""
        if self._batch is not None:
            self._batch.leave()
            self._batch = None

    def stream(self, method: str, **arguments: Any) -> AsyncGenerator[Any, None]:
        """Call a method of the backend and yield every part of its answer.

        Closing the iterator stops the work after the part in hand.

        Raises:
            CatwalkError: what the backend raised, or WorkerDied.
        """
        batch, self._batch = self._batch, None
        return self._run(method, arguments, batch)

    async def _run(self, method: str, arguments: Mapping[str, Any], batch: Batch | None) -> AsyncGenerator[Any, None]:
        started_s = time.perf_counter()
        finished, ghost_s = False, self._worker.ghost_s
        try:
            async with contextlib.aclosing(self._worker.call(method, arguments, batch)) as parts:
                async for part in parts:
                    self.cost.run_s = time.perf_counter() - started_s
                    if isinstance(part, dict) and part.get("op") == "done":
                        finished = True
                        self._note_run(part["run_s"])
                        if part["value"] is not None:
                            yield part["value"]
                        return
                    yield part
        except asyncio.CancelledError:
            self._metrics.cancelled.labels(self.spec.name, "running").inc()
            raise
        finally:
            if not finished:
                self._cut_short, self.run_s = True, None
                self._metrics.ghost_seconds.labels(self.spec.name).inc(self._worker.ghost_s - ghost_s)
            self.cost.run_s = time.perf_counter() - started_s
            self._metrics.run_seconds.labels(self.spec.name).observe(self.cost.run_s)

    def _note_run(self, run_s: float) -> None:
        if not self._cut_short:
            self.run_s = run_s + (self.run_s or 0.0)

    async def call(self, method: str, **arguments: Any) -> Any:
        """Call a method of the backend and return the last part of its answer."""
        return await _last_of(self.stream(method, **arguments))

    async def call_aside(self, method: str, **arguments: Any) -> Any:
        """The same for what has to be done before the call that this lease is for: a batch does not count it."""
        return await _last_of(self._run(method, arguments, None))


async def _last_of(parts: AsyncGenerator[Any, None]) -> Any:
    last = None
    async with contextlib.aclosing(parts):
        async for part in parts:
            last = part
    return last
