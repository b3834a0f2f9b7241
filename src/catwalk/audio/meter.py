"""Loudness meter after ITU-R BS.1770-4 and EBU R 128, for mono sound of any length and rate."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

SILENT_LUFS = -70.0
"""Absolute gate: quieter blocks do not count, and nothing measures less (BS.1770-4, annex 1)."""

RELATIVE_GATE_LU = -10.0

STEP_S = 0.1
"""Gating blocks of 0.4 s overlap by three quarters, so their energies are sums of 0.1 s steps."""

STEPS_PER_BLOCK = 4

FFT_SAMPLES = 32_768
SETTLE_S = 0.1
"""After which nothing is left of the K-weighting's response to an impulse: its slowest pole, at 38 Hz, has fallen by
200 dB."""


@dataclass
class LoudnessMeter:
    """Weighs sound as it comes; what remains of it is one number for every tenth of a second."""

    rate_hz: int
    n_step: int = 0
    """Samples in a step; 0 for a tenth of a second."""

    _pending: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    _squares: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    _steps: list[NDArray[np.float64]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._n_settle = min(round(SETTLE_S * self.rate_hz), FFT_SAMPLES // 2)
        self._history = np.zeros(self._n_settle, np.float32)
        self.n_step = self.n_step or round(STEP_S * self.rate_hz)

    def add(self, samples: NDArray[np.float32]) -> None:
        """Take the next stretch, of any length."""
        self._pending = np.concatenate((self._pending, samples)) if self._pending.size else samples
        n_hop = FFT_SAMPLES - self._n_settle
        n_ready = self._pending.size - self._pending.size % n_hop
        for start in range(0, n_ready, n_hop):
            self._weigh(self._pending[start : start + n_hop])
        # A copy, so that the caller's array is neither held nor seen to change.
        self._pending = self._pending[n_ready:].copy()

    def step_energies(self) -> NDArray[np.float64]:
        """Mean square after K-weighting of each whole step so far, by default of each tenth of a second."""
        if self._pending.size:
            squares, history, steps = self._squares, self._history, list(self._steps)
            self._weigh(self._pending)
            energies = self._steps
            # What is pending is weighed again with what follows it.
            self._squares, self._history, self._steps = squares, history, steps
        else:
            energies = self._steps
        return np.concatenate(energies) if energies else np.zeros(0)

    def integrated_lufs(self) -> float:
        """Gated loudness of everything so far; -70 where nothing is loud enough to count."""
        return gated_lufs(self.step_energies())

    def _weigh(self, samples: NDArray[np.float32]) -> None:
        window = np.concatenate((self._history, samples))
        spectrum = np.fft.rfft(window, FFT_SAMPLES) * _k_weighting(self.rate_hz)
        weighted = np.fft.irfft(spectrum, FFT_SAMPLES)[self._n_settle : window.size]
        self._history = window[window.size - self._n_settle :]
        squares = np.concatenate((self._squares, np.square(weighted, dtype=np.float32)))
        n_whole = squares.size - squares.size % self.n_step
        self._steps.append(squares[:n_whole].reshape(-1, self.n_step).mean(axis=1, dtype=np.float64))
        self._squares = squares[n_whole:]


def gated_lufs(energies: NDArray[np.float64]) -> float:
    """Integrated loudness from the energies of tenths of a second.

    Sound shorter than one gating block counts as one block.
    """
    if energies.size == 0:
        return SILENT_LUFS
    n_block = min(STEPS_PER_BLOCK, energies.size)
    blocks = np.convolve(energies, np.full(n_block, 1 / n_block), "valid")
    loud = blocks[blocks > _energy(SILENT_LUFS)]
    if loud.size == 0:
        return SILENT_LUFS
    counted = loud[loud > loud.mean() * 10 ** (RELATIVE_GATE_LU / 10)]
    return max(SILENT_LUFS, float(-0.691 + 10 * np.log10(counted.mean())))


def to_tenths(energies: NDArray[np.float64], n_step: int, rate_hz: int) -> NDArray[np.float64]:
    """Energies of each whole tenth of a second, from those of shorter steps of ``n_step`` samples."""
    n_tenth = round(STEP_S * rate_hz)
    sums = np.concatenate((np.zeros(1), np.cumsum(energies)))
    ends = np.arange(energies.size * n_step // n_tenth + 1) * (n_tenth / n_step)
    return np.asarray(np.diff(np.interp(ends, np.arange(sums.size), sums)) * (n_step / n_tenth))


def _energy(lufs: float) -> float:
    return float(10 ** ((lufs + 0.691) / 10))


@lru_cache(maxsize=8)
def _k_weighting(rate_hz: int) -> NDArray[np.complex64]:
    """Response of both K-weighting filters at the frequencies of the FFT.

    The standard tabulates coefficients for 48 kHz; these are the analogue filters behind them, as derived in
    libebur128, bent to the rate by the bilinear transform.
    """
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(FFT_SAMPLES))
    shelf_gain, shelf_q = 10 ** (3.999843853973347 / 20), 0.7071752369554196
    k = np.tan(np.pi * min(1681.974450955533 / rate_hz, 0.49))
    band_gain = shelf_gain**0.4996667741545416
    shelf = (
        (shelf_gain + band_gain * k / shelf_q + k * k)
        + 2 * (k * k - shelf_gain) * z
        + (shelf_gain - band_gain * k / shelf_q + k * k) * z**2
    ) / ((1 + k / shelf_q + k * k) + 2 * (k * k - 1) * z + (1 - k / shelf_q + k * k) * z**2)
    pass_q = 0.5003270373238773
    k = np.tan(np.pi * 38.13547087602444 / rate_hz)
    high_pass = (1 - 2 * z + z**2) / (
        1 + (2 * (k * k - 1) * z + (1 - k / pass_q + k * k) * z**2) / (1 + k / pass_q + k * k)
    )
    response: NDArray[np.complex64] = (shelf * high_pass).astype(np.complex64)
    return response
