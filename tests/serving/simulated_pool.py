"""A pool without processes: carries decisions out in a time that the test moves by hand, and checks each of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from catwalk.errors import LoadFailed
from catwalk.serving import events
from catwalk.serving.events import Decision, Event
from catwalk.serving.residence import State
from catwalk.serving.scheduler import Scheduler


@dataclass
class SimulatedPool:
    """Keeps its own books and compares every decision with them."""

    scheduler: Scheduler
    lanes: int = 1
    batch_size: int = 1
    now_s: float = 0.0
    loading: list[str] = field(default_factory=list)
    leaving: list[str] = field(default_factory=list)
    ready: dict[str, set[str]] = field(default_factory=dict)
    running: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    """Request → model and voice."""

    calls: dict[str, list[set[str]]] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    decisions: list[Decision] = field(default_factory=list)
    n_asked: int = 0

    def ask(self, model: str, **details: object) -> str:
        """Send a request of a new name."""
        request = f"r{self.n_asked}"
        self.n_asked += 1
        self.waiting[request] = model
        self.tell(events.Request(request, model, **details))  # type: ignore[arg-type]  # passed through as given
        return request

    def hang_up(self, request: str) -> None:
        """Withdraw a request that waits."""
        if self.waiting.pop(request, None) is not None:
            self.answers[request] += 1
            self.tell(events.Cancel(request))

    def serve(self, request: str, run_s: float = 0.5) -> None:
        """End a run."""
        model, _ = self.running.pop(request)
        self._end(request, model)
        self.answers[request] += 1
        self.tell(events.Served(request, run_s))

    def finish_load(self, model: str, *, fails: bool = False) -> None:
        """End a load."""
        self.loading.remove(model)
        if fails:
            self.tell(events.LoadFailure(model, LoadFailed(f"{model} is broken")))
        else:
            self.ready[model] = set()
            self.calls[model] = []
            self.tell(events.Loaded(model, self.lanes, self.batch_size))

    def finish_unload(self, model: str) -> None:
        """End an unload."""
        self.leaving.remove(model)
        self.tell(events.Gone(model))

    def kill(self, model: str) -> None:
        """End a worker that is ready or loading, with all that it runs."""
        if model in self.loading:
            self.loading.remove(model)
        self.ready.pop(model, None)
        for request in [name for name, (of, _) in self.running.items() if of == model]:
            del self.running[request]
            self.answers[request] += 1
        self.tell(events.Died(model))

    def wait(self, seconds: float) -> None:
        """Let time pass, with every tick that the scheduler wants."""
        end_s = self.now_s + seconds
        while self.scheduler.next_tick_s() <= end_s:
            tick_s = self.scheduler.next_tick_s()
            assert tick_s > self.now_s or not self.decisions, "a tick must not be wanted in the past"
            self.now_s = max(self.now_s, tick_s)
            self.tell(events.Tick())
        self.now_s = end_s

    def settle(self) -> None:
        """Let everything that is under way end well, until nothing is."""
        for _ in range(10_000):
            if self.leaving:
                self.finish_unload(self.leaving[0])
            elif self.loading:
                self.now_s += 2.0
                self.finish_load(self.loading[0])
            elif self.running:
                self.now_s += 0.5
                self.serve(next(iter(self.running)))
            elif self.waiting and self.scheduler.next_tick_s() < float("inf"):
                self.wait(max(0.0, self.scheduler.next_tick_s() - self.now_s))
            else:
                return
        raise AssertionError("it never comes to rest")

    def tell(self, event: Event) -> None:
        """Hand an event to the scheduler and carry out what it decides."""
        for decision in self.scheduler.handle(event, self.now_s):
            self.decisions.append(decision)
            self._carry_out(decision)

    def _carry_out(self, decision: Decision) -> None:
        match decision:
            case events.Grant(ids=ids, model=model, voice=voice, loads_voice=loads_voice):
                self._grant(ids, model, voice, loads_voice=loads_voice)
            case events.Reject(id=request) | events.Route(id=request):
                del self.waiting[request]
                self.answers[request] += 1
            case events.Load(model=model):
                assert model not in self.ready, "a model in memory must not be loaded"
                assert model not in self.loading, "one load at a time for each model"
                assert model not in self.leaving, "a model must be gone before it comes back"
                self.loading.append(model)
            case events.CancelLoad(model=model):
                self.loading.remove(model)
                self.leaving.append(model)
            case events.Unload(model=model):
                del self.ready[model]
                users = [request for request, (of, _) in self.running.items() if of == model]
                assert not users, "nothing is evicted under a lease"
                self.leaving.append(model)
            case events.EvictVoice(model=model, voice=voice):
                assert (model, voice) not in self.running.values(), "no voice is evicted under a lease"
                self.ready[model].remove(voice)
            case events.Decline():
                pass

    def _grant(self, ids: tuple[str, ...], model: str, voice: str | None, *, loads_voice: bool) -> None:
        assert self.scheduler.residence(model).state is State.READY, "only a ready model is granted"
        assert 1 <= len(ids) <= self.batch_size, "a batch has its limit"
        assert len(self.calls[model]) < self.lanes, "a call needs a free lane"
        assert loads_voice == (voice is not None and voice not in self.ready[model]), "the voices are accounted for"
        if voice is not None:
            self.ready[model].add(voice)
        self.calls[model].append(set(ids))
        for request in ids:
            assert self.waiting.pop(request) == model, "a grant is for a request that waits for this model"
            self.running[request] = (model, voice)

    def _end(self, request: str, model: str) -> None:
        for call in self.calls[model]:
            call.discard(request)
        self.calls[model] = [call for call in self.calls[model] if call]
