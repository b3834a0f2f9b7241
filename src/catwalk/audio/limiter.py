"""True peaks, and a gain that keeps them under a ceiling without being heard.

Peaks are kept as one number for every cell of 32 samples. That is enough to find the gain, small enough to hold for
hours of sound, and lets several gains be tried without touching the samples again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

CELL_SAMPLES = 32

OVERSAMPLING = 4
"""As BS.1770-4, annex 2 asks for at 48 kHz."""

REACH = 16
"""Samples on each side from which a value between two samples is interpolated."""

NEAR_PEAK = 0.35
"""Between samples is looked only beside samples above this share of the stretch's largest: what is quieter meets no
ceiling, as long as the largest is not to be pushed down by more than 9 dB."""

GATHER = 16_384
"""Places interpolated at a time."""

HOLD_S = 0.015
"""A peak lowers the gain this long before and after itself, with slopes as long. Shorter than the time between two
glottal pulses of a deep voice (10 ms) and the gain would follow each of them, which is heard as roughness."""


@dataclass
class PeakMeter:
    """Follows the true peaks of sound as it comes."""

    _tail: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    _n_lead: int = 0
    _cells: list[NDArray[np.float32]] = field(default_factory=list)

    def add(self, samples: NDArray[np.float32]) -> None:
        """Take the next stretch, of any length."""
        window = np.concatenate((self._tail, samples))
        n_cells = max(0, (window.size - self._n_lead - REACH) // CELL_SAMPLES)
        if n_cells:
            end = self._n_lead + n_cells * CELL_SAMPLES
            self._cells.append(_cell_peaks(window[: end + REACH], self._n_lead, n_cells))
            keep_from = max(0, end - REACH)
            window, self._n_lead = window[keep_from:], end - keep_from
        self._tail = window.copy() if window.base is not None else window

    def envelope(self) -> NDArray[np.float32]:
        """Highest absolute value in and around each cell so far; the last cell may be part empty."""
        n_cells = -(-(self._tail.size - self._n_lead) // CELL_SAMPLES)
        rest = []
        if n_cells > 0:
            padded = np.zeros(self._n_lead + n_cells * CELL_SAMPLES + REACH, np.float32)
            padded[: self._tail.size] = self._tail
            rest = [_cell_peaks(padded, self._n_lead, n_cells)]
        return np.concatenate([*self._cells, *rest]) if self._cells or rest else np.zeros(0, np.float32)

    def true_peak(self) -> float:
        """Highest absolute value of the sound between and at the samples; 0 for silence."""
        return float(self.envelope().max(initial=0.0))


def find_gain_curve(envelope: NDArray[np.float32], ceiling: float, rate_hz: int) -> NDArray[np.float32]:
    """Gain of each cell, at most 1, that keeps the peaks under ``ceiling``."""
    wanted = np.minimum(1.0, ceiling / np.maximum(envelope, 1e-9), dtype=np.float32)
    if not (wanted < 1.0).any():
        return wanted
    n_hold = max(2, round(HOLD_S * rate_hz / CELL_SAMPLES))
    # One more than the slope is long: between two cells the gain runs straight, so that a peak meets its neighbours'.
    held = _sliding_minimum(wanted, n_hold + 1)
    return _smooth(held, n_hold)


def apply_gain_curve(
    samples: NDArray[np.float32], curve: NDArray[np.float32], first_sample: int
) -> NDArray[np.float32]:
    """Samples, of which the first is the ``first_sample``-th of the whole, under the curve of the whole."""
    n_cells = curve.size
    first = max(0, (first_sample - CELL_SAMPLES) // CELL_SAMPLES)
    last = min(n_cells, (first_sample + samples.size) // CELL_SAMPLES + 2)
    near = curve[first:last]
    if near.size == 0 or (near >= 1.0).all():
        return samples
    centres = (np.arange(first, last) + 0.5) * CELL_SAMPLES - 0.5
    at = np.arange(first_sample, first_sample + samples.size)
    limited: NDArray[np.float32] = samples * np.interp(at, centres, near).astype(np.float32)
    return limited


def _cell_peaks(window: NDArray[np.float32], n_lead: int, n_cells: int) -> NDArray[np.float32]:
    """Peaks of ``n_cells`` cells that begin ``n_lead`` samples into the window and end ``REACH`` before its end."""
    n_samples = n_cells * CELL_SAMPLES
    levels = np.abs(window[n_lead : n_lead + n_samples])
    cells: NDArray[np.float32] = levels.reshape(n_cells, CELL_SAMPLES).max(axis=1)
    threshold = NEAR_PEAK * float(cells.max(initial=0.0))
    if threshold < 1e-4:
        return cells
    padded = np.concatenate((np.zeros(REACH, np.float32), window))
    views = np.lib.stride_tricks.sliding_window_view(padded, 2 * REACH)
    # Place p lies between samples p and p + 1; the one before the first sample belongs to the stretch before.
    near = levels > threshold
    places = np.flatnonzero(near | np.append(near[1:], False))
    for start in range(0, places.size, GATHER):
        chosen = places[start : start + GATHER]
        between = np.abs(views[chosen + n_lead + 1] @ _interpolation()).max(axis=1)
        np.maximum.at(cells, chosen // CELL_SAMPLES, between)
        np.maximum.at(cells, np.minimum((chosen + 1) // CELL_SAMPLES, n_cells - 1), between)
    return cells


@lru_cache(maxsize=1)
def _interpolation() -> NDArray[np.float32]:
    """Taps, shape (2 * REACH, OVERSAMPLING - 1), that give the values between the two middle samples."""
    offsets = np.arange(2 * REACH)[:, np.newaxis] - (REACH - 1) - np.arange(1, OVERSAMPLING) / OVERSAMPLING
    window = np.i0(8 * np.sqrt(np.maximum(0, 1 - (offsets / REACH) ** 2)))
    taps = np.sinc(offsets) * window
    return np.asarray(taps / taps.sum(axis=0), np.float32)


def _sliding_minimum(values: NDArray[np.float32], radius: int) -> NDArray[np.float32]:
    """Minimum over ``radius`` values on both sides (van Herk: running minima from both ends of each block)."""
    width = 2 * radius + 1
    n_padded = -(-(values.size + 2 * radius) // width) * width
    padded = np.ones(n_padded, np.float32)
    padded[radius : radius + values.size] = values
    blocks = padded.reshape(-1, width)
    forward = np.minimum.accumulate(blocks, axis=1).ravel()
    backward = np.minimum.accumulate(blocks[:, ::-1], axis=1)[:, ::-1].ravel()
    return np.minimum(backward[: values.size], forward[width - 1 : width - 1 + values.size])


def _smooth(values: NDArray[np.float32], radius: int) -> NDArray[np.float32]:
    """A moving mean, twice, that reaches no further than ``radius``; the ends go on as they are."""
    for share in (radius // 2, radius - radius // 2):
        width = 2 * share + 1
        padded = np.pad(values, (share + 1, share), mode="edge")
        sums = np.cumsum(padded, dtype=np.float64)
        values = ((sums[width:] - sums[:-width]) / width).astype(np.float32)
    return values
