"""Who is served next, and what is in memory: events in, decisions out. No clock, thread, process or I/O.

The pool tells the scheduler what happened (:data:`Event`) and carries out what it decides (:data:`Decision`), in
order. Every method takes the time from its caller. The rules:

1.  A request for a ready model with a free lane is granted at once, with up to ``batch_size`` others of its voice.
2.  A request for a model that is loading joins that load.
3.  A request for a model that is not in memory makes a claim. Loads are at most ``max_loads`` at a time; claims of
    people come before those of batch work, older before younger, and one that cannot be met lets others pass.
4.  Within a model: interactive before batch; a voice that is in memory, or fits beside those that are, before one that
    would cost another its place. A voice that does not fit makes a claim, too.
5.  Whoever needs room evicts the idle, unpinned model or voice whose loss costs least: seconds to bring it back, over
    seconds until it is likely wanted again, for each byte that it frees.
6.  Nothing is evicted under a lease.
7.  What can never fit is refused before anything is evicted.
8.  A claim older than ``max_wait_s`` is pressing: the oldest comes first, nobody passes it, and busy models must make
    room for it. If one is expected to run dry before the claim's bound is in danger, it may; otherwise those whose
    loss costs least take no new work, drain and go. Batch work makes room for people without waiting that long.
9.  A model that was just loaded may serve its backlog for ``quantum_s`` before it has to make room. With *n* models
    waiting, each is resident again within ``max_wait_s + n × (quantum_s + longest load) + longest run``.
10. Within a model, voices and priorities yield to a request older than ``max_wait_s``.
11. A request is refused when ``max_queue`` of its model wait already; it is told when to come back.
12. What would be refused goes to the model's fallback, if it has one; so does a request whose predicted wait is longer
    than ``max_local_wait_s``.
13. A load that nobody wants any more is cancelled.
14. A failed load rejects everything that waited for it; the model cools down for ``cool_down_s``, doubled with each
    failure in a row up to ``max_cool_down_s``, and refuses requests meanwhile.
15. A worker that dies takes its leases with it. Those who wait stay, and the model is loaded again at once; one that
    dies again before it served anything cools down first.
16. A model that nobody holds or waits for is unloaded when it has been idle for as long as its latest request, or else
    its terms, wanted to keep it; a pinned one stays.
17. An unload that a person asked for waits for the leases to end; requests that wait then load the model again.
18. A measurement replaces the estimate at once. What is over the budget by it makes room: idle models and voices go,
    else the one that was measured drains, and comes back when there is room for what it really takes. One that is over
    the whole budget, and kept within it in an earlier life, is tried again as the only one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from catwalk.errors import CatwalkError, LoadFailed
from catwalk.serving import admission, events, fairness
from catwalk.serving.backlog import Waiting
from catwalk.serving.budget import Budget, Sizes, covers, larger, smaller
from catwalk.serving.costs import Demand
from catwalk.serving.events import Decision, Event, UnloadReason
from catwalk.serving.forecast import predict_wait_s
from catwalk.serving.placement import Placement
from catwalk.serving.residence import Limits, ModelTerms, Residence, State
from catwalk.serving.roster import Roster

__all__ = ["Limits", "ModelTerms", "Scheduler", "State"]

_Change = (
    events.Loaded
    | events.Measured
    | events.LoadFailure
    | events.Gone
    | events.Died
    | events.LoadWanted
    | events.UnloadWanted
    | events.Pin
    | events.VoiceRemoved
)


GROWTH = 1.5
"""How much larger a model is taken to be than it was when its load was broken off for want of room."""


class Scheduler:
    """The state of every model and of every request that is waiting or served."""

    def __init__(self, terms: Mapping[str, ModelTerms], budget: Sizes, limits: Limits | None = None) -> None:
        self._limits = limits = limits or Limits()
        self._models = {name: Residence.start(name, each) for name, each in terms.items()}
        self._roster = Roster(self._models, budget, limits)
        self._memory = self._roster.memory
        self._model_of: dict[str, Residence] = {}
        self._placement = Placement(self._roster, self._model_of)
        self._due_s = math.inf

    @property
    def budget(self) -> Budget:
        """The account of memory; to be read only."""
        return self._memory.budget

    def residence(self, model: str) -> Residence:
        """What is known of ``model``; to be read only."""
        return self._models[model]

    def next_tick_s(self) -> float:
        """When a :class:`~events.Tick` may change something; infinity when only other events can."""
        return self._due_s

    def _find_due_s(self, now_s: float) -> float:
        wakes = [self._placement.victims.retry_s]
        for model in self._models.values():
            if model.claim is not None:
                wakes += (fairness.ages_s(model, self._limits), model.cool_until_s)
            elif model.state is State.READY and model.is_idle and not model.pinned:
                wakes.append(model.idle_since_s + model.keep_alive_s)
        return min((wake_s for wake_s in wakes if wake_s > now_s), default=math.inf)

    def predicted_wait_s(self, name: str, now_s: float) -> float:
        """How long a request that comes now will likely wait for its lane."""
        model = self._models[name]
        return predict_wait_s(model, self._models.values(), self._memory, self._limits, now_s)

    # --- events

    def handle(self, event: Event, now_s: float) -> list[Decision]:
        """Take in what happened and decide what follows from it, in the order in which it must be done."""
        # Another event may come first when a tick is due; it must not be lost.
        decisions = self._take_in(events.Tick(), now_s) if now_s >= self._due_s else []
        decisions += self._take_in(event, now_s)
        if not isinstance(event, events.Served):
            decisions += self._placement.meet_claims(now_s)
        self._due_s = self._find_due_s(now_s)
        return decisions

    def _take_in(self, event: Event, now_s: float) -> list[Decision]:
        match event:
            case events.Request():
                return self._request(event, now_s)
            case events.Served():
                return self._served(event, now_s)  # which looks after the claims itself
            case events.Cancel(id=request):
                return self._cancel(request, now_s)
            case events.Tick():
                return [each for model in self._models.values() for each in self._roster.advance(model, now_s)]
            case _:
                return self._take_in_change(event, self._models[event.model], now_s)

    def _take_in_change(self, event: _Change, model: Residence, now_s: float) -> list[Decision]:
        match event:
            case events.Loaded():
                return self._loaded(event, model, now_s)
            case events.Measured():
                return self._measured(event, model, now_s)
            case events.LoadFailure(error=error):
                return self._load_failed(model, error, now_s)
            case events.Gone(least_sizes=least_sizes):
                model.least_sizes = model.least_sizes if least_sizes is None else least_sizes
                return self._gone(model, now_s)
            case events.Died():
                return self._died(model, now_s)
            case events.LoadWanted(may_evict=may_evict):
                return self._load_wanted(model, may_evict, now_s)
            case events.UnloadWanted():
                return self._unload_wanted(model, now_s)
            case events.VoiceRemoved(voice=voice):
                dropped = self._memory.drop_voice(model, voice)
                self._roster.doubt_claims()
                return dropped + self._roster.advance(model, now_s)
            case events.Pin(pinned=pinned):
                model.pinned = pinned
                self._roster.doubt_claims()
                return self._roster.advance(model, now_s)

    def _request(self, event: events.Request, now_s: float) -> list[Decision]:
        model = self._models[event.model]
        if event.voice is not None and event.latents_bytes is not None:
            model.latents_bytes[event.voice] = event.latents_bytes
        refusal = admission.refuse(event, model, self._models.values(), self._memory, self._limits, now_s=now_s)
        if refusal is not None:
            return [refusal]
        model.demand.note(now_s)
        if event.voice is not None:
            model.voice_demand.setdefault(event.voice, Demand()).note(now_s)
        predicted_s = model.costs.predict(event.voice, event.size)
        model.waiting.add(
            Waiting(event.id, event.voice, event.size, event.priority, event.keep_alive_s, now_s, predicted_s)
        )
        self._model_of[event.id] = model
        return self._roster.advance(model, now_s)

    def _cancel(self, request: str, now_s: float) -> list[Decision]:
        model = self._model_of.get(request)
        waiting = model.waiting.find(request) if model is not None else None
        if model is None or waiting is None:
            return []
        model.waiting.remove(waiting)
        del self._model_of[request]
        return self._roster.advance(model, now_s)

    def _served(self, event: events.Served, now_s: float) -> list[Decision]:
        model = self._model_of.pop(event.id, None)
        lease = model.leases.pop(event.id, None) if model is not None else None
        if model is None or lease is None:
            return []  # its worker died, and the lease with it
        waiting, call = lease.waiting, lease.call
        model.n_served += 1
        model.n_failures = 0
        model.idle_since_s = now_s
        keep_s = model.terms.keep_alive_s if waiting.keep_alive_s is None else waiting.keep_alive_s
        model.keep_alive_s = keep_s if keep_s >= 0.0 else math.inf
        if event.run_s is not None:
            model.costs.learn(call.voice, waiting.size, event.run_s, loaded_voice=call.loads_voice)
            self._placement.victims.note_run(event.run_s)
        call.n_left -= 1
        if call.n_left == 0:
            model.calls.remove(call)
            if call.voice in model.voices:
                model.voices[call.voice].n_users -= 1
        # Claims first: the lane or the voice that came free may be what a claim waits for, and its turn may be over.
        decisions = self._placement.meet_claims(now_s)
        claimed = model.claim
        decisions += self._roster.advance(model, now_s)
        if model.claim is not claimed or model.state is not State.READY:
            decisions += self._placement.meet_claims(now_s)
        return decisions

    def _measured(self, event: events.Measured, model: Residence, now_s: float) -> list[Decision]:
        if model.state is State.LOADING:
            return self._outgrow(model, event.sizes, now_s)
        if model.state is not State.READY:
            return []
        model.latents_bytes.update(event.latents)
        for voice in model.voices.keys() & event.latents.keys():
            self._memory.settle_voice(model, voice)
        return self._measure(model, event.sizes, now_s)

    def _outgrow(self, model: Residence, sizes: Sizes, now_s: float) -> list[Decision]:
        """Rule 18, for a model that is larger already than it was expected to be once it is loaded."""
        if covers(model.entry_sizes, sizes):
            return []
        model.sizes = larger(model.sizes, sizes)
        self._memory.reserve(model, None)
        self._roster.doubt_claims()
        excess = self.budget.excess()
        if not excess:
            return []
        victims = self._placement.victims.find_idle(model, excess, now_s)
        if victims is not None and not self._memory.never_fits(model, None):
            return self._placement.evict(victims, model.name, now_s)
        # It will grow on; the next try asks for more, but not for more than there could ever be.
        guess = {device: int(GROWTH * n_bytes) for device, n_bytes in model.sizes.items()}
        model.sizes = larger(model.sizes, smaller(guess, self.budget.limits))
        return self._roster.cancel_load(model, UnloadReason.OUTGROWN)

    def _measure(self, model: Residence, sizes: Sizes, now_s: float) -> list[Decision]:
        """Rule 18."""
        model.sizes = sizes
        self._memory.settle(model)
        self._roster.doubt_claims()
        excess = self.budget.excess()
        if not excess:
            return []
        victims = self._placement.victims.find_idle(model, excess, now_s)
        if victims is not None and not self._memory.never_fits(model, None):
            return self._placement.evict(victims, model.name, now_s)
        model.outgrown = True
        return self._roster.advance(model, now_s)

    def _loaded(self, event: events.Loaded, model: Residence, now_s: float) -> list[Decision]:
        if model.state is not State.LOADING:
            return []  # cancelled at the last moment
        self._roster.n_loading -= 1
        model.state, model.lanes, model.batch_size = State.READY, event.lanes, event.batch_size
        model.ready_since_s = model.idle_since_s = model.voice_since_s = now_s
        model.load_s = now_s - model.load_since_s
        model.n_served = model.n_granted = 0
        model.n_loads += 1
        model.load_wanted, model.last_error = False, None
        model.load_sizes = event.load_sizes or model.load_sizes
        self._memory.settle(model)
        decisions = self._measure(model, event.sizes, now_s) if event.sizes is not None else []
        return decisions + self._roster.advance(model, now_s)

    def _load_failed(self, model: Residence, error: CatwalkError, now_s: float) -> list[Decision]:
        # Rule 14
        self._roster.leave_memory(model)
        self._roster.cool_down(model, str(error), now_s)
        rejected = [admission.turn_away(waiting.id, model, error) for waiting in model.waiting]
        for waiting in model.waiting:
            del self._model_of[waiting.id]
        model.waiting.clear()
        model.unload_wanted = model.load_wanted = False
        return rejected

    def _gone(self, model: Residence, now_s: float) -> list[Decision]:
        self._roster.leave_memory(model)
        model.state = State.UNLOADED
        return self._roster.advance(model, now_s)

    def _died(self, model: Residence, now_s: float) -> list[Decision]:
        # Rule 15
        for request in model.leases:
            self._model_of.pop(request, None)
        model.leases.clear()
        model.calls.clear()
        if model.state is State.LOADING:
            error = LoadFailed(f"the process of model {model.name!r} ended while it loaded")
            return self._load_failed(model, error, now_s)
        was_ready = model.state is State.READY
        self._roster.leave_memory(model)
        if was_ready and model.n_served == 0 and model.n_failures > 0:
            self._roster.cool_down(model, "its process ended before it served anything", now_s)
        else:
            model.state = State.UNLOADED
            model.n_failures += was_ready
        return self._roster.advance(model, now_s)

    def _load_wanted(self, model: Residence, may_evict: bool, now_s: float) -> list[Decision]:
        model.unload_wanted = False
        if model.state is not State.READY:
            if self._memory.never_fits(model, None):
                return [events.Decline(model.name, self._memory.describe_misfit(model, None))]  # Rule 7
            model.load_wanted, model.may_evict, model.cool_until_s = True, may_evict, now_s
        return self._roster.advance(model, now_s)

    def _unload_wanted(self, model: Residence, now_s: float) -> list[Decision]:
        # Rule 17
        model.unload_wanted = model.state in {State.LOADING, State.READY}
        model.load_wanted = False
        return self._roster.advance(model, now_s)
