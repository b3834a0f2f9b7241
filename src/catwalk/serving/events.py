"""What the pool tells the scheduler (:data:`Event`) and what the scheduler decides (:data:`Decision`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from catwalk.errors import CatwalkError


class Priority(IntEnum):
    """Who goes first; the lower value does."""

    INTERACTIVE = 0
    """Somebody is waiting for the answer."""

    BATCH = 1
    """Work that may take its time."""


class UnloadReason(StrEnum):
    """Why a model leaves memory."""

    ASKED = "asked"
    IDLE = "idle"
    ROOM = "room"
    """Another model needs its bytes."""

    OUTGROWN = "outgrown"
    """A measurement was larger than was expected, its own or another model's."""

    UNWANTED = "unwanted"
    """Its load was still in flight, and nobody waits for it any more."""


# --- events


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody wants to call a model."""

    id: str
    model: str
    voice: str | None = None
    """The voice that it needs; None where the model has none or they cost nothing."""

    latents_bytes: int | None = None
    """What the voice's latents take in memory; None where it is known from before or they take nothing."""

    size: float = 0.0
    """How much there is to do, in the task's own unit: characters to speak, seconds to listen to, tokens to write."""

    priority: Priority = Priority.INTERACTIVE
    keep_alive_s: float | None = None
    """How long the model stays without work after this request; None leaves it to the model's own terms."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """The request is withdrawn; nothing happens if it is not waiting any more."""

    id: str


@dataclass(frozen=True, slots=True)
class Served:
    """The holder of a lease gave it back."""

    id: str
    run_s: float | None = None
    """Seconds inside the model, voice's latents included; None when it was cut short and says nothing about cost."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A load succeeded."""

    model: str
    lanes: int = 1
    """Calls that the model can run at once."""

    batch_size: int = 1
    """Requests of one voice that one call can take."""

    sizes: Mapping[str, int] | None = None
    """Measured bytes by device, or what is known that runs will need; None keeps the estimate."""

    load_sizes: Mapping[str, int] | None = None
    """The most that the load itself took, by device: what the next one must find free."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a model and its voices' latents take, as was measured while it was ready, or still loading."""

    model: str
    sizes: Mapping[str, int]
    """The most bytes that it took while running, by device, without latents."""

    latents: Mapping[str, int]
    """Bytes of the latents that it holds, by voice."""


@dataclass(frozen=True, slots=True)
class LoadFailure:
    """A load did not succeed."""

    model: str
    error: CatwalkError


@dataclass(frozen=True, slots=True)
class Gone:
    """A worker's process has ended after the scheduler decided so, and its memory is back."""

    model: str
    least_sizes: Mapping[str, int] | None = None
    """What is known by now to have been enough for a whole life, by device; None says nothing new."""


@dataclass(frozen=True, slots=True)
class Died:
    """A worker's process has ended by itself."""

    model: str


@dataclass(frozen=True, slots=True)
class LoadWanted:
    """A person or the settings want the model resident."""

    model: str
    may_evict: bool = True
    """False for a preload: what was loaded before it stays, and it is declined if it does not fit beside it."""


@dataclass(frozen=True, slots=True)
class UnloadWanted:
    """A person wants the model gone."""

    model: str


@dataclass(frozen=True, slots=True)
class Pin:
    """A person says whether the model may be evicted."""

    model: str
    pinned: bool


@dataclass(frozen=True, slots=True)
class VoiceRemoved:
    """A voice is no more: a model that holds its latents drops them, unless a call uses them."""

    model: str
    voice: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed; see ``Scheduler.next_tick_s``."""


Event = (
    Request
    | Cancel
    | Served
    | Loaded
    | Measured
    | LoadFailure
    | Gone
    | Died
    | LoadWanted
    | UnloadWanted
    | Pin
    | VoiceRemoved
    | Tick
)


# --- decisions


@dataclass(frozen=True, slots=True)
class Grant:
    """The requests hold one lane of their model together from now on; each gives its own lease back."""

    ids: tuple[str, ...]
    """More than one only where the model takes batches; all of one voice."""

    model: str
    voice: str | None = None
    loads_voice: bool = False
    """Whether this call brings the voice's latents into memory."""


@dataclass(frozen=True, slots=True)
class Reject:
    """The request is answered with this error."""

    id: str
    error: CatwalkError


@dataclass(frozen=True, slots=True)
class Route:
    """The request goes to another place, and the scheduler is done with it."""

    id: str
    elsewhere: str
    """Name of the model's fallback."""

    reason: str


@dataclass(frozen=True, slots=True)
class Load:
    """Start a worker for the model."""

    model: str


@dataclass(frozen=True, slots=True)
class CancelLoad:
    """Nobody wants the load in flight any more, or it outgrew its room: end its worker, then say :class:`Gone`."""

    model: str
    reason: UnloadReason = UnloadReason.UNWANTED


@dataclass(frozen=True, slots=True)
class Decline:
    """The load that a person or the settings wanted does not take place."""

    model: str
    error: CatwalkError


@dataclass(frozen=True, slots=True)
class Unload:
    """End the model's worker, then say :class:`Gone`."""

    model: str
    reason: UnloadReason
    beneficiary: str | None = None
    """The model that gets the bytes, where there is one."""

    def __str__(self) -> str:
        """The reason in words."""
        return f"{self.reason} for {self.beneficiary}" if self.beneficiary else str(self.reason)


@dataclass(frozen=True, slots=True)
class EvictVoice:
    """Drop a voice's latents; no run uses them, and the scheduler counts their bytes as free at once."""

    model: str
    voice: str


Decision = Grant | Reject | Route | Load | CancelLoad | Decline | Unload | EvictVoice
