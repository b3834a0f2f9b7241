"""The fewest loads that a schedule of a small trace can do with, found by search with the whole trace known.

Of all schedules that never leave the machine idle while a request waits, the search finds one with the fewest loads,
and of those, as far as it gets, the shortest. It may hold a load back as long as anything runs or loads, evict whatever
has no requests waiting, and load in any order. A model keeps room for its own largest voice.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from benchmarks.simulation import Entry
from benchmarks.traces import Arrival, Costs

MAX_STATES = 400_000


class TooLargeError(Exception):
    """The trace has more schedules than can be searched."""


@dataclass(frozen=True, slots=True)
class _Resident:
    busy_until_s: float = -math.inf
    request: int = -1
    """Index of the arrival it runs; -1 for none."""

    voices: tuple[str, ...] = ()
    """Least recently used first."""


@dataclass(frozen=True, slots=True)
class _Log:
    before: _Log | None
    entry: Entry


@dataclass(frozen=True, slots=True)
class _State:
    t_s: float
    n_arrived: int
    resident: tuple[tuple[str, _Resident], ...]
    loading: tuple[str, float] | None
    waiting: tuple[int, ...]
    n_loads: int
    last_finish_s: float
    log: _Log | None

    @property
    def key(self) -> tuple[object, ...]:
        """All that the future depends on."""
        return self.t_s, self.n_arrived, self.resident, self.loading, self.waiting


class Search:
    """Depth first, with more and more loads allowed."""

    def __init__(self, arrivals: Sequence[Arrival], costs: Costs) -> None:
        self._arrivals = arrivals
        self._costs = costs
        self._sizes = {name: self._size(name) for name in {arrival.model for arrival in arrivals}}
        self._fitting = [self._sizes[arrival.model] <= costs.budget_bytes for arrival in arrivals]
        self.max_states = MAX_STATES
        self._n_states = 0
        self._best: _State | None = None
        self._seen: dict[tuple[object, ...], int] = {}

    def run(self) -> list[Entry]:
        """The log of the best schedule.

        Raises:
            TooLargeError: no schedule was found within ``max_states``.
        """
        start = self._settle(_State(0.0, 0, (), None, (), 0, 0.0, None), 0.0)
        wanted = {arrival.model for arrival, fits in zip(self._arrivals, self._fitting, strict=True) if fits}
        for n_loads in range(len(wanted), len(self._arrivals) + 1):
            self._seen.clear()
            self._explore(start, n_loads)
            if self._best is not None:
                return _unroll(self._best.log)
            if self._n_states > self.max_states:
                break
        raise TooLargeError(f"{len(self._arrivals)} requests have too many schedules to search them all")

    def _size(self, name: str) -> int:
        """A model and its largest voice that fits."""
        model = self._costs.models[name]
        room = self._costs.budget_bytes - model.bytes
        asked = {arrival.voice for arrival in self._arrivals if arrival.model == name and arrival.voice is not None}
        sizes = [model.voices[voice].bytes for voice in asked]
        return model.bytes + max((n_bytes for n_bytes in sizes if n_bytes <= room), default=0)

    def _explore(self, start: _State, max_loads: int) -> None:
        stack = [start]
        while stack:
            self._n_states += 1
            if self._n_states > self.max_states:
                return
            state = stack.pop()
            if self._is_hopeless(state, max_loads):
                continue
            children = list(self._choices(state))
            if not children:
                self._best = state
            stack.extend(reversed(children))

    def _is_hopeless(self, state: _State, max_loads: int) -> bool:
        here = {name for name, _ in state.resident} | ({state.loading[0]} if state.loading else set())
        future = {
            arrival.model
            for index, arrival in enumerate(self._arrivals[state.n_arrived :], start=state.n_arrived)
            if self._fitting[index] and arrival.cancel_t_s is None
        }
        missing = (future | {self._arrivals[index].model for index in state.waiting}) - here
        if state.n_loads + len(missing) > max_loads:
            return True
        if self._best is not None and max(state.t_s, state.last_finish_s) >= self._best.last_finish_s:
            return True
        if self._seen.get(state.key, math.inf) <= state.n_loads:
            return True
        self._seen[state.key] = state.n_loads
        return False

    def _choices(self, state: _State) -> Iterator[_State]:
        waiting = dict.fromkeys(self._arrivals[index].model for index in state.waiting)
        resident = dict(state.resident)
        is_busy = state.loading is not None or any(each.request >= 0 for each in resident.values())
        if state.loading is None:
            idle = [name for name, each in resident.items() if each.request < 0 and name not in waiting]
            for name in waiting:
                if name not in resident:
                    for victims in self._victim_sets(name, idle, resident):
                        yield self._load(state, name, victims)
        next_s = self._next_s(state)
        if next_s < math.inf and (is_busy or not waiting):
            yield self._settle(state, next_s)

    def _victim_sets(self, name: str, idle: list[str], resident: dict[str, _Resident]) -> Iterator[tuple[str, ...]]:
        """Sets of idle models of which none can be spared."""
        free = self._costs.budget_bytes - sum(self._sizes[each] for each in resident) - self._sizes[name]
        for n_victims in range(len(idle) + 1):
            for victims in combinations(idle, n_victims):
                freed = [self._sizes[each] for each in victims]
                if free + sum(freed) >= 0 and (not freed or free + sum(freed) - min(freed) < 0):
                    yield victims

    def _load(self, state: _State, name: str, victims: tuple[str, ...]) -> _State:
        log = state.log
        for victim in victims:
            log = _Log(log, Entry(state.t_s, "evict", model=victim))
        log = _Log(log, Entry(state.t_s, "load", model=name))
        rest = tuple(each for each in state.resident if each[0] not in victims)
        until_s = state.t_s + self._costs.models[name].load_s
        return replace(state, resident=rest, loading=(name, until_s), n_loads=state.n_loads + 1, log=log)

    def _next_s(self, state: _State) -> float:
        times = [each.busy_until_s for _, each in state.resident if each.request >= 0]
        if state.loading is not None:
            times.append(state.loading[1])
        if state.n_arrived < len(self._arrivals):
            times.append(self._arrivals[state.n_arrived].t_s)
        running = [each.request for _, each in state.resident if each.request >= 0]
        hang_ups = [self._arrivals[index].cancel_t_s for index in (*state.waiting, *running)]
        times += [max(state.t_s, cancel_s) for cancel_s in hang_ups if cancel_s is not None]
        return min(times, default=math.inf)

    def _settle(self, state: _State, t_s: float) -> _State:
        """The state when all that happens at ``t_s`` has happened, and models with requests have begun one."""
        resident, log, finish_s = self._finish(state, t_s)
        loading = state.loading
        if loading is not None and loading[1] <= t_s:
            resident[loading[0]] = _Resident()
            log = _Log(log, Entry(t_s, "loaded", model=loading[0]))
            loading = None
        waiting, n_arrived, log = self._queue(state, t_s, log)
        for index in list(waiting):
            name = self._arrivals[index].model
            if name in resident and resident[name].request < 0:
                waiting.remove(index)
                resident[name], log = self._start(index, resident[name], t_s, log)
        rest = tuple(sorted(resident.items()))
        return _State(t_s, n_arrived, rest, loading, tuple(waiting), state.n_loads, finish_s, log)

    def _finish(self, state: _State, t_s: float) -> tuple[dict[str, _Resident], _Log | None, float]:
        """The models, the log and the time of the latest finish when runs that end by ``t_s`` have ended."""
        log, finish_s = state.log, state.last_finish_s
        resident = dict(state.resident)
        for name, each in state.resident:
            if each.request < 0:
                continue
            cancel_s = self._arrivals[each.request].cancel_t_s
            is_over = each.busy_until_s <= t_s
            if is_over or (cancel_s is not None and cancel_s <= t_s):
                log = _Log(log, self._entry(t_s, "finish" if is_over else "cancel", each.request))
                finish_s = max(finish_s, t_s) if is_over else finish_s
                resident[name] = _Resident(voices=each.voices)
        return resident, log, finish_s

    def _queue(self, state: _State, t_s: float, log: _Log | None) -> tuple[list[int], int, _Log | None]:
        """Who waits when those who come by ``t_s`` have come and those who hang up by then are gone."""
        waiting, n_arrived = list(state.waiting), state.n_arrived
        while n_arrived < len(self._arrivals) and self._arrivals[n_arrived].t_s <= t_s:
            if self._is_served(n_arrived):
                waiting.append(n_arrived)
            else:
                log = _Log(log, self._entry(t_s, "reject", n_arrived))
            n_arrived += 1
        for index in list(waiting):
            cancel_s = self._arrivals[index].cancel_t_s
            if cancel_s is not None and cancel_s <= t_s:
                waiting.remove(index)
                log = _Log(log, self._entry(t_s, "cancel", index))
        return waiting, n_arrived, log

    def _is_served(self, index: int) -> bool:
        arrival = self._arrivals[index]
        model = self._costs.models[arrival.model]
        voice_bytes = model.voices[arrival.voice].bytes if arrival.voice is not None else 0
        return model.bytes + voice_bytes <= self._costs.budget_bytes

    def _start(self, index: int, at: _Resident, t_s: float, log: _Log | None) -> tuple[_Resident, _Log]:
        arrival = self._arrivals[index]
        model, run_s = self._costs.models[arrival.model], arrival.run_s
        voices = [voice for voice in at.voices if voice != arrival.voice]
        if arrival.voice is not None:
            if arrival.voice not in at.voices:
                run_s += model.voices[arrival.voice].load_s
                room = self._sizes[arrival.model] - model.bytes - model.voices[arrival.voice].bytes
                while voices and sum(model.voices[voice].bytes for voice in voices) > room:
                    log = _Log(log, Entry(t_s, "evict_voice", model=arrival.model, voice=voices.pop(0)))
            voices.append(arrival.voice)
        return _Resident(t_s + run_s, index, tuple(voices)), _Log(log, self._entry(t_s, "start", index))

    def _entry(self, t_s: float, event: str, index: int) -> Entry:
        arrival = self._arrivals[index]
        return Entry(t_s, event, arrival.id, arrival.model, arrival.voice)


def _unroll(log: _Log | None) -> list[Entry]:
    entries = []
    while log is not None:
        entries.append(log.entry)
        log = log.before
    return entries[::-1]
