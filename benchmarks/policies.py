"""What catwalk's scheduler is compared with, and how it is set up for a trace."""

from __future__ import annotations

import math
from collections import deque

from benchmarks.traces import Costs
from catwalk.serving import events
from catwalk.serving.events import Decision, Event
from catwalk.serving.scheduler import Scheduler
from catwalk.serving.residence import Limits, ModelTerms, VoiceTerms


def make_catwalk(costs: Costs) -> Scheduler:
    """The real scheduler, told what the catalog tells."""
    terms = {
        name: ModelTerms(
            sizes={"ram": model.bytes},
            load_s=model.load_s,
            voices={voice: VoiceTerms(cost.bytes, cost.load_s) for voice, cost in model.voices.items()},
        )
        for name, model in costs.models.items()
    }
    limits = Limits(max_queue=10**9, max_wait_s=costs.max_wait_s, quantum_s=costs.quantum_s)
    return Scheduler(terms, {"ram": costs.budget_bytes}, limits)


class Plain:
    """What fifo-lru and collate share: one request at a time per model, least recently used goes first."""

    def __init__(self, costs: Costs) -> None:
        self._costs = costs
        self._waiting: dict[str, events.Request] = {}
        self._ready: dict[str, float] = {}  # model → last used
        self._voices: dict[tuple[str, str], float] = {}
        self._running: dict[str, events.Request] = {}
        self._busy: dict[str, str] = {}
        self._loading: str | None = None
        self._pending_gone: set[str] = set()
        self._used = 0

    def next_tick_s(self) -> float:
        """Never: only events change anything."""
        return math.inf

    def handle(self, event: Event, now_s: float) -> list[Decision]:
        """Take in what happened and decide what follows."""
        match event:
            case events.Request():
                if self._size(event.model, event.voice) > self._costs.budget_bytes:
                    from catwalk.errors import NeverFits
                    return [events.Reject(event.id, NeverFits("never"))]
                self._waiting[event.id] = event
            case events.Cancel(id=request):
                self._waiting.pop(request, None)
            case events.Served(id=request):
                done = self._running.pop(request)
                del self._busy[done.model]
                self._ready[done.model] = now_s
                if done.voice is not None:
                    self._voices[done.model, done.voice] = now_s
            case events.Loaded(model=model):
                self._loading = None
                self._ready[model] = now_s
            case _:
                pass
        return self._decide(now_s)

    def _decide(self, now_s: float) -> list[Decision]:
        raise NotImplementedError

    def _size(self, model: str, voice: str | None) -> int:
        cost = self._costs.models[model]
        return cost.bytes + (cost.voices[voice].bytes if voice is not None else 0)

    def _make_room(self, n_bytes: int, keep: set[str], keep_voice=None) -> list[Decision] | None:
        """Evict the least recently used until there is room; None, and nothing happens, when that is not enough."""
        free = self._costs.budget_bytes - self._used
        out: list[Decision] = []
        items: list[tuple[float, str, str | None]] = [
            (used, model, None) for model, used in self._ready.items() if model not in keep and model not in self._busy
        ]
        in_use = {(r.model, r.voice) for r in self._running.values()}
        items += [(used, model, voice) for (model, voice), used in self._voices.items() if (model, voice) not in in_use]
        chosen = []
        gone: set[str] = set()
        for used, model, voice in sorted(items, key=lambda i: (i[0], i[2] is None)):
            if free >= n_bytes:
                break
            if model in gone:
                continue
            if voice is None:
                free += self._costs.models[model].bytes + sum(
                    self._costs.models[model].voices[v].bytes for m, v in self._voices if m == model and ("v", m, v) not in chosen
                )
                gone.add(model)
                chosen.append(("m", model, None))
            else:
                free += self._costs.models[model].voices[voice].bytes
                chosen.append(("v", model, voice))
        if free < n_bytes:
            return None
        for kind, model, voice in chosen:
            if kind == "v":
                if model in gone:
                    continue
                del self._voices[model, voice]
                self._used -= self._costs.models[model].voices[voice].bytes
                out.append(events.EvictVoice(model, voice))
        for kind, model, _ in chosen:
            if kind == "m":
                del self._ready[model]
                self._used -= self._costs.models[model].bytes
                for m, v in [k for k in self._voices if k[0] == model]:
                    self._used -= self._costs.models[m].voices[v].bytes
                    del self._voices[m, v]
                out.append(events.Unload(model, "least recently used"))
        return out

    def _try_start(self, request: events.Request, now_s: float) -> list[Decision] | None:
        model, voice = request.model, request.voice
        out: list[Decision] = []
        if voice is not None and (model, voice) not in self._voices:
            n_bytes = self._costs.models[model].voices[voice].bytes
            made = self._make_room(n_bytes, {model})
            if made is None:
                return None
            out += made
            self._voices[model, voice] = now_s
            self._used += n_bytes
        if voice is not None:
            self._voices[model, voice] = now_s
        self._ready[model] = now_s
        del self._waiting[request.id]
        self._running[request.id] = request
        self._busy[model] = request.id
        return [*out, events.Grant((request.id,), model, voice)]

    def _try_load(self, model: str, voice, keep: set[str], now_s: float) -> list[Decision] | None:
        n_bytes = self._costs.models[model].bytes
        made = self._make_room(n_bytes, keep)
        if made is None:
            return None
        self._used += n_bytes
        self._loading = model
        return [*made, events.Load(model)]


class FifoLru(Plain):
    """Strictly in order of arrival, one request at a time; the least recently used is evicted."""

    def _decide(self, now_s: float) -> list[Decision]:
        if self._running or self._loading is not None or not self._waiting:
            return []
        request = next(iter(self._waiting.values()))
        if request.model not in self._ready:
            return self._try_load(request.model, request.voice, set(), now_s) or []
        return self._try_start(request, now_s) or []


class Collate(Plain):
    """Ready models are served while they have requests, in order of arrival; only an idle one is evicted."""

    def _decide(self, now_s: float) -> list[Decision]:
        out: list[Decision] = []
        seen: set[str] = set()
        firsts = []
        for request in self._waiting.values():
            if request.model not in seen:
                seen.add(request.model)
                firsts.append(request)
                if len(seen) == len(self._costs.models): break
        for request in firsts:
            if request.model in self._ready and request.model not in self._busy:
                out += self._try_start(request, now_s) or []
        if self._loading is None:
            wanted = {r.model for r in firsts}
            for request in firsts:
                if request.model in self._ready or request.id in self._running:
                    continue
                made = self._try_load(request.model, request.voice, wanted, now_s)
                if made is not None:
                    return out + made
        return out
