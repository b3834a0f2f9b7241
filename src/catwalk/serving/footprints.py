"""What models took when they were measured, kept on disk for each spec and machine."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from catwalk.serving.budget import Sizes, bound, larger
from catwalk.serving.catalog import ModelSpec

log = logging.getLogger("catwalk.footprints")

_BELIEF = 0.8
"""How much of an older, larger measurement is still believed after a life that took less."""

_HOPE = 0.5
"""How much of an older, smaller measurement is still believed after a life that took more."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """What one model took, by device, and how long it loaded."""

    sizes: Sizes
    """The most while it ran, without latents."""

    load_sizes: Sizes
    """The most while it loaded."""

    load_s: float
    latents: Mapping[str, int] = field(default_factory=dict)
    """Bytes by voice."""

    least: Sizes = field(default_factory=dict)
    """What was enough for a whole life, load and work: of two of the same model the peaks differed by 6 %."""

    def join(self, newer: Footprint, belief: float) -> Footprint:
        """This and a newer life of the model: what grew counts at once, what shrank only as ``belief`` allows.

        Args:
            newer: What was measured later.
            belief: Share of an older, larger measurement that stays, 0 to 1.
        """
        return Footprint(
            _fade(self.sizes, newer.sizes, belief),
            _fade(self.load_sizes, newer.load_sizes, belief),
            newer.load_s,
            {**self.latents, **newer.latents},
            {**self.least, **_raise_slowly(self.least, newer.least)},
        )

    def bound(self, limits: Sizes) -> Footprint:
        """This, with no more than there is where a life kept within that: see :func:`catwalk.serving.budget.bound`."""
        sizes, load_sizes = (bound(each, self.least, limits) for each in (self.sizes, self.load_sizes))
        return replace(self, sizes=sizes, load_sizes=load_sizes)


def _fade(older: Sizes, newer: Sizes, belief: float) -> Sizes:
    faded = {device: int(belief * n_bytes + (1 - belief) * newer.get(device, 0)) for device, n_bytes in older.items()}
    return larger(newer, faded)


def _raise_slowly(older: Sizes, newer: Sizes) -> Sizes:
    """What was enough: less counts at once, more only by and by."""
    return {
        device: min(n_bytes, int(_HOPE * older.get(device, n_bytes) + (1 - _HOPE) * n_bytes))
        for device, n_bytes in newer.items()
    }


def _parse(entry: Any) -> Footprint | None:
    """A footprint from the file; None where a person or another version wrote something else."""
    try:
        sizes, load_sizes, latents, least = (
            {name: int(n_bytes) for name, n_bytes in each.items()}
            for each in (entry["sizes"], entry["load_sizes"], entry.get("latents", {}), entry.get("least", {}))
        )
        return Footprint(sizes, load_sizes, float(entry["load_s"]), latents, least)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


class Footprints:
    """The file of all footprints; what cannot be read or written is logged and costs only a fresh measurement."""

    def __init__(self, path: Path, hardware: str) -> None:
        self._path = path
        self._hardware = hardware
        self._entries: dict[str, Any] = self._read()
        self._writing = threading.Lock()

    def find(self, spec: ModelSpec) -> Footprint | None:
        """What the spec took on this machine."""
        entry = self._entries.get(self._key(spec))
        return None if entry is None else _parse(entry)

    def note(self, spec: ModelSpec, measured: Footprint, *, is_whole: bool = False) -> None:
        """Keep what the spec took.

        Args:
            spec: The model.
            measured: What was seen so far in one life.
            is_whole: Whether that life is over and had work to do: if it took less than lives before, that counts.
        """
        if is_whole:
            measured = replace(measured, least=larger(measured.sizes, measured.load_sizes))
        with self._writing:
            self._write(spec, measured, _BELIEF if is_whole else 1.0)

    def _write(self, spec: ModelSpec, measured: Footprint, belief: float) -> None:
        known = self.find(spec)
        joined = known.join(measured, belief) if known is not None else measured
        entry = {"model": spec.name, "hardware": self._hardware, **dataclasses.asdict(joined)}
        if self._entries.get(self._key(spec)) == entry:
            return
        self._entries[self._key(spec)] = entry
        making = self._path.with_suffix(".making")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            making.write_text(json.dumps(self._entries, indent=1) + "\n")
            making.replace(self._path)
        except OSError as error:
            log.warning("what model %s takes could not be kept in %s: %s", spec.name, self._path, error)

    def _key(self, spec: ModelSpec) -> str:
        identity = json.dumps(
            [self._hardware, spec.factory, [repr(source) for source in spec.weights], dict(spec.options)],
            sort_keys=True,
            default=str,
        )
        return hashlib.sha256(identity.encode()).hexdigest()[:32]

    def _read(self) -> dict[str, Any]:
        try:
            entries = json.loads(self._path.read_text())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            log.warning("%s cannot be read, so models are measured anew: %s", self._path, error)
            return {}
        return entries if isinstance(entries, dict) else {}
