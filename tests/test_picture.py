"""Any picture becomes upright RGB pixels, or a clear error before memory is spent on it."""

from __future__ import annotations

import base64
import io
import struct
import time
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from catwalk.errors import CatwalkError, InvalidRequest, PictureTooLarge, PictureUnreadable, UnsupportedFormat
from catwalk.picture import PictureFacts, PictureLimits, decode_picture, inspect_picture, read_data_uri

KINDS = ["PNG", "JPEG", "WEBP", "GIF", "BMP", "AVIF"]


def picture(
    size: tuple[int, int] = (40, 30), kind: str = "PNG", mode: str = "RGB", colour: object = "red", **options: object
) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, colour).save(file, kind, **options)  # type: ignore[arg-type]  # whatever the test wants
    return file.getvalue()


def animation(kind: str) -> bytes:
    return picture(kind=kind, save_all=True, append_images=[Image.new("RGB", (40, 30), "blue")], lossless=True)


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_bomb(side: int) -> bytes:
    """A whole, valid PNG of one colour: a megabyte that unpacks to nearly a gigabyte."""
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(1 + (side + 7) // 8)) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_becomes_the_same_pixels(kind: str) -> None:
    decoded = decode_picture(picture(kind=kind))

    assert (decoded.mode, decoded.size) == ("RGB", (40, 30))
    assert np.abs(np.asarray(decoded).astype(int) - (255, 0, 0)).max() < 12


@pytest.mark.parametrize("kind", KINDS)
def test_the_header_alone_says_what_a_picture_is(kind: str) -> None:
    assert inspect_picture(picture(kind=kind)) == PictureFacts(kind, 40, 30, is_animated=False)


@pytest.mark.parametrize(
    ("kind", "mode", "colour", "seen"),
    [
        ("PNG", "RGBA", (255, 0, 0, 0), 255),
        ("WEBP", "RGBA", (255, 0, 0, 0), 255),
        ("PNG", "LA", (0, 0), 255),
        ("PNG", "LA", (0, 128), 127),
        ("PNG", "L", 90, 90),
        ("PNG", "1", 1, 255),
        ("PNG", "I;16", 90 * 256, 90),
        ("JPEG", "CMYK", (0, 0, 0, 0), 255),
        ("JPEG", "CMYK", (0, 0, 0, 255), 0),
    ],
)
def test_every_mode_is_flattened_on_white(kind: str, mode: str, colour: object, seen: int) -> None:
    decoded = decode_picture(picture((8, 8), kind, mode, colour))

    assert np.abs(np.asarray(decoded).astype(int)[4, 4] - seen).max() <= 1


def test_the_transparent_colour_of_a_palette_becomes_white() -> None:
    palette = Image.new("P", (8, 8), 0)
    palette.putpalette([0, 0, 0, 255, 0, 0])
    file = io.BytesIO()
    palette.save(file, "PNG", transparency=0)

    assert decode_picture(file.getvalue()).getpixel((4, 4)) == (255, 255, 255)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_set_upright_as_its_camera_noted(orientation: int) -> None:
    scene = Image.new("RGB", (64, 32), "white")
    scene.paste((255, 0, 0), (0, 0, 32, 16))  # red at the upper left
    turn = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }.get(orientation)
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    (scene.transpose(turn) if turn is not None else scene).save(file, "PNG", exif=exif)

    decoded = decode_picture(file.getvalue())

    assert decoded.size == (64, 32)
    assert decoded.getpixel((4, 4)) == (255, 0, 0)
    assert decoded.getpixel((60, 28)) == (255, 255, 255)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")  # Pillow's own remark
def test_damaged_notes_of_a_camera_do_not_cost_the_picture() -> None:
    assert decode_picture(picture(kind="JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")).size == (40, 30)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_is_decoded_and_the_facts_say_so(kind: str) -> None:
    content = animation(kind)

    red, green, blue = decode_picture(content).getpixel((20, 15))  # type: ignore[misc]  # three colours
    assert inspect_picture(content).is_animated
    assert (red > 200, green < 50, blue < 50) == (True, True, True)


def test_a_picture_is_made_to_fit_and_never_enlarged() -> None:
    assert decode_picture(picture((2000, 500), "JPEG"), max_side_px=400).size == (400, 100)
    assert decode_picture(picture((40, 30)), max_side_px=400).size == (40, 30)


def test_a_bomb_is_refused_in_milliseconds_and_without_memory() -> None:
    bomb = png_bomb(30_000)
    tracemalloc.start()
    started_s = time.perf_counter()

    with pytest.raises(PictureTooLarge, match="has 900,000,000 pixels"):
        decode_picture(bomb)

    took_s, (_, peak_bytes) = time.perf_counter() - started_s, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert took_s < 0.25  # 2 ms; tracing and a busy machine make it more
    assert peak_bytes < 10_000_000


@pytest.mark.parametrize("side", [6_400, 9_500, 13_000])
def test_a_bomb_of_any_size_is_too_large(side: int) -> None:
    with pytest.raises(PictureTooLarge, match=r"at most 40,000,000 (in all )?are taken$"):
        inspect_picture(png_bomb(side))


@pytest.mark.parametrize("kind", ["WEBP", "JPEG", "BMP", "GIF"])
def test_the_limit_holds_for_every_kind(kind: str) -> None:
    with pytest.raises(PictureTooLarge, match="100 x 100"):
        decode_picture(picture((100, 100), kind), PictureLimits(max_pixels=9_999))


def test_too_many_bytes_are_refused_before_they_are_looked_at() -> None:
    with pytest.raises(PictureTooLarge, match="at most 100 are taken"):
        inspect_picture(b"anything" * 20, PictureLimits(max_bytes=100))


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- drawn by hand -->\n<svg>", "SVG"),
        (b"%PDF-1.7\n", "PDF"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "PostScript"),
        (picture(kind="TIFF"), "TIFF"),
        (picture(kind="ICO"), "icon"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
    ],
    ids=["svg", "svg with a prologue", "pdf", "eps", "tiff", "icon", "heic"],
)
def test_other_kinds_are_refused_by_name(content: bytes, named: str) -> None:
    with pytest.raises(UnsupportedFormat, match=rf"{named}.*PNG, JPEG"):
        decode_picture(content)


@pytest.mark.parametrize("content", [b"", b"GIF", b"hello there", b"<html></html>", b"\0" * 500])
def test_what_is_no_picture_is_unreadable(content: bytes) -> None:
    with pytest.raises(PictureUnreadable):
        decode_picture(content)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_picture_that_was_cut_off_is_refused(kind: str, share: float) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8))
    file = io.BytesIO()
    noise.save(file, kind)
    content = file.getvalue()

    with pytest.raises(PictureUnreadable):
        decode_picture(content[: int(len(content) * share)])


@settings(max_examples=80)
@given(st.data())
def test_damage_gives_pixels_or_an_error_of_the_tree(data: st.DataObject) -> None:
    content = bytearray(picture((33, 21), data.draw(st.sampled_from(KINDS))))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))

    try:
        decoded = decode_picture(bytes(content), PictureLimits(max_pixels=1_000_000))
    except InvalidRequest:
        return
    assert decoded.mode == "RGB"


def test_a_data_uri_holds_its_bytes() -> None:
    content = picture()

    encoded = base64.b64encode(content).decode()

    assert read_data_uri(f"data:image/png;base64,{encoded}") == content
    assert read_data_uri(f"data:image/png;charset=utf-8;BASE64,{encoded.replace('=', '%3D')}") == content
    assert read_data_uri("data:image/svg+xml,%3Csvg/%3E") == b"<svg/>"


@pytest.mark.parametrize(
    ("uri", "error"),
    [
        ("data:image/png;base64", PictureUnreadable),
        ("http://example.com/a.png", PictureUnreadable),
        ("data:image/png;base64,###", PictureUnreadable),
        ("data:image/png;base64,Zm9", PictureUnreadable),
        ("data:text/html,<p>", UnsupportedFormat),
        ("data:image/png;base64," + "A" * 4000, PictureTooLarge),
    ],
)
def test_a_data_uri_that_cannot_be_read_says_why(uri: str, error: type[CatwalkError]) -> None:
    with pytest.raises(error):
        read_data_uri(uri, PictureLimits(max_bytes=1000))
