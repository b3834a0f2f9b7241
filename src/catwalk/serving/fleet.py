"""Every worker of the server: brings them up, measures them, ends them, and reports what happened as events."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from catwalk.errors import CatwalkError, LoadFailed, ModelFailed, NotServable
from catwalk.serving import events, weights
from catwalk.serving.budget import Sizes, covers, estimate_footprint
from catwalk.serving.catalog import Catalog, ModelSpec
from catwalk.serving.events import Event, UnloadReason
from catwalk.serving.footprints import Footprint, Footprints
from catwalk.serving.gpus import Gpus
from catwalk.serving.machine import describe_hardware
from catwalk.serving.metrics import Metrics
from catwalk.serving.process import WorkerProcess
from catwalk.serving.residence import UNKNOWN_LOAD_S, ModelTerms, VoiceTerms
from catwalk.serving.resident import Departure, Resident

log = logging.getLogger("catwalk.fleet")

GROWTH_EVERY_S = 0.1
"""How often a model that is coming up is looked at: a disk gives some hundred megabytes meanwhile."""


@dataclass(slots=True)
class Record:
    """What the pool itself knows of one model."""

    spec: ModelSpec
    resident: Resident | None = None
    """In memory, ready or on its way out."""

    arriving: Resident | None = None
    """The load in flight."""

    voices: tuple[str, ...] = ()
    last_used_s: float | None = None
    n_loads: int = 0
    load_s: float | None = None
    evictions: Counter[str] = field(default_factory=Counter)
    last_departure: Departure | None = None
    is_leaving: bool = False
    load_chore: asyncio.Task[None] | None = None
    """The load in flight, or the last one."""

    load_ends: list[asyncio.Future[None]] = field(default_factory=list)
    """Who waits for the load in flight to succeed or fail."""

    departures: list[asyncio.Future[None]] = field(default_factory=list)
    """Who waits for the worker to be gone."""


class Fleet:
    """The workers of all models. The pool says what is to be done, and is told what came of it through ``tell``."""

    def __init__(
        self,
        catalog: Catalog,
        *,
        home: Path,
        metrics: Metrics,
        gpus: Gpus,
        budget: Mapping[str, int],
        clock: Callable[[], float],
        tell: Callable[[Event], None],
    ) -> None:
        self.records = {spec.name: Record(spec) for spec in catalog}
        self.tell = tell
        self.budget = dict(budget)
        """Bytes that all models together may take, by device."""

        self._home = home
        self._metrics = metrics
        self._gpus = gpus
        self._clock = clock
        self._footprints = Footprints(home / "footprints.json", describe_hardware(gpus))
        self._chores: set[asyncio.Task[None]] = set()
        self._closing = False
        for device, n_bytes in self.budget.items():
            metrics.budget_bytes.labels(device).set(n_bytes)

    def terms(self, spec: ModelSpec) -> ModelTerms:
        """What the scheduler is told of a model before it was ever loaded in this server."""
        known = self._find_known(spec)
        if known is None:
            expected = weights.size_bytes(spec, self._home) if spec.expected_bytes is None else 0
            estimate = (
                {spec.device: spec.expected_bytes}
                if spec.expected_bytes is not None
                else estimate_footprint(expected, spec.device, spec.extra_bytes)
            )
        return ModelTerms(
            keep_alive_s=spec.keep_alive_s,
            pinned=spec.pinned,
            sizes=known.sizes if known else estimate,
            load_sizes=known.load_sizes if known else {},
            least_sizes=known.least if known else {},
            load_s=known.load_s if known else UNKNOWN_LOAD_S,
            voices={voice: VoiceTerms(n_bytes) for voice, n_bytes in known.latents.items()} if known else {},
            voice_device=spec.latents_device,
            latents_bytes=spec.latents_bytes,
            fallback=spec.fallback,
        )

    def _find_known(self, spec: ModelSpec) -> Footprint | None:
        known = self._footprints.find(spec)
        return known.bound(self.budget) if known is not None else None

    def load(self, model: str) -> None:
        """Begin to load; ends in :class:`~events.Loaded` or :class:`~events.LoadFailure`."""
        record = self.records[model]
        record.load_chore = self.begin(self._bring_up(record), record)

    def cancel_load(self, cancel: events.CancelLoad) -> None:
        """Break a load off; ends in :class:`~events.Gone`."""
        record = self.records[cancel.model]
        self.begin(self._break_load_off(record, cancel.reason), record)

    def unload(self, unload: events.Unload) -> None:
        """End a worker; ends in :class:`~events.Gone`."""
        record = self.records[unload.model]
        record.is_leaving = True
        self.begin(self._end_worker(record, unload), record)

    def evict_voice(self, model: str, voice: str) -> None:
        """Have a worker forget a voice's latents."""
        self._metrics.voice_evictions.labels(model).inc()
        resident = self.records[model].resident
        if resident is not None:
            resident.drop_latents(voice)

    def measure(self, resident: Resident) -> None:
        """Look at a worker's memory if it is time; ends in :class:`~events.Measured` when that tells anything new."""
        if resident.is_due and not self._closing:
            self.begin(self._measure_now(self.records[resident.spec.name], resident), None)

    async def close(self) -> None:
        """End every worker; nothing is told any more."""
        self._closing = True
        for chore in self._chores:
            chore.cancel()
        await asyncio.gather(*self._chores, return_exceptions=True)
        residents = [record.resident for record in self.records.values() if record.resident is not None]
        for resident in residents:
            self._footprints.note(resident.spec, resident.footprint, is_whole=resident.has_worked)
        await asyncio.gather(*(resident.worker.stop() for resident in residents if resident.worker is not None))

    def begin(self, chore: Coroutine[Any, Any, None], record: Record | None) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.ensure_future(chore)
        self._chores.add(task)
        task.add_done_callback(lambda done: self._end(done, record))
        return task

    def _end(self, chore: asyncio.Task[None], record: Record | None) -> None:
        """A chore that breaks off for a reason nobody foresaw must not leave anyone waiting."""
        self._chores.discard(chore)
        if chore.cancelled() or (error := chore.exception()) is None:
            return
        log.error("%s broke off", chore.get_coro(), exc_info=error)
        if record is not None and chore is record.load_chore:
            self._fail_load(record, LoadFailed(f"model {record.spec.name!r}: {type(error).__name__}: {error}"))

    def _fail_load(self, record: Record, reason: CatwalkError) -> None:
        self._metrics.loads.labels(record.spec.name, reason.code).inc()
        self.tell(events.LoadFailure(record.spec.name, reason))
        settle(record.load_ends, reason)
        settle(record.departures)

    async def _bring_up(self, record: Record) -> None:
        spec, started_s = record.spec, self._clock()
        record.arriving = resident = Resident(spec, self._home, self._gpus, self._find_known(spec))
        growing = self.begin(self._watch_growth(resident), None)
        try:
            await resident.come_up()
        except (CatwalkError, OSError) as error:
            reason = (
                error if isinstance(error, NotServable | ModelFailed) else LoadFailed(f"model {spec.name!r}: {error}")
            )
            log.warning("model %s did not load: %s", spec.name, reason)
            self._fail_load(record, reason)
            return
        finally:
            growing.cancel()
            record.arriving = None
        worker = resident.worker
        assert worker is not None  # noqa: S101 - it has come up
        resident.ready_since_s = now_s = self._clock()
        record.resident, record.voices, record.load_s = resident, worker.voices, now_s - started_s
        record.n_loads += 1
        self._metrics.loads.labels(spec.name, "ok").inc()
        self._metrics.load_seconds.labels(spec.name).observe(now_s - started_s)
        self._show_memory(record)
        log.info("model %s ready in %.2f s, %.0f MB", spec.name, record.load_s, resident.memory.total_bytes / 1e6)
        await asyncio.to_thread(self._footprints.note, spec, resident.footprint)
        worker.ended.add_done_callback(lambda _: self._ended(record, worker))
        loaded = events.Loaded(spec.name, worker.lanes, worker.batch_size, resident.sizes, resident.load_sizes)
        self.tell(loaded)
        settle(record.load_ends)

    async def _watch_growth(self, resident: Resident) -> None:
        """Tell how large a model is while it comes up, in case that is more than was expected."""
        said: Sizes = {}
        while True:
            await asyncio.sleep(GROWTH_EVERY_S)
            sizes = await resident.look()
            if not covers(said, sizes):
                said = sizes
                self.tell(events.Measured(resident.spec.name, sizes, {}))

    async def _break_load_off(self, record: Record, reason: UnloadReason) -> None:
        if record.load_chore is not None:
            record.load_chore.cancel()
            await asyncio.wait([record.load_chore])
        await self._end_worker(record, events.Unload(record.spec.name, reason))

    async def _measure_now(self, record: Record, resident: Resident) -> None:
        changed = await resident.measure()
        if record.resident is not resident:
            return
        self._show_memory(record)
        if changed:
            self.tell(events.Measured(record.spec.name, resident.sizes, resident.latents))
            await asyncio.to_thread(self._footprints.note, record.spec, resident.footprint)

    def _show_memory(self, record: Record) -> None:
        resident = record.resident
        for device in self.budget:
            n_bytes = resident.memory.resident.get(device, 0) if resident is not None else 0
            self._metrics.resident_bytes.labels(record.spec.name, device).set(n_bytes)
        worker = resident.worker if resident is not None else None
        self._metrics.latents_bytes.labels(record.spec.name).set(sum(worker.latents.values()) if worker else 0)

    def _ended(self, record: Record, worker: WorkerProcess) -> None:
        if record.resident is None or record.resident.worker is not worker or self._closing:
            return
        if record.is_leaving:
            return
        worker.kill()  # children that it left behind
        self._forget(record)
        self._metrics.deaths.labels(record.spec.name).inc()
        log.warning("the process of model %s ended by itself", record.spec.name)
        self.tell(events.Died(record.spec.name))

    async def _end_worker(self, record: Record, unload: events.Unload) -> None:
        try:
            if record.resident is not None:
                await self._say_goodbye(record, record.resident, unload)
        finally:  # whatever went wrong on the way, the model must not be taken to be leaving for ever
            if unload.reason is not UnloadReason.ASKED:
                record.evictions[unload.reason.value] += 1
            self._metrics.unloads.labels(record.spec.name, unload.reason.value).inc()
            self._forget(record)
            known = self._footprints.find(record.spec)
            self.tell(events.Gone(record.spec.name, known.least if known is not None else None))

    async def _say_goodbye(self, record: Record, resident: Resident, unload: events.Unload) -> None:
        record.last_departure = departure = await resident.leave()
        is_whole = resident.has_worked or unload.reason is UnloadReason.OUTGROWN
        self._footprints.note(record.spec, resident.footprint, is_whole=is_whole)
        log.info(
            "model %s unloaded (%s): %.0f of %.0f MB came back in %.2f s",
            record.spec.name,
            unload,
            departure.returned_bytes / 1e6,
            departure.held_bytes / 1e6,
            departure.took_s,
            extra=_describe_life(resident, departure),
        )

    def _forget(self, record: Record) -> None:
        record.resident, record.is_leaving = None, False
        self._show_memory(record)
        settle(record.departures)


def _describe_life(resident: Resident, departure: Departure) -> dict[str, Any]:
    """For a structured log: what was expected of a life, and what came of it."""
    return {
        "event": "unloaded",
        "model": resident.spec.name,
        "expected_bytes": resident.expected_bytes,
        "took_bytes": sum(resident.footprint.sizes.values()),
        "has_worked": resident.has_worked,
        "returned_share": departure.returned_share,
        "returned_in_s": departure.took_s,
    }


def settle(futures: list[asyncio.Future[Any]], error: CatwalkError | None = None) -> None:
    """Tell who waits that it has come to an end, well or not."""
    for future in futures:
        if not future.done():
            future.set_exception(error) if error else future.set_result(None)
    futures.clear()
