import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catwalk.audio.codec import AudioFormat, decode, encode
from catwalk.audio.loudness import integrated_lufs, normalise, true_peak_dbtp
from catwalk.audio.waveform import Waveform


def voice(duration_s: float, rate_hz: int = 24_000, level: float = 0.05, seed: int = 0) -> Waveform:
    """A buzz of 110 Hz in syllables, with bursts that stand out."""
    rng = np.random.default_rng(seed)
    n_samples = round(duration_s * rate_hz)
    at = np.arange(n_samples)
    buzz = np.sum([np.sin(2 * np.pi * 110 * k * at / rate_hz + k * k) / k for k in range(1, 25)], axis=0)
    n_syllables = max(2, round(duration_s * 5))
    syllables = np.interp(at, np.linspace(0, n_samples, n_syllables), rng.uniform(0, 1, n_syllables) ** 1.5)
    bursts = np.where(rng.uniform(0, 1, n_samples) < 2 / rate_hz, 6.0, 0.0)
    bursts = np.convolve(bursts, np.hanning(24), "same")
    return Waveform((level * (buzz * syllables + bursts)).astype(np.float32), rate_hz)


@pytest.mark.parametrize("rate_hz", [16_000, 24_000, 44_100])
@pytest.mark.parametrize("level", [0.002, 0.05, 0.3])
def test_a_recording_comes_to_the_target_under_the_ceiling(rate_hz: int, level: float) -> None:
    normal = normalise(voice(8, rate_hz, level))

    assert integrated_lufs(normal) == pytest.approx(-16, abs=0.08)
    assert true_peak_dbtp(normal) <= -0.95


def test_another_target_and_ceiling_are_met() -> None:
    normal = normalise(voice(8), target_lufs=-20, ceiling_dbtp=-3)

    assert integrated_lufs(normal) == pytest.approx(-20, abs=0.1)
    assert true_peak_dbtp(normal) <= -2.95


def test_what_is_already_right_stays_as_it_is() -> None:
    normal = normalise(voice(8, level=0.01))

    assert np.abs(normalise(normal).samples - normal.samples).max() < 0.02


@pytest.mark.parametrize("audio_format", [AudioFormat.MP3, AudioFormat.M4A, AudioFormat.OPUS])
def test_the_encoded_file_keeps_the_level(audio_format: AudioFormat) -> None:
    normal = normalise(voice(8, 44_100), ceiling_dbtp=-2)

    heard = decode(io.BytesIO(encode(normal, audio_format)), rate_hz=44_100)

    assert integrated_lufs(heard) == pytest.approx(-16, abs=0.2)
    assert true_peak_dbtp(heard) <= -1


def test_limiting_makes_no_clicks() -> None:
    loud = voice(4, 44_100, 0.2)

    normal = normalise(loud)

    factor = normal.samples[np.abs(loud.samples) > 0.01] / loud.samples[np.abs(loud.samples) > 0.01]
    assert factor.min() > 0
    steps = np.abs(np.diff(normal.samples / np.where(np.abs(loud.samples) > 0.01, loud.samples, np.nan)))
    assert np.nanmax(steps) < 0.01 * factor.max()


def test_silence_stays_silence() -> None:
    assert normalise(Waveform.silence(1, 24_000)).peak == 0
    assert normalise(Waveform.silence(0, 24_000)).duration_s == 0
    assert true_peak_dbtp(Waveform.silence(1, 24_000)) == -120


def test_one_click_in_quiet_speech_does_not_keep_it_quiet() -> None:
    quiet = voice(8, level=0.01)
    quiet.samples[50_000] = 0.9

    assert integrated_lufs(normalise(quiet)) > -18


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.floats(0.001, 1.0), st.floats(0.5, 4))
def test_the_ceiling_holds_for_any_voice(seed: int, level: float, duration_s: float) -> None:
    normal = normalise(voice(duration_s, 24_000, level, seed))

    assert true_peak_dbtp(normal) <= -0.8
    assert integrated_lufs(normal) <= -15.8
