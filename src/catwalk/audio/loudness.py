"""How loud a recording is, and how to bring it to a level (ITU-R BS.1770-4, EBU R 128)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catwalk.audio.limiter import CELL_SAMPLES, PeakMeter, apply_gain_curve, find_gain_curve
from catwalk.audio.meter import SILENT_LUFS, STEP_S, LoudnessMeter, gated_lufs
from catwalk.audio.resample import split
from catwalk.audio.waveform import Waveform

__all__ = ["SILENT_LUFS", "Levelling", "integrated_lufs", "normalise", "plan_levelling", "to_db", "true_peak_dbtp"]

TARGET_LUFS = -16.0
CEILING_DBTP = -1.0

TOLERANCE_LU = 0.002
ESTIMATE_LU = 0.05
MAX_ROUNDS = 8
MAX_LIMITING_DB = 15.0
"""The loud cells may be pushed down this far; a recording that would need more stays quieter than the target."""

LOUD_PERCENTILE = 99.9
"""What is louder is a click or a knock, which should not decide how loud the speech may be."""

SILENT_DBTP = -120.0


def integrated_lufs(waveform: Waveform) -> float:
    """Gated loudness; -70 for silence."""
    meter = LoudnessMeter(waveform.rate_hz)
    meter.add(waveform.samples)
    return meter.integrated_lufs()


def true_peak_dbtp(waveform: Waveform) -> float:
    """Highest level between and at the samples, in dB above full scale; -120 for silence."""
    meter = PeakMeter()
    for block in split(waveform.samples):
        meter.add(block)
    return to_db(meter.true_peak())


def to_db(ratio: float) -> float:
    """A ratio of amplitudes in decibels, -120 for nothing."""
    return float(20 * np.log10(max(ratio, 10 ** (SILENT_DBTP / 20))))


@dataclass(frozen=True, slots=True)
class Levelling:
    """What brings a recording to its level: one gain for all of it, and dips around its peaks."""

    gain: float
    """Factor of every sample."""

    curve: NDArray[np.float32]
    """Factor of each cell of samples after that, at most 1."""

    def apply(self, samples: NDArray[np.float32], first_sample: int) -> NDArray[np.float32]:
        """A stretch of the recording at its level; ``first_sample`` says where it begins."""
        return apply_gain_curve(samples * np.float32(self.gain), self.curve, first_sample)


def plan_levelling(
    energies: NDArray[np.float64],
    envelope: NDArray[np.float32],
    rate_hz: int,
    *,
    target_lufs: float = TARGET_LUFS,
    ceiling_dbtp: float = CEILING_DBTP,
) -> Levelling:
    """Find gain and limiting from what the meters say, without the samples.

    The limiter takes loudness away; what it takes is estimated from the peaks of each tenth of a second, and the gain
    raised until the estimate meets the target.

    Args:
        energies: Of each tenth of a second (:meth:`LoudnessMeter.step_energies`).
        envelope: Of each cell (:meth:`PeakMeter.envelope`).
        rate_hz: Rate of the recording.
        target_lufs: Wanted loudness.
        ceiling_dbtp: True peak that is not exceeded.
    """
    loudness = gated_lufs(energies)
    loud_db = to_db(float(np.percentile(envelope, LOUD_PERCENTILE))) if envelope.size else SILENT_DBTP
    gain_db = 0.0 if loudness <= SILENT_LUFS else target_lufs - loudness
    highest_db = max(ceiling_dbtp - loud_db + MAX_LIMITING_DB, min(0.0, gain_db))
    ceiling = 10 ** (ceiling_dbtp / 20)
    for _ in range(MAX_ROUNDS):
        gain_db = min(gain_db, highest_db)
        gain = 10 ** (gain_db / 20)
        curve = find_gain_curve(envelope * np.float32(gain), ceiling, rate_hz)
        reached = gated_lufs(energies * gain**2 * _remaining_energy(envelope, curve, rate_hz, energies.size))
        missing_lu = target_lufs - reached
        if abs(missing_lu) < TOLERANCE_LU or loudness <= SILENT_LUFS or (missing_lu > 0 and gain_db >= highest_db):
            break
        gain_db += missing_lu
    return Levelling(gain, curve)


def normalise(waveform: Waveform, *, target_lufs: float = TARGET_LUFS, ceiling_dbtp: float = CEILING_DBTP) -> Waveform:
    """The recording at ``target_lufs``, its true peaks at most ``ceiling_dbtp``.

    Silence stays as it is. A lossy codec moves peaks by some tenths of a decibel: leave it room in ``ceiling_dbtp``.
    """
    loudness, peaks = LoudnessMeter(waveform.rate_hz), PeakMeter()
    for block in split(waveform.samples):
        loudness.add(block)
        peaks.add(block)
    energies, envelope = loudness.step_energies(), peaks.envelope()
    wanted_lufs = target_lufs
    for _ in range(2):
        plan = plan_levelling(energies, envelope, waveform.rate_hz, target_lufs=wanted_lufs, ceiling_dbtp=ceiling_dbtp)
        levelled = _apply(waveform, plan)
        missing_lu = target_lufs - integrated_lufs(levelled)
        if abs(missing_lu) < ESTIMATE_LU or not (plan.curve < 1.0).any():
            break
        # The plan goes by the peaks of a few cells; where they misled it, once more with what they were off by.
        wanted_lufs += missing_lu
    return levelled


def _apply(waveform: Waveform, plan: Levelling) -> Waveform:
    samples = np.empty_like(waveform.samples)
    n_done = 0
    for block in split(waveform.samples):
        samples[n_done : n_done + block.size] = plan.apply(block, n_done)
        n_done += block.size
    return Waveform(samples, waveform.rate_hz)


def _remaining_energy(
    envelope: NDArray[np.float32], curve: NDArray[np.float32], rate_hz: int, n_steps: int
) -> NDArray[np.float64]:
    """The share of each tenth of a second's energy that the curve leaves, judged by the peaks of its cells."""
    if n_steps == 0 or not (curve < 1.0).any():
        return np.ones(n_steps)
    starts = np.minimum(np.arange(n_steps) * round(STEP_S * rate_hz) // CELL_SAMPLES, envelope.size - 1)
    squares = np.square(envelope, dtype=np.float64)
    before = np.add.reduceat(squares, starts)
    after = np.add.reduceat(squares * np.square(curve, dtype=np.float64), starts)
    return np.divide(after, before, out=np.ones(n_steps), where=before > 0)
