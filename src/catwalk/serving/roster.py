"""All models, what each does by itself (serve who waits, claim room, come and go), and the books that they share."""

from __future__ import annotations

from collections.abc import Mapping

from catwalk.serving import events, grants
from catwalk.serving.budget import Sizes
from catwalk.serving.events import Decision, UnloadReason
from catwalk.serving.memory import Memory
from catwalk.serving.residence import Claim, Limits, Residence, State


class Roster:
    """All models and what is common to them; every change of a model's state goes through here."""

    def __init__(self, models: Mapping[str, Residence], budget: Sizes, limits: Limits) -> None:
        self.models = models
        self.limits = limits
        self.memory = Memory(models, budget)
        self.claims: dict[str, Residence] = {}
        """Models that want memory, in the order in which they began to."""

        self.draining: dict[str, Residence] = {}
        """Models that take no new work."""

        self.n_loading = 0

    def advance(self, model: Residence, now_s: float) -> list[Decision]:
        """What a model can do by itself: serve who waits, go, or claim room."""
        if model.state is State.READY:
            return self.serve(model, now_s)
        if model.state is State.LOADING:
            return [] if model.is_wanted or model.unload_wanted else self.cancel_load(model)  # Rules 2 and 13
        if model.is_wanted:
            self.claim(model, now_s)  # Rule 3
        else:
            self.give_up_claim(model)
        return []

    def serve(self, model: Residence, now_s: float) -> list[Decision]:
        """Grant what can be granted; go if nothing keeps the model."""
        if model.unload_wanted:
            return [] if model.leases else self.unload(model, UnloadReason.ASKED, now_s)  # Rule 17
        model.outgrown = model.outgrown and bool(self.memory.budget.excess())
        if model.outgrown:
            return [] if model.leases else self.unload(model, UnloadReason.OUTGROWN, now_s)  # Rule 18
        decisions: list[Decision] = []
        is_cramped = model.claim is not None
        while model.waiting and len(model.calls) < model.lanes and not model.draining:
            waiting, evicted, is_cramped = grants.choose(model, self.memory, self.limits, now_s)
            decisions += evicted
            if waiting is None:
                break
            decisions.append(grants.grant(model, waiting, self.memory, now_s))  # Rule 1
        if is_cramped and model.waiting:
            self.claim(model, now_s)  # Rule 4
        else:
            self.give_up_claim(model)
        if model.is_idle and not model.pinned and now_s >= model.idle_since_s + model.keep_alive_s:
            decisions += self.unload(model, UnloadReason.IDLE, now_s)  # Rule 16
        return decisions

    def claim(self, model: Residence, now_s: float) -> None:
        """Note that the model wants memory that it does not have."""
        if model.claim is None:
            self.claims[model.name] = model
            model.may_be_refused = True
            model.claim = Claim(now_s, len(self.claims))

    def doubt_claims(self) -> None:
        """What could be met so far may never fit from now on."""
        for model in self.claims.values():
            model.may_be_refused = True

    def give_up_claim(self, model: Residence) -> None:
        """Note that it wants none any more."""
        model.claim = None
        self.claims.pop(model.name, None)

    def load(self, model: Residence, voice: str | None, now_s: float) -> list[Decision]:
        """Begin to load, with room for the voice that is asked for first."""
        self.give_up_claim(model)
        self.memory.reserve(model, voice)
        model.state, model.load_since_s = State.LOADING, now_s
        self.n_loading += 1
        return [events.Load(model.name)]

    def cancel_load(self, model: Residence, reason: UnloadReason = UnloadReason.UNWANTED) -> list[Decision]:
        """Break a load off."""
        self.memory.say_leaving(model)
        model.state, model.last_unload = State.UNLOADING, reason.value
        self.n_loading -= 1
        return [events.CancelLoad(model.name, reason)]

    def unload(
        self, model: Residence, reason: UnloadReason, now_s: float, beneficiary: str | None = None
    ) -> list[Decision]:
        """Tell a model to leave."""
        self.memory.say_leaving(model)
        self.give_up_claim(model)
        self.draining.pop(model.name, None)
        model.state = State.UNLOADING
        model.unload_wanted = model.draining = model.outgrown = False
        self.memory.expect_again(model)
        unload = events.Unload(model.name, reason, beneficiary)
        model.last_unload = str(unload)
        model.n_evictions += reason is not UnloadReason.ASKED
        return [unload, *self.advance(model, now_s)]

    def leave_memory(self, model: Residence) -> None:
        """Take a model that is gone off the books."""
        if model.state is State.LOADING:
            self.n_loading -= 1
        if model.state is State.READY:
            self.give_up_claim(model)
        self.memory.forget(model)
        self.draining.pop(model.name, None)
        model.draining = model.unload_wanted = model.outgrown = False

    def cool_down(self, model: Residence, error: str, now_s: float) -> None:
        """Let a model rest after a failure."""
        pause_s = min(self.limits.cool_down_s * 2**model.n_failures, self.limits.max_cool_down_s)
        model.state, model.cool_until_s, model.last_error = State.FAILED, now_s + pause_s, error
        model.n_failures += 1
