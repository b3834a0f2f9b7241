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
18. A measurement replaces the estimate at once; what is over the budget by it makes room.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from enum import Enum, auto

from catwalk.errors import Busy, CatwalkError, LoadFailed
from catwalk.serving import admission, events, fairness, grants
from catwalk.serving.backlog import Waiting
from catwalk.serving.budget import Budget, Sizes, add, covers, shortfall, smaller, subtract
from catwalk.serving.costs import Demand
from catwalk.serving.events import Decision, Event
from catwalk.serving.eviction import Candidate
from catwalk.serving.forecast import predict_wait_s
from catwalk.serving.memory import Memory
from catwalk.serving.residence import Claim, Limits, ModelTerms, Residence, State
from catwalk.serving.victims import Victims

__all__ = ["Limits", "ModelTerms", "Scheduler", "State"]

_Change = (
    events.Loaded
    | events.LoadFailure
    | events.Gone
    | events.Died
    | events.LoadWanted
    | events.UnloadWanted
    | events.Pin
)


class _Outcome(Enum):
    MET = auto()
    COMING = auto()
    """Those who make room are on their way out."""

    BLOCKED = auto()


class Scheduler:
    """The state of every model and of every request that is waiting or served."""

    def __init__(self, terms: Mapping[str, ModelTerms], budget: Sizes, limits: Limits | None = None) -> None:
        self._limits = limits = limits or Limits()
        self._models = {name: Residence.start(name, each) for name, each in terms.items()}
        self._memory = Memory(self._models, budget)
        self._victims = Victims(self._models, self._memory, limits)
        self._model_of: dict[str, Residence] = {}
        self._claims: dict[str, Residence] = {}  # in the order in which they were made
        self._draining: dict[str, Residence] = {}
        self._n_loading = 0
        self._now_s = -math.inf

    @property
    def budget(self) -> Budget:
        """The account of memory; to be read only."""
        return self._memory.budget

    def residence(self, model: str) -> Residence:
        """What is known of ``model``; to be read only."""
        return self._models[model]

    def next_tick_s(self) -> float:
        """When a :class:`~events.Tick` may change something; infinity when only other events can."""
        wakes = [self._victims.retry_s]
        for model in self._models.values():
            if model.claim is not None:
                wakes += (fairness.ages_s(model, self._limits), model.cool_until_s)
            elif model.state is State.READY and model.is_idle and not model.pinned:
                wakes.append(model.idle_since_s + model.keep_alive_s)
        return min((wake_s for wake_s in wakes if wake_s > self._now_s), default=math.inf)

    def predicted_wait_s(self, name: str, now_s: float) -> float:
        """How long a request that comes now will likely wait for its lane."""
        model = self._models[name]
        return predict_wait_s(model, self._models.values(), self._memory, self._limits, now_s)

    # --- events

    def handle(self, event: Event, now_s: float) -> list[Decision]:
        """Take in what happened and decide what follows from it, in the order in which it must be done."""
        self._now_s = now_s
        decisions = self._take_in(event, now_s)
        return decisions if isinstance(event, events.Served) else decisions + self._meet_claims(now_s)

    def _take_in(self, event: Event, now_s: float) -> list[Decision]:
        match event:
            case events.Request():
                return self._request(event, now_s)
            case events.Served():
                return self._served(event, now_s)  # which looks after the claims itself
            case events.Cancel(id=request):
                return self._cancel(request, now_s)
            case events.Tick():
                return [each for model in self._models.values() for each in self._advance(model, now_s)]
            case _:
                return self._take_in_change(event, self._models[event.model], now_s)

    def _take_in_change(self, event: _Change, model: Residence, now_s: float) -> list[Decision]:
        match event:
            case events.Loaded():
                return self._loaded(event, model, now_s)
            case events.LoadFailure(error=error):
                return self._load_failed(model, error, now_s)
            case events.Gone():
                return self._gone(model, now_s)
            case events.Died():
                return self._died(model, now_s)
            case events.LoadWanted(may_evict=may_evict):
                return self._load_wanted(model, may_evict, now_s)
            case events.UnloadWanted():
                return self._unload_wanted(model, now_s)
            case events.Pin(pinned=pinned):
                model.pinned = pinned
                self._doubt_claims()
                return self._advance(model, now_s)

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
        return self._advance(model, now_s)

    def _cancel(self, request: str, now_s: float) -> list[Decision]:
        model = self._model_of.get(request)
        waiting = model.waiting.find(request) if model is not None else None
        if model is None or waiting is None:
            return []
        model.waiting.remove(waiting)
        del self._model_of[request]
        return self._advance(model, now_s)

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
            self._victims.note_run(event.run_s)
        call.n_left -= 1
        if call.n_left == 0:
            model.calls.remove(call)
            if call.voice in model.voices:
                model.voices[call.voice].n_users -= 1
        decisions = self._measure(model, event.sizes, now_s) if event.sizes is not None else []
        # Claims first: the lane or the voice that came free may be what a claim waits for, and its turn may be over.
        decisions += self._meet_claims(now_s)
        claimed = model.claim
        decisions += self._advance(model, now_s)
        if model.claim is not claimed or model.state is not State.READY:
            decisions += self._meet_claims(now_s)
        return decisions

    def _measure(self, model: Residence, sizes: Sizes, now_s: float) -> list[Decision]:
        """Rule 18."""
        latents: Sizes = {}
        for held in model.voices.values():
            latents = add(latents, held.sizes)
        model.sizes = {device: max(0, n_bytes - latents.get(device, 0)) for device, n_bytes in sizes.items()}
        self._memory.settle(model)
        self._doubt_claims()
        excess = self.budget.excess()
        if not excess:
            return []
        victims = self._victims.find_idle(model, excess, now_s)
        if victims is not None:
            return self._evict(victims, "another model turned out larger than expected", now_s)
        return self._unload(model, "it turned out larger than expected", now_s) if not model.leases else []

    def _loaded(self, event: events.Loaded, model: Residence, now_s: float) -> list[Decision]:
        if model.state is not State.LOADING:
            return []  # cancelled at the last moment
        self._n_loading -= 1
        model.state, model.lanes, model.batch_size = State.READY, event.lanes, event.batch_size
        model.ready_since_s = model.idle_since_s = model.voice_since_s = now_s
        model.load_s = now_s - model.load_since_s
        model.n_served = model.n_granted = 0
        model.n_loads += 1
        model.load_wanted, model.last_error = False, None
        self._memory.settle(model)
        decisions = self._measure(model, event.sizes, now_s) if event.sizes is not None else []
        return decisions + self._advance(model, now_s)

    def _load_failed(self, model: Residence, error: CatwalkError, now_s: float) -> list[Decision]:
        # Rule 14
        self._leave_memory(model)
        self._cool_down(model, str(error), now_s)
        rejected: list[Decision] = [events.Reject(waiting.id, error) for waiting in model.waiting]
        for waiting in model.waiting:
            del self._model_of[waiting.id]
        model.waiting.clear()
        model.unload_wanted = model.load_wanted = False
        return rejected

    def _gone(self, model: Residence, now_s: float) -> list[Decision]:
        self._leave_memory(model)
        model.state = State.UNLOADED
        return self._advance(model, now_s)

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
        self._leave_memory(model)
        if was_ready and model.n_served == 0 and model.n_failures > 0:
            self._cool_down(model, "its process ended before it served anything", now_s)
        else:
            model.state = State.UNLOADED
            model.n_failures += was_ready
        return self._advance(model, now_s)

    def _load_wanted(self, model: Residence, may_evict: bool, now_s: float) -> list[Decision]:
        model.unload_wanted = False
        if model.state is not State.READY:
            if self._memory.never_fits(model, None):
                return [events.Decline(model.name, self._memory.describe_misfit(model, None))]  # Rule 7
            model.load_wanted, model.may_evict, model.cool_until_s = True, may_evict, now_s
        return self._advance(model, now_s)

    def _unload_wanted(self, model: Residence, now_s: float) -> list[Decision]:
        # Rule 17
        model.unload_wanted = model.state in {State.LOADING, State.READY}
        model.load_wanted = False
        return self._advance(model, now_s)

    # --- one model

    def _advance(self, model: Residence, now_s: float) -> list[Decision]:
        """What a model can do by itself: serve who waits, go, or claim room."""
        if model.state is State.READY:
            return self._serve(model, now_s)
        if model.state is State.LOADING:
            return [] if model.is_wanted or model.unload_wanted else self._cancel_load(model)  # Rules 2 and 13
        if model.is_wanted:
            self._claim(model, now_s)  # Rule 3
        else:
            self._give_up_claim(model)
        return []

    def _serve(self, model: Residence, now_s: float) -> list[Decision]:
        if model.unload_wanted:
            return [] if model.leases else self._unload(model, "asked for", now_s)  # Rule 17
        decisions: list[Decision] = []
        is_cramped = model.claim is not None
        while model.waiting and len(model.calls) < model.lanes and not model.draining:
            waiting, evicted, is_cramped = grants.choose(model, self._memory, self._limits, now_s)
            decisions += evicted
            if waiting is None:
                break
            decisions.append(grants.grant(model, waiting, self._memory, now_s))  # Rule 1
        if is_cramped and model.waiting:
            self._claim(model, now_s)  # Rule 4
        else:
            self._give_up_claim(model)
        if model.is_idle and not model.pinned and now_s >= model.idle_since_s + model.keep_alive_s:
            decisions += self._unload(model, "idle", now_s)  # Rule 16
        return decisions

    def _claim(self, model: Residence, now_s: float) -> None:
        if model.claim is None:
            self._claims[model.name] = model
            model.may_be_refused = True
            model.claim = Claim(now_s, len(self._claims))

    def _doubt_claims(self) -> None:
        """What could be met so far may never fit from now on."""
        for model in self._claims.values():
            model.may_be_refused = True

    def _give_up_claim(self, model: Residence) -> None:
        model.claim = None
        self._claims.pop(model.name, None)

    # --- coming and going

    def _load(self, model: Residence, voice: str | None, now_s: float) -> list[Decision]:
        self._give_up_claim(model)
        self._memory.reserve(model, voice)
        model.state, model.load_since_s = State.LOADING, now_s
        self._n_loading += 1
        return [events.Load(model.name)]

    def _cancel_load(self, model: Residence) -> list[Decision]:
        self._memory.say_leaving(model)
        model.state = State.UNLOADING
        self._n_loading -= 1
        return [events.CancelLoad(model.name)]

    def _unload(self, model: Residence, reason: str, now_s: float) -> list[Decision]:
        self._memory.say_leaving(model)
        self._give_up_claim(model)
        self._draining.pop(model.name, None)
        model.state, model.unload_wanted, model.draining = State.UNLOADING, False, False
        model.last_unload = reason
        model.n_evictions += 1
        return [events.Unload(model.name, reason), *self._advance(model, now_s)]

    def _leave_memory(self, model: Residence) -> None:
        if model.state is State.LOADING:
            self._n_loading -= 1
        if model.state is State.READY:
            self._give_up_claim(model)
        self._memory.forget(model)
        self._draining.pop(model.name, None)
        model.draining = model.unload_wanted = False

    def _cool_down(self, model: Residence, error: str, now_s: float) -> None:
        pause_s = min(self._limits.cool_down_s * 2**model.n_failures, self._limits.max_cool_down_s)
        model.state, model.cool_until_s, model.last_error = State.FAILED, now_s + pause_s, error
        model.n_failures += 1

    # --- room for claims

    def _meet_claims(self, now_s: float) -> list[Decision]:
        self._victims.retry_s, self._memory.kept = math.inf, {}
        if not self._claims and not self._draining:
            return []
        asked, self._draining = self._draining, {}
        decisions: list[Decision] = []
        spoken_for: Sizes = {}
        n_free = self._limits.max_loads - self._n_loading
        claims = self._ordered(now_s)
        reach: Sizes | None = None
        for claim in claims:
            is_load = claim.state is not State.READY
            if claim.claim is None or claim.state is State.UNLOADING or (is_load and n_free <= 0):
                continue
            is_pressing = now_s >= fairness.ages_s(claim, self._limits)
            if is_load and not is_pressing and not claim.may_be_refused:
                reach = self._victims.reach(now_s) if reach is None else reach
                if not covers(reach, claim.sizes):
                    continue  # most claims end here in overload: a look that costs little
            claim.may_be_refused = False
            outcome, spoken_for = self._meet(claim, spoken_for, decisions, now_s)
            if is_load and outcome is not _Outcome.BLOCKED:
                n_free -= 1
            if is_pressing and outcome is not _Outcome.MET:
                break  # Rule 8: nobody passes it
        for model in asked.values():
            if model.name not in self._draining and model.state is State.READY:
                model.draining = False
                decisions += self._serve(model, now_s)
        return decisions

    def _meet(
        self, claim: Residence, spoken_for: Sizes, decisions: list[Decision], now_s: float
    ) -> tuple[_Outcome, Sizes]:
        """Give a claim what it wants, or begin to make room; returns the bytes that younger claims must leave alone."""
        if claim.state is State.READY:
            decisions += self._serve(claim, now_s)
        decisions += self._drop_misfits(claim, now_s)
        if claim.claim is None:
            return _Outcome.MET, spoken_for
        voice = grants.first_voice(claim, self._limits, now_s)
        needed = self._memory.need(claim, voice)
        room = subtract(self.budget.headroom(), spoken_for)
        soon = add(room, self._memory.leaving())
        victims: list[Candidate] = []
        is_forced = False
        if not covers(soon, needed):
            found, is_forced = self._victims.find(claim, self._ordered, shortfall(soon, needed), now_s)
            if found is None:
                decisions += self._decline_preload(claim)
                return _Outcome.BLOCKED, spoken_for
            victims = found
            decisions += self._memory.evict_voices(victims)
            room = subtract(self.budget.headroom(), spoken_for)
        if covers(smaller(room, self.budget.headroom()), needed):
            decisions += self._serve(claim, now_s) if claim.state is State.READY else self._load(claim, voice, now_s)
            return _Outcome.MET, spoken_for
        spoken_for = add(spoken_for, needed if claim.state is State.READY else claim.sizes)
        coming = self._memory.leaving()
        for victim in victims:
            if victim.voice is None:
                coming = add(coming, victim.sizes)
        self._memory.kept = subtract(spoken_for, coming)
        decisions += self._dismiss(victims, claim, is_forced=is_forced, now_s=now_s)
        return _Outcome.COMING, spoken_for

    def _ordered(self, now_s: float) -> list[Residence]:
        return fairness.order_claims(self._claims.values(), self._limits, now_s)

    def _decline_preload(self, claim: Residence) -> list[Decision]:
        if not claim.is_mere_preload:
            return []
        claim.load_wanted = False
        self._give_up_claim(claim)
        message = f"model {claim.name!r} does not fit beside the models that are in memory already"
        return [events.Decline(claim.name, Busy(message))]

    def _drop_misfits(self, claim: Residence, now_s: float) -> list[Decision]:
        """Refuse what can never fit since a measurement or a pin (rule 7)."""
        decisions: list[Decision] = []
        while claim.claim is not None and self._memory.never_fits(
            claim, voice := grants.first_voice(claim, self._limits, now_s)
        ):
            error = self._memory.describe_misfit(claim, voice)
            claim.load_wanted, was_wanted = False, claim.load_wanted
            if was_wanted:
                decisions.append(events.Decline(claim.name, error))
            waiting = grants.first(claim, self._limits, now_s)
            if waiting is not None:
                claim.waiting.remove(waiting)
                del self._model_of[waiting.id]
                decisions.append(admission.turn_away(waiting.id, claim, error))
            if not claim.is_wanted:
                self._give_up_claim(claim)
        return decisions

    def _dismiss(
        self, victims: Iterable[Candidate], claim: Residence, *, is_forced: bool, now_s: float
    ) -> list[Decision]:
        """Let the idle victims go; busy ones only when they are forced, and after their leases."""
        decisions: list[Decision] = []
        for victim in victims:
            model = self._models[victim.model]
            if victim.voice is not None or not (model.is_idle or is_forced):
                continue
            if model.leases:  # Rule 6
                model.draining = True
                self._draining[model.name] = model
            else:
                decisions += self._unload(model, f"room for {claim.name}", now_s)
        return decisions

    def _evict(self, victims: list[Candidate], reason: str, now_s: float) -> list[Decision]:
        decisions = self._memory.evict_voices(victims)
        for victim in victims:
            if victim.voice is None:
                decisions += self._unload(self._models[victim.model], reason, now_s)
        return decisions
