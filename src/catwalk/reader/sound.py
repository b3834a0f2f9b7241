"""A take as it stands in a finished recording: trimmed, at the recording's rate, and what the meters say of it."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import av
import msgpack
import numpy as np
from numpy.typing import NDArray

from catwalk.audio.codec import decode
from catwalk.audio.limiter import CELL_SAMPLES, PeakMeter
from catwalk.audio.meter import LoudnessMeter
from catwalk.audio.mp3 import FRAME_SAMPLES
from catwalk.audio.resample import resample, split
from catwalk.audio.waveform import Waveform
from catwalk.errors import AudioUnreadable

FRAME_S = 0.01
"""Speech is told from silence in frames of this length."""

SPEECH_RANGE_DB = 42.0
"""What is this much quieter than a take's loud frames is silence; the ends of words fade to about 35 dB below."""

NOISE_MARGIN_DB, NOISE_RANGE_DB = 6.0, 25.0
"""In a noisy take, silence is what is near the noise, as long as that is still far below the voice."""

SILENCE_DB = -60.0
"""What is quieter than this is silence in any take."""

KEEP_BEFORE_S, KEEP_AFTER_S = 0.04, 0.12
"""Silence that stays around the speech of a take, so that breath and the ends of words are whole."""

FADE_S = 0.008

MADE_BY = f"1 {av.__version__}"
"""Changes with whatever else than the take decides how it sounds."""

CELLS_PER_FRAME = FRAME_SAMPLES // CELL_SAMPLES


@dataclass(frozen=True, slots=True)
class Sound:
    """What there is to know of a take without its samples."""

    n_samples: int
    cut_s: float
    """Silence that was taken off the start of the take."""

    energies: NDArray[np.float64]
    """Mean square after K-weighting of each MP3 frame, the last one filled up with silence."""

    envelope: NDArray[np.float32]
    """Highest absolute value in and around each cell (:class:`PeakMeter`), as many as fill these frames."""

    def to_bytes(self) -> bytes:
        """As :meth:`from_bytes` reads it."""
        content: bytes = msgpack.packb([self.n_samples, self.cut_s, self.energies.tobytes(), self.envelope.tobytes()])
        return content

    @classmethod
    def from_bytes(cls, content: bytes) -> Sound:
        """What :meth:`to_bytes` wrote."""
        n_samples, cut_s, energies, envelope = msgpack.unpackb(content)
        return cls(n_samples, cut_s, np.frombuffer(energies, np.float64), np.frombuffer(envelope, np.float32))


def read_take(take: Waveform | Path) -> bytes:
    """All that makes up a take.

    Raises:
        AudioUnreadable: its file cannot be read.
    """
    if isinstance(take, Waveform):
        return take.rate_hz.to_bytes(4) + take.samples.tobytes()
    try:
        return take.read_bytes()
    except OSError as error:
        raise AudioUnreadable(f"cannot open {take}: {error.strerror or error}", param="file") from error


def identify(content: bytes, rate_hz: int) -> str:
    """A hash that tells takes apart, and the same take at two rates."""
    return hashlib.sha256(f"{MADE_BY} {rate_hz} ".encode() + hashlib.sha256(content).digest()).hexdigest()


def cut(take: Waveform | bytes, rate_hz: int) -> tuple[NDArray[np.float32], float]:
    """A take, or the file that it is in, trimmed and at a rate; and how much was taken off its start, in seconds.

    Raises:
        AudioUnreadable: the file cannot be decoded.
    """
    whole = decode(io.BytesIO(take), rate_hz=rate_hz) if isinstance(take, bytes) else take
    start, end = _find_kept(whole)
    return resample(_trim(whole, start, end), rate_hz).samples, start / whole.rate_hz


def weigh(samples: NDArray[np.float32], rate_hz: int) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Energies and envelope, as :class:`Sound` has them."""
    n_frames = -(-samples.size // FRAME_SAMPLES)
    padded = np.zeros(n_frames * FRAME_SAMPLES, np.float32)
    padded[: samples.size] = samples
    loudness, peaks = LoudnessMeter(rate_hz, FRAME_SAMPLES), PeakMeter()
    for block in split(padded):
        loudness.add(block)
        peaks.add(block)
    return loudness.step_energies(), peaks.envelope()


def trim(take: Waveform) -> Waveform:
    """A take without the silence around its speech but for a small margin, its ends faded.

    A take without any speech stays as long as it is.
    """
    return _trim(take, *_find_kept(take))


def _trim(take: Waveform, start: int, end: int) -> Waveform:
    samples = np.nan_to_num(take.samples[start:end], nan=0.0, posinf=1.0, neginf=-1.0)
    n_fade = min(round(FADE_S * take.rate_hz), samples.size // 2)
    if n_fade:
        slope = (0.5 - 0.5 * np.cos(np.pi * (np.arange(n_fade) + 0.5) / n_fade)).astype(np.float32)
        samples[:n_fade] *= slope
        samples[-n_fade:] *= slope[::-1]
    return Waveform(samples, take.rate_hz)


def _find_kept(take: Waveform) -> tuple[int, int]:
    """First sample that stays and one after the last."""
    n_frame = max(1, round(FRAME_S * take.rate_hz))
    first, last = _find_speech(take.samples, n_frame)
    start = max(0, first * n_frame - round(KEEP_BEFORE_S * take.rate_hz))
    return start, min(take.samples.size, last * n_frame + round(KEEP_AFTER_S * take.rate_hz))


def _find_speech(samples: NDArray[np.float32], n_frame: int) -> tuple[int, int]:
    """First frame of speech and one after the last; all frames where there is no speech."""
    n_frames = -(-samples.size // n_frame)
    padded = np.zeros(n_frames * n_frame, np.float32)
    padded[: samples.size] = samples
    levels = 10 * np.log10(np.square(padded.reshape(-1, n_frame)).mean(axis=1) + 1e-12) if n_frames else np.zeros(0)
    if n_frames == 0:
        return 0, 0
    loud, noise = np.percentile(levels, 95), np.percentile(levels, 5)
    threshold = max(loud - SPEECH_RANGE_DB, min(noise + NOISE_MARGIN_DB, loud - NOISE_RANGE_DB), SILENCE_DB)
    speech = np.flatnonzero(levels > threshold)
    return (int(speech[0]), int(speech[-1]) + 1) if speech.size else (0, n_frames)
