"""Carries out what the scheduler decides: starts and ends workers, hands out leases, keeps the time."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import itertools
import logging
import math
import time
from collections.abc import AsyncIterator, Callable, Collection, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from catwalk.errors import (
    BackendNotInstalled,
    Cancelled,
    CatwalkError,
    LoadFailed,
    ModelFailed,
    NotServable,
    ShuttingDown,
    WorkerDied,
)
from catwalk.serving import events as rules
from catwalk.serving import weights
from catwalk.serving.catalog import Catalog, ModelSpec
from catwalk.serving.events import CancelLoad, Decision, Decline, Event, Grant, Load, Reject, Unload
from catwalk.serving.lease import Cost, Lease
from catwalk.serving.metrics import Metrics
from catwalk.serving.process import WorkerProcess
from catwalk.serving.scheduler import Limits, ModelTerms, Scheduler, State
from catwalk.tasks import Task

log = logging.getLogger("catwalk.pool")


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """A model as people see it."""

    spec: ModelSpec
    state: State
    resident_bytes: int
    peak_bytes: int
    n_waiting: int
    n_leases: int
    voices: tuple[str, ...]
    """Known once the model was loaded."""

    last_used_s: float | None
    """Unix time."""

    n_loads: int
    last_error: str | None


@dataclass(slots=True)
class _Record:
    """What the pool itself knows of one model."""

    spec: ModelSpec
    worker: WorkerProcess | None = None
    voices: tuple[str, ...] = ()
    ready_since_s: float = 0.0
    last_used_s: float | None = None
    n_loads: int = 0
    load_chore: asyncio.Task[None] | None = None
    """The load in flight, or the last one."""

    load_ends: list[asyncio.Future[None]] = field(default_factory=list)
    """Who waits for the load in flight to succeed or fail."""

    departures: list[asyncio.Future[None]] = field(default_factory=list)
    """Who waits for the worker to be gone."""


@dataclass(slots=True)
class _Waiting:
    granted: asyncio.Future[None]
    model: str


class Pool:
    """Every model of the catalog, resident or not."""

    def __init__(
        self,
        catalog: Catalog,
        *,
        home: Path,
        metrics: Metrics,
        limits: Limits = Limits(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.catalog = catalog
        self.metrics = metrics
        self._home = home
        self._clock = clock
        terms = {spec.name: ModelTerms(keep_alive_s=spec.keep_alive_s, pinned=spec.pinned) for spec in catalog}
        self._scheduler = Scheduler(terms, {}, limits)
        self._records = {spec.name: _Record(spec) for spec in catalog}
        self._waiting: dict[str, _Waiting] = {}
        self._ids = itertools.count()
        self._chores: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._closing = False

    async def start(self, wanted: Collection[str] = ()) -> None:
        """Begin to load what the specs or ``wanted`` name, in catalog order; does not wait for it."""
        for spec in self.catalog:
            if spec.preload or spec.name in wanted:
                self._tell(rules.LoadWanted(spec.name))

    async def close(self) -> None:
        """Reject who waits and end every worker."""
        self._closing = True
        if self._timer is not None:
            self._timer.cancel()
        for waiting in self._waiting.values():
            if not waiting.granted.done():
                waiting.granted.set_exception(ShuttingDown("the server is shutting down"))
        for chore in self._chores:
            chore.cancel()
        await asyncio.gather(*self._chores, return_exceptions=True)
        workers = [record.worker for record in self._records.values() if record.worker is not None]
        await asyncio.gather(*(worker.stop() for worker in workers))

    @contextlib.asynccontextmanager
    async def lease(self, model: str, task: Task, cost: Cost | None = None) -> AsyncIterator[Lease]:
        """Wait until ``model`` is ready and has a free lane, and hold it.

        Args:
            model: Name or alias.
            task: What it is wanted for.
            cost: Where to write down what it takes; a new one when left out.

        Raises:
            UnknownModel: no such model. WrongTask: it does not do that.
            QueueFull, CoolingDown, ShuttingDown: not now.
            LoadFailed, WeightsUnavailable, BackendNotInstalled: the model did not come up.
        """
        spec = self.catalog.find(model, task)
        request, cost = f"r{next(self._ids)}", cost or Cost()
        await self._wait_for_grant(request, spec, cost)
        record = self._records[spec.name]
        outcome = "ok"
        try:
            if record.worker is None:
                raise WorkerDied(f"the process of model {spec.name!r} ended before the request reached it")
            yield Lease(spec, record.worker, cost, self.metrics)
        except CatwalkError as error:
            outcome = error.code
            raise
        except (asyncio.CancelledError, GeneratorExit):
            outcome = Cancelled.code
            raise
        finally:
            record.last_used_s = time.time()
            self.metrics.requests.labels(spec.name, str(task), outcome).inc()
            self._tell(rules.Served(request))

    async def _wait_for_grant(self, request: str, spec: ModelSpec, cost: Cost) -> None:
        if self._closing:
            raise ShuttingDown("the server is shutting down")
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[request] = _Waiting(granted, spec.name)
        arrived_s = self._clock()
        try:
            self._tell(rules.Request(request, spec.name))
            await granted
        except asyncio.CancelledError:
            held = granted.done() and not granted.cancelled() and granted.exception() is None
            self._tell(rules.Served(request) if held else rules.Cancel(request))
            raise
        finally:
            del self._waiting[request]
        cost.load_s = max(0.0, self._records[spec.name].ready_since_s - arrived_s)
        cost.queue_s = max(0.0, self._clock() - arrived_s - cost.load_s)
        self.metrics.queue_seconds.labels(spec.name).observe(cost.queue_s)

    async def load(self, model: str) -> ModelStatus:
        """Bring a model into memory and wait until it is ready.

        Raises:
            UnknownModel: no such model.
            LoadFailed: or what else kept it from loading.
        """
        spec = self.catalog.find(model)
        if self._scheduler.residence(spec.name).state is not State.READY:
            ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._records[spec.name].load_ends.append(ended)
            self._tell(rules.LoadWanted(spec.name))
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
            self._records[spec.name].departures.append(gone)
            self._tell(rules.UnloadWanted(spec.name))
            await gone
        return self.status(spec.name)

    def status(self, model: str) -> ModelStatus:
        """How a model stands now."""
        spec = self.catalog.find(model)
        record, residence = self._records[spec.name], self._scheduler.residence(spec.name)
        worker = record.worker
        return ModelStatus(
            spec=spec,
            state=residence.state,
            resident_bytes=worker.resident_bytes if worker else 0,
            peak_bytes=worker.peak_bytes if worker else 0,
            n_waiting=len(residence.waiting),
            n_leases=len(residence.leases),
            voices=record.voices,
            last_used_s=record.last_used_s,
            n_loads=record.n_loads,
            last_error=residence.last_error,
        )

    def statuses(self) -> list[ModelStatus]:
        """How every model stands now, in catalog order."""
        return [self.status(spec.name) for spec in self.catalog]

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
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._tell, rules.Tick())

    def _carry_out(self, decision: Decision) -> None:
        match decision:
            case Grant(ids=requests):
                for request in requests:
                    granted = self._waiting[request].granted
                    if not granted.done():
                        granted.set_result(None)
            case Reject(id=request, error=error):
                granted = self._waiting[request].granted
                if not granted.done():
                    granted.set_exception(error)
            case Load(model=model):
                record = self._records[model]
                record.load_chore = self._begin(self._load(record), record)
            case CancelLoad(model=model):
                self._begin(self._cancel_load(self._records[model]), self._records[model])
            case Decline(model=model, error=error):
                _settle(self._records[model].load_ends, error)
            case Unload(model=model, reason=reason):
                self._begin(self._unload(self._records[model], reason), self._records[model])

    def _begin(self, chore: Coroutine[Any, Any, None], record: _Record) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.ensure_future(chore)
        self._chores.add(task)
        task.add_done_callback(lambda done: self._end(done, record))
        return task

    def _end(self, chore: asyncio.Task[None], record: _Record) -> None:
        """A chore that breaks off for a reason nobody foresaw must not leave anyone waiting."""
        self._chores.discard(chore)
        if chore.cancelled() or (error := chore.exception()) is None:
            return
        log.error("loading or unloading model %s broke off", record.spec.name, exc_info=error)
        self._fail_load(record, LoadFailed(f"model {record.spec.name!r}: {type(error).__name__}: {error}"))

    def _fail_load(self, record: _Record, reason: CatwalkError) -> None:
        self.metrics.loads.labels(record.spec.name, reason.code).inc()
        self._tell(rules.LoadFailure(record.spec.name, reason))
        _settle(record.load_ends, reason)
        _settle(record.departures)

    async def _load(self, record: _Record) -> None:
        spec, started_s = record.spec, self._clock()
        try:
            worker, lanes = await self._bring_up(spec)
        except (CatwalkError, OSError) as error:
            reason = (
                error if isinstance(error, NotServable | ModelFailed) else LoadFailed(f"model {spec.name!r}: {error}")
            )
            log.warning("model %s did not load: %s", spec.name, reason)
            self._fail_load(record, reason)
            return
        now_s = self._clock()
        record.worker, record.voices, record.ready_since_s = worker, worker.voices, now_s
        record.n_loads += 1
        self.metrics.loads.labels(spec.name, "ok").inc()
        self.metrics.load_seconds.labels(spec.name).observe(now_s - started_s)
        self.metrics.resident_bytes.labels(spec.name).set(worker.resident_bytes)
        log.info("model %s ready in %.2f s, %.0f MB", spec.name, now_s - started_s, worker.resident_bytes / 1e6)
        worker.ended.add_done_callback(lambda _: self._ended(record, worker))
        self._tell(rules.Loaded(spec.name, lanes))
        _settle(record.load_ends)

    async def _cancel_load(self, record: _Record) -> None:
        if record.load_chore is not None:
            record.load_chore.cancel()
            await asyncio.wait([record.load_chore])
        await self._unload(record, "nobody wants it any more")

    async def _bring_up(self, spec: ModelSpec) -> tuple[WorkerProcess, int]:
        check_installed(spec)
        folder = await asyncio.to_thread(weights.locate, spec, self._home)
        worker = await WorkerProcess.start(spec.name, log_path=self._home / "logs" / f"worker-{spec.name}.log")
        try:
            return worker, await worker.load(spec.factory, folder, spec.options)
        except (CatwalkError, asyncio.CancelledError):
            worker.kill()
            await worker.stop()
            raise

    def _ended(self, record: _Record, worker: WorkerProcess) -> None:
        if record.worker is not worker or self._closing:
            return
        if self._scheduler.residence(record.spec.name).state is State.UNLOADING:
            return
        self._forget(record)
        self.metrics.deaths.labels(record.spec.name).inc()
        log.warning("the process of model %s ended by itself", record.spec.name)
        self._tell(rules.Died(record.spec.name))

    async def _unload(self, record: _Record, reason: str) -> None:
        worker = record.worker
        if worker is not None:
            await worker.stop()
        self._forget(record)
        self.metrics.unloads.labels(record.spec.name, reason).inc()
        log.info("model %s unloaded: %s", record.spec.name, reason)
        self._tell(rules.Gone(record.spec.name))

    def _forget(self, record: _Record) -> None:
        record.worker = None
        self.metrics.resident_bytes.labels(record.spec.name).set(0)
        _settle(record.departures)


def _settle(futures: list[asyncio.Future[None]], error: CatwalkError | None = None) -> None:
    for future in futures:
        if not future.done():
            future.set_exception(error) if error else future.set_result(None)
    futures.clear()


def check_installed(spec: ModelSpec) -> None:
    """Make sure that what the spec's backend imports can be found, without importing it.

    Raises:
        BackendNotInstalled: it cannot.
    """
    missing = [name for name in spec.requires if importlib.util.find_spec(name) is None]
    if missing:
        raise BackendNotInstalled(
            f"model {spec.name!r} needs the Python packages {', '.join(missing)}, which are not installed;"
            f" pip install 'catwalk[{spec.backend.replace('_', '-')}]' brings them"
        )
