"""Which models and voices are in memory, which are on their way out, and what may still be brought in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from catwalk.errors import NeverFits
from catwalk.serving.budget import Budget, Sizes, add, bound, covers, shortfall
from catwalk.serving.events import Decision, EvictVoice
from catwalk.serving.eviction import Candidate, choose_victims
from catwalk.serving.residence import HeldVoice, Residence, State


class Memory:
    """The account of all models and voices; every change of it goes through here."""

    def __init__(self, models: Mapping[str, Residence], limits: Sizes) -> None:
        self.budget = Budget(limits)
        self.kept: Sizes = {}
        """Free bytes that a model waiting for the rest counts on; no voice may take them."""

        self._models = models
        self._leaving: dict[str, Sizes] = {}

    def need(self, model: Residence, voice: str | None) -> Sizes:
        """Bytes that must come in before a request in ``voice`` can run."""
        voice_sizes = {} if model.holds(voice) else model.voice_sizes(voice)
        return voice_sizes if model.state is State.READY else add(model.entry_sizes, voice_sizes)

    def never_fits(self, model: Residence, voice: str | None) -> bool:
        """Whether the model and the voice would not fit even if all that is not pinned were gone."""
        pinned: Sizes = {}
        for other in self._models.values():
            if other.pinned and other is not model and other.state in {State.READY, State.LOADING}:
                pinned = add(pinned, other.sizes)
        return self.budget.never_fits(add(model.entry_sizes, model.voice_sizes(voice)), pinned)

    def describe_misfit(self, model: Residence, voice: str | None) -> NeverFits:
        """The error for a request that never fits."""
        needed = add(model.entry_sizes, model.voice_sizes(voice))
        what = f"model {model.name!r}" + (f" with voice {voice!r}" if voice is not None else "")
        amounts = ", ".join(
            f"{n_bytes / 1e6:,.0f} MB of {device} (the budget is {self.budget.limits.get(device, 0) / 1e6:,.0f} MB)"
            for device, n_bytes in needed.items()
        )
        pinned = [each.name for each in self._models.values() if each.pinned and each is not model]
        beside = f"; pinned models stay: {', '.join(pinned)}" if pinned else ""
        return NeverFits(f"{what} needs {amounts}{beside}")

    def leaving(self) -> Sizes:
        """Bytes that come back when those that were told to leave are gone."""
        total: Sizes = {}
        for sizes in self._leaving.values():
            total = add(total, sizes)
        return total

    def reserve(self, model: Residence, voice: str | None) -> None:
        """Promise a load its bytes, and those of the voice that it will be asked for first."""
        self.budget.hold(model.name, self.need(model, voice), reserved=True)

    def settle(self, model: Residence) -> None:
        """Put what the model takes, as it is known now, on the account."""
        self.budget.hold(model.name, model.sizes)

    def expect_again(self, model: Residence) -> None:
        """Take the next life of a model that leaves to keep within the budget if an earlier one did (rule 18)."""
        model.sizes, model.load_sizes = (
            bound(sizes, model.least_sizes, self.budget.limits) for sizes in (model.sizes, model.load_sizes)
        )

    def say_leaving(self, model: Residence) -> None:
        """Note that the model's bytes will come back."""
        self._leaving[model.name] = self.weight(model)

    def forget(self, model: Residence) -> None:
        """Take the model and its voices off the account."""
        self._leaving.pop(model.name, None)
        self.budget.release(model.name)
        for voice in model.voices:
            self.budget.release((model.name, voice))
        model.voices.clear()

    def weight(self, model: Residence) -> Sizes:
        """Bytes of a model and the voices it holds."""
        total = self.budget.held(model.name)
        for held in model.voices.values():
            total = add(total, held.sizes)
        return total

    def hold_voice(self, model: Residence, voice: str) -> None:
        """Put a voice that is about to be brought in on the account."""
        sizes = model.voice_sizes(voice)
        model.voices[voice] = HeldVoice(sizes)
        self.budget.hold((model.name, voice), sizes)

    def settle_voice(self, model: Residence, voice: str) -> None:
        """Put what a voice's latents take, as it is known now, on the account."""
        model.voices[voice].sizes = sizes = model.voice_sizes(voice)
        self.budget.hold((model.name, voice), sizes)

    def room(self) -> Sizes:
        """Bytes that a voice may take without anything being evicted."""
        return {device: n - max(0, self.kept.get(device, 0)) for device, n in self.budget.headroom().items()}

    def fits(self, model: Residence, voice: str | None) -> bool:
        """Whether a request in this voice needs nothing evicted."""
        return model.holds(voice) or covers(self.room(), model.voice_sizes(voice))

    def make_room_for_voice(self, model: Residence, voice: str | None, now_s: float) -> list[Decision] | None:
        """Evict voices that no call uses until this one fits; None, and nothing happens, when that is not enough."""
        if self.fits(model, voice):
            return []
        missing = shortfall(self.room(), model.voice_sizes(voice))
        victims = choose_victims(self.idle_voices(self._models.values(), now_s), missing)
        return None if victims is None else self.evict_voices(victims)

    def idle_voices(self, models: Iterable[Residence], now_s: float) -> Iterator[Candidate]:
        """Voices that no call uses."""
        for model in models:
            if model.state is State.READY:
                for voice, held in model.voices.items():
                    if held.n_users == 0 and held.sizes:
                        yield Candidate(model.name, voice, held.sizes, model.voice_loss(voice, now_s))

    def drop_voice(self, model: Residence, voice: str) -> list[Decision]:
        """Forget a voice that is no more, and what its latents took."""
        for known in (model.latents_bytes, model.voice_demand):
            known.pop(voice, None)
        held = model.voices.get(voice)
        if held is None or held.n_users:
            return []
        del model.voices[voice]
        self.budget.release((model.name, voice))
        return [EvictVoice(model.name, voice)]

    def evict_voices(self, victims: Iterable[Candidate]) -> list[Decision]:
        """Drop the voices among the victims."""
        decisions: list[Decision] = []
        for victim in victims:
            if victim.voice is not None:
                del self._models[victim.model].voices[victim.voice]
                self.budget.release((victim.model, victim.voice))
                decisions.append(EvictVoice(victim.model, victim.voice))
        return decisions
