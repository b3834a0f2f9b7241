"""A recording in stretches that can be encoded apart, each at its level, and kept for the next time.

What a stretch comes to depends on its own takes, pauses and gains alone. So after a correction the stretches that are
as they were need not be made again, and the file is the one that would be made of nothing.

A line's gain is a whole number of steps of 0.25 dB. Which way it is rounded depends on the line's own sound, like a
dither: the mean of all lines is the gain that was asked for, and where one line moves it a little, a few lines in a
hundred change their step, not all of them at once.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass

import msgpack
import numpy as np
from numpy.typing import NDArray

from catwalk.audio.limiter import PeakMeter, apply_gain_curve, find_gain_curve
from catwalk.audio.loudness import to_db
from catwalk.audio.meter import LoudnessMeter
from catwalk.audio.mp3 import FRAME_SAMPLES, SILENT_END_FRAMES, decode_frames, encode_frames
from catwalk.audio.resample import split
from catwalk.library.cache import Cache
from catwalk.reader.joining import Recording
from catwalk.reader.sound import MADE_BY

STEP_DB = 0.25
"""Half of it is far below what is heard as a difference between two lines."""

METER_DB = 0.1
"""By which other meters may read a peak higher, since the standard leaves the interpolation open."""

SAFETY_DB = 0.1
"""Taken off on top of what a peak was too high."""

MAX_ENCODINGS = 4


@dataclass(frozen=True, slots=True)
class Encoded:
    """A finished stretch of an MP3 file, and what is heard of it."""

    frames: bytes
    energies: NDArray[np.float64]
    """Mean square after K-weighting of each frame."""

    true_peak: float

    def to_bytes(self) -> bytes:
        """As :meth:`from_bytes` reads it."""
        content: bytes = msgpack.packb([self.frames, self.energies.tobytes(), self.true_peak])
        return content

    @classmethod
    def from_bytes(cls, content: bytes) -> Encoded:
        """What :meth:`to_bytes` wrote."""
        frames, energies, true_peak = msgpack.unpackb(content)
        return cls(frames, np.frombuffer(energies, np.float64), true_peak)


@dataclass(frozen=True, slots=True)
class Coding:
    """How stretches are encoded."""

    bitrate_bps: int
    first_ceiling_dbtp: float
    """Of the peaks before encoding, which moves them."""

    ceiling_dbtp: float
    """Of the peaks that are heard."""


def list_stretches(recording: Recording) -> Iterator[range]:
    """Lines that are encoded together: a line that is not followed by enough silence goes with the next."""
    first = 0
    for line, (span, n_frames) in enumerate(zip(recording.spans, recording.n_frames, strict=True)):
        if n_frames * FRAME_SAMPLES - (span.end - span.start) >= SILENT_END_FRAMES * FRAME_SAMPLES:
            yield range(first, line + 1)
            first = line + 1


def round_gains(recording: Recording, gains_db: NDArray[np.float64]) -> NDArray[np.float64]:
    """The factor of each line, a whole number of steps of :data:`STEP_DB`; what has no sound has 1."""
    steps = [
        math.floor(gain_db / STEP_DB + int(key[:8], 16) / 2**32) if (key := recording.key(line)) else 0
        for line, gain_db in enumerate(gains_db)
    ]
    return np.asarray(10 ** (np.array(steps, np.float64) * (STEP_DB / 20)))


def level(recording: Recording, lines: range, gains: NDArray[np.float64], ceiling_dbtp: float) -> NDArray[np.float32]:
    """Some lines in a row with their pauses, each at the gain of its place, their true peaks under the ceiling."""
    samples = np.zeros(sum(recording.n_frames[line] for line in lines) * FRAME_SAMPLES, np.float32)
    for line in lines:
        start = recording.spans[line].start - recording.spans[lines[0]].start
        own = recording.read(line)
        np.multiply(own, np.float32(gains[line]), out=samples[start : start + own.size])
    curve = find_gain_curve(recording.envelope(lines, gains), 10 ** (ceiling_dbtp / 20), recording.rate_hz)
    return apply_gain_curve(samples, curve, 0)


def encode_stretch(
    recording: Recording, lines: range, gains: NDArray[np.float64], coding: Coding, kept: Cache | None = None
) -> Encoded:
    """Some lines in a row as MP3, from the cache where they were encoded before.

    What comes out is decoded and measured, because the codec moves peaks, and encoded anew with a little more room
    where it has moved them too far.
    """
    key = _identify(recording, lines, gains, coding)
    known = kept.find(key) if kept else None
    if known is not None:
        return Encoded.from_bytes(known)
    ceiling_dbtp = coding.first_ceiling_dbtp
    for _ in range(MAX_ENCODINGS):
        samples = level(recording, lines, gains, ceiling_dbtp)
        encoded = _encode(samples, recording.rate_hz, coding.bitrate_bps)
        excess_db = to_db(encoded.true_peak) - coding.ceiling_dbtp + METER_DB
        if excess_db <= 0:
            break
        ceiling_dbtp -= excess_db + SAFETY_DB
    if kept:
        kept.keep(key, encoded.to_bytes())
    return encoded


def encode_silence(n_frames: int, rate_hz: int, bitrate_bps: int) -> Encoded:
    """Nothing, for so long."""
    return _encode(np.zeros(n_frames * FRAME_SAMPLES, np.float32), rate_hz, bitrate_bps)


def _encode(samples: NDArray[np.float32], rate_hz: int, bitrate_bps: int) -> Encoded:
    frames = encode_frames(samples, rate_hz, bitrate_bps=bitrate_bps)
    loudness, peaks = LoudnessMeter(rate_hz, FRAME_SAMPLES), PeakMeter()
    for block in split(decode_frames(frames)):
        loudness.add(block)
        peaks.add(block)
    return Encoded(frames, loudness.step_energies(), peaks.true_peak())


def _identify(recording: Recording, lines: range, gains: NDArray[np.float64], coding: Coding) -> str:
    made_of = [(recording.key(line), recording.n_frames[line], float(gains[line])) for line in lines]
    settings = [MADE_BY, recording.rate_hz, coding.bitrate_bps, coding.first_ceiling_dbtp, coding.ceiling_dbtp]
    return hashlib.sha256(json.dumps([settings, made_of]).encode()).hexdigest()
