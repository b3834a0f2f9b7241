import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.audio.codec import AudioFormat, encode
from catwalk.audio.loudness import integrated_lufs
from catwalk.audio.meter import gated_lufs
from catwalk.audio.mp3 import FRAME_SAMPLES
from catwalk.audio.waveform import Waveform
from catwalk.errors import AudioUnreadable
from catwalk.library.cache import Cache
from catwalk.reader.joining import LEAD_S, TAIL_S, Part, Recording, join, spoken

FRAME_S = FRAME_SAMPLES / 44_100


def buzz(duration_s: float, level: float = 0.1, rate_hz: int = 24_000) -> Waveform:
    at = np.arange(round(duration_s * rate_hz)) / rate_hz
    tone = np.sum([np.sin(2 * np.pi * 140 * k * at + k * k) / k for k in range(1, 12)], axis=0)
    return Waveform((level * tone).astype(np.float32), rate_hz)


def level_of(recording: Recording, line: int) -> float:
    """How loud a line is once the lines are evened out."""
    gain = np.float32(10 ** (recording.even_out()[line] / 20))
    return integrated_lufs(Waveform(recording.read(line) * gain, recording.rate_hz))


@pytest.fixture
def spool() -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as file:
        yield file


def test_lines_stand_in_order_with_their_pauses_between(spool: IO[bytes]) -> None:
    recording = join([Part("l1", buzz(1), 0.4), Part("l2", None, 1.0), Part("l3", buzz(0.5), 9.0)], spool, 44_100)

    (l1, start_1, end_1), (l2, start_2, end_2), (l3, start_3, end_3) = (
        (part.line, start_s, end_s) for part, start_s, end_s in spoken(recording)
    )
    assert (l1, l2, l3) == ("l1", "l2", "l3")
    assert (end_1 - start_1, end_2 - start_2, end_3 - start_3) == pytest.approx((1, 0, 0.5))
    assert LEAD_S <= start_1 < LEAD_S + FRAME_S
    assert 0.4 <= start_2 - end_1 < 0.4 + FRAME_S
    assert 1.0 <= start_3 - end_2 < 1.0 + FRAME_S
    assert TAIL_S <= recording.n_samples / 44_100 - end_3 < TAIL_S + FRAME_S


@given(st.lists(st.tuples(st.integers(0, 3_000), st.floats(0, 0.5)), min_size=1, max_size=6))
def test_every_line_begins_with_a_frame(lengths: list[tuple[int, float]]) -> None:
    parts = [Part("l", Waveform(np.ones(n, np.float32), 44_100) if n else None, pause_s) for n, pause_s in lengths]

    with tempfile.TemporaryFile() as file:
        recording = join(parts, file, 44_100)

    starts = [span.start for span in recording.spans]
    assert all(start % FRAME_SAMPLES == 0 for start in starts)
    assert np.diff(starts).tolist() == [n * FRAME_SAMPLES for n in recording.n_frames[:-1]]


def test_a_short_last_pause_is_made_as_long_as_any(spool: IO[bytes]) -> None:
    recording = join([Part("l1", buzz(1), 0.0)], spool, 44_100)

    assert recording.n_samples / 44_100 == pytest.approx(LEAD_S + 1 + TAIL_S, abs=2 * FRAME_S)


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


def test_what_the_meters_say_has_every_line_at_its_gain(spool: IO[bytes]) -> None:
    recording = join([Part("l1", buzz(2), 0.3), Part("l2", buzz(1.5, 0.01), 0.3)], spool, 44_100)
    gains, lines = np.array([0.5, 2.0]), range(2)

    sound = [recording.read(line) * np.float32(gains[line]) for line in lines]
    gaps = [np.zeros(n * FRAME_SAMPLES - s.size, np.float32) for n, s in zip(recording.n_frames, sound, strict=True)]
    whole = np.concatenate([sound[0], gaps[0], sound[1], gaps[1]])
    assert recording.envelope(lines, gains).max() == pytest.approx(np.abs(whole).max(), rel=0.02)
    measured = gated_lufs(recording.energies(gains))
    assert measured == pytest.approx(integrated_lufs(Waveform(whole, 44_100)), abs=0.02)


def test_a_take_that_was_joined_before_is_read_again_only_when_its_samples_are_wanted(tmp_path: Path) -> None:
    (tmp_path / "take.flac").write_bytes(encode(buzz(1, rate_hz=44_100), AudioFormat.FLAC))
    kept = Cache(tmp_path / "kept", 1 << 20)

    with tempfile.TemporaryFile() as first_file, tempfile.TemporaryFile() as second_file:
        first = join([Part("l1", tmp_path / "take.flac")], first_file, 44_100, kept)
        second = join([Part("l1", tmp_path / "take.flac")], second_file, 44_100, kept)

        assert second_file.tell() == 0
        assert np.array_equal(second.read(0), first.read(0))
        assert second.spans == first.spans
        assert np.array_equal(second.energies(np.ones(1)), first.energies(np.ones(1)))


def test_no_parts_make_no_lines(spool: IO[bytes]) -> None:
    assert join([], spool, 44_100).spans == []
