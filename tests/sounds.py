"""Sounds that are made for tests: what looks like speech to whoever only measures."""

from __future__ import annotations

import io
import wave

import numpy as np

from catwalk.audio.waveform import Waveform

RATE_HZ = 24_000


def babble(duration_s: float, *, pitch_hz: float = 120.0, seed: int = 0) -> Waveform:
    """Gliding vowels of about a fifth of a second with gaps between them, in a quiet room."""
    random = np.random.default_rng(seed)
    samples = 1e-4 * random.normal(size=round(duration_s * RATE_HZ))
    at = round(0.05 * RATE_HZ)
    while True:
        n = round(random.uniform(0.12, 0.22) * RATE_HZ)
        if at + n > samples.size:
            break
        glide_hz = pitch_hz * np.linspace(random.uniform(0.85, 1.0), random.uniform(1.0, 1.2), n)
        phase = 2 * np.pi * np.cumsum(glide_hz) / RATE_HZ
        voiced = sum(np.sin(k * phase) / k for k in range(1, 12))
        samples[at : at + n] += 0.15 * np.hanning(n) * voiced * random.uniform(0.6, 1.0)
        at += n + round(random.uniform(0.03, 0.12) * RATE_HZ)
    return Waveform(samples.astype(np.float32), RATE_HZ)


def to_wav(waveform: Waveform) -> bytes:
    """A 16-bit WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(waveform.rate_hz)
        writer.writeframes((np.clip(waveform.samples, -1, 1) * 32767).astype("<i2").tobytes())
    return file.getvalue()
