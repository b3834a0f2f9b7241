import io
from pathlib import Path

import pytest
from mutagen.id3 import ID3
from mutagen.mp4 import MP4
from mutagen.oggopus import OggOpus

from catwalk.audio.codec import AudioFormat, encode
from catwalk.audio.waveform import Waveform
from catwalk.errors import UnsupportedFormat
from catwalk.reader.chapters import Chapter
from catwalk.reader.tags import EpisodeMeta, check_cover, cover_type, tag_m4a, tag_opus, to_id3

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 50
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 50
META = EpisodeMeta(
    "Über Katzen",
    author="Ada 魚",
    site="The Blog",
    published="2024-05-06T07:08:09+02:00",
    url="https://example.org/cats",
    language="de-AT",
    description="Was Katzen tun.",
    cover=PNG,
)
CHAPTERS = [Chapter(0, 12.345, "Anfang"), Chapter(12.345, 60, "Mitte", "https://example.org/#b"), Chapter(60, 61, "Z")]


def read_id3(tag: bytes) -> ID3:
    return ID3(io.BytesIO(tag + b"\xff\xfb\x90\xc4" + b"\0" * 500), translate=False)


def write(path: Path, audio_format: AudioFormat) -> Path:
    path.write_bytes(encode(Waveform.silence(0.5, 48_000), audio_format))
    return path


def test_id3_says_what_is_known_of_the_episode() -> None:
    tags = read_id3(to_id3(META, CHAPTERS))

    assert tags.version == (2, 3, 0)
    assert tags["TIT2"].text == ["Über Katzen"]
    assert tags["TPE1"].text == ["Ada 魚"]
    assert tags["TALB"].text == ["The Blog"]
    assert (tags["TYER"].text, tags["TDAT"].text) == (["2024"], ["0605"])
    assert tags["TLAN"].text == ["deu"]
    assert tags["WOAS"].url == tags["WXXX:"].url == "https://example.org/cats"
    assert tags["COMM::deu"].text == ["Was Katzen tun."]
    assert (tags["APIC:Cover"].mime, tags["APIC:Cover"].data) == ("image/png", PNG)


def test_id3_lists_the_chapters_in_order() -> None:
    tags = read_id3(to_id3(META, CHAPTERS))

    names = tags["CTOC:toc"].child_element_ids
    chapters = [tags[f"CHAP:{name}"] for name in names]
    assert [(chapter.start_time, chapter.end_time) for chapter in chapters] == [
        (0, 12_345),
        (12_345, 60_000),
        (60_000, 61_000),
    ]
    assert [chapter.sub_frames["TIT2"].text for chapter in chapters] == [["Anfang"], ["Mitte"], ["Z"]]
    assert chapters[1].sub_frames["WXXX:"].url == "https://example.org/#b"


def test_chapters_stand_in_the_tag_in_the_order_in_which_they_come() -> None:
    tag = to_id3(META, [Chapter(n, n + 1, "long title " * (9 - n)) for n in range(9)])

    frames = [tag.rindex(f"chp{n}\0".encode()) for n in range(9)]

    assert frames == sorted(frames)


def test_more_chapters_than_a_table_of_contents_can_hold_are_cut() -> None:
    tags = read_id3(to_id3(META, [Chapter(n, n + 1, str(n)) for n in range(300)]))

    assert len(tags.getall("CHAP")) == len(tags["CTOC:toc"].child_element_ids) == 255


def test_what_is_not_known_is_not_said() -> None:
    tags = read_id3(to_id3(EpisodeMeta("Only a title"), []))

    assert sorted(tags.keys()) == ["TCON", "TIT2", "TLAN"]


def test_m4a_says_the_same(tmp_path: Path) -> None:
    path = write(tmp_path / "e.m4a", AudioFormat.M4A)

    tag_m4a(path, META)

    tags = MP4(path).tags
    assert tags["\xa9nam"] == ["Über Katzen"]
    assert tags["\xa9ART"] == ["Ada 魚"]
    assert tags["\xa9alb"] == ["The Blog"]
    assert tags["\xa9day"] == ["2024-05-06T07:08:09+02:00"]
    assert tags["\xa9cmt"] == ["Was Katzen tun."]
    assert tags["----:com.apple.iTunes:URL"] == [b"https://example.org/cats"]
    assert tags["covr"] == [PNG]


def test_opus_says_the_same_and_lists_the_chapters(tmp_path: Path) -> None:
    path = write(tmp_path / "e.opus", AudioFormat.OPUS)

    tag_opus(path, META, CHAPTERS)

    tags = OggOpus(path).tags
    assert tags["title"] == ["Über Katzen"]
    assert tags["url"] == ["https://example.org/cats"]
    assert tags["chapter002"] == ["00:00:12.345"]
    assert tags["chapter002name"] == ["Mitte"]
    assert tags["chapter002url"] == ["https://example.org/#b"]
    assert tags["metadata_block_picture"]


@pytest.mark.parametrize(
    ("language", "expected"), [("en", "eng"), ("pt-BR", "por"), ("deu", "deu"), ("x-klingon", "und")]
)
def test_languages_have_three_letters(language: str, expected: str) -> None:
    assert read_id3(to_id3(EpisodeMeta("Title", language=language), []))["TLAN"].text == [expected]


def test_a_cover_is_jpeg_or_png() -> None:
    assert cover_type(JPEG) == "image/jpeg"
    assert cover_type(PNG) == "image/png"
    assert cover_type(b"RIFF....WEBP") is None
    with pytest.raises(UnsupportedFormat, match="JPEG nor a PNG"):
        check_cover(EpisodeMeta("Title", cover=b"RIFF....WEBP"))
