"""The picture of an episode or a show: the post's own, or one that is drawn from its title."""

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
_TITLE_SIZES_PX = (300, 260, 224, 188, 164, 142, 124, 108, 94, 82, 72)
_TITLE_PX = 188
_SOFT_HYPHEN = "\N{SOFT HYPHEN}"
_MAX_WORD_CHARS = 20
"""A longer word is parted rather than drawn small."""

_LINE = 1.16
_SITE_SIZE_PX, _AUTHOR_SIZE_PX = 60, 48
_SITE_BOTTOM_PX = 1190
_AUTHOR_BOTTOM_PX = 1280
_RULE_TOP_PX, _RULE_WIDTH_PX, _RULE_HEIGHT_PX = 1020, 150, 10
"""On a picture of 1400 pixels a side; larger ones are larger throughout."""

_FACES = ("DejaVuSans-Bold.ttf", "NotoSans-Bold.ttf", "NotoSansCJK-Bold.ttc", "wqy-zenhei.ttc", "Arial Unicode.ttf")
"""Where the system has one of these, it draws the titles whose letters Pillow's own font lacks."""

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


def _to_jpeg(image: Image.Image, quality: int = _QUALITY) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality, optimize=True)
    return file.getvalue()


def draw_cover(
    text: CoverText,
    *,
    side_px: int = SIDE_PX,
    title_px: int = _TITLE_PX,
    hue: int | None = None,
    max_bytes: int | None = None,
) -> bytes:
    """A square JPEG; the same text gives the same picture on the same machine.

    The colours are those of the site, shaded by the title. Letters that Pillow's font lacks are drawn in a font of the
    system that has them all; where there is none, they are replaced by their like, and a title that has few of its
    letters left gives way to a pattern of its own.

    Args:
        text: What it says.
        side_px: Its width and height.
        title_px: Size of the title's letters at most, on a picture of 1400 pixels a side.
        hue: Of its colours, 0 to 255; None for one that follows from the site's name.
        max_bytes: It is compressed further until it fits.

    Raises:
        UnsupportedSource: this Pillow cannot draw letters.
    """
    digest = hashlib.sha256((text.site or text.author or "").encode(errors="replace")).digest()
    shade = hashlib.sha256(text.title.encode(errors="replace")).digest()
    hue = digest[0] if hue is None else hue
    image = _draw_ground(side_px, hue, digest[1], shade)
    canvas = _Canvas(ImageDraw.Draw(image), side_px / SIDE_PX, title_px)
    title = _Writing.of(text.title)
    if title:
        canvas.draw_title(title)
    else:
        canvas.draw_pattern(shade)
    canvas.draw_rule(_shade(hue, 0.35, 1.0))
    for line, size_px, bottom_px in (
        (_Writing.of(text.site or ""), _SITE_SIZE_PX, _SITE_BOTTOM_PX),
        (_Writing.of(text.author or ""), _AUTHOR_SIZE_PX, _AUTHOR_BOTTOM_PX),
    ):
        if line and line != title:
            canvas.draw_line(line, size_px, bottom_px)
    return _compress(image, max_bytes)


def _compress(image: Image.Image, max_bytes: int | None) -> bytes:
    for quality in (_QUALITY, 80, 70, 60, 45):
        content = _to_jpeg(image, quality)
        if max_bytes is None or len(content) <= max_bytes:
            break
    return content


def _draw_ground(side_px: int, hue: int, second_hue: int, shade: bytes) -> Image.Image:
    # A square that is 1.4 times as wide covers this one however it is turned.
    wide_px = side_px * 7 // 5 + 2
    ramp = Image.linear_gradient("L").resize((wide_px, wide_px)).rotate(25 * (shade[0] % 3) - 25)
    corner_px = (wide_px - side_px) // 2
    ramp = ramp.crop((corner_px, corner_px, corner_px + side_px, corner_px + side_px))
    first = Image.new("RGB", (side_px, side_px), _shade(hue + shade[1] // 16, 0.62, 0.30))
    second = Image.new("RGB", (side_px, side_px), _shade(hue + 24 + second_hue // 5, 0.58, 0.55))
    return Image.composite(second, first, ramp)


def _shade(hue: int, saturation: float, value: float) -> tuple[int, int, int]:
    """A colour from a hue of 0 to 255, which goes round."""
    red, green, blue = colorsys.hsv_to_rgb(hue % 256 / 256, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


@dataclass(frozen=True, slots=True)
class _Writing:
    """A text as it can be drawn."""

    text: str
    face: str | None
    """A font of the system; None for Pillow's own."""

    @classmethod
    def of(cls, text: str) -> _Writing | None:
        """The text in letters that a font has; None where too few of them are left."""
        text = text.replace(_SOFT_HYPHEN, "")
        whole = unicodedata.normalize("NFC", " ".join(text.split()))
        face = None if _is_whole(whole) else _find_face(whole)
        if face:
            return cls(whole, face)
        own = _spell(text)
        return cls(own, None) if own else None

    @property
    def runs_left(self) -> bool:
        """Whether the text is written from right to left."""
        strong = (unicodedata.bidirectional(character) for character in self.text)
        return next((kind != "L" for kind in strong if kind in {"L", "R", "AL"}), False)

    def font(self, size_px: int) -> ImageFont.FreeTypeFont:
        return _font(size_px, self.face)

    def split(self) -> list[str]:
        """Pieces between which a line may end: words, and signs of scripts that part no words."""
        pieces: list[str] = []
        for word in self.text.split():
            for number, piece in enumerate(_split_signs(word)):
                pieces.append(f" {piece}" if number == 0 and pieces else piece)
        return pieces


def _split_signs(word: str) -> list[str]:
    n_parts = -(-len(word) // _MAX_WORD_CHARS)
    pieces = [""]
    for character in word:
        is_sign = unicodedata.east_asian_width(character) in {"W", "F"} and character.isalnum()
        if is_sign and pieces[-1]:
            pieces.append(character)
        elif len(pieces[-1]) * n_parts >= len(word) > _MAX_WORD_CHARS:
            pieces[-1] += _SOFT_HYPHEN
            pieces.append(character)
        else:
            pieces[-1] += character
    return pieces


@dataclass(frozen=True, slots=True)
class _Canvas:
    """A picture that is drawn on; lengths are those of a picture of 1400 pixels a side."""

    draw: ImageDraw.ImageDraw
    scale: float
    title_px: int

    def px(self, length_px: float) -> int:
        return round(length_px * self.scale)

    @property
    def width_px(self) -> int:
        return self.px(SIDE_PX - 2 * _MARGIN_PX)

    def draw_title(self, title: _Writing) -> None:
        for size_px in (size_px for size_px in _TITLE_SIZES_PX if size_px <= self.title_px):
            font = title.font(self.px(size_px))
            n_lines = int(_TITLE_HEIGHT_PX / (size_px * _LINE))
            lines = self._wrap(title, font)
            if len(lines) <= n_lines and all(font.getlength(line) <= self.width_px for line in lines):
                break
        else:
            lines = [self._shorten(line, font) for line in lines[:n_lines]]
            lines[-1] = self._shorten(lines[-1] + " ...", font)
        # Pillow's own font has one weight; those of the system are bold already.
        stroke_px = 0 if title.face else max(1, self.px(size_px / 50))
        x_px, anchor = self._edge(title)
        for number, line in enumerate(lines):
            at = (x_px, self.px(_TITLE_TOP_PX + number * size_px * _LINE))
            self.draw.text(
                at, line, font=font, fill="white", stroke_width=stroke_px, stroke_fill="white", anchor=anchor + "a"
            )

    def draw_line(self, line: _Writing, size_px: int, bottom_px: int) -> None:
        font = line.font(self.px(size_px))
        shown = self._shorten(line.text, font)
        x_px, anchor = self._edge(line)
        self.draw.text((x_px, self.px(bottom_px)), shown, font=font, fill=(255, 255, 255, 255), anchor=anchor + "s")

    def draw_rule(self, colour: tuple[int, int, int]) -> None:
        left_px, top_px = self.px(_MARGIN_PX), self.px(_RULE_TOP_PX)
        corner = (left_px + self.px(_RULE_WIDTH_PX), top_px + self.px(_RULE_HEIGHT_PX))
        self.draw.rectangle((left_px, top_px, *corner), fill=colour)

    def draw_pattern(self, shade: bytes) -> None:
        """Squares that mirror each other, as many sites draw for people without a picture."""
        side_px, n_columns = 150, 5
        left_px = (SIDE_PX - n_columns * side_px) // 2
        for row in range(n_columns):
            for column in range(n_columns):
                bit = row * 3 + min(column, n_columns - 1 - column)
                if shade[2 + bit // 8] >> bit % 8 & 1:
                    x_px, y_px = left_px + column * side_px, _TITLE_TOP_PX + row * side_px
                    corners = [self.px(at) for at in (x_px + 6, y_px + 6, x_px + side_px - 6, y_px + side_px - 6)]
                    self.draw.rounded_rectangle(corners, self.px(18), fill="white")

    def _edge(self, text: _Writing) -> tuple[int, str]:
        if text.runs_left:
            return self.px(SIDE_PX - _MARGIN_PX), "r"
        return self.px(_MARGIN_PX), "l"

    def _wrap(self, title: _Writing, font: ImageFont.FreeTypeFont) -> list[str]:
        lines: list[str] = []
        for piece in title.split():
            longer = f"{lines[-1].removesuffix(_SOFT_HYPHEN)}{piece}" if lines else piece
            if lines and font.getlength(longer.replace(_SOFT_HYPHEN, "-")) <= self.width_px:
                lines[-1] = longer
            else:
                lines.append(piece.strip())
        return [line.replace(_SOFT_HYPHEN, "-") for line in lines]

    def _shorten(self, line: str, font: ImageFont.FreeTypeFont) -> str:
        """The line, or as much of it as fits between the margins."""
        if font.getlength(line) <= self.width_px:
            return line
        while line and font.getlength(f"{line}...") > self.width_px:
            line = line[:-1]
        return f"{line.rstrip(' .')}..."


def _spell(text: str) -> str:
    """The text in letters that Pillow's font has; empty where that leaves less than three quarters of them."""
    folded = unicodedata.normalize("NFKD", text.translate(_REPLACED))
    base = "".join(character for character in folded if not unicodedata.combining(character))
    kept = "".join(character for character in base if character.isspace() or _has_glyph(character))
    n_letters = sum(character.isalnum() for character in base)
    n_kept = sum(character.isalnum() for character in kept)
    return " ".join(kept.split()) if n_kept * 4 >= n_letters * 3 and n_kept else ""


def _is_whole(text: str) -> bool:
    """Whether Pillow's font has every letter, with its accents."""
    return all(_has_glyph(letter) for letter in unicodedata.normalize("NFC", text) if letter.isalpha())


def _find_face(text: str) -> str | None:
    """A font of the system that has every letter of the text."""
    letters = {character for character in text if not character.isspace() and character.isprintable()}
    faces = (face for face in _FACES if _has_face(face))
    return next((face for face in faces if letters and all(_has_glyph(letter, face) for letter in letters)), None)


@lru_cache(maxsize=4096)
def _has_glyph(character: str, face: str | None = None) -> bool:
    if not character.isprintable():
        return False
    font = _font(40, face)
    return bytes(font.getmask(character)) != bytes(font.getmask("\uffff"))


@lru_cache(maxsize=8)
def _has_face(face: str) -> bool:
    try:
        ImageFont.truetype(face, 40)
    except OSError:
        return False
    return True


@lru_cache(maxsize=32)
def _font(size_px: int, face: str | None = None) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(face, size_px) if face else ImageFont.load_default(size=size_px)
    if not isinstance(font, ImageFont.FreeTypeFont):  # Pillow was built without FreeType
        raise UnsupportedSource("this Pillow has no scalable font, so no cover can be drawn")
    return font
