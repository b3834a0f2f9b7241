"""One life of a model in memory: its worker, from start to end, and what it takes meanwhile."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from pathlib import Path

from catwalk.errors import BackendNotInstalled, CatwalkError
from catwalk.serving import environments, weights
from catwalk.serving.batch import Batch
from catwalk.serving.budget import RAM, Sizes, larger, subtract
from catwalk.serving.catalog import ModelSpec
from catwalk.serving.environments import Environment
from catwalk.serving.footprints import Footprint
from catwalk.serving.gpus import Gpus
from catwalk.serving.process import WorkerProcess
from catwalk.serving.process_memory import TreeMemory, find_tree, measure_tree, set_peak_back

log = logging.getLogger("catwalk.resident")

MEASURE_EVERY_S = 1.0
"""Least time between two measurements of one worker: each costs a few milliseconds of a core."""

DROP_WITHIN_S = 0.5
"""How long a worker may take to give dropped latents back."""

RETURN_WITHIN_S = 3.0
"""How long memory may take to come back after a process has ended; a GPU's driver needs a moment."""


@dataclass(frozen=True, slots=True)
class Departure:
    """What became of a worker's memory when it ended."""

    held_bytes: int
    returned_bytes: int
    took_s: float

    @property
    def returned_share(self) -> float:
        """Returned over held, 0 to 1."""
        return self.returned_bytes / self.held_bytes if self.held_bytes else 1.0


class Resident:
    """A model that is coming into memory, or is there."""

    def __init__(self, spec: ModelSpec, home: Path, gpus: Gpus, known: Footprint | None) -> None:
        self.spec = spec
        self.worker: WorkerProcess | None = None
        """Set as soon as there is a process."""

        self.memory = TreeMemory({}, {})
        """As of the last measurement."""

        self.peak_bytes = 0
        """The most that was seen in this life, on all devices together, latents included."""

        self.sizes: Sizes = {}
        """What it takes or, as is known from earlier lives, will take, by device, without latents."""

        self.load_sizes: Sizes = {}
        self.load_s = 0.0
        self.ready_since_s = 0.0
        self.n_coming_voices = 0
        """Calls that bring in latents now: while there are any, nobody can tell the model's bytes from theirs."""

        self._home = home
        self._gpus = gpus
        self._known = known
        self._used: Sizes = {}
        self._latents: dict[str, int] = {}
        self._measured_s = 0.0
        self._measuring = False
        self._n_measured = 0
        self._dropped_s: float | None = None

    def drop_latents(self, voice: str) -> None:
        """Have the worker forget a voice that no call uses."""
        if self.worker is not None:
            self._dropped_s = time.monotonic()
            self.worker.drop_latents(voice)

    async def come_up(self) -> None:
        """Start the process, bring the model into it and measure it.

        Raises:
            CatwalkError: what kept it from loading; the process is gone then.
        """
        environment = check_installed(self.spec, self._home)
        folder = await asyncio.to_thread(weights.locate, self.spec, self._home)
        started_s = time.monotonic()
        log_path = self._home / "logs" / f"worker-{self.spec.name}.log"
        self.worker = worker = await WorkerProcess.start(self.spec.name, log_path=log_path, environment=environment)
        try:
            await worker.load(self.spec.factory, folder, self.spec.options)
        except (CatwalkError, asyncio.CancelledError):
            worker.kill()
            await worker.stop()
            raise
        self.load_s = time.monotonic() - started_s
        loaded = await asyncio.to_thread(measure_tree, worker.pid, self._gpus)
        await asyncio.to_thread(set_peak_back, worker.pid)
        self._note(loaded)
        self.load_sizes, self._used = loaded.peak, loaded.resident
        self.sizes = larger(loaded.resident, self._known.sizes) if self._known is not None else loaded.resident

    async def look(self) -> Sizes:
        """What the process takes now, by device; nothing before there is one."""
        if self.worker is None:
            return {}
        return (await asyncio.to_thread(measure_tree, self.worker.pid, self._gpus)).resident

    @property
    def is_due(self) -> bool:
        """Whether it is time to measure it again."""
        is_late = time.monotonic() - self._measured_s >= MEASURE_EVERY_S
        return is_late and not self._measuring and not self.n_coming_voices

    async def measure(self) -> bool:
        """Look at the process again; whether anything new is known."""
        worker = self.worker
        if worker is None:
            return False
        self._measuring, self._measured_s = True, time.monotonic()
        latents = dict(worker.latents)
        try:
            memory = await asyncio.to_thread(measure_tree, worker.pid, self._gpus)
            await asyncio.to_thread(set_peak_back, worker.pid)
        finally:
            self._measuring = False
        if not memory.resident or self.n_coming_voices or worker.latents != latents:
            return False
        self._note(memory)
        self._n_measured += 1
        held = {self.spec.latents_device: sum(latents.values())}
        if self._dropped_s is None:
            used: Sizes = larger(self._used, subtract(memory.peak, held))
        else:  # the peak since the last look has latents in it that are gone, or are just going
            used = self._used
            self._dropped_s = None if self._measured_s - self._dropped_s > DROP_WITHIN_S else self._dropped_s
        sizes = larger(self.sizes, used)
        changed = sizes != self.sizes or latents != self._latents
        self._used, self.sizes, self._latents = used, sizes, {**self._latents, **latents}
        return changed

    def _note(self, memory: TreeMemory) -> None:
        self.memory = memory
        self.peak_bytes = max(self.peak_bytes, sum(memory.peak.values()))

    @property
    def expected_bytes(self) -> int | None:
        """What it was known to take before it came up, on all devices together; None if nothing was known."""
        return sum(self._known.sizes.values()) if self._known is not None else None

    @property
    def has_worked(self) -> bool:
        """Whether it was measured after work, not only after its load."""
        return self._n_measured > 0

    @property
    def latents(self) -> dict[str, int]:
        """Bytes of every voice's latents that were measured in this life."""
        return self._latents

    @property
    def footprint(self) -> Footprint:
        """What this life has shown so far."""
        return Footprint(self._used, self.load_sizes, self.load_s, self._latents)

    async def leave(self) -> Departure:
        """End the process, and see what of its memory came back."""
        worker, started_s = self.worker, time.monotonic()
        if worker is None:
            return Departure(0, 0, 0.0)
        pids = await asyncio.to_thread(lambda: list(find_tree(worker.pid)))
        before = await asyncio.to_thread(measure_tree, worker.pid, self._gpus)
        await worker.stop()
        held_bytes = before.total_bytes or self.memory.total_bytes
        left = await self._await_return(pids, started_s)
        departure = Departure(held_bytes, max(0, held_bytes - left), time.monotonic() - started_s)
        if left:
            log.warning("model %s is unloaded, but %.0f MB did not come back", self.spec.name, left / 1e6)
        return departure

    async def _await_return(self, pids: list[int], started_s: float) -> int:
        """Bytes that the processes still hold when all is back, or when it took too long."""
        while True:
            left = await asyncio.to_thread(self._held_still, pids)
            if not left or time.monotonic() - started_s > RETURN_WITHIN_S:
                return left
            await asyncio.sleep(0.05)

    def _held_still(self, pids: list[int]) -> int:
        in_ram = sum(measure_tree(pid, Gpus(None)).resident.get(RAM, 0) for pid in pids)
        return in_ram + sum(self._gpus.held_by(pids).values())


@dataclass(frozen=True, slots=True)
class Held:
    """What a request that was granted gets hold of."""

    resident: Resident
    batch: Batch | None = None
    loads_voice: bool = False


def check_installed(spec: ModelSpec, home: Path) -> Environment | None:
    """Make sure that what the spec's backend imports can be found, without importing it.

    Returns:
        The environment in which it will run; None for the server's own packages.

    Raises:
        BackendNotInstalled: it cannot.
    """
    return environments.check(spec.backend, spec.requires, home)


def find_missing(spec: ModelSpec, home: Path) -> str | None:
    """What has to be installed before the model can be loaded, and how; None when everything is there."""
    try:
        check_installed(spec, home)
    except BackendNotInstalled as error:
        return error.message
    return None
