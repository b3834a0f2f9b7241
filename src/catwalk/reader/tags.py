"""What an episode's file says about itself: ID3 in MP3, iTunes atoms in M4A, Vorbis comments in Opus."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mutagen.flac import Picture
from mutagen.id3 import (
    APIC,
    CHAP,
    COMM,
    CTOC,
    ID3,
    TALB,
    TCON,
    TDRC,
    TIT2,
    TLAN,
    TPE1,
    WOAS,
    WXXX,
    CTOCFlags,
    Encoding,
    Frame,
    PictureType,
)
from mutagen.mp4 import MP4, AtomDataType, MP4Cover, MP4FreeForm
from mutagen.oggopus import OggOpus

from catwalk.errors import UnsupportedFormat
from catwalk.reader.chapters import Chapter

GENRE = "Podcast"
MAX_ID3_CHAPTERS = 255
"""A table of contents counts its entries in one byte (ID3v2 Chapter Frame Addendum 1.0, 3.2)."""

ID3_HEADER_BYTES = 10

NO_OFFSET = 0xFFFFFFFF
"""A chapter frame's byte offsets where only times are given."""

ISO_639_2 = {
    "ar": "ara", "bg": "bul", "bn": "ben", "ca": "cat", "cs": "ces", "cy": "cym", "da": "dan", "de": "deu", "el": "ell",
    "en": "eng", "eo": "epo", "es": "spa", "et": "est", "eu": "eus", "fa": "fas", "fi": "fin", "fr": "fra", "ga": "gle",
    "gl": "glg", "he": "heb", "hi": "hin", "hr": "hrv", "hu": "hun", "id": "ind", "is": "isl", "it": "ita", "ja": "jpn",
    "ko": "kor", "la": "lat", "lt": "lit", "lv": "lav", "mk": "mkd", "ms": "msa", "nb": "nob", "nl": "nld", "nn": "nno",
    "no": "nor", "pl": "pol", "pt": "por", "ro": "ron", "ru": "rus", "sk": "slk", "sl": "slv", "sq": "sqi", "sr": "srp",
    "sv": "swe", "sw": "swa", "ta": "tam", "te": "tel", "th": "tha", "tr": "tur", "uk": "ukr", "ur": "urd", "vi": "vie",
    "zh": "zho",
}  # fmt: skip
"""Three letters for two: ID3 knows no others."""


@dataclass(frozen=True, slots=True)
class EpisodeMeta:
    """What is known of an episode besides its sound."""

    title: str
    author: str | None = None
    site: str | None = None
    """Name of the blog or paper; the album."""

    published: str | None = None
    """ISO 8601 date, with or without time."""

    url: str | None = None
    """Address of the post."""

    language: str = "en"
    """BCP 47 tag."""

    description: str | None = None
    """A sentence or a paragraph; the comment."""

    cover: bytes | None = None
    """A JPEG or PNG picture, best square."""


def cover_type(cover: bytes) -> str | None:
    """Media type of a picture that every player can show; None for any other."""
    if cover.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "image/png" if cover.startswith(b"\x89PNG\r\n\x1a\n") else None


def check_cover(meta: EpisodeMeta) -> None:
    """Refuse a cover that players cannot show.

    Raises:
        UnsupportedFormat: it is neither JPEG nor PNG.
    """
    if meta.cover is not None and cover_type(meta.cover) is None:
        raise UnsupportedFormat("the cover is neither a JPEG nor a PNG picture", param="cover")


def to_id3(meta: EpisodeMeta, chapters: Sequence[Chapter]) -> bytes:
    """An ID3v2.3 tag, which more players and feed readers understand than 2.4; it stands before the first MP3 frame."""
    language = _three_letters(meta.language)
    texts = (
        (TIT2, meta.title),
        (TPE1, meta.author),
        (TALB, meta.site),
        (TDRC, meta.published),
        (TCON, GENRE),
        (TLAN, language),
    )
    frames: list[Frame] = [kind(encoding=Encoding.UTF8, text=[text]) for kind, text in texts if text]
    if meta.description:
        frames.append(COMM(encoding=Encoding.UTF8, lang=language, desc="", text=[meta.description]))
    if meta.url:
        frames.append(WOAS(url=meta.url))
        frames.append(WXXX(encoding=Encoding.UTF8, desc="", url=meta.url))
    frames.extend(_to_chapter_frames(chapters[:MAX_ID3_CHAPTERS]))
    if meta.cover:
        frames.append(_to_apic(meta.cover))
    # Frame by frame, because mutagen sorts a tag's frames by size, and some players show chapters as they stand.
    body = b"".join(map(_to_bytes, frames))
    size = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + size + body


def tag_m4a(path: Path, meta: EpisodeMeta) -> None:
    """Write iTunes' atoms; chapters are the encoder's work."""
    file = MP4(path)
    if file.tags is None:
        file.add_tags()
    texts = (
        ("\xa9nam", meta.title),
        ("\xa9ART", meta.author),
        ("\xa9alb", meta.site),
        ("\xa9day", meta.published),
        ("\xa9gen", GENRE),
        ("\xa9cmt", meta.description),
    )
    file.tags.update({name: [text] for name, text in texts if text})
    for name, text in (("LANGUAGE", _three_letters(meta.language)), ("URL", meta.url)):
        if text:
            file.tags[f"----:com.apple.iTunes:{name}"] = [MP4FreeForm(text.encode(), AtomDataType.UTF8)]
    if meta.cover:
        is_png = cover_type(meta.cover) == "image/png"
        file.tags["covr"] = [MP4Cover(meta.cover, MP4Cover.FORMAT_PNG if is_png else MP4Cover.FORMAT_JPEG)]
    file.save(padding=lambda _: 0)


def tag_opus(path: Path, meta: EpisodeMeta, chapters: Sequence[Chapter]) -> None:
    """Write Vorbis comments, chapters as the CHAPTER extension has them."""
    file = OggOpus(path)
    texts = (
        ("title", meta.title),
        ("artist", meta.author),
        ("album", meta.site),
        ("date", meta.published),
        ("genre", GENRE),
        ("comment", meta.description),
        ("language", _three_letters(meta.language)),
        ("url", meta.url),
    )
    file.tags.update({name: [text] for name, text in texts if text})
    for number, chapter in enumerate(chapters, start=1):
        name = f"CHAPTER{number:03}"
        file.tags[name] = [_chapter_clock(chapter.start_s)]
        file.tags[f"{name}NAME"] = [chapter.title]
        if chapter.url:
            file.tags[f"{name}URL"] = [chapter.url]
    if meta.cover:
        picture = Picture()
        picture.type, picture.mime, picture.data = PictureType.COVER_FRONT, cover_type(meta.cover), meta.cover
        file.tags["metadata_block_picture"] = [base64.b64encode(picture.write()).decode()]
    file.save(padding=lambda _: 0)


def _to_chapter_frames(chapters: Sequence[Chapter]) -> Iterator[Frame]:
    if not chapters:
        return
    names = [f"chp{number}" for number in range(len(chapters))]
    flags = CTOCFlags.TOP_LEVEL | CTOCFlags.ORDERED
    yield CTOC(element_id="toc", flags=flags, child_element_ids=names, sub_frames=[])
    for name, chapter in zip(names, chapters, strict=True):
        inner: list[Frame] = [TIT2(encoding=Encoding.UTF8, text=[chapter.title])]
        if chapter.url:
            inner.append(WXXX(encoding=Encoding.UTF8, desc="", url=chapter.url))
        yield CHAP(
            element_id=name,
            start_time=round(chapter.start_s * 1000),
            end_time=round(chapter.end_s * 1000),
            start_offset=NO_OFFSET,
            end_offset=NO_OFFSET,
            sub_frames=inner,
        )


def _to_bytes(frame: Frame) -> bytes:
    """The frame, or what stands for it in 2.3 (a year and a day for a date), without a tag's header."""
    tag, file = ID3(), io.BytesIO()
    tag.add(frame)
    tag.update_to_v23()
    tag.save(file, v2_version=3, padding=lambda _: 0)
    return file.getvalue()[ID3_HEADER_BYTES:]


def _to_apic(cover: bytes) -> APIC:
    return APIC(
        encoding=Encoding.LATIN1, mime=cover_type(cover), type=PictureType.COVER_FRONT, desc="Cover", data=cover
    )


def _three_letters(language: str) -> str:
    primary = language.partition("-")[0].lower()
    return primary if len(primary) == 3 else ISO_639_2.get(primary, "und")


def _chapter_clock(time_s: float) -> str:
    time_ms = round(time_s * 1000)
    return f"{time_ms // 3_600_000:02}:{time_ms // 60_000 % 60:02}:{time_ms // 1000 % 60:02}.{time_ms % 1000:03}"
