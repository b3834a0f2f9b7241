"""Measures of a recording, on signals that we make."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from catwalk.audio.acoustics import find_near, measure
from catwalk.audio.waveform import Waveform

RATE = 24_000


def voice(duration_s: float, *, seed: int = 0) -> NDArray[np.float32]:
    """Something that moves as speech does: a gliding buzz in syllables with a pause between them."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(duration_s * RATE)) / RATE
    pitch = 120 + 25 * np.sin(2 * np.pi * 0.9 * t + rng.uniform(0, 6))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    formant = 900 + 600 * np.sin(2 * np.pi * 2.1 * t)
    buzz = sum(np.sin(k * phase) * np.exp(-(((k * pitch - formant) / 400) ** 2)) for k in range(1, 25))
    syllables = np.clip(np.sin(2 * np.pi * 4 * t), 0, None) ** 0.5
    return np.asarray(0.2 * buzz * syllables, np.float32)


def rest(duration_s: float) -> NDArray[np.float32]:
    return np.zeros(round(duration_s * RATE), np.float32)


def wave(*parts: NDArray[np.float32]) -> Waveform:
    return Waveform(np.concatenate(parts).astype(np.float32), RATE)


def clean() -> Waveform:
    return wave(rest(0.2), voice(2.0), rest(0.3))


def test_the_span_of_sound_is_found() -> None:
    acoustics = measure(clean())

    assert acoustics.start_s == pytest.approx(0.2, abs=0.03)
    assert acoustics.end_s == pytest.approx(2.2, abs=0.15)
    assert acoustics.duration_s == pytest.approx(2.5)


def test_a_silence_inside_is_measured_and_placed() -> None:
    acoustics = measure(wave(voice(1.0), rest(1.5), voice(1.0)))

    assert acoustics.longest_silence_s == pytest.approx(1.5, abs=0.15)
    assert acoustics.silence_at_s == pytest.approx(1.0, abs=0.15)
    assert acoustics.speech_ratio < 0.65


def test_zeros_are_silent() -> None:
    assert measure(Waveform.silence(1.0, RATE)).is_silent


@pytest.mark.parametrize("n_samples", [0, 1, 100, 700])
def test_a_recording_of_a_few_samples_can_be_measured(n_samples: int) -> None:
    acoustics = measure(Waveform(np.full(n_samples, 0.1, np.float32), RATE))

    assert acoustics.duration_s == n_samples / RATE


def test_clipping_heaps_samples_at_the_peak() -> None:
    loud = Waveform(np.clip(clean().samples * 8, -1, 1), RATE)

    assert measure(loud).peak_share > 3 * measure(clean()).peak_share
    assert measure(Waveform(loud.samples * np.float32(0.5), RATE)).peak_share == measure(loud).peak_share


def test_clipping_still_shows_when_the_top_of_the_spectrum_is_gone() -> None:
    loud = np.clip(clean().samples * 8, -1, 1)
    spectrum = np.fft.rfft(loud)
    spectrum[np.fft.rfftfreq(len(loud), 1 / RATE) > 6000] = 0
    dull = np.fft.irfft(spectrum, len(loud)).astype(np.float32)

    assert measure(Waveform(dull, RATE)).crowded_share > 3 * measure(clean()).crowded_share


def test_edges_tell_a_cut_from_a_pause() -> None:
    whole, cut = measure(clean()), measure(wave(rest(0.2), voice(1.06)))

    assert whole.tail_db < -60
    assert cut.tail_db > -20


def test_noise_behind_the_voice_raises_the_floor() -> None:
    noise = np.random.default_rng(0).standard_normal(len(clean().samples)).astype(np.float32)

    noisy = measure(Waveform(clean().samples + 0.01 * noise, RATE))

    assert measure(clean()).floor_db < -60
    assert noisy.floor_db > -38


def test_a_burst_of_noise_is_heard_as_hiss() -> None:
    samples = clean().samples.copy()
    samples[RATE : RATE + RATE // 2] += 0.05 * np.random.default_rng(0).standard_normal(RATE // 2).astype(np.float32)

    assert measure(Waveform(samples, RATE)).hiss_db > measure(clean()).hiss_db + 20


def test_a_chord_is_heard_as_a_held_tone() -> None:
    t = np.arange(RATE) / RATE
    chord = 0.1 * sum(np.sin(2 * np.pi * hz * t) for hz in (220.0, 277.2, 329.6))

    acoustics = measure(wave(voice(1.0), np.asarray(chord, np.float32)))

    assert acoustics.tone_s > 0.5
    assert measure(clean()).tone_s < 0.12


def test_measures_do_not_depend_on_the_level() -> None:
    quiet = measure(Waveform(clean().samples * np.float32(0.25), RATE))

    assert quiet.start_s == measure(clean()).start_s
    assert quiet.peak_share == measure(clean()).peak_share
    assert quiet.tone_s == measure(clean()).tone_s
    assert quiet.level_db == pytest.approx(measure(clean()).level_db - 12.04, abs=0.1)


@pytest.mark.parametrize("n_frames", [0, 1, 3, 40])
def test_what_is_near_has_the_length_of_what_was_asked(n_frames: int) -> None:
    flags = np.zeros(n_frames, np.bool_)
    flags[1:2] = True

    near = find_near(flags, 2)

    assert len(near) == n_frames
    assert near.tolist() == [index <= 3 and n_frames > 1 for index in range(n_frames)]
