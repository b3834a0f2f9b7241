"""Memory arithmetic: what every device may hold, what is held or promised on it, and what is left."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Sizes: TypeAlias = Mapping[str, int]
"""Bytes by device: ``ram``, ``cuda:0``, …; a device that is not named is not touched."""

RAM = "ram"
PROCESS_BYTES = 48 << 20
"""A worker before any weights (33 MB with Python 3.11 and numpy 2 on Linux); replaced by the first measurement."""

WEIGHTS_FACTOR = 1.1
"""Weights grow in memory by activations, caches and copies. Rather too small than too large, because a model that
seems never to fit is refused, and one that outgrows its estimate while it loads is noticed."""


def estimate_footprint(weights_bytes: int, device: str = RAM, extra_bytes: int = 0) -> dict[str, int]:
    """What a model that was never measured is taken to need, by device.

    Args:
        weights_bytes: Size of the weights on disk.
        device: Where the weights will lie; the process itself is always in RAM.
        extra_bytes: What the backend says that it takes beyond its weights.
    """
    sizes = {RAM: PROCESS_BYTES}
    sizes[device] = sizes.get(device, 0) + int(weights_bytes * WEIGHTS_FACTOR) + extra_bytes
    return sizes


def add(first: Sizes, second: Sizes) -> dict[str, int]:
    """The sum, device by device."""
    return {device: first.get(device, 0) + second.get(device, 0) for device in {**first, **second}}


def subtract(first: Sizes, second: Sizes) -> dict[str, int]:
    """What is left of ``first``, device by device; below zero where ``second`` is larger."""
    return {device: n_bytes - second.get(device, 0) for device, n_bytes in first.items()}


def smaller(first: Sizes, second: Sizes) -> dict[str, int]:
    """The smaller of both, device by device."""
    return {device: min(n_bytes, second.get(device, 0)) for device, n_bytes in first.items()}


def larger(first: Sizes, second: Sizes) -> dict[str, int]:
    """The larger of both, device by device."""
    return {device: max(first.get(device, 0), second.get(device, 0)) for device in {**first, **second}}


def covers(room: Sizes, needed: Sizes) -> bool:
    """Whether ``needed`` fits into ``room`` on every device; a device that ``room`` does not name has none."""
    return all(n_bytes <= 0 or n_bytes <= room.get(device, 0) for device, n_bytes in needed.items())


def shortfall(room: Sizes, needed: Sizes) -> dict[str, int]:
    """What is missing for ``needed`` to fit into ``room``, by device; empty when nothing is."""
    missing = {device: n_bytes - max(0, room.get(device, 0)) for device, n_bytes in needed.items() if n_bytes > 0}
    return {device: n_bytes for device, n_bytes in missing.items() if n_bytes > 0}


TOLERANCE = 0.01
"""Share of a limit by which measurements may pass it before anything has to go: two of the same differ by as much."""


def bound(sizes: Sizes, least: Sizes, limits: Sizes) -> dict[str, int]:
    """What to make room for, where a need was seen to differ from one time to the next.

    A device's need that is over its limit is taken to be the limit when it kept within that before: one life of a model
    that took a little more must not make it impossible for good.

    Args:
        sizes: The most that is known to be needed.
        least: The least that was enough; a device that it does not name always needed what ``sizes`` says.
        limits: Bytes that there are.
    """
    return {
        device: min(n_bytes, limit)
        if (limit := limits.get(device, 0)) * (1 + TOLERANCE) >= least.get(device, n_bytes)
        else n_bytes
        for device, n_bytes in sizes.items()
    }


@dataclass(slots=True)
class Holding:
    """Bytes that one holder has or was promised."""

    sizes: Sizes
    reserved: bool
    """Promised to a load in flight, not yet measured."""


@dataclass(slots=True)
class Budget:
    """The account of every device."""

    limits: Sizes
    """Bytes that all holders together may have."""

    _holdings: dict[Hashable, Holding] = field(default_factory=dict)
    _used: dict[str, int] = field(default_factory=dict)

    def hold(self, holder: Hashable, sizes: Sizes, *, reserved: bool = False) -> None:
        """Put ``sizes`` on the account of ``holder``, in place of what it had."""
        self.release(holder)
        self._holdings[holder] = Holding(sizes, reserved)
        for device, n_bytes in sizes.items():
            self._used[device] = self._used.get(device, 0) + n_bytes

    def release(self, holder: Hashable) -> None:
        """Take whatever ``holder`` has off the account."""
        holding = self._holdings.pop(holder, None)
        if holding is not None:
            for device, n_bytes in holding.sizes.items():
                self._used[device] -= n_bytes

    def held(self, holder: Hashable) -> Sizes:
        """What is on the account of ``holder``."""
        holding = self._holdings.get(holder)
        return holding.sizes if holding is not None else {}

    def resident(self) -> dict[str, int]:
        """Bytes in memory, by device."""
        return self._total(reserved=False)

    def reserved(self) -> dict[str, int]:
        """Bytes promised to loads in flight, by device."""
        return self._total(reserved=True)

    def headroom(self) -> dict[str, int]:
        """Bytes that are left, by device; negative where a measurement turned out larger than was promised."""
        return {device: limit - self._used.get(device, 0) for device, limit in self.limits.items()}

    def excess(self) -> dict[str, int]:
        """Bytes over the limit, by device; empty when there are none but what a measurement may be off by."""
        return {
            device: -n_bytes
            for device, n_bytes in self.headroom().items()
            if -n_bytes > TOLERANCE * self.limits.get(device, 0)
        }

    def never_fits(self, needed: Sizes, immovable: Sizes) -> bool:
        """Whether ``needed`` would not fit even if everything but ``immovable`` were gone."""
        return not covers(self.limits, add(needed, immovable))

    def _total(self, *, reserved: bool) -> dict[str, int]:
        total = dict.fromkeys(self.limits, 0)
        for holding in self._holdings.values():
            if holding.reserved is reserved:
                for device, n_bytes in holding.sizes.items():
                    total[device] = total.get(device, 0) + n_bytes
        return total
