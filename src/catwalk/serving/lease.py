"""A request's hold on a ready model, and what it costs."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from catwalk.serving.catalog import ModelSpec
from catwalk.serving.metrics import Metrics
from catwalk.serving.process import WorkerProcess


@dataclass(slots=True)
class Cost:
    """What one request took, for ``Server-Timing``."""

    queue_s: float = 0.0
    """Waiting for a lane of a ready model."""

    load_s: float = 0.0
    """Waiting for the model to come into memory."""

    run_s: float = 0.0
    """Inside the model, so far."""


class Lease:
    """A request's hold on a ready model; calls go through it."""

    def __init__(self, spec: ModelSpec, worker: WorkerProcess, cost: Cost, metrics: Metrics) -> None:
        self.spec = spec
        self.cost = cost
        self._worker = worker
        self._metrics = metrics

    async def stream(self, method: str, **arguments: Any) -> AsyncGenerator[Any, None]:
        """Call a method of the backend and yield every part of its answer.

        Closing the iterator stops the work after the part in hand.

        Raises:
            CatwalkError: what the backend raised, or WorkerDied.
        """
        started_s = time.perf_counter()
        try:
            async with contextlib.aclosing(self._worker.call(method, arguments)) as parts:
                async for part in parts:
                    self.cost.run_s = time.perf_counter() - started_s
                    if isinstance(part, dict) and part.get("op") == "done":
                        if part["value"] is not None:
                            yield part["value"]
                        return
                    yield part
        except asyncio.CancelledError:
            self._metrics.cancelled.labels(self.spec.name).inc()
            raise
        finally:
            self.cost.run_s = time.perf_counter() - started_s
            self._metrics.run_seconds.labels(self.spec.name).observe(self.cost.run_s)

    async def call(self, method: str, **arguments: Any) -> Any:
        """Call a method of the backend and return the last part of its answer."""
        last = None
        async with contextlib.aclosing(self.stream(method, **arguments)) as parts:
            async for part in parts:
                last = part
        return last
