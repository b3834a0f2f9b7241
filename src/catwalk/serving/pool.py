"""Carries out what the scheduler decides: starts and ends workers, hands out leases, keeps the time."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import math
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from pathlib import Path

from catwalk.errors import Cancelled, CatwalkError, ShuttingDown, WorkerDied
from catwalk.serving import events, weights
from catwalk.serving.batch import Batch
from catwalk.serving.catalog import Catalog, ModelSpec
from catwalk.serving.devices import place
from catwalk.serving.events import Decision, Event, Priority
from catwalk.serving.fleet import Fleet, settle
from catwalk.serving.gpus import Gpus
from catwalk.serving.lease import Cost, Lease
from catwalk.serving.machine import default_budget
from catwalk.serving.metrics import Metrics
from catwalk.serving.residence import Limits, State
from catwalk.serving.resident import Held, find_missing
from catwalk.serving.scheduler import Scheduler
from catwalk.serving.status import MemoryStatus, ModelStatus
from catwalk.serving.watch import Watch
from catwalk.tasks import Task

log = logging.getLogger("catwalk.pool")


class Pool:
    """Every model of the catalog, resident or not."""

    def __init__(
        self,
        catalog: Catalog,
        *,
        home: Path,
        metrics: Metrics,
        limits: Limits = Limits(),
        budget: Mapping[str, int] | None = None,
        stall_s: float = math.inf,
        gpus: Gpus | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is loaded yet.

        Args:
            catalog: What may be loaded.
            home: Data folder.
            metrics: Where to count.
            limits: Of the scheduler.
            budget: Bytes that all models together may take, by device, such as ``ram`` and ``cuda:0``; devices that
                are left out get a share of what is free now.
            stall_s: How long a worker may show no sign of life before it is ended.
            gpus: Those of this machine when left out.
            clock: Seconds that only ever grow.
        """
        gpus = Gpus.find() if gpus is None else gpus
        limits_bytes = {**default_budget(gpus), **(budget or {})}
        self.catalog = Catalog(place(catalog, limits_bytes, lambda spec: weights.expected_bytes(spec, home)))
        self.metrics = metrics
        self._home = home
        self._clock = clock
        self._fleet = Fleet(
            self.catalog,
            home=home,
            metrics=metrics,
            gpus=gpus,
            budget=limits_bytes,
            clock=clock,
            tell=self._tell,
        )
        terms = {spec.name: self._fleet.terms(spec) for spec in self.catalog}
        self._scheduler = Scheduler(terms, self._fleet.budget, limits)
        self._waiting: dict[str, asyncio.Future[Held | events.Route]] = {}
        self._ids = itertools.count()
        self._timer: asyncio.TimerHandle | None = None
        self._closing = False
        self.watch = Watch(self._fleet.records, metrics, stall_s, clock)

    async def start(self, wanted: Collection[str] = ()) -> None:
        """Begin to load what the specs or ``wanted`` name, in catalog order, and to watch; does not wait for it."""
        for spec in self.catalog:
            if spec.preload or spec.name in wanted:
                self._tell(events.LoadWanted(spec.name, may_evict=False))
        self._fleet.begin(self.watch.run(), None)

    async def close(self) -> None:
        """Reject who waits and end every worker."""
        self._closing = True
        if self._timer is not None:
            self._timer.cancel()
        for granted in self._waiting.values():
            if not granted.done():
                granted.set_exception(ShuttingDown("the server is shutting down"))
        await self._fleet.close()

    @contextlib.asynccontextmanager
    async def lease(
        self,
        model: str,
        task: Task,
        cost: Cost | None = None,
        *,
        voice: str | None = None,
        size: float = 0.0,
        priority: Priority = Priority.INTERACTIVE,
        keep_alive_s: float | None = None,
    ) -> AsyncIterator[Lease]:
        """Wait until ``model``, or its fallback, is ready and has a free lane, and hold it.

        Args:
            model: Name or alias.
            task: What it is wanted for.
            cost: Where to write down what it takes; a new one when left out.
            voice: The voice that is asked for, by any name that the model knows it by.
            size: How much there is to do: characters to speak or write, seconds to listen to.
            priority: Whether somebody waits for the answer.
            keep_alive_s: How long the model stays without work after this; None leaves it to the spec.

        Raises:
            UnknownModel: no such model. WrongTask: it does not do that.
            QueueFull, CoolingDown, ShuttingDown: not now. NeverFits: never on this machine.
            LoadFailed, WeightsUnavailable, BackendNotInstalled: the model did not come up.
        """
        spec, cost = self.catalog.find(model, task), cost or Cost()
        while True:
            request = events.Request(
                f"r{next(self._ids)}",
                spec.name,
                voice=spec.name_voice(voice) if task is Task.SYNTHESIZE else None,
                size=size,
                priority=priority,
                keep_alive_s=keep_alive_s,
            )
            answer = await self._wait_for_grant(request, cost)
            if isinstance(answer, Held):
                break
            self.metrics.fallbacks.labels(spec.name, answer.elsewhere, answer.reason).inc()
            log.info("a request for model %s goes to %s: %s", spec.name, answer.elsewhere, answer.reason)
            spec = self.catalog.find(answer.elsewhere, task)
        cost.model, outcome, lease = spec.name, "ok", None
        try:
            lease = self._take(request, spec, answer, cost)
            yield lease
        except CatwalkError as error:
            outcome = error.code
            raise
        except (asyncio.CancelledError, GeneratorExit):
            outcome = Cancelled.code
            raise
        finally:
            self.metrics.requests.labels(spec.name, str(task), outcome).inc()
            self._give_back(request, lease, answer)

    def _take(self, request: events.Request, spec: ModelSpec, held: Held, cost: Cost) -> Lease:
        worker = held.resident.worker
        if worker is None or worker.ended.done():
            raise WorkerDied(f"the process of model {spec.name!r} ended before the request reached it")
        return Lease(spec, worker, cost, self.metrics, voice=request.voice, batch=held.batch)

    def _give_back(self, request: events.Request, lease: Lease | None, held: Held) -> None:
        if lease is not None:
            lease.close()
        held.resident.n_coming_voices -= held.loads_voice
        self._fleet.records[request.model].last_used_s = time.time()
        self._tell(events.Served(request.id, lease.run_s if lease is not None else None))
        self._fleet.measure(held.resident)

    async def _wait_for_grant(self, request: events.Request, cost: Cost) -> Held | events.Route:
        if self._closing:
            raise ShuttingDown("the server is shutting down")
        granted: asyncio.Future[Held | events.Route] = asyncio.get_running_loop().create_future()
        self._waiting[request.id] = granted
        arrived_s = self._clock()
        cost.predicted_wait_s = self._scheduler.predicted_wait_s(request.model, arrived_s)
        try:
            self._tell(request)
            answer = await granted
        except asyncio.CancelledError:
            answered = granted.done() and not granted.cancelled() and granted.exception() is None
            held = granted.result() if answered else None
            if isinstance(held, Held):
                held.resident.n_coming_voices -= held.loads_voice
                if held.batch is not None:
                    held.batch.leave()
            self._tell(events.Served(request.id) if isinstance(held, Held) else events.Cancel(request.id))
            self.metrics.cancelled.labels(request.model, "queued").inc()
            raise
        finally:
            del self._waiting[request.id]
        if isinstance(answer, Held):
            wait_s = self._clock() - arrived_s
            cost.load_s = max(0.0, answer.resident.ready_since_s - arrived_s)
            cost.queue_s = max(0.0, wait_s - cost.load_s)
            self.metrics.note_wait(request.model, cost.queue_s, wait_s, cost.predicted_wait_s)
        return answer

    async def load(self, model: str) -> ModelStatus:
        """Bring a model into memory and wait until it is ready.

        Raises:
            UnknownModel: no such model.
            NeverFits: it is larger than the budget.
            LoadFailed: or what else kept it from loading.
        """
        spec = self.catalog.find(model)
        if self._scheduler.residence(spec.name).state is not State.READY:
            ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._fleet.records[spec.name].load_ends.append(ended)
            self._tell(events.LoadWanted(spec.name))
            await ended
        return self.status(spec.name)

    async def unload(self, model: str) -> ModelStatus:
        """Let a model go once its leases have ended, and wait until its process is gone.

        Raises:
            UnknownModel: no such model.
        """
        spec = self.catalog.find(model)
        gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self._scheduler.residence(spec.name).state in {State.LOADING, State.READY, State.UNLOADING}:
            self._fleet.records[spec.name].departures.append(gone)
            self._tell(events.UnloadWanted(spec.name))
            await gone
        return self.status(spec.name)

    def pin(self, model: str, *, pinned: bool) -> ModelStatus:
        """Say whether a model may be evicted.

        Raises:
            UnknownModel: no such model.
        """
        spec = self.catalog.find(model)
        self._tell(events.Pin(spec.name, pinned))
        return self.status(spec.name)

    def forget_voice(self, voice: str) -> None:
        """Have every model drop the latents of a voice that is no more."""
        for spec in self.catalog:
            self._tell(events.VoiceRemoved(spec.name, voice))

    def status(self, model: str) -> ModelStatus:
        """How a model stands now."""
        spec = self.catalog.find(model)
        record, residence = self._fleet.records[spec.name], self._scheduler.residence(spec.name)
        resident = record.resident
        stuck = self.watch.stuck.get(spec.name)
        return ModelStatus(
            spec=spec,
            state=residence.state,
            pinned=residence.pinned,
            pid=resident.worker.pid if resident and resident.worker else None,
            resident=resident.memory.resident if resident else {},
            peak_bytes=resident.peak_bytes if resident else 0,
            footprint=residence.sizes,
            voices=record.voices,
            held_voices={voice: sum(held.sizes.values()) for voice, held in residence.voices.items()},
            n_waiting=len(residence.waiting),
            n_leases=len(residence.leases),
            predicted_wait_s=self._scheduler.predicted_wait_s(spec.name, self._clock()),
            keep_alive_s=residence.keep_alive_s,
            last_used_s=record.last_used_s,
            n_loads=record.n_loads,
            load_s=record.load_s,
            evictions=dict(record.evictions),
            last_unload=residence.last_unload,
            last_departure=record.last_departure,
            missing=None if resident is not None else find_missing(spec, self._home),
            last_error=residence.last_error,
            stuck=str(stuck) if stuck else None,
        )

    def statuses(self) -> list[ModelStatus]:
        """How every model stands now, in catalog order."""
        return [self.status(spec.name) for spec in self.catalog if not spec.is_internal]

    def memory(self) -> list[MemoryStatus]:
        """How every device's budget stands now."""
        budget = self._scheduler.budget
        held, reserved = budget.resident(), budget.reserved()
        return [MemoryStatus(each, limit, held[each], reserved[each]) for each, limit in budget.limits.items()]

    # --- carrying out

    def _tell(self, event: Event) -> None:
        if self._closing:
            return
        for decision in self._scheduler.handle(event, self._clock()):
            self._carry_out(decision)
        self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        next_s = self._scheduler.next_tick_s()
        if not math.isinf(next_s):
            delay_s = max(0.0, next_s - self._clock())
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._tell, events.Tick())

    def _carry_out(self, decision: Decision) -> None:
        match decision:
            case events.Grant():
                self._grant(decision)
            case events.Reject(id=request, error=error):
                settle([self._waiting[request]], error)
            case events.Route(id=request):
                if not self._waiting[request].done():
                    self._waiting[request].set_result(decision)
            case events.Load(model=model):
                self._fleet.load(model)
            case events.CancelLoad():
                self._fleet.cancel_load(decision)
            case events.Decline(model=model, error=error):
                log.warning("model %s is not loaded: %s", model, error)
                settle(self._fleet.records[model].load_ends, error)
            case events.Unload():
                self._fleet.unload(decision)
            case events.EvictVoice(model=model, voice=voice):
                self._fleet.evict_voice(model, voice)

    def _grant(self, grant: events.Grant) -> None:
        resident = self._fleet.records[grant.model].resident
        assert resident is not None  # noqa: S101 - the scheduler grants only what it was told is loaded
        batch = Batch(len(grant.ids)) if len(grant.ids) > 1 else None
        if batch is not None:
            self.metrics.batches.labels(grant.model).inc()
        for request in grant.ids:
            granted = self._waiting[request]
            if granted.done():  # its caller left a moment ago, and will say so
                if batch is not None:
                    batch.leave()
                continue
            resident.n_coming_voices += grant.loads_voice
            granted.set_result(Held(resident, batch, grant.loads_voice))
