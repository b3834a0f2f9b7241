"""What the scheduler knows of one model: its terms, who holds it, who waits for it, which voices it has in memory."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from catwalk.serving.backlog import Backlog, Waiting
from catwalk.serving.budget import RAM, Sizes, larger
from catwalk.serving.costs import Demand, RunCosts
from catwalk.serving.events import Priority

UNKNOWN_LOAD_S = 5.0
"""Guess before a model was ever loaded."""

SOON_S = 0.1
"""What is wanted sooner than this counts as wanted now."""

UNHEARD_S = 300.0
"""A voice that nobody asked for since the start is taken to be wanted this late."""

OPTIMISM = 0.4
"""How much of the predicted time until a backlog is empty is believed. Waiting in vain costs a few seconds, letting a
busy model go costs two loads; of 0.4, 0.6, 0.8 and 1.0 the first gave the fewest loads (``benchmarks/locality.py``)."""


class State(StrEnum):
    """Where a model stands."""

    UNLOADED = "unloaded"
    LOADING = "loading"
    READY = "ready"
    UNLOADING = "unloading"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that hold for every model."""

    max_queue: int = 256
    """Requests of one model that may wait."""

    max_wait_s: float = 60.0
    """How long requests of a model that is not resident wait before others must make room."""

    quantum_s: float = 30.0
    """How long a model that was just loaded may serve its backlog before it must make room in turn."""

    max_loads: int = 1
    """Loads that may be in flight at once; more than one makes each of them slower on most machines."""

    max_local_wait_s: float = math.inf
    """A request whose predicted wait is longer goes to its model's fallback, if that has one."""

    cool_down_s: float = 2.0
    max_cool_down_s: float = 300.0


@dataclass(frozen=True, slots=True)
class VoiceTerms:
    """What is known of a voice's latents from before."""

    n_bytes: int = 0
    load_s: float = 0.0


@dataclass(frozen=True, slots=True)
class ModelTerms:
    """What the settings say of a model, and what is known of it from before."""

    keep_alive_s: float = math.inf
    pinned: bool = False
    sizes: Sizes = field(default_factory=dict)
    """Footprint by device: measured the last time, else estimated."""

    load_sizes: Sizes = field(default_factory=dict)
    """The most that a load took by itself; empty where that is not known."""

    least_sizes: Sizes = field(default_factory=dict)
    """What was enough for a whole life before, by device; empty where there was none."""

    load_s: float = UNKNOWN_LOAD_S
    """Measured the last time, else a guess."""

    voices: Mapping[str, VoiceTerms] = field(default_factory=dict)
    voice_device: str = RAM
    """Where latents lie."""

    latents_bytes: int = 0
    """What the latents of a voice take that was never measured; the largest known counts if that is more."""

    fallback: str | None = None
    """Where requests go that cannot be served here."""


@dataclass(slots=True)
class HeldVoice:
    """A voice whose latents are in memory."""

    sizes: Sizes
    n_users: int = 0
    """Calls that use it now; above zero it stays."""


@dataclass(slots=True)
class Call:
    """One lane at work."""

    voice: str | None
    started_s: float
    predicted_s: float
    loads_voice: bool
    n_left: int
    """Requests of the batch that have not given their lease back."""


@dataclass(frozen=True, slots=True)
class Lease:
    """One request's hold on the model."""

    waiting: Waiting
    call: Call


@dataclass(slots=True)
class Claim:
    """A wish for memory that a model does not have: for itself, or for the voice of a request."""

    since_s: float
    n_waiting: int
    """Models that had a claim when this one was made, itself included."""


@dataclass(slots=True)
class Residence:
    """One model, resident or not; only the scheduler changes it."""

    name: str
    terms: ModelTerms
    sizes: Sizes
    """Footprint by device without voices: measured, else estimated."""

    load_s: float
    keep_alive_s: float
    """As the latest request wanted it."""

    pinned: bool
    load_sizes: Sizes
    """The most that its last load took by itself."""

    least_sizes: Sizes
    """What was enough for a whole life before."""

    state: State = State.UNLOADED
    lanes: int = 1
    batch_size: int = 1
    waiting: Backlog = field(default_factory=Backlog)
    leases: dict[str, Lease] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    voices: dict[str, HeldVoice] = field(default_factory=dict)
    latents_bytes: dict[str, int] = field(default_factory=dict)
    """What voices' latents take, as far as is known."""

    costs: RunCosts = field(default_factory=RunCosts)
    demand: Demand = field(default_factory=Demand)
    voice_demand: dict[str, Demand] = field(default_factory=dict)
    claim: Claim | None = None
    may_be_refused: bool = False
    """Whether its claim was not looked at since what fits may have changed."""

    outgrown: bool = False
    """Whether it takes no new work because it turned out larger than there is room for."""

    load_wanted: bool = False
    """By a person or the settings, whether anybody waits or not."""

    may_evict: bool = True
    """Whether that wish may cost another model its place."""

    unload_wanted: bool = False
    draining: bool = False
    """Takes no new work, because another model needs its place."""

    ready_since_s: float = 0.0
    idle_since_s: float = 0.0
    load_since_s: float = 0.0
    voice_since_s: float = 0.0
    """When latents were last brought in."""

    last_voice: str | None = None
    batch_had_turn: bool = False
    """Whether the latest grant let old batch work pass interactive requests."""

    n_granted: int = 0
    """Since the last load, as is ``n_served``."""

    n_served: int = 0
    n_loads: int = 0
    n_evictions: int = 0
    n_failures: int = 0
    """In a row."""

    cool_until_s: float = 0.0
    last_error: str | None = None
    last_unload: str | None = None
    """Why it left memory the last time."""

    @classmethod
    def start(cls, name: str, terms: ModelTerms) -> Residence:
        """A model that is not in memory."""
        sizes = (terms.sizes, terms.load_s, terms.keep_alive_s, terms.pinned, terms.load_sizes, terms.least_sizes)
        model = cls(name, terms, *sizes)
        for voice, known in terms.voices.items():
            model.latents_bytes[voice] = known.n_bytes
            model.costs.expect_latents(voice, known.load_s)
        return model

    @property
    def entry_sizes(self) -> Sizes:
        """What must be free before it is loaded."""
        return larger(self.sizes, self.load_sizes) if self.load_sizes else self.sizes

    @property
    def is_idle(self) -> bool:
        """Whether nobody holds it or waits for it."""
        return not self.leases and not self.waiting

    @property
    def is_wanted(self) -> bool:
        """Whether a person or a request wants it in memory."""
        return bool(self.waiting) or self.load_wanted

    @property
    def has_interactive(self) -> bool:
        """Whether a person waits for it, or holds it."""
        return (
            self.load_wanted
            or self.waiting.has(Priority.INTERACTIVE)
            or any(lease.waiting.priority is Priority.INTERACTIVE for lease in self.leases.values())
        )

    @property
    def is_mere_preload(self) -> bool:
        """Whether only the settings want it, which must cost nobody a place."""
        return self.load_wanted and not self.may_evict and not self.waiting

    def is_cooling(self, now_s: float) -> bool:
        """Whether it rests after a failure."""
        return self.state is State.FAILED and now_s < self.cool_until_s

    def holds(self, voice: str | None) -> bool:
        """Whether a request in this voice needs nothing brought in."""
        return voice is None or voice in self.voices

    def voice_sizes(self, voice: str | None) -> Sizes:
        """What a voice's latents take, by device, as far as is known."""
        n_bytes = 0
        if voice is not None:
            known = self.latents_bytes.get(voice)
            n_bytes = max([self.terms.latents_bytes, *self.latents_bytes.values()]) if known is None else known
        return {self.terms.voice_device: n_bytes} if n_bytes else {}

    def turn_ends_s(self, quantum_s: float) -> float:
        """When it can be asked to leave although requests wait for it."""
        # The last run of a turn is to end with the turn, or the turns of n models add up to n runs too many.
        run_s = self.costs.long_s if self.n_granted else 0.0
        return self.ready_since_s + max(0.0, quantum_s - run_s)

    def work_s(self, now_s: float) -> float:
        """Expected seconds until it has served all who hold it or wait for it now."""
        running_s = sum(max(0.0, call.started_s + call.predicted_s - now_s) for call in self.calls)
        return (running_s + self.waiting.predicted_s) / self.lanes

    def dry_s(self, now_s: float) -> float:
        """When it may have nothing to do, counting what will arrive meanwhile; infinity when it cannot keep up."""
        if not self.waiting:
            return now_s + self.work_s(now_s)
        run_s = self.waiting.predicted_s / len(self.waiting)
        load = run_s / (self.lanes * max(SOON_S, self.demand.gap_s))
        return now_s + OPTIMISM * self.work_s(now_s) / (1.0 - load) if load < 1.0 else math.inf

    def loss(self, now_s: float) -> float:
        """What it costs to let the model go: see :class:`catwalk.serving.eviction.Candidate`."""
        if self.draining:
            return 0.0  # or two victims could take turns being asked, and neither would go
        soon_s = max(SOON_S, self.demand.gap_s if self.waiting else self.demand.expected_s(now_s))
        return self.load_s / soon_s + sum(self.voice_loss(voice, now_s) for voice in self.voices)

    def voice_loss(self, voice: str, now_s: float) -> float:
        """What it costs to let one voice's latents go."""
        demand = self.voice_demand.get(voice)
        soon_s = max(SOON_S, demand.expected_s(now_s)) if demand is not None else UNHEARD_S
        return self.costs.latents_s(voice) / soon_s
