from __future__ import annotations

import numpy as np
import pytest

from catwalk.audio.tempo import change_tempo
from catwalk.audio.waveform import Waveform


def hum(duration_s: float, frequency_hz: float = 200.0, rate_hz: int = 24_000) -> Waveform:
    times_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    return Waveform((0.5 * np.sin(2 * np.pi * frequency_hz * times_s)).astype(np.float32), rate_hz)


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.25, 2.0])
def test_sound_takes_its_time_divided_by_the_speed(speed: float) -> None:
    changed = change_tempo(hum(1.5), speed)

    assert changed.duration_s == pytest.approx(1.5 / speed, abs=0.02)


@pytest.mark.parametrize("speed", [0.5, 2.0])
def test_the_pitch_stays(speed: float) -> None:
    changed = change_tempo(hum(2.0), speed).samples

    spectrum = np.abs(np.fft.rfft(changed))
    loudest_hz = float(np.argmax(spectrum)) * 24_000 / changed.size
    assert loudest_hz == pytest.approx(200.0, abs=5)


def test_the_voices_own_speed_changes_no_sample() -> None:
    sound = hum(0.3)

    assert change_tempo(sound, 1.0) is sound


def test_nothing_stays_nothing() -> None:
    assert change_tempo(Waveform.silence(0.0, 24_000), 2.0).samples.size == 0
