import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catwalk.audio.limiter import CELL_SAMPLES, PeakMeter, apply_gain_curve, find_gain_curve


def measure(samples: np.ndarray) -> float:
    meter = PeakMeter()
    meter.add(samples.astype(np.float32))
    return meter.true_peak()


def test_a_peak_between_two_samples_is_found() -> None:
    fade = np.hanning(4_000)
    quarter = fade * np.sin(2 * np.pi * np.arange(4_000) / 4 + np.pi / 4)

    assert np.abs(quarter).max() < 0.71
    assert measure(quarter) == pytest.approx(1.0, abs=0.01)


def test_a_low_tone_peaks_at_its_amplitude() -> None:
    assert measure(0.5 * np.hanning(48_000) * np.sin(np.arange(48_000) / 20)) == pytest.approx(0.5, abs=0.002)


def test_nothing_and_silence_have_no_peak() -> None:
    assert measure(np.zeros(0)) == measure(np.zeros(1_000)) == 0


@settings(max_examples=25)
@given(st.lists(st.integers(0, 5_000), max_size=8))
def test_how_the_sound_is_cut_does_not_matter(cuts: list[int]) -> None:
    samples = np.random.default_rng(1).uniform(0.5, 1, 5_000).astype(np.float32)
    whole, pieces = PeakMeter(), PeakMeter()

    whole.add(samples)
    for piece in np.split(samples, sorted(cuts)):
        pieces.add(piece)

    assert pieces.envelope().size == whole.envelope().size == -(-5_000 // CELL_SAMPLES)
    assert pieces.true_peak() == pytest.approx(whole.true_peak(), rel=1e-4)


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.floats(0.3, 0.9))
def test_no_peak_passes_the_ceiling(seed: int, ceiling: float) -> None:
    rng = np.random.default_rng(seed)
    rough = rng.standard_normal(30_000) * np.interp(
        np.arange(30_000), np.linspace(0, 30_000, 20), rng.uniform(0, 1, 20)
    )
    smooth = np.convolve(rough, np.hanning(16) / 8, "same").astype(np.float32)
    meter = PeakMeter()
    meter.add(smooth)

    curve = find_gain_curve(meter.envelope(), ceiling, 44_100)

    assert measure(apply_gain_curve(smooth, curve, 0)) <= ceiling * 1.01


def test_what_stays_under_the_ceiling_is_not_touched() -> None:
    samples = np.full(1_000, 0.5, np.float32)

    curve = find_gain_curve(np.full(32, 0.5, np.float32), 0.9, 44_100)

    assert (curve == 1).all()
    assert apply_gain_curve(samples, curve, 0) is samples


def test_the_gain_dips_around_a_peak_without_a_step_and_comes_back() -> None:
    envelope = np.full(2_000, 0.5, np.float32)
    envelope[1_000] = 1.0

    curve = find_gain_curve(envelope, 0.6, 44_100)

    assert curve[1_000] == pytest.approx(0.6, abs=0.001)
    assert np.abs(np.diff(curve)).max() < 0.06
    assert (curve[:900] == 1).all()
    assert curve[1_100:].min() > 0.9999


def test_a_curve_applies_to_pieces_as_to_the_whole() -> None:
    samples = np.random.default_rng(2).uniform(-1, 1, 10_000).astype(np.float32)
    meter = PeakMeter()
    meter.add(samples)
    curve = find_gain_curve(meter.envelope(), 0.5, 44_100)

    pieces = [apply_gain_curve(samples[start : start + 777], curve, start) for start in range(0, 10_000, 777)]

    assert np.concatenate(pieces) == pytest.approx(apply_gain_curve(samples, curve, 0), abs=1e-6)
