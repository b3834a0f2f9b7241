"""The picture of an episode: the post's own, or one that is drawn from its title."""

from __future__ import annotations

import asyncio
import colorsys
import hashlib
import io
import logging
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

from catwalk.errors import CatwalkError, InvalidRequest, UnsupportedSource
from catwalk.picture import PictureLimits, decode_picture, inspect_picture
from catwalk.reader.fetch import FetchLimits, fetch_picture

log = logging.getLogger("catwalk.reader.cover")

CoverChoice = Literal["post", "drawn", "none"]
"""The post's own picture where it has one that serves, one that is drawn, or none."""

SIDE_PX = 1400
"""The least that podcast directories take (Apple Podcasts, artwork requirements), and enough for any player."""

MIN_SIDE_PX = 64
"""Smaller pictures are icons and counting pixels."""

MAX_PICTURE_BYTES = 10 * 1024 * 1024
_LIMITS = PictureLimits(max_bytes=MAX_PICTURE_BYTES)

_QUALITY = 88
_MARGIN_PX = 110
_TITLE_TOP_PX = 150
_TITLE_HEIGHT_PX = 800
_TITLE_SIZES_PX = (188, 164, 142, 124, 108, 94, 82, 72)
_LINE = 1.16
_SITE_SIZE_PX, _AUTHOR_SIZE_PX = 60, 48
_SITE_BOTTOM_PX = 1190
_AUTHOR_BOTTOM_PX = 1280

_REPLACED = str.maketrans(
    {
        "‘": "'", "’": "'", "‚": ",", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "–": "-", "—": "-", "−": "-",
        "…": "...", "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D",
        "ł": "l", "Ł": "L", "ı": "i", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "→": "->", "×": "x", "·": "-",
    }
)  # fmt: skip
"""What the font has no glyph for, and what stands in for it."""


@dataclass(frozen=True, slots=True)
class CoverText:
    """What a drawn cover says."""

    title: str
    site: str | None = None
    author: str | None = None


async def find_cover(
    image_url: str | None, text: CoverText, *, choice: CoverChoice, limits: FetchLimits
) -> bytes | None:
    """The cover of an episode as a JPEG; None where none is wanted.

    Whatever is wrong with the post's picture costs that picture alone: the log says it, and a cover is drawn.
    """
    if choice == "none":
        return None
    if choice == "post" and image_url:
        narrower = replace(limits, max_bytes=min(limits.max_bytes, MAX_PICTURE_BYTES))
        try:
            content = await fetch_picture(image_url, limits=narrower)
            return await asyncio.to_thread(convert_picture, content)
        except CatwalkError as error:
            log.warning("the post's picture cannot be the cover, so one is drawn: %s", error.message)
    try:
        return await asyncio.to_thread(draw_cover, text)
    except UnsupportedSource as error:
        log.warning("the episode has no cover: %s", error.message)
        return None


def convert_picture(content: bytes) -> bytes:
    """A picture as an upright JPEG of at most 1400 pixels a side, never enlarged; of an animation its first frame.

    Raises:
        UnsupportedSource: it is no picture that can be decoded, is broken, or is too large or too small.
    """
    try:
        facts = inspect_picture(content, _LIMITS)
        if min(facts.width, facts.height) < MIN_SIDE_PX:
            raise UnsupportedSource(
                f"the picture has {facts.width} x {facts.height} pixels; at least {MIN_SIDE_PX} a side can be used"
            )
        return _to_jpeg(decode_picture(content, _LIMITS, max_side_px=SIDE_PX))
    except InvalidRequest as error:
        raise UnsupportedSource(error.message) from error


def _to_jpeg(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=_QUALITY, optimize=True)
    return file.getvalue()


def draw_cover(text: CoverText) -> bytes:
    """A square JPEG of 1400 pixels a side; the same text gives the same picture.

    The colours are those of the site, shaded by the title. Letters that the font lacks are replaced by their like; a
    title that has few of its letters left gives way to a pattern of its own.

    Raises:
        UnsupportedSource: this Pillow cannot draw letters.
    """
    digest = hashlib.sha256((text.site or text.author or "").encode()).digest()
    shade = hashlib.sha256(text.title.encode()).digest()
    image = _draw_ground(digest, shade)
    draw = ImageDraw.Draw(image)
    title = _spell(text.title)
    if title:
        _draw_title(draw, title)
    else:
        _draw_pattern(draw, shade)
    draw.rectangle((_MARGIN_PX, 1020, _MARGIN_PX + 150, 1030), fill=_shade(digest[0], 0.35, 1.0))
    for line, size_px, bottom_px in (
        (_spell(text.site or ""), _SITE_SIZE_PX, _SITE_BOTTOM_PX),
        (_spell(text.author or ""), _AUTHOR_SIZE_PX, _AUTHOR_BOTTOM_PX),
    ):
        if line and line != title:
            shown = _shorten(line, _font(size_px))
            draw.text((_MARGIN_PX, bottom_px), shown, font=_font(size_px), fill=(255, 255, 255, 255), anchor="ls")
    return _to_jpeg(image)


def _draw_ground(digest: bytes, shade: bytes) -> Image.Image:
    # A square that is 1.4 times as wide covers this one however it is turned.
    side_px = SIDE_PX * 7 // 5 + 2
    ramp = Image.linear_gradient("L").resize((side_px, side_px)).rotate(25 * (shade[0] % 3) - 25)
    corner_px = (side_px - SIDE_PX) // 2
    ramp = ramp.crop((corner_px, corner_px, corner_px + SIDE_PX, corner_px + SIDE_PX))
    first = Image.new("RGB", (SIDE_PX, SIDE_PX), _shade(digest[0] + shade[1] // 16, 0.62, 0.30))
    second = Image.new("RGB", (SIDE_PX, SIDE_PX), _shade(digest[0] + 24 + digest[1] // 5, 0.58, 0.55))
    return Image.composite(second, first, ramp)


def _shade(hue: int, saturation: float, value: float) -> tuple[int, int, int]:
    """A colour from a hue of 0 to 255, which goes round."""
    red, green, blue = colorsys.hsv_to_rgb(hue % 256 / 256, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def _draw_title(draw: ImageDraw.ImageDraw, title: str) -> None:
    width_px = SIDE_PX - 2 * _MARGIN_PX
    for size_px in _TITLE_SIZES_PX:
        font = _font(size_px)
        n_lines = int(_TITLE_HEIGHT_PX / (size_px * _LINE))
        lines = _wrap(title, font, width_px)
        if len(lines) <= n_lines and all(font.getlength(line) <= width_px for line in lines):
            break
    else:
        lines = [_shorten(line, font) for line in lines[:n_lines]]
        lines[-1] = _shorten(lines[-1] + " ...", font)
    for number, line in enumerate(lines):
        at = (_MARGIN_PX, _TITLE_TOP_PX + round(number * size_px * _LINE))
        draw.text(at, line, font=font, fill="white", stroke_width=max(1, size_px // 50), stroke_fill="white")


def _wrap(title: str, font: ImageFont.FreeTypeFont, width_px: int) -> list[str]:
    lines: list[str] = []
    for word in title.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= width_px:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _shorten(line: str, font: ImageFont.FreeTypeFont) -> str:
    """The line, or as much of it as fits between the margins."""
    width_px = SIDE_PX - 2 * _MARGIN_PX
    if font.getlength(line) <= width_px:
        return line
    while line and font.getlength(f"{line}...") > width_px:
        line = line[:-1]
    return f"{line.rstrip(' .')}..."


def _draw_pattern(draw: ImageDraw.ImageDraw, shade: bytes) -> None:
    """Squares that mirror each other, as many sites draw for people without a picture."""
    side_px, n_columns = 150, 5
    left_px = (SIDE_PX - n_columns * side_px) // 2
    for row in range(n_columns):
        for column in range(n_columns):
            bit = row * 3 + min(column, n_columns - 1 - column)
            if shade[2 + bit // 8] >> bit % 8 & 1:
                x_px, y_px = left_px + column * side_px, _TITLE_TOP_PX + row * side_px
                draw.rounded_rectangle((x_px + 6, y_px + 6, x_px + side_px - 6, y_px + side_px - 6), 18, fill="white")


def _spell(text: str) -> str:
    """The text in letters that the font has; empty where that leaves less than three quarters of them."""
    folded = unicodedata.normalize("NFKD", text.translate(_REPLACED))
    base = [character for character in folded if not unicodedata.combining(character)]
    kept = "".join(character for character in base if character.isspace() or _has_glyph(character))
    n_letters = sum(character.isalnum() for character in base)
    n_kept = sum(character.isalnum() for character in kept)
    return " ".join(kept.split()) if n_kept * 4 >= n_letters * 3 and n_kept else ""


@lru_cache(maxsize=4096)
def _has_glyph(character: str) -> bool:
    if not character.isprintable():
        return False
    return bytes(_font(40).getmask(character)) != bytes(_font(40).getmask("\uffff"))


@lru_cache(maxsize=32)
def _font(size_px: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size=size_px)
    if not isinstance(font, ImageFont.FreeTypeFont):  # Pillow was built without FreeType
        raise UnsupportedSource("this Pillow has no scalable font, so no cover can be drawn")
    return font
