"""What is compared: catwalk's own scheduler, and the two rules that other servers follow."""

from __future__ import annotations

import math
from collections.abc import Iterator

from benchmarks.traces import Costs
from catwalk.errors import NeverFits
from catwalk.serving import events
from catwalk.serving.events import Decision, Event, UnloadReason
from catwalk.serving.residence import Limits, ModelTerms, VoiceTerms
from catwalk.serving.scheduler import Scheduler

DEVICE = "ram"


def make_catwalk(costs: Costs) -> Scheduler:
    """The real scheduler, told what the catalog tells; its queues have no end, so that every request is served."""
    terms = {
        name: ModelTerms(
            sizes={DEVICE: model.bytes},
            load_s=model.load_s,
            voices={voice: VoiceTerms(cost.bytes, cost.load_s) for voice, cost in model.voices.items()},
            voice_device=DEVICE,
        )
        for name, model in costs.models.items()
    }
    limits = Limits(max_queue=10**9, max_wait_s=costs.max_wait_s, quantum_s=costs.quantum_s, max_loads=1)
    return Scheduler(terms, {DEVICE: costs.budget_bytes}, limits)


class RecencyPolicy:
    """What fifo-lru and collate share: requests of a model in order of arrival, the least recently used goes first."""

    def __init__(self, costs: Costs) -> None:
        self._costs = costs
        self._waiting: dict[str, events.Request] = {}  # in order of arrival
        self._ready: dict[str, float] = {}  # when it was last used
        self._voices: dict[tuple[str, str], float] = {}
        self._running: dict[str, events.Request] = {}  # by model
        self._loading: str | None = None
        self._now_s = 0.0

    def next_tick_s(self) -> float:
        """Never: time alone changes nothing."""
        return math.inf

    def handle(self, event: Event, now_s: float) -> list[Decision]:
        """Take in what happened and decide what follows."""
        self._now_s = now_s
        match event:
            case events.Request(id=request, model=model, voice=voice):
                if self._size(model) + self._size(model, voice) > self._costs.budget_bytes:
                    return [events.Reject(request, NeverFits(f"{model} with voice {voice} never fits"))]
                self._waiting[request] = event
            case events.Cancel(id=request):
                self._waiting.pop(request, None)
            case events.Served(id=request):
                model = next(name for name, each in self._running.items() if each.id == request)
                self._use(self._running.pop(model))
            case events.Loaded(model=model):
                self._loading = None
                self._ready[model] = now_s
            case _:
                pass
        return list(self._decide())

    def _decide(self) -> Iterator[Decision]:
        raise NotImplementedError

    def _size(self, model: str, voice: str | None = "") -> int:
        """Bytes of a model, or of one of its voices."""
        cost = self._costs.models[model]
        if voice == "":
            return cost.bytes
        return cost.voices[voice].bytes if voice is not None else 0

    def _use(self, request: events.Request) -> None:
        self._ready[request.model] = self._now_s
        if request.voice is not None:
            self._voices[request.model, request.voice] = self._now_s

    def _start(self, request: events.Request) -> list[Decision]:
        """Begin a request of a ready model; nothing where its voice finds no room."""
        evicted: list[Decision] | None = []
        if request.voice is not None and (request.model, request.voice) not in self._voices:
            evicted = self._make_room(self._size(request.model, request.voice), {request.model})
        if evicted is None:
            return []
        del self._waiting[request.id]
        self._running[request.model] = request
        self._use(request)
        return [*evicted, events.Grant((request.id,), request.model, request.voice)]

    def _load(self, model: str, kept: set[str]) -> list[Decision]:
        """Begin a load; nothing where it finds no room."""
        evicted = self._make_room(self._size(model), kept)
        if evicted is None:
            return []
        self._loading = model
        return [*evicted, events.Load(model)]

    def _make_room(self, n_bytes: int, kept: set[str]) -> list[Decision] | None:
        """Evict what was used least recently until there is room; None, and nothing happens, if that is too little."""
        in_use = {(each.model, each.voice) for each in self._running.values()}
        voices = [(used_s, *key) for key, used_s in self._voices.items() if key not in in_use]
        models = [
            (used_s, model, "") for model, used_s in self._ready.items() if model not in self._running.keys() | kept
        ]
        free = self._costs.budget_bytes - self._used_bytes()
        gone: list[tuple[str, str]] = []
        for _, model, voice in sorted([*voices, *models], key=lambda each: (each[0], each[2] == "")):
            if free >= n_bytes:
                break
            if (model, "") in gone:
                continue
            free += self._size(model, voice)
            if voice == "":
                free += sum(self._size(*key) for key in self._voices if key[0] == model and key not in gone)
            gone.append((model, voice))
        return [self._evict(model, voice) for model, voice in gone] if free >= n_bytes else None

    def _evict(self, model: str, voice: str) -> Decision:
        if voice != "":
            del self._voices[model, voice]
            return events.EvictVoice(model, voice)
        del self._ready[model]
        self._voices = {key: used_s for key, used_s in self._voices.items() if key[0] != model}
        return events.Unload(model, UnloadReason.ROOM)

    def _used_bytes(self) -> int:
        models = sum(self._size(model) for model in self._ready)
        loading = self._size(self._loading) if self._loading is not None else 0
        return models + loading + sum(self._size(*key) for key in self._voices)


class FifoLru(RecencyPolicy):
    """Strictly in order of arrival, one request at a time."""

    def _decide(self) -> Iterator[Decision]:
        if self._running or self._loading is not None or not self._waiting:
            return
        request = next(iter(self._waiting.values()))
        yield from self._start(request) if request.model in self._ready else self._load(request.model, set())


class Collate(RecencyPolicy):
    """A ready model is served while it has requests; only one that has none makes room, for the oldest that waits."""

    def _decide(self) -> Iterator[Decision]:
        firsts: dict[str, events.Request] = {}
        for request in self._waiting.values():
            firsts.setdefault(request.model, request)
            if len(firsts) == len(self._costs.models):
                break
        for model, request in firsts.items():
            if model in self._ready and model not in self._running:
                yield from self._start(request)
        for model in firsts:
            if self._loading is None and model not in self._ready:
                yield from self._load(model, firsts.keys() & self._ready.keys())
