"""What can be told of a recording without understanding it: silences, cut edges, clipping, noise and tones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catwalk.audio.waveform import Waveform

FRAME_S = 0.01
"""Length of the frames in which levels are taken."""

_SPEECH_DB = 35.0
"""A frame this far below the loud ones is not speech."""

_SPECTRUM_S = 0.043
_STEP_S = 0.032
_HISS_BAND_HZ = (150.0, 7500.0)
_HISS_S = 0.32
"""Sounds with noise across the whole band are never this long in speech."""

_TONE_BAND_HZ = (150.0, 5000.0)
_STEADY = 0.93
"""Likeness of spectra ``_STEADY_S`` apart from which a frame sounds like a held tone; speech moves on sooner."""

_STEADY_S = 0.192

_DEAD_DB = -88.0
"""A frame this far below full scale holds no recorded sound at all: 16-bit samples that are zero or next to it."""

_BREAK_S = 0.08
"""A shorter stretch of such frames may be the closure of a stop."""

_ZERO = 2.0**-12
_SLOPE_DB = 10.0
"""A voice's first 2 ms are more than this below the next 10."""

_PITCH_S = 0.064
_PITCH_STEP_S = 0.032
_PITCH_BAND_HZ = (140.0, 5000.0)
_PITCH_RATIO = 3.0
"""A pitch has so many times the power of its surroundings in the spectrum."""

_HELD_S = 0.3
"""Voices glide on sooner, and two of their harmonics never stay longer at once."""


@dataclass(frozen=True, slots=True)
class Acoustics:
    """Measures of one recording; levels are in dB relative to its loud frames (95th percentile)."""

    duration_s: float

    start_s: float
    """Where the first sound begins; 0 for silence."""

    end_s: float
    """Where the last sound ends; 0 for silence."""

    speech_ratio: float
    """Share of the span between first and last sound that is not silence; 0 for silence."""

    longest_silence_s: float
    """Longest silence between first and last sound."""

    silence_at_s: float
    """Where that silence begins."""

    level_db: float
    """Of the loud frames, relative to full scale."""

    head_db: float
    """Level of the first 20 ms."""

    tail_db: float
    """Level of the last 20 ms."""

    floor_db: float
    """Level of the quietest 50 ms."""

    peak_share: float
    """Share of samples above nine tenths of the peak; clipping heaps them there."""

    crowded_share: float
    """Share of samples above eight tenths of the 99.9th percentile: clipping still shows here after resampling or lossy
    coding, which send a few samples past the old peak."""

    hiss_db: float
    """Loudest noise that lasts ``_HISS_S``: the level that nine tenths of the spectrum keep above all that time."""

    tone_s: float
    """Longest stretch that sounds like a held tone."""

    n_held: int
    """Most pitches that are held for ``_HELD_S`` at the same time."""

    break_db: float
    """Level of the sound that meets a stretch of digital silence inside without any slope: voices fade, what was muted
    breaks off. −120 where there is none."""

    @property
    def is_silent(self) -> bool:
        """Whether there is nothing to hear at all."""
        return self.level_db < -60.0 or self.end_s <= self.start_s


def measure(waveform: Waveform) -> Acoustics:
    """Measure one recording; takes about 1 ms for each second of it."""
    levels = levels_db(waveform)
    duration_s = waveform.duration_s
    top = float(np.percentile(levels, 95)) if len(levels) else -120.0
    loud = np.flatnonzero(find_audible(levels))
    if not len(loud):
        nothing = (-120.0, -120.0, -120.0, 0.0, 0.0, -120.0, 0.0, 0, -120.0)
        return Acoustics(duration_s, 0.0, 0.0, 0.0, 0.0, 0.0, top, *nothing)
    gaps = np.diff(loud) - 1
    sizes = np.abs(waveform.samples)
    widest = int(np.argmax(gaps)) if len(gaps) else 0
    span = int(loud[-1] - loud[0]) + 1
    hiss_db, tone_s = _hiss_and_tone(waveform)
    return Acoustics(
        duration_s=duration_s,
        start_s=float(loud[0]) * FRAME_S,
        end_s=min(duration_s, float(loud[-1] + 1) * FRAME_S),
        speech_ratio=len(loud) / span,
        longest_silence_s=float(gaps[widest]) * FRAME_S if len(gaps) else 0.0,
        silence_at_s=float(loud[widest] + 1) * FRAME_S,
        level_db=top,
        head_db=float(levels[:2].max()) - top,
        tail_db=float(levels[-2:].max()) - top,
        floor_db=_floor_db(levels) - top,
        peak_share=float(np.mean(sizes > 0.9 * waveform.peak)),
        crowded_share=float(np.mean(sizes > 0.8 * np.percentile(sizes, 99.9))),
        hiss_db=hiss_db,
        tone_s=tone_s,
        n_held=_count_held(waveform),
        break_db=_break_db(waveform, levels, top, slice(int(loud[0]), int(loud[-1]) + 1)),
    )


def levels_db(waveform: Waveform) -> NDArray[np.float64]:
    """Level of every whole ``FRAME_S``, in dB relative to full scale."""
    frame = max(1, round(waveform.rate_hz * FRAME_S))
    n_frames = len(waveform.samples) // frame
    frames = waveform.samples[: n_frames * frame].reshape(n_frames, frame).astype(np.float64)
    # The variance, not the mean square: recordings may lie beside zero (one of tortoise's did, by 0.018).
    return np.asarray(10.0 * np.log10(np.var(frames, axis=1) + 1e-12))


def find_audible(levels: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of these frames are not silence."""
    top = float(np.percentile(levels, 95)) if len(levels) else 0.0
    return np.asarray(levels > max(top - _SPEECH_DB, -70.0))


def find_near(flags: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """Which frames are at most ``reach`` frames from one that is flagged."""
    if not len(flags):
        return flags
    return np.asarray(np.convolve(flags, np.ones(2 * reach + 1, np.int32))[reach : reach + len(flags)] > 0)


def _floor_db(levels: NDArray[np.float64]) -> float:
    width = min(5, len(levels))
    power = np.convolve(10.0 ** (levels / 10.0), np.ones(width) / width, mode="valid")
    return float(10.0 * np.log10(power.min() + 1e-12))


def _break_db(waveform: Waveform, levels: NDArray[np.float64], top: float, span: slice) -> float:
    """Level of the loudest sound in ``span``, in frames, that begins or ends at digital silence without any slope."""
    frame = max(1, round(waveform.rate_hz * FRAME_S))
    edges = np.flatnonzero(np.diff((levels[span] < _DEAD_DB).astype(np.int8))) + 1 + span.start
    loudest = -120.0
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if end - start >= round(_BREAK_S / FRAME_S):
            before = waveform.samples[max(0, start - 3) * frame : (start + 1) * frame][::-1]
            after = waveform.samples[(end - 1) * frame : (end + 3) * frame]
            loudest = max(loudest, _onset_db(before, frame) - top, _onset_db(after, frame) - top)
    return loudest


def _onset_db(samples: NDArray[np.float32], frame: int) -> float:
    """Level of the first 2 ms of sound where they are about as loud as the next 10 ms, else −120."""
    sounding = np.flatnonzero(np.abs(samples) > _ZERO)
    if not len(sounding):
        return -120.0
    start, n_first = int(sounding[0]), max(2, frame // 5)
    first, following = samples[start : start + n_first], samples[start + n_first : start + n_first + frame]
    level = 10.0 * np.log10(np.mean(first.astype(np.float64) ** 2) + 1e-12)
    slope_db = 10.0 * np.log10(np.mean(following.astype(np.float64) ** 2) + 1e-12) - level if len(following) else 99.0
    return float(level) if slope_db < _SLOPE_DB else -120.0


def _hiss_and_tone(waveform: Waveform) -> tuple[float, float]:
    """Level of the loudest lasting noise in dB, and the seconds of the longest held tone."""
    size = int(2 ** round(np.log2(waveform.rate_hz * _SPECTRUM_S)))  # a power of two transforms fastest
    step = round(waveform.rate_hz * _STEP_S)
    if len(waveform.samples) < size:
        return -120.0, 0.0
    frames = np.lib.stride_tricks.sliding_window_view(waveform.samples, size)[::step]
    transformed = np.fft.rfft(frames * np.hanning(size).astype(np.float32), axis=1)
    spectra = (transformed.real**2 + transformed.imag**2 + 1e-10).astype(np.float32)
    hz = np.fft.rfftfreq(size, 1.0 / waveform.rate_hz)
    return _hiss_db(spectra[:, _within(hz, _HISS_BAND_HZ)]), _tone_s(spectra[:, _within(hz, _TONE_BAND_HZ)])


def _within(hz: NDArray[np.floating[Any]], band: tuple[float, float]) -> slice:
    return slice(int(np.searchsorted(hz, band[0])), int(np.searchsorted(hz, band[1], side="right")))


def _hiss_db(spectra: NDArray[np.float32]) -> float:
    width = round(_HISS_S / _STEP_S)
    if len(spectra) < width:
        return -120.0
    # Every third bin shows the same tenth at a third of the work.
    sparse = spectra[:, ::3]
    tenth = np.sort(sparse, axis=1)[:, sparse.shape[1] // 10]
    lasting = np.lib.stride_tricks.sliding_window_view(tenth, width).min(axis=1).max()
    return float(10.0 * np.log10(lasting / np.percentile(spectra.mean(axis=1), 95)))


def _tone_s(spectra: NDArray[np.float32]) -> float:
    lag = round(_STEADY_S / _STEP_S)
    if len(spectra) <= lag:
        return 0.0
    power = spectra.mean(axis=1)
    shape = np.sqrt(np.sqrt(spectra))
    shape -= shape.mean(axis=1, keepdims=True)
    shape /= np.linalg.norm(shape, axis=1, keepdims=True) + np.float32(1e-9)
    likeness = np.sum(shape[:-lag] * shape[lag:], axis=1)
    audible = power > np.percentile(power, 95) * 1e-3
    return _longest_run(audible[: len(likeness)] & (likeness > _STEADY)) * _STEP_S


def _count_held(waveform: Waveform) -> int:
    size = int(2 ** round(np.log2(waveform.rate_hz * _PITCH_S)))
    step = round(waveform.rate_hz * _PITCH_STEP_S)
    if len(waveform.samples) < size:
        return 0
    frames = np.lib.stride_tricks.sliding_window_view(waveform.samples, size)[::step]
    transformed = np.fft.rfft(frames * np.hanning(size).astype(np.float32), axis=1)
    band = _within(np.fft.rfftfreq(size, 1.0 / waveform.rate_hz), _PITCH_BAND_HZ)
    power = transformed.real[:, band] ** 2 + transformed.imag[:, band] ** 2
    middle = power[:, 4:-4]
    around = power[:, :-8] + power[:, 1:-7] + power[:, 7:-1] + power[:, 8:]
    stands_out = (middle > power[:, 3:-5]) & (middle >= power[:, 5:-3]) & (middle > _PITCH_RATIO / 4 * around)
    stands_out &= middle > np.percentile(power.max(axis=1), 95) * 10 ** (-_SPEECH_DB / 10)
    n_held, lasting = 0, np.zeros(middle.shape[1], np.int32)
    for row in stands_out:
        lasting = np.where(row, lasting + 1, 0)
        n_held = max(n_held, int(np.count_nonzero(lasting * _PITCH_STEP_S >= _HELD_S)))
    return n_held


def _longest_run(flags: NDArray[np.bool_]) -> int:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    return int((edges[1::2] - edges[::2]).max(initial=0))
