"""Any picture, read as upright RGB pixels: what people upload and pages show, broken and hostile files among it."""

from __future__ import annotations

import base64
import binascii
import io
import re
import struct
import urllib.parse
import zlib
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from catwalk.errors import PictureTooLarge, PictureUnreadable, UnsupportedFormat

MAX_PIXELS = 40_000_000
"""More than any screen or common camera; 120 MB when decoded."""

MAX_BYTES = 20 * 1024 * 1024

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "AVIF")
"""Nothing else is decoded: EPS, for one, would start another program."""

_ALLOWED = "PNG, JPEG, WebP, GIF, BMP and AVIF can be read"

_BROKEN = (
    OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, ArithmeticError, MemoryError,
    RuntimeError, struct.error, zlib.error,
)  # fmt: skip
"""What Pillow's decoders raise at damaged pictures."""

_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
"""Pillow's own limit lies above ours, but some of its decoders hold to it before we can look."""

_OTHERS = {
    b"%PDF-": "a PDF document",
    b"%!PS": "a PostScript drawing",
    b"II*\0": "a TIFF picture",
    b"MM\0*": "a TIFF picture",
    b"\x00\x00\x01\x00": "an icon",
    b"8BPS": "a Photoshop picture",
}
_SVG = re.compile(rb"<svg[\s/>]", re.IGNORECASE)
_HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """How large a picture may be; held before a pixel is decoded."""

    max_bytes: int = MAX_BYTES
    max_pixels: int = MAX_PIXELS


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What the header of a picture says."""

    kind: str
    """``PNG``, ``JPEG``, ``WEBP``, ``GIF``, ``BMP`` or ``AVIF``."""

    width: int
    height: int
    is_animated: bool
    """Whether there are more frames than the first, which is the one that is decoded."""


def inspect_picture(content: bytes, limits: PictureLimits = PictureLimits()) -> PictureFacts:
    """What a picture is, by its header alone; takes milliseconds whatever the picture claims.

    Raises:
        UnsupportedFormat: an SVG, a PDF or another kind that is not decoded.
        PictureTooLarge: more bytes or pixels than ``limits``.
        PictureUnreadable: no picture, or its header is damaged.
    """
    with _open(content, limits) as image:
        return _describe(image)


def decode_picture(
    content: bytes, limits: PictureLimits = PictureLimits(), *, max_side_px: int | None = None
) -> Image.Image:
    """A picture as upright RGB pixels; white shows through what is transparent. Of an animation, its first frame.

    Args:
        content: The encoded picture.
        limits: How large it may be.
        max_side_px: A larger picture is made to fit this many pixels a side, and never enlarged; None leaves its size.

    Raises:
        UnsupportedFormat: an SVG, a PDF or another kind that is not decoded.
        PictureTooLarge: more bytes or pixels than ``limits``.
        PictureUnreadable: no picture, damaged, or cut off.
    """
    with _open(content, limits) as image:
        try:
            if max_side_px is not None:
                image.draft("RGB", (max_side_px, max_side_px))
            image.load()
            flat = _flatten(_set_upright(image))
            if max_side_px is not None:
                flat.thumbnail((max_side_px, max_side_px), Image.Resampling.LANCZOS)
        except _BOMBS as error:
            raise PictureTooLarge(f"the picture cannot be decoded: {error}", param="image") from error
        except _BROKEN as error:
            raise PictureUnreadable(
                f"the {image.format} picture is damaged or cut off: {str(error) or type(error).__name__}", param="image"
            ) from error
        return flat


def read_data_uri(uri: str, limits: PictureLimits = PictureLimits()) -> bytes:
    """The bytes in a ``data:`` address of a picture, still encoded.

    Raises:
        UnsupportedFormat: its media type is not a picture's.
        PictureTooLarge: more bytes than ``limits``.
        PictureUnreadable: it is no data URI, or its base64 is damaged.
    """
    head, comma, body = uri.partition(",")
    if not head.startswith("data:") or not comma:
        raise PictureUnreadable("a data URI begins with data:, and its content with a comma", param="image")
    media, *parameters = head.removeprefix("data:").split(";")
    if media and not media.lower().startswith("image/") and media.lower() != "application/octet-stream":
        raise UnsupportedFormat(f"the data URI is of type {media[:80]}, not a picture; {_ALLOWED}", param="image")
    if len(body) * 3 // 4 > limits.max_bytes + 3:
        raise _refuse_bytes(len(body) * 3 // 4, limits)
    raw = urllib.parse.unquote_to_bytes(body)
    if "base64" not in (parameter.strip().lower() for parameter in parameters):
        return raw
    try:
        return base64.b64decode(raw, validate=True)
    except (binascii.Error, ValueError) as error:
        raise PictureUnreadable(f"the base64 of the data URI is damaged: {error}", param="image") from error


def _open(content: bytes, limits: PictureLimits) -> Image.Image:
    if len(content) > limits.max_bytes:
        raise _refuse_bytes(len(content), limits)
    _refuse_others(content)
    try:
        Image.init()
        image = Image.open(io.BytesIO(content), formats=[kind for kind in _FORMATS if kind in Image.OPEN])
    except _BOMBS as error:
        n_pixels = re.search(r"\d+", str(error))  # the rest of Pillow's message names a limit that is not ours
        given = f"{int(n_pixels[0]):,}" if n_pixels else "too many"
        raise PictureTooLarge(
            f"the picture has {given} pixels; at most {limits.max_pixels:,} are taken", param="image"
        ) from error
    except UnidentifiedImageError as error:
        given = f"begins with {content[:8]!r}" if content else "is empty"
        raise PictureUnreadable(f"the file is no picture: it {given}; {_ALLOWED}", param="image") from error
    except _BROKEN as error:
        raise PictureUnreadable(
            f"the picture's header is damaged: {str(error) or type(error).__name__}", param="image"
        ) from error
    width, height = image.size
    if width * height > limits.max_pixels:
        image.close()
        raise PictureTooLarge(
            f"the picture has {width} x {height} pixels; at most {limits.max_pixels:,} in all are taken", param="image"
        )
    return image


def _refuse_bytes(n_bytes: int, limits: PictureLimits) -> PictureTooLarge:
    return PictureTooLarge(f"the picture has {n_bytes:,} bytes; at most {limits.max_bytes:,} are taken", param="image")


def _refuse_others(content: bytes) -> None:
    head = content[:_HEAD_BYTES]
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and _SVG.search(head):
        raise UnsupportedFormat(
            f"an SVG is a drawing in text, which is not turned into pixels here; {_ALLOWED}", param="image"
        )
    for signature, kind in _OTHERS.items():
        if content.startswith(signature):
            raise UnsupportedFormat(f"the file is {kind}; {_ALLOWED}", param="image")
    if content[4:8] == b"ftyp" and content[8:12] in {b"heic", b"heix", b"mif1", b"hevc"}:
        raise UnsupportedFormat(f"the file is a HEIC picture; {_ALLOWED}", param="image")


def _describe(image: Image.Image) -> PictureFacts:
    try:
        is_animated = bool(getattr(image, "is_animated", False))
    except _BROKEN:  # what stands behind the first frame may be damaged; it is not looked at
        is_animated = False
    return PictureFacts(image.format or "", image.width, image.height, is_animated)


def _set_upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except _BROKEN:  # the note on its orientation is damaged, the picture is not
        return image


def _flatten(image: Image.Image) -> Image.Image:
    """In three colours, without transparency: white shows through."""
    if image.mode.startswith("I"):  # 16 bits a pixel, which Pillow would clip
        return Image.fromarray((np.asarray(image).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8)).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    ground = Image.new("RGBA", layer.size, "white")
    ground.alpha_composite(layer)
    return ground.convert("RGB")
