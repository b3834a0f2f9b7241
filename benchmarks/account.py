"""What a log of events says: the figures of a run, and every rule that it breaks. Knows nothing of any policy."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from benchmarks.simulation import Entry
from benchmarks.traces import Arrival, Costs

_ANSWERS = {"finish", "cancel", "reject"}
_TOLERANCE_S = 1e-6


@dataclass(frozen=True, slots=True)
class Figures:
    """The answer of the benchmark."""

    loads: int
    voice_loads: int
    evictions: int
    makespan_s: float
    """From the first arrival to the last answer that a model gave."""

    wait_p50_s: float
    """Of the requests that were started: from arrival to start; percentiles by nearest rank."""

    wait_p99_s: float
    wait_max_s: float
    starved: int
    """Times that a model stayed unloaded with requests waiting past the bound."""

    over_budget_bytes: int
    """Most bytes over the budget at any moment."""

    unanswered: int
    served: int
    cancelled: int
    rejected: int


@dataclass(slots=True)
class _Hunger:
    """A stretch of time in which a model was not in memory although requests waited for it."""

    since_s: float
    n_most: int = 0
    """Most models that were in this state at once meanwhile."""


@dataclass(slots=True)
class Ledger:
    """Replays a log and keeps account."""

    arrivals: Sequence[Arrival]
    costs: Costs
    faults: list[str] = field(default_factory=list)
    """Every rule that was broken, in words."""

    over_budget_bytes: int = 0
    n_voice_loads: int = 0
    hungers: list[tuple[str, float, int]] = field(default_factory=list)
    """Model, seconds, most models hungry at once."""

    longest_run_s: float = 0.0
    _by_id: dict[str, Arrival] = field(default_factory=dict)
    _answers: Counter[str] = field(default_factory=Counter)
    _resident: dict[str, set[str]] = field(default_factory=dict)
    _loading: dict[str, float] = field(default_factory=dict)
    _running: dict[str, tuple[str, float, float]] = field(default_factory=dict)
    """Model → request, when it started, when it must finish."""

    _started: dict[str, float] = field(default_factory=dict)
    _waiting: Counter[str] = field(default_factory=Counter)
    _hungry: dict[str, _Hunger] = field(default_factory=dict)

    def replay(self, log: Iterable[Entry]) -> None:
        """Go through a whole log."""
        self._by_id = {arrival.id: arrival for arrival in self.arrivals}
        pending = sorted(self.arrivals, key=lambda each: each.t_s, reverse=True)
        last_s = 0.0
        for entry in log:
            while pending and pending[-1].t_s <= entry.t_s:
                arrival = pending.pop()
                self._waiting[arrival.model] += 1
                self._watch_hunger(arrival.t_s)
            self._expect(entry.t_s >= last_s, f"time runs backwards to {entry.t_s}")
            last_s = entry.t_s
            self._take(entry)
            self._watch_hunger(entry.t_s)
            self._watch_bytes(entry)
        for arrival in self.arrivals:
            n_answers = self._answers[arrival.id]
            self._expect(n_answers == 1, f"{arrival.id} was answered {n_answers} times")
        for model, hunger in self._hungry.items():
            self.hungers.append((model, last_s - hunger.since_s, hunger.n_most))

    def count_starved(self) -> int:
        """Hungers longer than ``max_wait_s + n × (quantum_s + longest load) + longest run``."""
        used = {arrival.model for arrival in self.arrivals}
        longest_load_s = max((self.costs.models[name].load_s for name in used), default=0.0)
        turn_s = self.costs.quantum_s + longest_load_s
        return sum(
            seconds > self.costs.max_wait_s + n_most * turn_s + self.longest_run_s + _TOLERANCE_S
            for _, seconds, n_most in self.hungers
        )

    def figures(self, log: Sequence[Entry]) -> Figures:
        """The figures of a replayed log."""
        counts = Counter(entry.event for entry in log)
        waits = sorted(start_s - self._by_id[name].t_s for name, start_s in self._started.items())
        first_s = min((arrival.t_s for arrival in self.arrivals), default=0.0)
        last_s = max((entry.t_s for entry in log if entry.event == "finish"), default=first_s)
        return Figures(
            loads=counts["load"],
            voice_loads=self.n_voice_loads,
            evictions=counts["evict"],
            makespan_s=round(last_s - first_s, 6),
            wait_p50_s=_percentile(waits, 0.50),
            wait_p99_s=_percentile(waits, 0.99),
            wait_max_s=_percentile(waits, 1.0),
            starved=self.count_starved(),
            over_budget_bytes=self.over_budget_bytes,
            unanswered=sum(self._answers[arrival.id] == 0 for arrival in self.arrivals),
            served=counts["finish"],
            cancelled=counts["cancel"],
            rejected=counts["reject"],
        )

    def _expect(self, is_kept: bool, fault: str) -> None:
        if not is_kept:
            self.faults.append(fault)

    def _take(self, entry: Entry) -> None:
        match entry.event:
            case "load":
                self._begin_load(entry)
            case "loaded":
                began_s = self._loading.pop(entry.model or "", -math.inf)
                load_s = self.costs.models[entry.model or ""].load_s
                self._expect(abs(entry.t_s - began_s - load_s) < _TOLERANCE_S, f"{entry.model} loaded in no time")
                self._resident[entry.model or ""] = set()
            case "evict":
                self._expect(entry.model not in self._running, f"{entry.model} evicted under a lease at {entry.t_s}")
                loading_s = self._loading.pop(entry.model or "", None)
                resident = self._resident.pop(entry.model or "", None)
                self._expect(loading_s is not None or resident is not None, f"{entry.model} evicted, but not in memory")
            case "evict_voice":
                self._evict_voice(entry)
            case "start":
                self._start(self._by_id[entry.id or ""], entry.t_s)
            case _:
                self._answer(self._by_id[entry.id or ""], entry)

    def _begin_load(self, entry: Entry) -> None:
        self._expect(not self._loading, f"{entry.model} loads beside {list(self._loading)} at {entry.t_s}")
        self._expect(entry.model not in self._resident, f"{entry.model} loads although it is in memory")
        self._loading[entry.model or ""] = entry.t_s

    def _evict_voice(self, entry: Entry) -> None:
        held = self._resident.get(entry.model or "", set())
        self._expect(entry.voice in held, f"voice {entry.voice} of {entry.model} evicted, but not in memory")
        held.discard(entry.voice or "")
        request = self._running.get(entry.model or "")
        in_use = self._by_id[request[0]].voice if request is not None else None
        self._expect(
            in_use != entry.voice, f"voice {entry.voice} of {entry.model} evicted under a lease at {entry.t_s}"
        )

    def _start(self, arrival: Arrival, t_s: float) -> None:
        model = arrival.model
        self._expect(arrival.t_s <= t_s, f"{arrival.id} started before it came")
        self._expect(arrival.id not in self._started, f"{arrival.id} started twice")
        self._expect(model in self._resident, f"{arrival.id} started, but {model} is not in memory")
        self._expect(model not in self._running, f"{arrival.id} started while {model} was busy")
        self._started[arrival.id] = t_s
        self._waiting[model] -= 1
        run_s = arrival.run_s
        held = self._resident.setdefault(model, set())
        if arrival.voice is not None and arrival.voice not in held:
            held.add(arrival.voice)
            self.n_voice_loads += 1
            run_s += self.costs.models[model].voices[arrival.voice].load_s
        self.longest_run_s = max(self.longest_run_s, run_s)
        self._running[model] = (arrival.id, t_s, t_s + run_s)

    def _answer(self, arrival: Arrival, entry: Entry) -> None:
        self._answers[arrival.id] += 1
        running = self._running.get(arrival.model)
        if running is not None and running[0] == arrival.id:
            ends_s = running[2] if entry.event == "finish" else min(running[2], entry.t_s)
            self._expect(abs(entry.t_s - ends_s) < _TOLERANCE_S, f"{arrival.id} ran for {entry.t_s - running[1]} s")
            del self._running[arrival.model]
        else:
            self._expect(entry.event != "finish", f"{arrival.id} finished, but did not run")
            self._waiting[arrival.model] -= 1

    def _watch_hunger(self, t_s: float) -> None:
        for model in self.costs.models:
            is_hungry = self._waiting[model] > 0 and model not in self._resident
            if is_hungry and model not in self._hungry:
                self._hungry[model] = _Hunger(t_s)
            elif not is_hungry and model in self._hungry:
                hunger = self._hungry.pop(model)
                self.hungers.append((model, t_s - hunger.since_s, hunger.n_most))
        for hunger in self._hungry.values():
            hunger.n_most = max(hunger.n_most, len(self._hungry))

    def _watch_bytes(self, entry: Entry) -> None:
        used = sum(self.costs.models[model].bytes for model in {*self._resident, *self._loading})
        used += sum(self.costs.models[model].voices[v].bytes for model, held in self._resident.items() for v in held)
        over = used - self.costs.budget_bytes
        self.over_budget_bytes = max(self.over_budget_bytes, over)
        self._expect(over <= 0, f"{over} bytes over the budget at {entry.t_s}")


def audit(log: Sequence[Entry], arrivals: Sequence[Arrival], costs: Costs) -> tuple[Figures, list[str]]:
    """The figures of a log, and every rule that it breaks; starving and unanswered requests are among them."""
    ledger = Ledger(arrivals, costs)
    ledger.replay(log)
    figures = ledger.figures(log)
    if figures.starved:
        ledger.faults.append(
            f"starved {figures.starved} times: {sorted(ledger.hungers, key=lambda each: -each[1])[:3]}"
        )
    return figures, ledger.faults


def _percentile(ordered: Sequence[float], share: float) -> float:
    return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 6) if ordered else 0.0
