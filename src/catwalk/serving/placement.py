"""Makes room for the models that want memory, in the order that fairness asks for."""

from __future__ import annotations

import math
from collections.abc import Iterable, MutableMapping
from enum import Enum, auto

from catwalk.errors import Busy
from catwalk.serving import admission, events, fairness, grants
from catwalk.serving.budget import Sizes, add, covers, shortfall, smaller, subtract
from catwalk.serving.events import Decision, UnloadReason
from catwalk.serving.eviction import Candidate
from catwalk.serving.residence import Residence, State
from catwalk.serving.roster import Roster
from catwalk.serving.victims import Victims


class _Outcome(Enum):
    MET = auto()
    COMING = auto()
    """Those who make room are on their way out."""

    BLOCKED = auto()


class Placement:
    """Decides who comes in and who has to leave for it."""

    def __init__(self, roster: Roster, model_of: MutableMapping[str, Residence]) -> None:
        self._roster = roster
        self._model_of = model_of
        self.victims = Victims(roster.models, roster.memory, roster.limits)

    def meet_claims(self, now_s: float) -> list[Decision]:
        """Give the models with claims what they want, as far as rules 3, 5, 8 and 9 allow."""
        self.victims.retry_s, self._roster.memory.kept = math.inf, {}
        if not self._roster.claims and not self._roster.draining:
            return []
        asked, self._roster.draining = self._roster.draining, {}
        decisions: list[Decision] = []
        spoken_for: Sizes = {}
        n_free = self._roster.limits.max_loads - self._roster.n_loading
        claims = self._ordered(now_s)
        reach: Sizes | None = None
        for claim in claims:
            is_load = claim.state is not State.READY
            if claim.claim is None or claim.state is State.UNLOADING or (is_load and n_free <= 0):
                continue
            is_pressing = now_s >= fairness.ages_s(claim, self._roster.limits)
            if is_load and not is_pressing and not claim.may_be_refused:
                reach = self.victims.reach(now_s) if reach is None else reach
                if not covers(reach, claim.sizes):
                    continue  # most claims end here in overload: a look that costs little
            claim.may_be_refused = False
            outcome, spoken_for = self._meet(claim, spoken_for, decisions, now_s)
            if is_load and outcome is not _Outcome.BLOCKED:
                n_free -= 1
            if is_pressing and outcome is not _Outcome.MET:
                break  # Rule 8: nobody passes it
        for model in asked.values():
            if model.name not in self._roster.draining and model.state is State.READY:
                model.draining = False
                decisions += self._roster.serve(model, now_s)
        return decisions

    def _meet(
        self, claim: Residence, spoken_for: Sizes, decisions: list[Decision], now_s: float
    ) -> tuple[_Outcome, Sizes]:
        """Give a claim what it wants, or begin to make room; returns the bytes that younger claims must leave alone."""
        if claim.state is State.READY:
            decisions += self._roster.serve(claim, now_s)
        decisions += self._drop_misfits(claim, now_s)
        if claim.claim is None:
            return _Outcome.MET, spoken_for
        voice = grants.first_voice(claim, self._roster.limits, now_s)
        needed = self._roster.memory.need(claim, voice)
        room = subtract(self._roster.memory.budget.headroom(), spoken_for)
        soon = add(room, self._roster.memory.leaving())
        victims: list[Candidate] = []
        is_forced = False
        if not covers(soon, needed):
            found, is_forced = self.victims.find(claim, self._ordered, shortfall(soon, needed), now_s)
            if found is None:
                decisions += self._decline_preload(claim)
                return _Outcome.BLOCKED, spoken_for
            victims = found
            decisions += self._roster.memory.evict_voices(victims)
            room = subtract(self._roster.memory.budget.headroom(), spoken_for)
        if covers(smaller(room, self._roster.memory.budget.headroom()), needed):
            decisions += (
                self._roster.serve(claim, now_s)
                if claim.state is State.READY
                else self._roster.load(claim, voice, now_s)
            )
            return _Outcome.MET, spoken_for
        spoken_for = add(spoken_for, needed if claim.state is State.READY else claim.sizes)
        coming = self._roster.memory.leaving()
        for victim in victims:
            if victim.voice is None:
                coming = add(coming, victim.sizes)
        self._roster.memory.kept = subtract(spoken_for, coming)
        decisions += self._dismiss(victims, claim, is_forced=is_forced, now_s=now_s)
        return _Outcome.COMING, spoken_for

    def _ordered(self, now_s: float) -> list[Residence]:
        return fairness.order_claims(self._roster.claims.values(), self._roster.limits, now_s)

    def _decline_preload(self, claim: Residence) -> list[Decision]:
        if not claim.is_mere_preload:
            return []
        claim.load_wanted = False
        self._roster.give_up_claim(claim)
        message = f"model {claim.name!r} does not fit beside the models that are in memory already"
        return [events.Decline(claim.name, Busy(message))]

    def _drop_misfits(self, claim: Residence, now_s: float) -> list[Decision]:
        """Refuse what can never fit since a measurement or a pin (rule 7)."""
        decisions: list[Decision] = []
        while claim.claim is not None and self._roster.memory.never_fits(
            claim, voice := grants.first_voice(claim, self._roster.limits, now_s)
        ):
            error = self._roster.memory.describe_misfit(claim, voice)
            claim.load_wanted, was_wanted = False, claim.load_wanted
            if was_wanted:
                decisions.append(events.Decline(claim.name, error))
            waiting = grants.first(claim, self._roster.limits, now_s)
            if waiting is not None:
                claim.waiting.remove(waiting)
                del self._model_of[waiting.id]
                decisions.append(admission.turn_away(waiting.id, claim, error))
            if not claim.is_wanted:
                self._roster.give_up_claim(claim)
        return decisions

    def _dismiss(
        self, victims: Iterable[Candidate], claim: Residence, *, is_forced: bool, now_s: float
    ) -> list[Decision]:
        """Let the idle victims go; busy ones only when they are forced, and after their leases."""
        decisions: list[Decision] = []
        for victim in victims:
            model = self._roster.models[victim.model]
            if victim.voice is not None or not (model.is_idle or is_forced):
                continue
            if model.leases:  # Rule 6
                model.draining = True
                self._roster.draining[model.name] = model
            else:
                decisions += self._roster.unload(model, UnloadReason.ROOM, now_s, claim.name)
        return decisions

    def evict(self, victims: list[Candidate], beneficiary: str, now_s: float) -> list[Decision]:
        """Let victims go that nobody uses, because another model outgrew what was expected of it."""
        decisions = self._roster.memory.evict_voices(victims)
        for victim in victims:
            if victim.voice is None:
                decisions += self._roster.unload(
                    self._roster.models[victim.model], UnloadReason.OUTGROWN, now_s, beneficiary
                )
        return decisions
