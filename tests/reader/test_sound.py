import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catwalk.audio.waveform import Waveform
from catwalk.reader.sound import Sound, identify, read_take, trim, weigh


def buzz(duration_s: float, level: float = 0.1, rate_hz: int = 24_000) -> Waveform:
    at = np.arange(round(duration_s * rate_hz)) / rate_hz
    tone = np.sum([np.sin(2 * np.pi * 140 * k * at + k * k) / k for k in range(1, 12)], axis=0)
    return Waveform((level * tone).astype(np.float32), rate_hz)


def surround(speech: Waveform, before_s: float, after_s: float, hiss: float = 0.0) -> Waveform:
    ends = [Waveform.silence(length_s, speech.rate_hz) for length_s in (before_s, after_s)]
    take = Waveform.join([ends[0], speech, ends[1]])
    noise = hiss * np.random.default_rng(0).standard_normal(len(take.samples))
    return Waveform((take.samples + noise).astype(np.float32), take.rate_hz)


@pytest.mark.parametrize("hiss", [0.0, 0.0005])
def test_silence_around_the_speech_is_taken_away_but_for_a_margin(hiss: float) -> None:
    trimmed = trim(surround(buzz(1), 0.5, 0.9, hiss))

    assert trimmed.duration_s == pytest.approx(1 + 0.04 + 0.12, abs=0.025)


def test_a_take_that_begins_at_once_loses_nothing() -> None:
    assert trim(buzz(1)).duration_s == 1


def test_a_silent_take_keeps_its_length() -> None:
    assert trim(Waveform.silence(0.7, 24_000)).duration_s == 0.7
    assert trim(Waveform.silence(0, 24_000)).duration_s == 0


def test_a_pause_inside_a_take_stays() -> None:
    take = Waveform.join([buzz(0.5), Waveform.silence(1, 24_000), buzz(0.5)])

    assert trim(take).duration_s == 2


def test_the_ends_of_a_take_are_faded() -> None:
    trimmed = trim(Waveform(np.full(24_000, 0.5, np.float32), 24_000))

    assert abs(trimmed.samples[0]) < 0.001
    assert abs(trimmed.samples[-1]) < 0.001
    assert np.abs(np.diff(trimmed.samples)).max() < 0.01


def test_a_quiet_consonant_at_the_end_is_kept() -> None:
    hiss = 0.1 * 10 ** (-32 / 20) * np.random.default_rng(1).standard_normal(4_800)
    take = Waveform(np.concatenate((buzz(1).samples, hiss.astype(np.float32), np.zeros(24_000, np.float32))), 24_000)

    assert trim(take).duration_s >= 1.2


def test_the_take_itself_is_not_changed() -> None:
    take = buzz(0.5)
    before = take.samples.copy()

    trim(take)

    assert np.array_equal(take.samples, before)


@settings(max_examples=25)
@given(st.lists(st.floats(-2, 2, width=32, allow_subnormal=False) | st.just(float("nan")), max_size=3_000))
def test_any_take_can_be_trimmed(values: list[float]) -> None:
    trimmed = trim(Waveform(np.array(values, np.float32), 16_000))

    assert len(trimmed.samples) <= len(values)
    assert np.isfinite(trimmed.samples).all()


def test_what_is_known_of_a_sound_survives_being_kept() -> None:
    samples = buzz(0.5, rate_hz=44_100).samples
    sound = Sound(samples.size, 0.25, *weigh(samples, 44_100))

    again = Sound.from_bytes(sound.to_bytes())

    assert (again.n_samples, again.cut_s) == (sound.n_samples, sound.cut_s)
    assert np.array_equal(again.energies, sound.energies)
    assert np.array_equal(again.envelope, sound.envelope)


def test_a_take_is_another_at_another_rate() -> None:
    content = read_take(buzz(0.1))

    assert identify(content, 44_100) != identify(content, 48_000)
    assert identify(content, 44_100) != identify(content + b".", 44_100)
