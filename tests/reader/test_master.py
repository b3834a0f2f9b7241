import json
import re
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from mutagen.id3 import ID3
from mutagen.mp4 import MP4
from mutagen.oggopus import OggOpus

from catwalk.audio.codec import AudioFormat, decode
from catwalk.audio.loudness import integrated_lufs, true_peak_dbtp
from catwalk.audio.waveform import Waveform
from catwalk.errors import AudioUnreadable, CatwalkError, ReadingFailed, UnsupportedFormat
from catwalk.library.takes import TimedWord
from catwalk.reader.master import EpisodeMeta, Mastered, Part, master

META = EpisodeMeta("A post", "Ada", "The Blog", "2024-05-06", "https://example.org/p", "en", "About cats.")


def speak(duration_s: float, level: float = 0.05, seed: int = 0) -> Waveform:
    """A buzz in syllables with a few hard bursts, silence around it."""
    rng = np.random.default_rng(seed)
    at = np.arange(round(duration_s * 24_000))
    buzz = np.sum([np.sin(2 * np.pi * 110 * k * at / 24_000 + k * k) / k for k in range(1, 25)], axis=0)
    n_syllables = max(2, round(duration_s * 5))
    syllables = np.interp(at, np.linspace(0, at.size, n_syllables), rng.uniform(0.2, 1, n_syllables) ** 1.5)
    bursts = np.convolve(np.where(rng.uniform(0, 1, at.size) < 1 / 24_000, 5.0, 0.0), np.hanning(24), "same")
    speech = Waveform((level * (buzz * syllables + bursts)).astype(np.float32), 24_000)
    return Waveform.join([Waveform.silence(0.25, 24_000), speech, Waveform.silence(0.3, 24_000)])


def script() -> list[Part]:
    return [
        Part("l1", speak(1.5, seed=1), 0.8, "A post, by Ada.", chapter="A post"),
        Part("l2", speak(3.0, level=0.02, seed=2), 0.4, "The first sentence of it, which is long. " * 3),
        Part("l3", None, 1.0),
        Part("l4", speak(1.0, seed=4), 0.6, "On cats", chapter="On cats", chapter_url="https://example.org/p#cats"),
        Part("l5", speak(3.0, level=0.2, seed=5), 0.4, "They sleep & purr."),
    ]


SUFFIXES = [".mp3", ".m4a", ".opus"]


@pytest.fixture(scope="module")
def episodes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Mastered]:
    """The same script as every kind of file, by suffix."""
    folder = tmp_path_factory.mktemp("episodes")
    return {suffix: master(script(), META, folder / suffix[1:] / f"e{suffix}") for suffix in SUFFIXES}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_finished_file_has_its_level(suffix: str, episodes: dict[str, Mastered]) -> None:
    mastered = episodes[suffix]

    heard = decode(mastered.audio, rate_hz=44_100)
    assert integrated_lufs(heard) == pytest.approx(-16, abs=0.3)
    assert true_peak_dbtp(heard) <= -1
    assert heard.duration_s == pytest.approx(mastered.duration_s, abs=0.05)
    assert mastered.lufs == pytest.approx(integrated_lufs(heard), abs=0.1)
    assert mastered.true_peak_dbtp == pytest.approx(true_peak_dbtp(heard), abs=0.3)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_lines_are_heard_when_the_times_say(suffix: str, episodes: dict[str, Mastered]) -> None:
    mastered = episodes[suffix]

    heard = decode(mastered.audio, rate_hz=16_000).samples
    spoken = [line for line in mastered.lines if line.end_s > line.start_s]
    assert [line.line for line in mastered.lines] == ["l1", "l2", "l3", "l4", "l5"]
    for line, following in zip(spoken, [*spoken[1:], None], strict=True):
        inside = heard[round((line.start_s + 0.05) * 16_000) : round((line.end_s - 0.15) * 16_000)]
        pause_end_s = following.start_s if following else mastered.duration_s
        pause = heard[round((line.end_s + 0.06) * 16_000) : round((pause_end_s - 0.06) * 16_000)]
        assert np.sqrt(np.square(inside).mean()) > 0.02
        assert np.abs(pause).max() < 0.003


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_chapters_begin_with_their_headings(suffix: str, episodes: dict[str, Mastered]) -> None:
    mastered = episodes[suffix]

    with av.open(str(mastered.audio), "r") as container:
        chapters = [
            (float(chapter["start"] * (chapter["time_base"] or 0)), chapter["metadata"]["title"])
            for chapter in container.chapters()
        ]
    heading = next(line for line in mastered.lines if line.line == "l4")
    assert chapters == [(0, "A post"), (pytest.approx(heading.start_s, abs=0.01), "On cats")]
    assert [chapter.title for chapter in mastered.chapters] == ["A post", "On cats"]
    assert json.loads(mastered.chapters_file.read_text())["chapters"][1]["url"] == "https://example.org/p#cats"


def test_every_kind_of_file_is_tagged(episodes: dict[str, Mastered]) -> None:
    files = [episodes[suffix].audio for suffix in SUFFIXES]

    assert ID3(files[0])["TIT2"].text == ["A post"]
    assert MP4(files[1]).tags["\xa9nam"] == ["A post"]
    assert OggOpus(files[2]).tags["title"] == ["A post"]


def test_an_mp3_is_44_khz_mono_at_a_constant_128_kbps(episodes: dict[str, Mastered]) -> None:
    with av.open(str(episodes[".mp3"].audio), "r") as container:
        stream = container.streams.audio[0]
        assert (stream.rate, stream.channels, stream.codec_context.bit_rate) == (44_100, 1, 128_000)


def test_the_transcript_has_each_line_at_its_time(episodes: dict[str, Mastered]) -> None:
    transcript = episodes[".mp3"].transcript.read_text()

    assert episodes[".mp3"].transcript == episodes[".mp3"].audio.with_suffix(".vtt")
    assert transcript.startswith("WEBVTT\n\n00:00:00.209 --> ")
    assert "They sleep &amp; purr." in transcript
    assert max(map(len, transcript.splitlines())) <= 65


def test_words_in_the_transcript_have_the_times_at_which_they_are_heard(tmp_path: Path) -> None:
    words = (TimedWord("Then", 0.25, 0.6), TimedWord("it", 0.75, 0.9), TimedWord("rained.", 0.9, 1.25))
    parts = [Part("l1", speak(1.0), 0.5, "Once."), Part("l2", speak(1.0), 0.5, "Then it rained.", words=words)]

    mastered = master(parts, META, tmp_path / "e.mp3")

    line = mastered.lines[1]
    # Of the silence before the sound, 40 ms stay.
    cut_s = 0.25 - 0.04
    seconds = [float(mark) for mark in re.findall(r"<00:00:(\d\d\.\d{3})>", mastered.transcript.read_text())]
    assert seconds == [pytest.approx(line.start_s + at_s - cut_s, abs=0.015) for at_s in (0.75, 0.9)]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_takes_give_the_same_bytes(suffix: str, episodes: dict[str, Mastered], tmp_path: Path) -> None:
    again = master(script(), META, tmp_path / f"e{suffix}")

    assert again.audio.read_bytes() == episodes[suffix].audio.read_bytes()
    assert again.transcript.read_bytes() == episodes[suffix].transcript.read_bytes()
    assert again.chapters_file.read_bytes() == episodes[suffix].chapters_file.read_bytes()


def test_only_the_three_files_are_left(tmp_path: Path) -> None:
    master(script()[:1], META, tmp_path / "new" / "e.mp3")

    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["e.chapters.json", "e.mp3", "e.vtt"]


def test_an_older_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "e.mp3").write_bytes(b"old")

    master(script()[:1], META, tmp_path / "e.mp3")

    assert (tmp_path / "e.mp3").read_bytes().startswith(b"ID3")


def test_a_failure_leaves_nothing_new_and_the_old_file_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "episodes"
    folder.mkdir()
    (folder / "e.mp3").write_bytes(b"old")
    broken = tmp_path / "take.wav"
    broken.write_bytes(b"no sound")

    with pytest.raises(AudioUnreadable):
        master([*script(), Part("l6", broken)], META, folder / "e.mp3")

    assert [path.name for path in folder.iterdir()] == ["e.mp3"]
    assert (folder / "e.mp3").read_bytes() == b"old"


def test_parts_are_taken_one_at_a_time(tmp_path: Path) -> None:
    def parts() -> Iterator[Part]:
        yield from script()

    assert master(parts(), META, tmp_path / "e.mp3").duration_s > 8


def test_a_reading_without_lines_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ReadingFailed, match="no lines"):
        master([], META, tmp_path / "e.mp3")


@pytest.mark.parametrize("parts", [[Part("l1", None, 1.0)], [Part("l1", Waveform.silence(1, 24_000), 0.5, "…")]])
def test_a_reading_of_silence_is_silent(parts: list[Part], tmp_path: Path) -> None:
    mastered = master(parts, META, tmp_path / "e.mp3")

    assert decode(mastered.audio).peak < 0.001
    assert mastered.lufs == -70


@pytest.mark.parametrize("name", ["e.wav", "e.txt", "e"])
def test_another_kind_of_file_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFormat):
        master(script(), META, tmp_path / name)

    assert list(tmp_path.iterdir()) == []


def test_the_format_may_differ_from_the_suffix(tmp_path: Path) -> None:
    mastered = master(script()[:1], META, tmp_path / "audio.bin", audio_format=AudioFormat.MP3)

    assert mastered.audio.name == "audio.bin"
    assert mastered.audio.read_bytes().startswith(b"ID3")


def test_a_cover_of_another_kind_is_refused_before_any_work(tmp_path: Path) -> None:
    def parts() -> Iterator[Part]:
        raise AssertionError("a part was asked for")
        yield

    with pytest.raises(UnsupportedFormat, match="cover"):
        master(parts(), EpisodeMeta("A post", cover=b"GIF89a"), tmp_path / "e.mp3")


def test_a_folder_that_cannot_be_written_is_one_of_our_errors(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(CatwalkError, match="cannot write"):
        master(script(), META, tmp_path / "file" / "e.mp3")


def test_peaks_that_the_codec_raises_are_brought_down_again(tmp_path: Path) -> None:
    mastered = master(script(), META, tmp_path / "e.m4a", bitrate_bps=32_000)

    heard = decode(mastered.audio, rate_hz=44_100)
    assert true_peak_dbtp(heard) <= -1
    assert integrated_lufs(heard) == pytest.approx(-16, abs=0.5)
