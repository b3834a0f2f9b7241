"""All episodes of a show in one file with chapters, as audiobook players take it (AAC in MP4, ``.m4b``)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mutagen.mp4 import MP4

from catwalk.audio.codec import AudioFormat, FileEncoder
from catwalk.audio.decoder import decode_blocks
from catwalk.audio.resample import BLOCK_SAMPLES
from catwalk.errors import AudioUnreadable, ExportFailed, InvalidRequest
from catwalk.podcast.show import FeedEpisode
from catwalk.reader.chapters import Chapter
from catwalk.reader.tags import EpisodeMeta, check_cover, tag_m4a
from catwalk.reader.working_folder import open_working_folder

RATE_HZ = 44_100
BITRATE_BPS = 64_000
PAUSE_S = 1.5
"""Between two episodes."""

MAX_CHAPTERS = 255
"""Nero's list of chapters, which most players read, counts them in one byte."""

_AUDIOBOOK = 2
"""Kind of media in iTunes' atom ``stik``."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One episode in a book."""

    audio: Path
    title: str
    chapters: tuple[Chapter, ...] = ()
    """Its own, in its own time."""


@dataclass(frozen=True, slots=True)
class Audiobook:
    """A finished book on disk."""

    path: Path
    duration_s: float
    chapters: tuple[Chapter, ...]


def list_pieces(episodes: Sequence[FeedEpisode], find_media: Callable[[str], Path]) -> list[Piece]:
    """The episodes of a show, the oldest first, with the chapters that they were published with."""
    return [
        Piece(
            find_media(episode.audio.name),
            episode.title,
            _read_chapters(find_media(episode.chapters.name), episode.duration_s) if episode.chapters else (),
        )
        for episode in sorted(episodes, key=lambda episode: (episode.published, episode.guid))
    ]


def write_audiobook(
    pieces: Sequence[Piece],
    meta: EpisodeMeta,
    out: Path,
    *,
    bitrate_bps: int = BITRATE_BPS,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Audiobook:
    """Join episodes into a book; the file appears under its name once it is complete.

    Every episode is a chapter, and so is every heading in it, as ``Episode: Heading``, while that makes no more than
    255. Sound is decoded and encoded anew a few seconds at a time; what grows with the length is the index, by no more
    than 10 MB an hour.

    Args:
        pieces: In the order of the book.
        meta: What the tags say.
        out: The file.
        bitrate_bps: Of the sound.
        progress: Told how many episodes are done, and of how many.

    Raises:
        InvalidRequest: there are no episodes.
        AudioUnreadable: one of them cannot be decoded; the message names it.
        UnsupportedFormat: the cover is neither JPEG nor PNG.
        ExportFailed: the file cannot be written.
    """
    if not pieces:
        raise InvalidRequest("a book needs episodes, and the show has none")
    check_cover(meta)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with open_working_folder(out) as folder:
            draft = folder / f"{out.stem}.m4b"
            with draft.open("w+b") as file:
                encoder = FileEncoder(
                    AudioFormat.M4A, RATE_HZ, file, bitrate_bps=bitrate_bps, container_options={"brand": "M4B "}
                )
                starts_s, n_samples = _join(pieces, encoder, progress)
                chapters = _lay_out(pieces, starts_s, n_samples / RATE_HZ)
                encoder.set_chapters([(chapter.start_s, chapter.end_s, chapter.title) for chapter in chapters])
                encoder.close()
            tag_m4a(draft, meta)
            _mark_as_book(draft)
            draft.replace(out)
    except OSError as error:
        raise ExportFailed(f"cannot write {out}: {error.strerror or error}") from error
    return Audiobook(out, n_samples / RATE_HZ, chapters)


def _join(
    pieces: Sequence[Piece], encoder: FileEncoder, progress: Callable[[int, int], None]
) -> tuple[list[float], int]:
    """Seconds at which each piece begins, and samples in all."""
    starts_s, n_samples = [], 0
    for number, piece in enumerate(pieces):
        progress(number, len(pieces))
        if number:
            encoder.write(np.zeros(round(PAUSE_S * RATE_HZ), np.float32))
            n_samples += round(PAUSE_S * RATE_HZ)
        starts_s.append(n_samples / RATE_HZ)
        n_before = n_samples
        try:
            with piece.audio.open("rb") as file:
                for block in decode_blocks(file, rate_hz=RATE_HZ):
                    for start in range(0, block.size, BLOCK_SAMPLES):
                        encoder.write(block[start : start + BLOCK_SAMPLES])
                    n_samples += block.size
        except AudioUnreadable as error:
            raise AudioUnreadable(f"{piece.title!r} cannot be decoded: {error.message}", param="file") from error
        if n_samples == n_before:
            raise AudioUnreadable(f"there is no sound in {piece.title!r}", param="file")
    progress(len(pieces), len(pieces))
    return starts_s, n_samples


def _lay_out(pieces: Sequence[Piece], starts_s: Sequence[float], duration_s: float) -> tuple[Chapter, ...]:
    marks = [mark for piece, start_s in zip(pieces, starts_s, strict=True) for mark in _list_marks(piece, start_s)]
    if len(marks) > MAX_CHAPTERS:
        marks = [(start_s, piece.title) for piece, start_s in zip(pieces, starts_s, strict=True)]
    ends_s = [*(start_s for start_s, _ in marks[1:]), duration_s]
    return tuple(Chapter(start_s, end_s, title) for (start_s, title), end_s in zip(marks, ends_s, strict=True))


def _list_marks(piece: Piece, start_s: float) -> Iterator[tuple[float, str]]:
    yield start_s, piece.title
    for chapter in piece.chapters:
        if chapter.start_s > 0:
            yield start_s + chapter.start_s, f"{piece.title}: {chapter.title}"


def _read_chapters(path: Path, duration_s: float) -> tuple[Chapter, ...]:
    """Chapters from a JSON file; none where it is broken, because the book is whole without them."""
    try:
        entries = json.loads(path.read_bytes())["chapters"]
        starts = sorted((float(entry["startTime"]), str(entry["title"])) for entry in entries if entry.get("title"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ()
    starts = [(start_s, title) for start_s, title in starts if start_s < duration_s]
    ends_s = [*(start_s for start_s, _ in starts[1:]), duration_s] if starts else []
    return tuple(Chapter(start_s, end_s, title) for (start_s, title), end_s in zip(starts, ends_s, strict=True))


def _mark_as_book(path: Path) -> None:
    file = MP4(path)
    file.tags.update({"stik": [_AUDIOBOOK], "\xa9gen": ["Audiobook"]})
    file.save(padding=lambda _: 0)
