import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catwalk.audio.resample import resample, split
from catwalk.audio.waveform import Waveform

RATES = [8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000]


def sine(frequency_hz: float, duration_s: float, rate_hz: int) -> Waveform:
    times = np.arange(round(duration_s * rate_hz)) / rate_hz
    return Waveform((0.5 * np.sin(2 * np.pi * frequency_hz * times)).astype(np.float32), rate_hz)


@settings(max_examples=40)
@given(n_samples=st.integers(0, 5_000), from_hz=st.sampled_from(RATES), to_hz=st.sampled_from(RATES))
def test_the_length_is_exact_at_every_rate(n_samples: int, from_hz: int, to_hz: int) -> None:
    waveform = Waveform(np.zeros(n_samples, np.float32), from_hz)

    resampled = resample(waveform, to_hz)

    assert resampled.rate_hz == to_hz
    assert abs(len(resampled.samples) - n_samples * to_hz / from_hz) <= 0.5


@pytest.mark.parametrize(("from_hz", "to_hz"), [(24_000, 44_100), (24_000, 16_000), (48_000, 24_000), (22_050, 48_000)])
def test_a_tone_stays_where_it_is(from_hz: int, to_hz: int) -> None:
    resampled = resample(sine(440, 4, from_hz), to_hz).samples

    middle = slice(to_hz // 2, -to_hz // 2)
    assert np.abs(resampled - sine(440, 4, to_hz).samples)[middle].max() < 1e-3


def test_the_same_rate_gives_the_same_waveform() -> None:
    waveform = sine(440, 0.1, 24_000)

    assert resample(waveform, 24_000) is waveform


def test_split_loses_no_sample() -> None:
    samples = np.arange(10, dtype=np.float32)

    blocks = list(split(samples, 4))

    assert [block.size for block in blocks] == [4, 4, 2]
    assert np.array_equal(np.concatenate(blocks), samples)
