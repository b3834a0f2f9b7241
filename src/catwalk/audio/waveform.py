"""Mono audio in memory: the one shape in which samples travel through catwalk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Waveform:
    """Mono audio held in memory."""

    samples: NDArray[np.float32]
    """Shape (n_samples,), in [-1, 1]."""

    rate_hz: int
    """Samples per second."""

    def __post_init__(self) -> None:
        if self.samples.ndim != 1 or self.samples.dtype != np.float32:
            raise ValueError(f"samples must be one row of float32, not {self.samples.shape} {self.samples.dtype}")
        if self.rate_hz <= 0:
            raise ValueError(f"rate_hz must be positive, not {self.rate_hz}")

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate_hz

    @property
    def peak(self) -> float:
        """Largest absolute sample, 0 for no samples."""
        return float(np.abs(self.samples).max(initial=0.0))

    @classmethod
    def silence(cls, duration_s: float, rate_hz: int) -> Waveform:
        """``duration_s`` seconds of zeros."""
        return cls(np.zeros(round(duration_s * rate_hz), np.float32), rate_hz)

    @classmethod
    def join(cls, parts: Iterable[Waveform]) -> Waveform:
        """All parts one after another.

        Raises:
            ValueError: there are no parts, or their rates differ.
        """
        waveforms = list(parts)
        rates = {part.rate_hz for part in waveforms}
        if len(rates) != 1:
            raise ValueError(f"can join only waveforms of one rate, not of {sorted(rates) or 'none'}")
        return cls(np.concatenate([part.samples for part in waveforms]), rates.pop())
