"""The picture of a show: the blog's own, made square, or one that is drawn from its title."""

from __future__ import annotations

import colorsys
import io
import re

import numpy as np
from PIL import Image

from catwalk.errors import InvalidRequest, UnsupportedSource
from catwalk.picture import PictureLimits, decode_picture, inspect_picture
from catwalk.reader.cover import CoverText, draw_cover

MIN_SIDE_PX, MAX_SIDE_PX = 1400, 3000
"""What Apple takes of a show's picture, which is square, JPEG or PNG, and RGB (A Podcaster's Guide to RSS)."""

MIN_SOURCE_PX = 700
"""Of a side of a blog's own picture: made twice as large it is still a picture, any larger a blur."""

MAX_BYTES = 512 * 1024
"""What others recommend of it, so that a list of shows appears at once."""

MAX_CROPPED_RATIO = 1.2
"""A picture that is nearly square is cropped; a wider one gets margins, because its sides often hold letters."""

MAX_RATIO = 2.5
"""What is longer is a banner, and would be a strip in an empty square."""

TITLE_PX = 300
"""Larger than on an episode's picture: a show is found by its thumbnail."""

_COMMENT = b"drawn by catwalk"
_SIGNATURE = b"\xff\xfe" + (len(_COMMENT) + 2).to_bytes(2, "big") + _COMMENT
"""A comment as JPEG has it (ITU-T T.81, B.2.4.5); it stands behind the two bytes that a JPEG begins with."""

_HEX = re.compile(r"#?([0-9a-f]{6}|[0-9a-f]{3})", re.IGNORECASE)
_QUALITIES = (90, 80, 70, 60, 45, 30)


def draw_artwork(title: str, author: str | None = None, *, site: str | None = None, colour: str | None = None) -> bytes:
    """A square JPEG of 3000 pixels a side and at most 512 KiB.

    Args:
        title: The show's; any script whose letters a font of this machine has, else a pattern.
        author: Below it.
        site: Above the author.
        colour: The site's own, such as ``#aa3377``; None, a grey or nonsense for one that follows from the title.
    """
    hue = _read_hue(colour) if colour else None
    text = CoverText(title, site or author or title, author if site else None)
    drawn = draw_cover(text, side_px=MAX_SIDE_PX, title_px=TITLE_PX, hue=hue, max_bytes=MAX_BYTES - len(_SIGNATURE))
    return drawn[:2] + _SIGNATURE + drawn[2:]


def is_drawn(content: bytes) -> bool:
    """Whether a picture is one of :func:`draw_artwork`, and so may be drawn anew."""
    return content[2:].startswith(_SIGNATURE)


def square_picture(content: bytes) -> bytes:
    """A blog's own picture as a show's: a square JPEG of 1400 to 3000 pixels a side and at most 512 KiB.

    Nearly square ones are cropped, wider and higher ones stand on a ground of the colour of their edge; small
    ones are made larger, to twice their size at most.

    Raises:
        UnsupportedSource: it is no picture, is too small, or is too long and narrow.
    """
    try:
        facts = inspect_picture(content, PictureLimits())
        image = decode_picture(content, PictureLimits())
    except InvalidRequest as error:
        raise UnsupportedSource(error.message) from error
    short_px, long_px = sorted(image.size)
    if long_px > short_px * MAX_RATIO:
        raise UnsupportedSource(f"the picture has {facts.width} x {facts.height} pixels, which is too long for a show")
    is_cropped = long_px <= short_px * MAX_CROPPED_RATIO
    side_px = short_px if is_cropped else long_px
    if side_px < MIN_SOURCE_PX:
        raise UnsupportedSource(
            f"the picture has {facts.width} x {facts.height} pixels; a show's needs {MIN_SOURCE_PX} a side"
        )
    square = _crop(image, side_px) if is_cropped else _stand(image, side_px)
    wanted_px = min(max(side_px, MIN_SIDE_PX), MAX_SIDE_PX)
    if wanted_px != side_px:
        square = square.resize((wanted_px, wanted_px), Image.Resampling.LANCZOS)
    return _compress(square)


def check_artwork(content: bytes) -> None:
    """Refuse a picture that directories would.

    Raises:
        InvalidRequest: it is not square, too small or too large, neither JPEG nor PNG, or not RGB.
    """
    facts = inspect_picture(content, PictureLimits())
    if facts.kind not in {"JPEG", "PNG"}:
        raise InvalidRequest(f"a show's picture is JPEG or PNG, not {facts.kind}", param="image")
    if facts.width != facts.height or not MIN_SIDE_PX <= facts.width <= MAX_SIDE_PX:
        raise InvalidRequest(
            f"a show's picture is square, {MIN_SIDE_PX} to {MAX_SIDE_PX} pixels a side, "
            f"not {facts.width} x {facts.height}",
            param="image",
        )
    with Image.open(io.BytesIO(content)) as image:
        if image.mode != "RGB":
            raise InvalidRequest(f"a show's picture is in RGB, without transparency, not {image.mode}", param="image")
    if len(content) > MAX_BYTES:
        raise InvalidRequest(f"a show's picture has at most {MAX_BYTES:,} bytes, not {len(content):,}", param="image")


def _read_hue(colour: str) -> int | None:
    found = _HEX.fullmatch(colour.strip())
    if found is None:
        return None
    digits = found[1] if len(found[1]) == 6 else "".join(digit * 2 for digit in found[1])
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    hue, saturation, value = colorsys.rgb_to_hsv(red, green, blue)
    is_grey = saturation < 0.15 or value < 0.1
    return None if is_grey else round(hue * 255)


def _crop(image: Image.Image, side_px: int) -> Image.Image:
    left_px, top_px = (image.width - side_px) // 2, (image.height - side_px) // 2
    return image.crop((left_px, top_px, left_px + side_px, top_px + side_px))


def _stand(image: Image.Image, side_px: int) -> Image.Image:
    pixels = np.asarray(image)
    # The two edges that the ground will touch.
    edges = (pixels[0], pixels[-1]) if image.width > image.height else (pixels[:, 0], pixels[:, -1])
    red, green, blue = (int(level) for level in np.median(np.concatenate(edges), axis=0))
    ground = Image.new("RGB", (side_px, side_px), (red, green, blue))
    ground.paste(image, ((side_px - image.width) // 2, (side_px - image.height) // 2))
    return ground


def _compress(image: Image.Image) -> bytes:
    for quality in _QUALITIES:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality, optimize=True)
        if file.tell() <= MAX_BYTES:
            return file.getvalue()
    # Noise that no quality makes small enough: fewer pixels do.
    return _compress(image.resize((MIN_SIDE_PX, MIN_SIDE_PX), Image.Resampling.LANCZOS))
