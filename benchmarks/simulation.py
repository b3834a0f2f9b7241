"""Plays a trace against a policy in simulated time, and writes down everything that happens.

The rules: a resident model runs one request at a time, different models run side by side, loads come one after another,
a voice's latents load inside the run that needs them first and stay while there is room, an eviction takes no time. A
request whose caller hangs up is cancelled, whether it waits or runs.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from benchmarks.traces import Arrival, Costs
from catwalk.serving import events
from catwalk.serving.events import Decision, Event, Priority


class Policy(Protocol):
    """What decides; the real scheduler is one."""

    def handle(self, event: Event, now_s: float) -> list[Decision]:
        """Take in what happened and decide what follows."""
        ...

    def next_tick_s(self) -> float:
        """When it wants to be asked again although nothing happened."""
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened."""

    t_s: float
    event: str
    """``load``, ``loaded``, ``start``, ``finish``, ``evict``, ``evict_voice``, ``cancel`` or ``reject``."""

    id: str | None = None
    model: str | None = None
    voice: str | None = None


# What happens at the same instant happens in this order: memory and lanes come free before they are asked for.
_FINISH, _LOADED, _CANCEL, _ARRIVE = range(4)


class Simulation:
    """One trace under one policy."""

    def __init__(self, arrivals: Iterable[Arrival], costs: Costs, policy: Policy) -> None:
        self.log: list[Entry] = []
        self._costs = costs
        self._policy = policy
        self._arrivals = {arrival.id: arrival for arrival in arrivals}
        self._numbers = itertools.count()
        self._future: list[tuple[float, int, int, Callable[[], None]]] = []
        self._now_s = 0.0
        self._last_tick_s = -math.inf
        self._waiting: set[str] = set()
        self._running: set[str] = set()
        self._held: dict[str, set[str]] = {}
        self._loads: dict[str, int] = {}  # in flight, so that one that was cancelled does not end
        for arrival in self._arrivals.values():
            self._at(arrival.t_s, _ARRIVE, partial(self._arrive, arrival))
            if arrival.cancel_t_s is not None:
                rank = _CANCEL if arrival.cancel_t_s > arrival.t_s else _ARRIVE
                self._at(max(arrival.t_s, arrival.cancel_t_s), rank, partial(self._cancel, arrival))

    def run(self) -> list[Entry]:
        """Play the whole trace; what still waits when nothing can happen any more stays unanswered."""
        while True:
            tick_s = self._policy.next_tick_s()
            next_s = self._future[0][0] if self._future else math.inf
            if tick_s < next_s and self._waiting:
                if tick_s <= self._last_tick_s:
                    raise RuntimeError(
                        f"at {self._now_s} s the policy wants to be asked again at {tick_s} s, in the past"
                    )
                self._now_s = self._last_tick_s = tick_s
                self._tell(events.Tick())
            elif self._future:
                self._now_s, _, _, happen = heapq.heappop(self._future)
                happen()
            else:
                return self.log

    def _at(self, t_s: float, rank: int, happen: Callable[[], None]) -> None:
        heapq.heappush(self._future, (t_s, rank, next(self._numbers), happen))

    def _note(self, event: str, *, model: str, voice: str | None = None) -> None:
        self.log.append(Entry(self._now_s, event, None, model, voice))

    def _note_request(self, event: str, arrival: Arrival) -> None:
        self.log.append(Entry(self._now_s, event, arrival.id, arrival.model, arrival.voice))

    def _tell(self, event: Event) -> None:
        for decision in self._policy.handle(event, self._now_s):
            self._carry_out(decision)

    def _arrive(self, arrival: Arrival) -> None:
        self._waiting.add(arrival.id)
        priority = Priority.BATCH if arrival.priority == "batch" else Priority.INTERACTIVE
        self._tell(events.Request(arrival.id, arrival.model, arrival.voice, priority=priority))

    def _cancel(self, arrival: Arrival) -> None:
        if arrival.id in self._waiting:
            self._waiting.remove(arrival.id)
            self._note_request("cancel", arrival)
            self._tell(events.Cancel(arrival.id))
        elif arrival.id in self._running:
            self._running.remove(arrival.id)
            self._note_request("cancel", arrival)
            self._tell(events.Served(arrival.id))

    def _carry_out(self, decision: Decision) -> None:
        match decision:
            case events.Grant(ids=ids):
                for request in ids:
                    self._start(self._arrivals[request])
            case events.Load(model=model):
                self._note("load", model=model)
                number = self._loads[model] = next(self._numbers)
                self._at(self._now_s + self._costs.models[model].load_s, _LOADED, partial(self._loaded, model, number))
            case events.CancelLoad(model=model) | events.Unload(model=model):
                self._loads.pop(model, None)
                self._held.pop(model, None)
                self._note("evict", model=model)
                self._at(self._now_s, _FINISH, partial(self._tell, events.Gone(model)))
            case events.EvictVoice(model=model, voice=voice):
                self._held[model].remove(voice)
                self._note("evict_voice", model=model, voice=voice)
            case events.Reject(id=request) | events.Route(id=request):
                self._waiting.remove(request)
                self._note_request("reject", self._arrivals[request])
            case events.Decline():
                pass

    def _start(self, arrival: Arrival) -> None:
        self._waiting.remove(arrival.id)
        run_s = arrival.run_s
        if arrival.voice is not None and arrival.voice not in self._held[arrival.model]:
            self._held[arrival.model].add(arrival.voice)
            run_s += self._costs.models[arrival.model].voices[arrival.voice].load_s
        self._note_request("start", arrival)
        self._running.add(arrival.id)
        self._at(self._now_s + run_s, _FINISH, partial(self._finish, arrival, run_s))

    def _finish(self, arrival: Arrival, run_s: float) -> None:
        if arrival.id in self._running:  # else its caller hung up
            self._running.remove(arrival.id)
            self._note_request("finish", arrival)
            self._tell(events.Served(arrival.id, run_s))

    def _loaded(self, model: str, number: int) -> None:
        if self._loads.get(model) == number:
            del self._loads[model]
            self._held[model] = set()
            self._note("loaded", model=model)
            self._tell(events.Loaded(model))
