"""Who may be asked to leave for a claim, and from when on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

from catwalk.serving import fairness
from catwalk.serving.budget import Sizes, add
from catwalk.serving.eviction import Candidate, choose_victims
from catwalk.serving.memory import Memory
from catwalk.serving.residence import Limits, Residence, State


class Victims:
    """Finds victims; decides nothing and changes nothing but its own notes."""

    def __init__(self, models: Mapping[str, Residence], memory: Memory, limits: Limits) -> None:
        self._models = models
        self._memory = memory
        self._limits = limits
        self._longest_run_s = 0.0
        self.retry_s = math.inf
        """When an answer may change although nothing happens."""

    def note_run(self, run_s: float) -> None:
        """Take in how long a run took."""
        self._longest_run_s = max(self._longest_run_s, run_s)

    def find_idle(self, but: Residence, missing: Sizes, now_s: float) -> list[Candidate] | None:
        """Whose going frees what is missing without anybody being asked to stop work (rule 5)."""
        return choose_victims(self._idle(but, now_s), missing)

    def reach(self, now_s: float) -> Sizes:
        """The most that a claim which is not pressing may get: what is free, on its way out, idle, or batch work."""
        total = add(self._memory.budget.headroom(), self._memory.leaving())
        for model in self._models.values():
            if model.state is not State.READY:
                continue
            if model.is_idle and not model.pinned:
                total = add(total, self._memory.weight(model))
            elif not model.pinned and not model.has_interactive:
                total = add(total, self._memory.weight(model))
                ends_s = model.turn_ends_s(self._limits.quantum_s)
                self.retry_s = min(self.retry_s, ends_s) if ends_s > now_s else self.retry_s
            else:
                for held in model.voices.values():
                    total = add(total, held.sizes) if held.n_users == 0 else total
        return total

    def find(
        self, claim: Residence, order: Callable[[float], Sequence[Residence]], missing: Sizes, now_s: float
    ) -> tuple[list[Candidate] | None, bool]:
        """Whose going makes room for a claim, and whether they must go although they are busy (rules 5, 8 and 9)."""
        if now_s < fairness.ages_s(claim, self._limits):
            return choose_victims(self._willing(claim, now_s), missing), True
        latest_s = fairness.latest_departure_s(order(now_s), self._longest_run_s, self._limits)
        if now_s < latest_s:
            self.retry_s = min(self.retry_s, latest_s)
            victims = choose_victims(self._dry_by(latest_s, claim, now_s), missing)
            if victims is not None:
                return victims, False
        return choose_victims(self._turn_over(claim, now_s), missing), True

    def _candidates(self, claim: Residence, now_s: float) -> Iterator[tuple[Residence, Candidate]]:
        for model in self._models.values():
            if model is not claim and model.state is State.READY and not model.pinned:
                yield model, Candidate(model.name, None, self._memory.weight(model), model.loss(now_s))

    def _idle(self, claim: Residence, now_s: float) -> Iterator[Candidate]:
        yield from self._memory.idle_voices(self._models.values(), now_s)
        yield from (candidate for model, candidate in self._candidates(claim, now_s) if model.is_idle)

    def _willing(self, claim: Residence, now_s: float) -> Iterator[Candidate]:
        """Idle ones; for people also those whose turn is over and that have only batch work."""
        if claim.is_mere_preload:
            return
        yield from self._idle(claim, now_s)
        if claim.has_interactive:
            yield from (each for each in self._turn_over(claim, now_s, batch_only=True) if each.voice is None)

    def _dry_by(self, latest_s: float, claim: Residence, now_s: float) -> Iterator[Candidate]:
        """Idle ones, and those that are expected to be idle by then or cannot work for want of room."""
        yield from self._memory.idle_voices(self._models.values(), now_s)
        for model, candidate in self._candidates(claim, now_s):
            is_stuck = model.claim is not None and not model.leases
            if model.is_idle or is_stuck or model.dry_s(now_s) <= latest_s:
                yield candidate

    def _turn_over(self, claim: Residence, now_s: float, *, batch_only: bool = False) -> Iterator[Candidate]:
        """Idle ones, and those that had their turn."""
        yield from self._memory.idle_voices(self._models.values(), now_s)
        for model, candidate in self._candidates(claim, now_s):
            ends_s = model.turn_ends_s(self._limits.quantum_s)
            if batch_only and (model.is_idle or model.has_interactive):
                continue
            if model.is_idle or now_s >= ends_s:
                yield candidate
            else:
                self.retry_s = min(self.retry_s, ends_s)
