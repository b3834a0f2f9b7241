"""Who is served next, and what is in memory: events in, decisions out. No clock, thread, process or I/O."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from catwalk.errors import CatwalkError, CoolingDown, LoadFailed, NeverFits, QueueFull
from catwalk.serving.backlog import Waiting
from catwalk.serving.budget import Budget, Sizes, add, covers, shortfall
from catwalk.serving.events import *
from catwalk.serving.eviction import Candidate, choose_victims
from catwalk.serving.residence import Call, HeldVoice, Lease, Limits, ModelTerms, Residence, State


import os
VP = float(os.environ.get("VP", 1))
HELD = int(os.environ.get("HELD", 1))
GRACE = float(os.environ.get("GRACE", 0.7))
LINGER = float(os.environ.get("LINGER", 0))


class Scheduler:
    """The state of every model and of every request that is waiting or served."""

    def __init__(self, terms: Mapping[str, ModelTerms], budget: Sizes, limits: Limits = Limits()) -> None:
        self._limits = limits
        self._budget = Budget(budget)
        self._models = {name: _start(name, each) for name, each in terms.items()}
        self._model_of: dict[str, Residence] = {}
        self._claims: set[str] = set()
        self._n_claims = 0
        self._n_loading = 0
        self._leaving: dict[str, Sizes] = {}
        self._spoken_for: Sizes = {}

    def residence(self, model: str) -> Residence:
        """What is known of ``model``; to be read only."""
        return self._models[model]

    @property
    def budget(self) -> Budget:
        return self._budget

    # --- events

    def handle(self, event: Event, now_s: float) -> list[Decision]:
        """Take in what happened and decide what follows from it, in the order in which it must be done."""
        self._last_s = now_s
        match event:
            case Request():
                decisions = self._request(event, now_s)
            case Cancel(id=request):
                decisions = self._cancel(request, now_s)
            case Served():
                decisions = self._served(event, now_s)
            case Loaded():
                decisions = self._loaded(event, now_s)
            case LoadFailure(model=name, error=error):
                decisions = self._load_failed(self._models[name], error, now_s)
            case Gone(model=name):
                decisions = self._gone(self._models[name], now_s)
            case Died(model=name):
                decisions = self._died(self._models[name], now_s)
            case LoadWanted(model=name, may_evict=may_evict):
                decisions = self._load_wanted(self._models[name], may_evict, now_s)
            case UnloadWanted(model=name):
                decisions = self._unload_wanted(self._models[name], now_s)
            case Pin(model=name, pinned=pinned):
                self._models[name].pinned = pinned
                decisions = []
            case Tick():
                decisions = [each for model in self._models.values() for each in self._advance(model, now_s)]
        if self._claims or self._draining():
            decisions += self._place(now_s)
        return decisions

    def _request(self, event: Request, now_s: float) -> list[Decision]:
        model = self._models[event.model]
        if event.voice is not None and event.latents_bytes is not None and event.voice not in model.voices:
            model.latents_bytes[event.voice] = event.latents_bytes
        error = self._refusal(model, event, now_s)
        if error is not None:
            fallback = model.terms.fallback
            return [Route(event.id, fallback, str(error)) if fallback is not None else Reject(event.id, error)]
        if model.terms.fallback is not None:
            wait_s = self.predicted_wait_s(event.model, now_s)
            if wait_s > self._limits.max_local_wait_s:
                return [Route(event.id, model.terms.fallback, f"{wait_s:.0f} s predicted wait")]
        model.demand.note(now_s)
        if event.voice is not None:
            model.voice_demand.setdefault(event.voice, type(model.demand)()).note(now_s)
        predicted_s = model.costs.predict(event.voice, event.size)
        keep = event.keep_alive_s
        model.waiting.add(Waiting(event.id, event.voice, event.size, event.priority, keep, now_s, predicted_s))
        self._model_of[event.id] = model
        return self._advance(model, now_s)

    def _refusal(self, model: Residence, event: Request, now_s: float) -> CatwalkError | None:
        if self._never_fits(model, event.voice):
            return NeverFits(f"model {model.name!r} needs {dict(self._need_of(model, event.voice))} bytes; budget {dict(self._budget.limits)}")
        if model.state is State.FAILED and now_s < model.cool_until_s and model.last_error is not None:
            wait_s = math.ceil(model.cool_until_s - now_s)
            message = f"model {model.name!r} failed and is tried again in {wait_s} s: {model.last_error}"
            return CoolingDown(message, retry_after_s=wait_s)
        if len(model.waiting) >= self._limits.max_queue:
            message = f"{len(model.waiting)} requests wait for model {model.name!r} already, the most that may"
            wait_s = max(1, math.ceil(self.predicted_wait_s(model.name, now_s)))
            return QueueFull(message, retry_after_s=wait_s)
        return None

    def _cancel(self, request: str, now_s: float) -> list[Decision]:
        model = self._model_of.get(request)
        waiting = model.waiting.find(request) if model is not None else None
        if model is None or waiting is None:
            return []
        model.waiting.remove(waiting)
        del self._model_of[request]
        return self._advance(model, now_s)

    def _served(self, event: Served, now_s: float) -> list[Decision]:
        model = self._model_of.pop(event.id, None)
        lease = model.leases.pop(event.id, None) if model is not None else None
        if model is None or lease is None:
            return []  # its worker died, and the lease with it
        model.n_served += 1
        model.n_failures = 0
        model.idle_since_s = now_s
        keep = lease.waiting.keep_alive_s
        model.keep_alive_s = model.terms.keep_alive_s if keep is None else keep
        call = lease.call
        if event.run_s is not None:
            model.costs.learn(call.voice, lease.waiting.size, event.run_s, loaded_voice=call.loads_voice)
        call.n_left -= 1
        if call.n_left == 0:
            model.calls.remove(call)
            if call.voice in model.voices:
                model.voices[call.voice].n_users -= 1
        return self._advance(model, now_s)

    def _loaded(self, event: Loaded, now_s: float) -> list[Decision]:
        model = self._models[event.model]
        if model.state is not State.LOADING:
            return []
        self._n_loading -= 1
        model.state, model.lanes, model.batch_size = State.READY, event.lanes, event.batch_size
        model.ready_since_s = model.idle_since_s = model.voice_since_s = now_s
        model.load_s = now_s - model.load_since_s
        model.n_served = model.n_granted = 0
        model.n_loads += 1
        model.load_wanted, model.last_error = False, None
        if event.sizes is not None:
            model.sizes = event.sizes
        self._budget.hold(model.name, model.sizes)
        return self._advance(model, now_s)

    def _load_failed(self, model: Residence, error: CatwalkError, now_s: float) -> list[Decision]:
        self._leave_memory(model)
        self._cool_down(model, str(error), now_s)
        rejected: list[Decision] = [Reject(waiting.id, error) for waiting in model.waiting]
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
        for request in model.leases:
            self._model_of.pop(request, None)
        model.leases.clear()
        model.calls.clear()
        if model.state is State.LOADING:
            error = LoadFailed(f"the process of model {model.name!r} ended while it loaded")
            return self._load_failed(model, error, now_s)
        served = model.n_served
        self._leave_memory(model)
        if served == 0:
            self._cool_down(model, "its process ended before it served anything", now_s)
        else:
            model.state = State.UNLOADED
        return self._advance(model, now_s)

    def _load_wanted(self, model: Residence, may_evict: bool, now_s: float) -> list[Decision]:
        model.unload_wanted = False
        if model.state is not State.READY:
            if self._never_fits(model, None):
                return [Decline(model.name, NeverFits(model.name))]
            model.load_wanted, model.may_evict = True, may_evict
            model.cool_until_s = now_s
        return self._advance(model, now_s)

    def _unload_wanted(self, model: Residence, now_s: float) -> list[Decision]:
        model.unload_wanted = model.state in {State.LOADING, State.READY}
        model.load_wanted = False
        return self._advance(model, now_s)

    # --- one model

    def _advance(self, model: Residence, now_s: float) -> list[Decision]:
        if model.state is State.READY:
            return self._serve(model, now_s)
        if model.state is State.LOADING:
            if not model.waiting and not model.load_wanted:
                return self._cancel_load(model)
            return []
        if model.state is State.UNLOADING:
            return self._update_claim(model, now_s)
        return self._update_claim(model, now_s)

    def _update_claim(self, model: Residence, now_s: float) -> list[Decision]:
        wants = bool(model.waiting) or model.load_wanted
        if wants and model.claims_since_s is None:
            self._claim(model, now_s)
        if not wants:
            self._give_up_claim(model)
        return []

    def _claim(self, model: Residence, now_s: float) -> None:
        if model.claims_since_s is None:
            model.claims_since_s = now_s
            self._n_claims += 1
            model.claim_number = self._n_claims
            self._claims.add(model.name)

    def _give_up_claim(self, model: Residence) -> None:
        model.claims_since_s = None
        self._claims.discard(model.name)

    def _serve(self, model: Residence, now_s: float) -> list[Decision]:
        if model.unload_wanted:
            return [] if model.leases else self._unload(model, "asked for", now_s)
        decisions: list[Decision] = []
        cramped = False
        while model.waiting and len(model.calls) < model.lanes and not model.draining:
            if self._must_yield(model, now_s):
                break
            waiting, evicted = self._pick(model, now_s)
            decisions += evicted
            if waiting is None:
                cramped = True
                break
            decisions.append(self._grant(model, waiting, now_s))
        if cramped:
            self._claim(model, now_s)
        elif len(model.calls) < model.lanes or not model.waiting:
            self._give_up_claim(model)
        if model.is_idle and now_s >= model.idle_since_s + model.keep_alive_s:
            decisions += self._unload(model, "idle", now_s)
        return decisions

    def _must_yield(self, model: Residence, now_s: float) -> bool:
        """Whether its turn is over, and a model that has waited too long needs room (rule 9)."""
        if model.pinned or self._blocked is None:
            return False
        head = self._models[self._blocked]
        return head is not model and head.claims_since_s is not None and now_s >= self._must_go_s(model, head)

    def _must_go_s(self, model, claim):
        return max(model.turn_ends_s(self._limits.quantum_s), self._deadline(claim))

    def _deadline(self, claim):
        return claim.claims_since_s + self._limits.max_wait_s + GRACE * self._limits.quantum_s

    def _grant(self, model: Residence, first: Waiting, now_s: float) -> Grant:
        batch = [first, *model.waiting.mates(first, model.batch_size - 1)]
        voice = first.voice
        loads_voice = voice is not None and voice not in model.voices
        predicted_s = max(each.predicted_s for each in batch)
        if voice is not None and loads_voice:
            predicted_s += model.costs.latents_s(voice)
            sizes = model.voice_sizes(voice)
            self._budget.hold((model.name, voice), sizes)
            model.voices[voice] = HeldVoice(sum(sizes.values()))
            model.voice_since_s = now_s
        call = Call(voice, now_s, predicted_s, loads_voice, len(batch))
        model.calls.append(call)
        if voice is not None:
            model.voices[voice].n_users += 1
        for each in batch:
            model.waiting.remove(each)
            model.leases[each.id] = Lease(each, call)
        model.n_granted += len(batch)
        return Grant(tuple(each.id for each in batch), model.name, voice, loads_voice)

    def _pick(self, model: Residence, now_s: float) -> tuple[Waiting | None, list[Decision]]:
        """The request to serve next, with room made for its voice; None when there is none."""
        aged = self._aged_request(model, now_s)
        options = [aged] if aged is not None else self._preferences(model, now_s)
        for waiting in options:
            evicted = self._admit_voice(model, waiting.voice, now_s)
            if evicted is not None:
                model.batch_had_turn = waiting is aged and waiting.priority is Priority.BATCH
                model.last_voice = waiting.voice
                return waiting, evicted
        return None, []

    def _aged_request(self, model: Residence, now_s: float) -> Waiting | None:
        oldest = model.waiting.oldest(Priority.INTERACTIVE if model.batch_had_turn and model.has_interactive() else None)
        if oldest is None or now_s < oldest.arrived_s + self._limits.max_wait_s:
            return None
        if oldest.voice is not None and oldest.voice not in model.voices:
            latents_s = model.costs.latents_s(oldest.voice)
            if now_s < model.voice_since_s + min(self._limits.quantum_s, 4 * latents_s):
                return None
        return oldest

    def _preferences(self, model: Residence, now_s: float) -> list[Waiting]:
        found: list[Waiting] = []
        held = {None, *model.voices}
        room = self._free_room()
        for priority in Priority:
            oldest = model.waiting.oldest(priority)
            same = model.waiting.first_of({model.last_voice}, priority)
            keep = model.waiting.first_of(held, priority)
            if oldest is None:
                continue
            if oldest.voice is None or oldest.voice in model.voices or covers(room, model.voice_sizes(oldest.voice)):
                order = [oldest, keep] if now_s > oldest.arrived_s + VP else [same, oldest, keep]
            else:
                order = [same, keep, oldest] if HELD else [same, oldest, keep]
            for waiting in (*order, model.waiting.first_of({model.promised_voice}, priority)):
                if waiting is not None and waiting not in found:
                    found.append(waiting)
        return found

    def _admit_voice(self, model: Residence, voice: str | None, now_s: float) -> list[Decision] | None:
        """What must leave so that the voice fits; None when it does not fit now."""
        if voice is None or voice in model.voices:
            return []
        sizes = model.voice_sizes(voice)
        room = self._free_room()
        if covers(room, sizes):
            return []
        victims = choose_victims(self._idle_voices(model, now_s), shortfall(room, sizes))
        return None if victims is None else self._evict_voices(victims)

    def _idle_voices(self, model: Residence, now_s: float) -> Iterable[Candidate]:
        for other in self._models.values():
            if other.state is not State.READY:
                continue
            for voice, held in other.voices.items():
                if held.n_users == 0 and held.n_bytes:
                    yield Candidate(other.name, voice, other.voice_sizes(voice), other.voice_loss(voice, now_s))

    def _evict_voices(self, victims: Iterable[Candidate]) -> list[Decision]:
        decisions: list[Decision] = []
        for victim in victims:
            assert victim.voice is not None
            del self._models[victim.model].voices[victim.voice]
            self._budget.release((victim.model, victim.voice))
            decisions.append(EvictVoice(victim.model, victim.voice))
        return decisions

    def _free_room(self) -> Sizes:
        """Bytes that nobody has and nobody was promised."""
        headroom = self._budget.headroom()
        return {device: n - max(0, self._relied_on.get(device, 0)) for device, n in headroom.items()}

    def _leaving_bytes(self) -> Sizes:
        total: Sizes = {}
        for sizes in self._leaving.values():
            total = add(total, sizes)
        return total
    # --- coming and going

    def _unload(self, model: Residence, reason: str, now_s: float) -> list[Decision]:
        self._give_up_claim(model)
        model.state, model.unload_wanted, model.draining = State.UNLOADING, False, False
        model.last_unload = reason
        model.n_evictions += 1
        sizes = self._budget.held(model.name)
        for voice in model.voices:
            sizes = add(sizes, self._budget.held((model.name, voice)))
        self._leaving[model.name] = sizes
        self._update_claim(model, now_s)
        return [Unload(model.name, reason)]

    def _cancel_load(self, model: Residence) -> list[Decision]:
        self._n_loading -= 1
        model.state = State.UNLOADING
        self._leaving[model.name] = self._budget.held(model.name)
        model.unload_wanted = False
        return [CancelLoad(model.name)]

    def _leave_memory(self, model: Residence) -> None:
        if model.state is State.LOADING:
            self._n_loading -= 1
        self._give_up_claim(model) if model.state is State.READY else None
        self._budget.release(model.name)
        for voice in model.voices:
            self._budget.release((model.name, voice))
        model.voices.clear()
        model.draining = model.unload_wanted = False
        self._leaving.pop(model.name, None)

    def _cool_down(self, model: Residence, error: str, now_s: float) -> None:
        pause_s = min(self._limits.cool_down_s * 2**model.n_failures, self._limits.max_cool_down_s)
        model.state, model.cool_until_s, model.last_error = State.FAILED, now_s + pause_s, error
        model.n_failures += 1
        self._give_up_claim(model)

    # --- placing

    def _draining(self) -> list[Residence]:
        return [model for model in self._models.values() if model.draining]

    def _need_of(self, model: Residence, voice: str | None) -> Sizes:
        return add(model.sizes, model.voice_sizes(voice))

    def _never_fits(self, model: Residence, voice: str | None) -> bool:
        immovable: Sizes = {}
        for other in self._models.values():
            if other.pinned and other is not model and other.state in {State.READY, State.LOADING}:
                immovable = add(immovable, other.sizes)
        return self._budget.never_fits(self._need_of(model, voice), immovable)

    _blocked: str | None = None
    _retry_s: float = math.inf
    _relied_on: Sizes = {}

    def _aged(self, model: Residence, now_s: float) -> bool:
        return model.claims_since_s is not None and now_s >= self._ages_s(model)

    def _ages_s(self, model: Residence) -> float:
        assert model.claims_since_s is not None
        return model.claims_since_s + self._limits.max_wait_s

    def _aged_head(self, now_s: float) -> Residence | None:
        return next((m for m in self._ordered_claims(now_s)[:1] if self._aged(m, now_s)), None) if self._claims else None

    def _ordered_claims(self, now_s: float) -> list[Residence]:
        claims = [self._models[name] for name in self._claims if not self._cooling(self._models[name], now_s)]

        def rank(m: Residence):
            return (0 if self._aged(m, now_s) else 1 if m.has_interactive() or m.load_wanted else 2, m.claim_number)

        return sorted(claims, key=rank)

    def _cooling(self, model: Residence, now_s: float) -> bool:
        return model.state is State.FAILED and now_s < model.cool_until_s

    def _place(self, now_s: float) -> list[Decision]:
        decisions: list[Decision] = []
        drained_before = self._draining()
        keep_draining: list[Residence] = []
        self._spoken_for = {}
        self._relied_on = {}
        self._retry_s = math.inf
        self._blocked = None
        slots = self._limits.max_loads - self._n_loading
        for claim in self._ordered_claims(now_s):
            if claim.state is State.UNLOADING:
                continue
            ready = claim.state is State.READY
            if not ready and slots <= 0:
                continue
            aged = self._aged(claim, now_s)
            if ready:
                got = self._serve(claim, now_s)
                decisions += got
                if claim.claims_since_s is None:
                    continue
                options = self._preferences(claim, now_s)
                if not options:
                    continue
                voice = (self._aged_request(claim, now_s) or options[0]).voice
                need = claim.voice_sizes(voice)
            else:
                voice = None
                if claim.waiting:
                    voice = (self._aged_request(claim, now_s) or self._preferences(claim, now_s)[0]).voice
                need = self._need_of(claim, voice)
            room = {d: n - self._spoken_for.get(d, 0) for d, n in self._budget.headroom().items()}
            leaving = self._leaving_bytes()
            if covers({d: min(n, room[d] + leaving.get(d, 0)) for d, n in self._budget.headroom().items()}, need):
                pass
            elif covers(add(room, leaving), need):
                self._spoken_for = add(self._spoken_for, need)
                self._relied_on = {d: n - leaving.get(d, 0) for d, n in self._spoken_for.items()}
                slots -= not ready
                if aged:
                    self._blocked = claim.name
                    break
                continue
            else:
                missing = shortfall(add(room, leaving), need)
                victims = choose_victims(self._candidates(claim, aged, now_s), missing)
                if victims is None:
                    if aged:
                        self._blocked = claim.name
                        break
                    continue
                decisions += self._evict_voices([v for v in victims if v.voice is not None])
                wait = False
                for v in victims:
                    if v.voice is None:
                        m = self._models[v.model]
                        wait = True
                        if not m.is_idle and aged and now_s < self._must_go_s(m, claim):
                            self._retry_s = min(self._retry_s, self._must_go_s(m, claim))
                            continue
                        if m.leases:
                            m.draining = True
                            keep_draining.append(m)
                        else:
                            decisions += self._unload(m, f"makes room for {claim.name}", now_s)
                if wait:
                    self._spoken_for = add(self._spoken_for, need)
                    coming = self._leaving_bytes()
                    for v in victims:
                        if v.voice is None and v.model not in self._leaving:
                            coming = add(coming, v.sizes)
                    self._relied_on = {d: n - coming.get(d, 0) for d, n in self._spoken_for.items()}
                    slots -= not ready
                    if aged:
                        self._blocked = claim.name
                        break
                    continue
            if ready:
                decisions += self._serve(claim, now_s)
            else:
                decisions += self._load(claim, voice, now_s)
                slots -= 1
        for model in drained_before:
            if model not in keep_draining and model.state is State.READY:
                model.draining = False
                decisions += self._serve(model, now_s)
        return decisions

    def _load(self, model: Residence, voice: str | None, now_s: float) -> list[Decision]:
        self._give_up_claim(model)
        model.state = State.LOADING
        model.load_since_s = now_s
        model.promised_voice = voice
        self._n_loading += 1
        self._budget.hold(model.name, self._need_of(model, voice), reserved=True)
        return [Load(model.name)]

    def _retained_until(self, victim: Residence, claim: Residence, now_s: float) -> float:
        if victim.demand.n_seen < 2:
            return victim.idle_since_s
        gap = victim.demand.gap_s
        if gap < victim.load_s * LINGER:
            return victim.idle_since_s + min(3 * gap, victim.load_s)
        return victim.idle_since_s

    def _candidates(self, claim: Residence, aged: bool, now_s: float) -> list[Candidate]:
        found: list[Candidate] = []
        interactive = claim.has_interactive() or claim.load_wanted
        for other in self._models.values():
            if other is claim or other.state is not State.READY:
                if other is claim and other.state is State.READY:
                    found += [c for c in self._idle_voices(other, now_s) if c.model == other.name]
                continue
            for voice, held in other.voices.items():
                if held.n_users == 0 and held.n_bytes:
                    found.append(Candidate(other.name, voice, other.voice_sizes(voice), other.voice_loss(voice, now_s)))
            if other.pinned:
                continue
            if claim.load_wanted and not claim.may_evict and not claim.waiting:
                continue
            if other.is_idle:
                if not aged:
                    until = self._retained_until(other, claim, now_s)
                    if now_s < until:
                        self._retry_s = min(self._retry_s, until)
                        continue
            else:
                if not aged and not (interactive and not other.has_interactive() and all(l.waiting.priority is Priority.BATCH for l in other.leases.values())):
                    continue
                ends = other.turn_ends_s(self._limits.quantum_s)
                if now_s < ends and not (aged and ends <= self._deadline(claim)):
                    self._retry_s = min(self._retry_s, ends)
                    continue
            sizes = add(other.sizes, {})
            for voice in other.voices:
                sizes = add(sizes, other.voice_sizes(voice))
            found.append(Candidate(other.name, None, sizes, other.loss(now_s)))
        return found

    # --- predictions

    def predicted_wait_s(self, name: str, now_s: float) -> float:
        model = self._models[name]
        work = model.predicted_work_s(now_s)
        if model.state is State.READY:
            return work
        if model.state is State.LOADING:
            return work + max(0.0, model.load_since_s + model.load_s - now_s)
        return work + model.load_s

    def next_tick_s(self) -> float:
        wakes = [self._retry_s if self._claims else math.inf]
        for model in self._models.values():
            if model.claims_since_s is not None:
                wakes.append(self._ages_s(model) )
            if model.state is State.FAILED and model.waiting:
                wakes.append(model.cool_until_s)
            if model.state is State.READY and model.is_idle:
                wakes.append(model.idle_since_s + model.keep_alive_s)
        return min((w for w in wakes if w > self._last_s), default=math.inf)
    _last_s = -math.inf


def _start(name: str, terms: ModelTerms) -> Residence:
    model = Residence(name, terms, sizes=terms.sizes, load_s=terms.load_s, keep_alive_s=terms.keep_alive_s, pinned=terms.pinned)
    for voice, known in terms.voices.items():
        model.latents_bytes[voice] = known.n_bytes
        model.costs.expect_latents(voice, known.load_s)
    return model
