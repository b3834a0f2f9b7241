from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from catwalk.audio.meter import SILENT_LUFS, LoudnessMeter, gated_lufs
from catwalk.audio.resample import audio_frame


def noise(duration_s: float, rate_hz: int, seed: int = 0) -> NDArray[np.float32]:
    """Noise that is red and comes in syllables of changing loudness, somewhat like speech."""
    rng = np.random.default_rng(seed)
    n_samples = round(duration_s * rate_hz)
    white = rng.standard_normal(n_samples)
    red = np.convolve(white, np.exp(-np.arange(64) * 4000 / rate_hz), "same")
    syllables = np.interp(np.arange(n_samples), np.linspace(0, n_samples, 40), rng.uniform(0, 1, 40) ** 2)
    samples: NDArray[np.float32] = (0.1 * red * syllables / red.std()).astype(np.float32)
    return samples


def measure_with_ffmpeg(samples: NDArray[np.float32], rate_hz: int) -> float:
    graph = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=rate_hz, format="flt", layout="mono", time_base=Fraction(1, rate_hz))
    meter, sink = graph.add("ebur128", "metadata=1"), graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    source.push(audio_frame(samples, rate_hz, 0))
    source.push(None)
    loudness = SILENT_LUFS
    while True:
        try:
            loudness = float(sink.pull().metadata["lavfi.r128.I"])
        except (av.error.EOFError, av.error.BlockingIOError):
            return loudness


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 24_000, 44_100, 48_000])
def test_loudness_agrees_with_another_meter(rate_hz: int) -> None:
    samples = noise(12, rate_hz, seed=rate_hz)
    meter = LoudnessMeter(rate_hz)

    meter.add(samples)

    assert meter.integrated_lufs() == pytest.approx(measure_with_ffmpeg(samples, rate_hz), abs=0.1)


def test_a_sine_at_1_khz_reads_what_the_standard_says() -> None:
    times = np.arange(48_000 * 5) / 48_000
    meter = LoudnessMeter(48_000)

    meter.add(np.sin(2 * np.pi * 997 * times).astype(np.float32))

    assert meter.integrated_lufs() == pytest.approx(-3.01, abs=0.02)


def test_pauses_do_not_count() -> None:
    sound, pause = noise(5, 24_000), np.zeros(24_000 * 20, np.float32)
    alone, paused = LoudnessMeter(24_000), LoudnessMeter(24_000)

    alone.add(sound)
    paused.add(np.concatenate((sound, pause)))

    assert paused.integrated_lufs() == pytest.approx(alone.integrated_lufs(), abs=0.15)


@settings(max_examples=20)
@given(st.lists(st.integers(0, 60_000), max_size=6))
def test_how_the_sound_is_cut_does_not_matter(cuts: list[int]) -> None:
    samples = noise(4, 16_000)
    whole, pieces = LoudnessMeter(16_000), LoudnessMeter(16_000)

    whole.add(samples)
    for piece in np.split(samples, sorted(cuts)):
        pieces.add(piece)
        pieces.step_energies()

    assert pieces.step_energies() == pytest.approx(whole.step_energies(), rel=1e-3, abs=1e-9)


def test_silence_and_nothing_measure_the_least_there_is() -> None:
    silent = LoudnessMeter(24_000)

    silent.add(np.zeros(24_000, np.float32))

    assert silent.integrated_lufs() == gated_lufs(np.zeros(0)) == SILENT_LUFS


def test_sound_shorter_than_a_gating_block_has_a_loudness() -> None:
    meter = LoudnessMeter(24_000)

    meter.add(noise(0.25, 24_000))

    assert meter.integrated_lufs() > -50


def test_a_click_is_not_weighed_before_it_happens() -> None:
    samples = np.zeros(48_000 * 2, np.float32)
    samples[65_530:65_534] = 1
    meter = LoudnessMeter(48_000)

    meter.add(samples)

    energies = meter.step_energies()
    assert energies[13] > 1e-4
    assert energies[:13].max() < 1e-10
    assert energies[15:].max() < 1e-8
