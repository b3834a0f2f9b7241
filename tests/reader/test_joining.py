import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catwalk.audio.codec import AudioFormat, encode
from catwalk.audio.loudness import integrated_lufs
from catwalk.audio.waveform import Waveform
from catwalk.errors import AudioUnreadable
from catwalk.reader.joining import LEAD_S, TAIL_S, Part, Recording, join, spoken, trim


def buzz(duration_s: float, level: float = 0.1, rate_hz: int = 24_000) -> Waveform:
    at = np.arange(round(duration_s * rate_hz)) / rate_hz
    tone = np.sum([np.sin(2 * np.pi * 140 * k * at + k * k) / k for k in range(1, 12)], axis=0)
    return Waveform((level * tone).astype(np.float32), rate_hz)


def surround(speech: Waveform, before_s: float, after_s: float, hiss: float = 0.0) -> Waveform:
    ends = [Waveform.silence(length_s, speech.rate_hz) for length_s in (before_s, after_s)]
    take = Waveform.join([ends[0], speech, ends[1]])
    noise = hiss * np.random.default_rng(0).standard_normal(len(take.samples))
    return Waveform((take.samples + noise).astype(np.float32), take.rate_hz)


def level_of(recording: Recording, line: int) -> float:
    span = recording.spans[line]
    return integrated_lufs(Waveform(recording.read(span.start, span.end), recording.rate_hz))


@pytest.fixture
def spool() -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as file:
        yield file


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


def test_lines_stand_in_order_with_their_pauses_between(spool: IO[bytes]) -> None:
    recording = join([Part("l1", buzz(1), 0.4), Part("l2", None, 1.0), Part("l3", buzz(0.5), 9.0)], spool, 44_100)

    times = [(part.line, round(start_s, 3), round(end_s, 3)) for part, start_s, end_s in spoken(recording)]
    assert times == [("l1", LEAD_S, LEAD_S + 1), ("l2", 1.6, 1.6), ("l3", 2.6, 3.1)]
    assert recording.n_samples / 44_100 == pytest.approx(3.1 + TAIL_S, abs=0.001)


def test_pauses_are_silent(spool: IO[bytes]) -> None:
    recording = join([Part("l1", buzz(1), 0.4), Part("l2", buzz(1), 0.1)], spool, 44_100)

    first, second = recording.spans
    assert not recording.read(first.end, second.start).any()
    assert not recording.read(0, first.start).any()
    assert not recording.read(second.end, recording.n_samples).any()


def test_a_short_last_pause_is_made_as_long_as_any(spool: IO[bytes]) -> None:
    recording = join([Part("l1", buzz(1), 0.0)], spool, 44_100)

    assert recording.n_samples / 44_100 == pytest.approx(LEAD_S + 1 + TAIL_S, abs=0.001)


def test_takes_of_different_rates_and_from_files_are_joined(spool: IO[bytes], tmp_path: Path) -> None:
    path = tmp_path / "take.wav"
    path.write_bytes(encode(buzz(1, rate_hz=48_000), AudioFormat.WAV))

    recording = join([Part("l1", buzz(1, rate_hz=16_000)), Part("l2", path)], spool, 44_100)

    assert [span.end - span.start for span in recording.spans] == [44_100, 44_100]
    assert level_of(recording, 0) == pytest.approx(level_of(recording, 1), abs=0.5)


def test_a_take_that_cannot_be_read_is_an_error(spool: IO[bytes], tmp_path: Path) -> None:
    (tmp_path / "take.wav").write_bytes(b"no sound")

    with pytest.raises(AudioUnreadable):
        join([Part("l1", tmp_path / "take.wav")], spool, 44_100)


@pytest.mark.parametrize("stray", [0.015, 0.03, 0.3, 0.7])
def test_a_line_that_is_too_loud_or_too_quiet_comes_near_the_others(spool: IO[bytes], stray: float) -> None:
    parts = [Part(f"l{n}", buzz(1.5, stray if n == 2 else 0.1), 0.3) for n in range(5)]

    recording = join(parts, spool, 44_100)

    levels = [level_of(recording, line) for line in range(5)]
    assert max(levels) - min(levels) <= 1.5


def test_small_differences_between_lines_stay(spool: IO[bytes]) -> None:
    parts = [Part(f"l{n}", buzz(1.5, 0.1 * 10 ** (db / 20)), 0.3) for n, db in enumerate((0, 0.5, -0.5))]

    recording = join(parts, spool, 44_100)

    levels = [level_of(recording, line) for line in range(3)]
    assert [level - levels[0] for level in levels] == pytest.approx([0, 0.5, -0.5], abs=0.1)


def test_noise_of_a_failed_take_is_not_raised(spool: IO[bytes]) -> None:
    parts = [Part("l1", buzz(2), 0.3), Part("l2", buzz(2, 1e-5), 0.3)]

    recording = join(parts, spool, 44_100)

    assert level_of(recording, 1) < -60


def test_what_the_meters_say_includes_the_gains_of_the_lines(spool: IO[bytes]) -> None:
    recording = join([Part("l1", buzz(2), 0.3), Part("l2", buzz(1.5, 0.01), 0.3)], spool, 44_100)

    whole = recording.read(0, recording.n_samples)

    assert recording.envelope().max() == pytest.approx(np.abs(whole).max(), rel=0.02)
    assert recording.energies().size == pytest.approx(recording.n_samples / 4_410, abs=1)


def test_pieces_read_alone_are_those_of_the_whole(spool: IO[bytes]) -> None:
    recording = join([Part(f"l{n}", buzz(0.5, 0.02 * (n + 1)), 0.1) for n in range(4)], spool, 24_000)

    whole = recording.read(-500, recording.n_samples + 500)

    pieces = [recording.read(start, start + 1_000) for start in range(-500, recording.n_samples + 500, 1_000)]
    assert np.array_equal(np.concatenate(pieces)[: whole.size], whole)
    assert not whole[:500].any()


def test_no_parts_make_no_lines(spool: IO[bytes]) -> None:
    recording = join([], spool, 44_100)

    assert recording.spans == []
    assert not recording.read(0, 100).any()
