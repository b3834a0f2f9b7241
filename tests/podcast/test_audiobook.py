from __future__ import annotations

import io
import json
from pathlib import Path

import av
import numpy as np
import pytest
from mutagen.mp4 import MP4
from PIL import Image

from catwalk.audio.codec import AudioFormat, decode, encode
from catwalk.audio.waveform import Waveform
from catwalk.errors import AudioUnreadable, ExportFailed, InvalidRequest, UnsupportedFormat
from catwalk.podcast.audiobook import PAUSE_S, Piece, list_pieces, write_audiobook
from catwalk.reader.chapters import Chapter
from catwalk.reader.tags import EpisodeMeta
from podcast.shows import an_episode, media

META = EpisodeMeta(
    "On teapots", author="Ada Pott", published="2024-03-01", language="en", url="https://teapots.example/"
)


def tone(path: Path, duration_s: float, hz: float = 440.0) -> Path:
    time_s = np.arange(round(44_100 * duration_s)) / 44_100
    samples = (0.3 * np.sin(2 * np.pi * hz * time_s)).astype(np.float32)
    path.write_bytes(encode(Waveform(samples, 44_100), AudioFormat.MP3, bitrate_bps=96_000))
    return path


@pytest.fixture
def pieces(tmp_path: Path) -> list[Piece]:
    chapters = (Chapter(0, 1, "Start"), Chapter(1, 2.5, "Kettles"))
    return [Piece(tone(tmp_path / "a.mp3", 2.5), "Pots", chapters), Piece(tone(tmp_path / "b.mp3", 1.5, 880), "Cups")]


def test_episodes_and_their_headings_are_chapters(pieces: list[Piece], tmp_path: Path) -> None:
    book = write_audiobook(pieces, META, tmp_path / "book.m4b")

    with av.open(book.path) as container:
        marks = [(each["start"], each["metadata"]["title"]) for each in container.chapters()]
    assert marks == [(0, "Pots"), (1000, "Pots: Kettles"), (4000, "Cups")]
    assert [chapter.title for chapter in book.chapters] == ["Pots", "Pots: Kettles", "Cups"]
    assert book.chapters[-1].end_s == book.duration_s == pytest.approx(2.5 + PAUSE_S + 1.5, abs=0.001)


def test_episodes_are_joined_without_a_gap_or_a_lost_sample(pieces: list[Piece], tmp_path: Path) -> None:
    book = write_audiobook(pieces, META, tmp_path / "book.m4b", bitrate_bps=128_000)

    samples = decode(book.path, rate_hz=44_100).samples
    loud = np.abs(samples).reshape(-1)[: 44_100 * 5].reshape(-1, 441).max(axis=1) > 0.05
    assert len(samples) == pytest.approx(5.5 * 44_100, abs=1024)  # AAC ends with a whole frame
    assert loud[:249].all()
    assert not loud[252:398].any()
    assert loud[401:499].all()


def test_a_book_says_what_it_is(pieces: list[Piece], tmp_path: Path) -> None:
    cover = io.BytesIO()
    Image.new("RGB", (60, 60), "teal").save(cover, "JPEG")

    book = write_audiobook(pieces, EpisodeMeta("On teapots", "Ada", cover=cover.getvalue()), tmp_path / "book.m4b")

    tags = MP4(book.path).tags
    assert (tags["\xa9nam"], tags["\xa9ART"], tags["\xa9gen"], tags["stik"]) == (
        ["On teapots"],
        ["Ada"],
        ["Audiobook"],
        [2],
    )
    assert bytes(tags["covr"][0]) == cover.getvalue()
    assert book.path.read_bytes()[4:12] == b"ftypM4B "


def test_progress_is_told_episode_by_episode(pieces: list[Piece], tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []

    write_audiobook(pieces, META, tmp_path / "book.m4b", progress=lambda done, total: told.append((done, total)))

    assert told == [(0, 2), (1, 2), (2, 2)]


def test_headings_are_left_out_where_players_could_not_count_them(tmp_path: Path) -> None:
    audio = tone(tmp_path / "a.mp3", 0.5)
    headings = tuple(Chapter(at / 1000, (at + 1) / 1000, f"h{at}") for at in range(1, 300))

    book = write_audiobook([Piece(audio, "Pots", headings), Piece(audio, "Cups")], META, tmp_path / "book.m4b")

    assert [chapter.title for chapter in book.chapters] == ["Pots", "Cups"]


def test_the_same_episodes_give_the_same_bytes(pieces: list[Piece], tmp_path: Path) -> None:
    books = [write_audiobook(pieces, META, tmp_path / name).path.read_bytes() for name in ("a.m4b", "b.m4b")]

    assert books[0] == books[1]


def test_pieces_come_from_the_oldest_with_the_chapters_they_were_published_with(tmp_path: Path) -> None:
    chapters = tmp_path / "chapters.json"
    entries = [
        {"startTime": 30.5, "title": "Later"},
        {"startTime": 0, "title": "Start"},
        {"startTime": 9000, "title": "x"},
    ]
    chapters.write_text(json.dumps({"version": "1.2.0", "chapters": entries}))
    episodes = [an_episode(2, chapters=media("broken", ".json")), an_episode(1, chapters=media("c", ".json"))]

    pieces = list_pieces(episodes, lambda name: chapters if name == media("c", ".json").name else tmp_path / name)

    assert [piece.title for piece in pieces] == ["Pot 1", "Pot 2"]
    assert pieces[0].chapters == (Chapter(0, 30.5, "Start"), Chapter(30.5, 61.4, "Later"))
    assert pieces[1].chapters == ()


def test_an_episode_that_cannot_be_decoded_is_named_and_nothing_is_left(pieces: list[Piece], tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp3"
    broken.write_bytes(b"nothing of the kind" * 100)
    before = set(tmp_path.iterdir())

    with pytest.raises(AudioUnreadable, match="'Broken pot'"):
        write_audiobook([*pieces, Piece(broken, "Broken pot")], META, tmp_path / "book.m4b")

    assert set(tmp_path.iterdir()) == before


def test_a_book_of_nothing_or_into_nowhere_is_refused(pieces: list[Piece], tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest):
        write_audiobook([], META, tmp_path / "book.m4b")
    with pytest.raises(UnsupportedFormat):
        write_audiobook(pieces, EpisodeMeta("x", cover=b"GIF89a"), tmp_path / "book.m4b")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ExportFailed):
        write_audiobook(pieces, META, tmp_path / "file" / "book.m4b")
