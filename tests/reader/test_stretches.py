"""A file that is put together from what was kept is the one that is made of nothing, whatever was edited."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catwalk.audio.codec import AudioFormat, decode, encode
from catwalk.audio.loudness import integrated_lufs, true_peak_dbtp
from catwalk.audio.mp3 import FRAME_SAMPLES
from catwalk.audio.waveform import Waveform
from catwalk.library.cache import Cache
from catwalk.reader.joining import Part, Recording, join
from catwalk.reader.master import EpisodeMeta, master
from catwalk.reader.stretches import STEP_DB, Coding, encode_stretch, level, list_stretches, round_gains

RATE_HZ = 44_100
META = EpisodeMeta("A post")
CODING = Coding(128_000, -1.5, -1.0)
N_TAKES = 8

Said = tuple[int, float]
"""Which take a line has, and its pause."""


def say(seed: int) -> Waveform:
    """A third of a second or more of buzzing syllables, no two takes alike in level."""
    rng = np.random.default_rng(seed)
    at = np.arange(8_000 + 1_500 * seed)
    buzz = np.sum([np.sin(2 * np.pi * (100 + 7 * seed) * k * at / 24_000 + k * k) / k for k in range(1, 20)], axis=0)
    loudness = np.interp(at, np.linspace(0, at.size, 8), rng.uniform(0.1, 1, 8))
    return Waveform((rng.uniform(0.02, 0.2) * buzz * loudness).astype(np.float32), 24_000)


@pytest.fixture(scope="module")
def takes(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("takes")
    paths = [folder / f"{seed}.flac" for seed in range(N_TAKES)]
    for seed, path in enumerate(paths):
        path.write_bytes(encode(say(seed), AudioFormat.FLAC))
    return paths


@pytest.fixture
def spool() -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as file:
        yield file


@pytest.fixture
def kept(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "kept", 1 << 30)


def write_out(takes: Sequence[Path], lines: Sequence[Said], kept: Cache | None = None) -> bytes:
    parts = [Part(f"l{number}", takes[take], pause_s) for number, (take, pause_s) in enumerate(lines)]
    with tempfile.TemporaryDirectory() as folder:
        return master(parts, META, Path(folder) / "e.mp3", kept=kept).audio.read_bytes()


def names_of(kept: Cache) -> set[str]:
    return {path.name for path in kept.folder.glob("*/*")}


def join_takes(spool: IO[bytes], takes: Sequence[Waveform], pause_s: float = 0.3) -> Recording:
    return join([Part(f"l{number}", take, pause_s) for number, take in enumerate(takes)], spool, RATE_HZ)


said = st.tuples(st.integers(0, N_TAKES - 1), st.sampled_from([0.0, 0.05, 0.08, 0.15, 0.7]))


@settings(max_examples=8)
@given(readings=st.lists(st.lists(said, min_size=1, max_size=6), min_size=2, max_size=3))
def test_whatever_was_made_before_the_bytes_are_those_of_a_file_made_from_nothing(
    readings: list[list[Said]], takes: list[Path]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        kept = Cache(Path(folder), 1 << 30)
        edited = [write_out(takes, lines, kept) for lines in readings]

    assert edited == [write_out(takes, lines) for lines in readings]


def test_after_a_correction_little_is_encoded_again(takes: list[Path], kept: Cache) -> None:
    lines = [(number % 7, 0.2 + number / 100) for number in range(40)]
    write_out(takes, lines, kept)
    before = names_of(kept)

    lines[20] = (7, lines[20][1])
    corrected = write_out(takes, lines, kept)

    # The take that is new, its stretch, and the stretches whose gain went to the next step.
    assert 2 <= len(names_of(kept) - before) <= 2 + len(lines) // 4
    assert corrected == write_out(takes, lines)


def test_most_of_what_was_moved_is_not_encoded_again(takes: list[Path], kept: Cache) -> None:
    lines = [(number, 0.3) for number in range(N_TAKES)]
    write_out(takes, lines, kept)
    before = names_of(kept)

    # The last line has the pause of an ending; everything before it may change places.
    write_out(takes, [*lines[3:7], *lines[:3], lines[7]], kept)

    # Gating blocks lie elsewhere now, which in so short a file may move a gain to the next step.
    assert len(names_of(kept) - before) <= N_TAKES // 2


def test_what_was_spoilt_is_made_again(takes: list[Path], kept: Cache) -> None:
    lines = [(0, 0.3), (1, 0.3)]
    whole = write_out(takes, lines, kept)
    for path in kept.folder.glob("*/*"):
        path.write_bytes(path.read_bytes()[:-9])

    assert write_out(takes, lines, kept) == whole


def test_a_line_without_a_pause_is_encoded_together_with_the_next(spool: IO[bytes]) -> None:
    pauses_s = [0.3, 0.0, 0.02, 0.3, 0.0]
    parts = [Part(f"l{number}", say(number), pause_s) for number, pause_s in enumerate(pauses_s)]

    recording = join(parts, spool, RATE_HZ)

    assert list(list_stretches(recording)) == [range(1), range(1, 4), range(4, 5)]


def test_every_stretch_ends_in_silence_and_lies_where_its_lines_do(spool: IO[bytes]) -> None:
    recording = join_takes(spool, [say(seed) for seed in range(4)], 0.1)

    at = recording.n_lead_frames * FRAME_SAMPLES
    for lines in list_stretches(recording):
        samples = level(recording, lines, np.ones(4), -1.5)
        assert recording.spans[lines[0]].start == at
        assert not samples[-3 * FRAME_SAMPLES :].any()
        at += samples.size


def test_gains_are_whole_steps_whose_mean_is_what_was_asked_for(spool: IO[bytes]) -> None:
    recording = join_takes(spool, [Waveform(say(0).samples * (1 + n / 500), 24_000) for n in range(200)])
    wanted_db = np.full(200, 3.1)

    gains_db = 20 * np.log10(round_gains(recording, wanted_db))

    assert gains_db / STEP_DB == pytest.approx(np.round(gains_db / STEP_DB))
    assert np.abs(gains_db - wanted_db).max() < STEP_DB
    assert gains_db.mean() == pytest.approx(3.1, abs=0.03)


def test_a_gain_that_moves_a_little_moves_few_lines(spool: IO[bytes]) -> None:
    recording = join_takes(spool, [Waveform(say(0).samples * (1 + n / 500), 24_000) for n in range(200)])

    before, after = (round_gains(recording, np.full(200, gain_db)) for gain_db in (3.1, 3.11))

    assert 0 < np.count_nonzero(before != after) < 200 * 3 * 0.01 / STEP_DB


def test_peaks_that_the_codec_raises_are_brought_down_in_their_own_stretch(spool: IO[bytes]) -> None:
    recording = join_takes(spool, [say(3), say(4)])

    loud = encode_stretch(recording, range(1), np.array([12.0, 1.0]), Coding(32_000, -1.0, -1.0))

    assert 20 * np.log10(loud.true_peak) <= -1.05


@pytest.mark.parametrize("pause_s", [0.0, 0.1, 0.5])
def test_the_file_has_its_level_however_its_lines_are_parted(pause_s: float, takes: list[Path]) -> None:
    written = write_out(takes, [(number, pause_s) for number in range(N_TAKES)] * 2)

    with tempfile.NamedTemporaryFile(suffix=".mp3") as file:
        file.write(written)
        file.flush()
        heard = decode(Path(file.name), rate_hz=RATE_HZ)
    assert integrated_lufs(heard) == pytest.approx(-16, abs=0.3)
    assert true_peak_dbtp(heard) <= -1
