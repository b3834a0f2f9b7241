"""A model as people see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from catwalk.serving.budget import Sizes
from catwalk.serving.catalog import ModelSpec
from catwalk.serving.residence import State
from catwalk.serving.resident import Departure


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """How one model stands now."""

    spec: ModelSpec
    state: State
    pinned: bool
    pid: int | None
    """Of the worker, once it is ready."""

    resident: Sizes
    """Bytes by device, as measured last; empty while it is not in memory."""

    peak_bytes: int
    """The most that was seen in this life, on all devices together."""

    footprint: Sizes
    """Bytes by device that the budget counts for it when it is in memory, voices aside."""

    voices: tuple[str, ...]
    """Known once the model was loaded."""

    held_voices: Mapping[str, int]
    """Voices that are in memory, and the bytes of their latents."""

    n_waiting: int
    n_leases: int
    predicted_wait_s: float
    """How long a request that comes now will likely wait."""

    keep_alive_s: float
    """As the latest request wanted it; infinity is forever."""

    last_used_s: float | None
    """Unix time."""

    n_loads: int
    load_s: float | None
    """How long the last load took; None before the first."""

    evictions: Mapping[str, int]
    """How often it left memory without being asked to, by reason."""

    last_unload: str | None
    """Why it left the last time."""

    last_departure: Departure | None
    missing: str | None
    """What has to be installed before it can be loaded, and how; None when everything is there."""

    last_error: str | None
    stuck: str | None
    """What does not move, in words."""

    @property
    def resident_bytes(self) -> int:
        """Bytes in memory, on all devices together."""
        return sum(self.resident.values())


@dataclass(frozen=True, slots=True)
class MemoryStatus:
    """One device's budget."""

    device: str
    limit_bytes: int
    held_bytes: int
    """On the account of models in memory."""

    reserved_bytes: int
    """Promised to loads in flight."""
