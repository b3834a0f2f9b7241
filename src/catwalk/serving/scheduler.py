"""Who is served next, and what is loaded: events in, decisions out. No clock, thread, process or I/O.

The pool tells the scheduler what happened (:data:`Event`) and carries out what it decides (:data:`Decision`), in order.
Every method takes the time from its caller. The rules:

1.  A request for a ready model with a free lane is granted at once; requests of one model are served in arrival order.
2.  A request for a model that is loading joins that load.
3.  A request for an unloaded model loads it.
4.  A request is rejected when ``max_queue`` requests of its model wait already, or while the model cools down.
5.  A failed load rejects everything that waited for it; the model cools down for ``cool_down_s``, doubled with each
    failure in a row up to ``max_cool_down_s``.
6.  A worker that dies takes its leases with it. Those who wait stay, and the model is loaded again at once; one that
    dies again before it served anything cools down first.
7.  A model that nobody holds or waits for is unloaded when it has been idle for its ``keep_alive_s``.
8.  An unload that a person asked for waits for the leases to end; requests that wait then load the model again.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from catwalk.errors import CatwalkError, CoolingDown, LoadFailed, QueueFull


class State(StrEnum):
    """Where a model stands."""

    UNLOADED = "unloaded"
    LOADING = "loading"
    READY = "ready"
    UNLOADING = "unloading"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that hold for every model."""

    max_queue: int = 256
    """Requests of one model that may wait."""

    cool_down_s: float = 2.0
    max_cool_down_s: float = 300.0


# --- events


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody wants to call a model."""

    id: str
    model: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """The request is withdrawn; nothing happens if it is not waiting any more."""

    id: str


@dataclass(frozen=True, slots=True)
class Served:
    """The holder of a lease gave it back."""

    id: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """A load succeeded."""

    model: str
    lanes: int


@dataclass(frozen=True, slots=True)
class LoadFailure:
    """A load did not succeed."""

    model: str
    error: CatwalkError


@dataclass(frozen=True, slots=True)
class Gone:
    """A worker's process has ended after the scheduler decided so."""

    model: str


@dataclass(frozen=True, slots=True)
class Died:
    """A worker's process has ended by itself."""

    model: str


@dataclass(frozen=True, slots=True)
class LoadWanted:
    """A person or the settings want the model resident."""

    model: str


@dataclass(frozen=True, slots=True)
class UnloadWanted:
    """A person wants the model gone."""

    model: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed; see :meth:`Scheduler.next_tick_s`."""


Event = Request | Cancel | Served | Loaded | LoadFailure | Gone | Died | LoadWanted | UnloadWanted | Tick


# --- decisions


@dataclass(frozen=True, slots=True)
class Grant:
    """The request holds a lease on its model from now on."""

    id: str


@dataclass(frozen=True, slots=True)
class Reject:
    """The request is answered with this error."""

    id: str
    error: CatwalkError


@dataclass(frozen=True, slots=True)
class Load:
    """Start a worker for the model."""

    model: str


@dataclass(frozen=True, slots=True)
class Unload:
    """End the model's worker."""

    model: str
    reason: str


Decision = Grant | Reject | Load | Unload


@dataclass(slots=True)
class Residence:
    """What the scheduler knows of one model."""

    keep_alive_s: float
    state: State = State.UNLOADED
    lanes: int = 1
    waiting: deque[str] = field(default_factory=deque)
    leases: set[str] = field(default_factory=set)
    idle_since_s: float = 0.0
    n_served: int = 0
    """Since the last load."""

    n_failures: int = 0
    """In a row."""

    cool_until_s: float = 0.0
    unload_wanted: bool = False
    last_error: str | None = None


class Scheduler:
    """The state of every model and of every request that is waiting or served."""

    def __init__(self, keep_alive_s: dict[str, float], limits: Limits = Limits()) -> None:
        self._limits = limits
        self._models = {name: Residence(seconds) for name, seconds in keep_alive_s.items()}
        self._model_of: dict[str, str] = {}

    def residence(self, model: str) -> Residence:
        """What is known of ``model``; to be read only."""
        return self._models[model]

    def handle(self, event: Event, now_s: float) -> list[Decision]:
        """Take in what happened and decide what follows from it, in the order in which it must be done."""
        match event:
            case Request(id=request, model=model):
                return self._request(request, model, now_s)
            case Cancel(id=request):
                return self._cancel(request)
            case Served(id=request):
                return self._served(request, now_s)
            case Loaded(model=model, lanes=lanes):
                return self._loaded(model, lanes, now_s)
            case LoadFailure(model=model, error=error):
                return self._load_failed(model, error, now_s)
            case Gone(model=model):
                self._models[model].state = State.UNLOADED
                return self._advance(model, now_s)
            case Died(model=model):
                return self._died(model, now_s)
            case LoadWanted(model=model):
                return self._load_wanted(model, now_s)
            case UnloadWanted(model=model):
                return self._unload_wanted(model, now_s)
            case Tick():
                return [decision for model in self._models for decision in self._advance(model, now_s)]

    def next_tick_s(self) -> float:
        """When a :class:`Tick` may change something; infinity when only other events can."""
        return min((self._wakes_s(model) for model in self._models.values()), default=math.inf)

    @staticmethod
    def _wakes_s(model: Residence) -> float:
        if model.state is State.FAILED and model.waiting:
            return model.cool_until_s
        if model.state is State.READY and not model.leases:
            return model.idle_since_s + model.keep_alive_s
        return math.inf

    def _request(self, request: str, name: str, now_s: float) -> list[Decision]:
        model = self._models[name]
        # Rule 4
        if model.state is State.FAILED and now_s < model.cool_until_s and model.last_error is not None:
            wait_s = math.ceil(model.cool_until_s - now_s)
            message = f"model {name!r} failed and is tried again in {wait_s} s: {model.last_error}"
            return [Reject(request, CoolingDown(message, retry_after_s=wait_s))]
        if len(model.waiting) >= self._limits.max_queue:
            message = f"{len(model.waiting)} requests wait for model {name!r} already, the most that may"
            return [Reject(request, QueueFull(message))]
        self._model_of[request] = name
        model.waiting.append(request)
        return self._advance(name, now_s)

    def _cancel(self, request: str) -> list[Decision]:
        model = self._models[self._model_of[request]] if request in self._model_of else None
        if model is not None and request in model.waiting:
            model.waiting.remove(request)
            del self._model_of[request]
        return []

    def _served(self, request: str, now_s: float) -> list[Decision]:
        name = self._model_of.pop(request, None)
        if name is None or request not in self._models[name].leases:
            return []  # its worker died, and the lease with it
        model = self._models[name]
        model.leases.remove(request)
        model.n_served += 1
        model.n_failures = 0
        model.idle_since_s = now_s
        return self._advance(name, now_s)

    def _loaded(self, name: str, lanes: int, now_s: float) -> list[Decision]:
        model = self._models[name]
        model.state, model.lanes, model.idle_since_s, model.n_served = State.READY, lanes, now_s, 0
        model.last_error = None
        return self._advance(name, now_s)

    def _load_failed(self, name: str, error: CatwalkError, now_s: float) -> list[Decision]:
        # Rule 5
        model = self._models[name]
        self._cool_down(model, str(error), now_s)
        rejected: list[Decision] = [Reject(request, error) for request in model.waiting]
        self._forget(model.waiting)
        model.waiting.clear()
        model.unload_wanted = False
        return rejected

    def _died(self, name: str, now_s: float) -> list[Decision]:
        # Rule 6
        model = self._models[name]
        self._forget(model.leases)
        model.leases.clear()
        if model.state is State.LOADING:
            error = LoadFailed(f"the process of model {name!r} ended while it loaded")
            return self._load_failed(name, error, now_s)
        if model.n_served == 0 and model.n_failures > 0:
            self._cool_down(model, "its process ended before it served anything", now_s)
        else:
            model.state = State.UNLOADED
            model.n_failures += 1
        return self._advance(name, now_s)

    def _load_wanted(self, name: str, now_s: float) -> list[Decision]:
        model = self._models[name]
        model.unload_wanted = False
        if model.state in {State.UNLOADED, State.FAILED}:
            return self._load(name)
        return self._advance(name, now_s)

    def _unload_wanted(self, name: str, now_s: float) -> list[Decision]:
        # Rule 8
        model = self._models[name]
        model.unload_wanted = model.state in {State.LOADING, State.READY}
        return self._advance(name, now_s)

    def _advance(self, name: str, now_s: float) -> list[Decision]:
        """What a model can do now: serve who waits, go, or come."""
        model = self._models[name]
        if model.state is State.READY:
            if model.unload_wanted and not model.leases:
                return self._unload(name, "asked for")
            granted: list[Decision] = []
            while model.waiting and len(model.leases) < model.lanes and not model.unload_wanted:
                request = model.waiting.popleft()
                model.leases.add(request)
                granted.append(Grant(request))  # Rule 1
            if not model.leases and now_s >= model.idle_since_s + model.keep_alive_s:
                return self._unload(name, "idle")  # Rule 7
            return granted
        cooled = model.state is State.FAILED and now_s >= model.cool_until_s
        if model.waiting and (model.state is State.UNLOADED or cooled):
            return self._load(name)  # Rule 3
        return []  # Rule 2

    def _load(self, name: str) -> list[Decision]:
        self._models[name].state = State.LOADING
        return [Load(name)]

    def _unload(self, name: str, reason: str) -> list[Decision]:
        model = self._models[name]
        model.state, model.unload_wanted = State.UNLOADING, False
        return [Unload(name, reason)]

    def _cool_down(self, model: Residence, error: str, now_s: float) -> None:
        pause_s = min(self._limits.cool_down_s * 2**model.n_failures, self._limits.max_cool_down_s)
        model.state, model.cool_until_s, model.last_error = State.FAILED, now_s + pause_s, error
        model.n_failures += 1

    def _forget(self, requests: Iterable[str]) -> None:
        for request in requests:
            self._model_of.pop(request, None)
