"""A comparison as a picture: how alike the voices are, and where their recordings lie."""

from __future__ import annotations

import colorsys
import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from catwalk.audio.likeness import lay_out
from catwalk.casting.compare import Comparison

_SCALE = 2
"""Everything is drawn this much larger than its nominal size, for sharp screens."""

_CELL_PX = 84
_LABEL_PX = 190
_MAP_PX = 460
_MARGIN_PX = 36
_TITLE_PX = 64
_DOT_PX = 7
_TEXT_SIZE_PX, _TITLE_SIZE_PX, _NOTE_SIZE_PX = 15, 19, 12
_MAX_LABEL_CHARS = 22

_INK, _SOFT, _PAPER, _GRID = (32, 36, 44), (112, 118, 128), (255, 255, 255), (226, 229, 234)
_LOW, _MIDDLE, _HIGH = (243, 245, 248), (138, 178, 214), (22, 78, 122)
"""Cells from different speakers to the same one."""

_FLOOR, _CEILING = 0.5, 1.0
"""Likeness at both ends of the colours: different speakers score 0.5 to 0.75."""

Colour = tuple[int, int, int]
Place = tuple[float, float]


def draw_comparison(comparison: Comparison) -> bytes:
    """A PNG: the matrix of likeness on the left, a map of all recordings on the right."""
    n_groups = len(comparison.groups)
    matrix_px = _LABEL_PX + n_groups * _CELL_PX
    width = _MARGIN_PX + matrix_px + 2 * _MARGIN_PX + _MAP_PX + _MARGIN_PX
    height = _TITLE_PX + max(n_groups * _CELL_PX + _LABEL_PX // 2, _MAP_PX) + 2 * _MARGIN_PX
    sheet = _Sheet(width, height)
    _draw_matrix(sheet, comparison, (_MARGIN_PX, _TITLE_PX + _MARGIN_PX))
    _draw_map(sheet, comparison, (_MARGIN_PX + matrix_px + 2 * _MARGIN_PX, _TITLE_PX + _MARGIN_PX))
    return sheet.to_png()


class _Sheet:
    """A picture in nominal pixels."""

    def __init__(self, width: float, height: float) -> None:
        self._image = Image.new("RGB", (round(width * _SCALE), round(height * _SCALE)), _PAPER)
        self._draw = ImageDraw.Draw(self._image)
        self._fonts: dict[int, ImageFont.FreeTypeFont | ImageFont.ImageFont] = {}

    def box(self, at: Place, size: Place, *, fill: Colour | None = None, outline: Colour | None = None) -> None:
        corners = [(at[0] * _SCALE, at[1] * _SCALE), ((at[0] + size[0]) * _SCALE, (at[1] + size[1]) * _SCALE)]
        self._draw.rectangle(corners, fill=fill, outline=outline, width=_SCALE)

    def dot(self, at: Place, radius: float, fill: Colour, *, is_ring: bool = False) -> None:
        corners = [((x - radius) * _SCALE, (y - radius) * _SCALE) for x, y in [at]]
        corners += [((x + radius) * _SCALE, (y + radius) * _SCALE) for x, y in [at]]
        self._draw.ellipse(
            corners, fill=None if is_ring else fill, outline=fill if is_ring else _PAPER, width=2 * _SCALE
        )

    def text(self, at: Place, said: str, size_px: int, *, anchor: str = "la", fill: Colour = _INK) -> None:
        font = self._fonts.setdefault(size_px, ImageFont.load_default(size_px * _SCALE))
        plain = said.encode("latin-1", "replace").decode("latin-1")
        self._draw.text((at[0] * _SCALE, at[1] * _SCALE), plain, fill=fill, font=font, anchor=anchor)

    def to_png(self) -> bytes:
        buffer = io.BytesIO()
        self._image.save(buffer, "PNG", optimize=True)
        return buffer.getvalue()


def _draw_matrix(sheet: _Sheet, comparison: Comparison, at: Place) -> None:
    left, top = at
    sheet.text((left, top - _TITLE_PX), "How alike the voices are", _TITLE_SIZE_PX)
    sheet.text((left, top - _TITLE_PX + 28), "1 is the same; two speakers score 0.5 to 0.75", _NOTE_SIZE_PX, fill=_SOFT)
    likeness, within = comparison.likeness, comparison.within
    for row, group in enumerate(comparison.groups):
        y = top + row * _CELL_PX
        name = _shorten(group.name)
        sheet.text((left + _LABEL_PX - 12, y + _CELL_PX / 2 - 8), name, _TEXT_SIZE_PX, anchor="rm")
        note = f"{len(group.vectors)} recordings" if len(group.vectors) > 1 else "1 recording"
        inside = within[row]
        note += f", {inside:.2f} among them" if inside is not None else ""
        sheet.text((left + _LABEL_PX - 12, y + _CELL_PX / 2 + 11), note, _NOTE_SIZE_PX - 1, anchor="rm", fill=_SOFT)
        for column in range(len(comparison.groups)):
            value = float(likeness[row, column])
            colour = _shade(value)
            cell = (left + _LABEL_PX + column * _CELL_PX, y)
            sheet.box(cell, (_CELL_PX - 3, _CELL_PX - 3), fill=colour)
            ink = _PAPER if sum(colour) < 420 else _INK
            middle = (cell[0] + _CELL_PX / 2 - 1, cell[1] + _CELL_PX / 2 - 1)
            sheet.text(middle, f"{value:.2f}", _TITLE_SIZE_PX, anchor="mm", fill=ink)
    y = top + len(comparison.groups) * _CELL_PX + 8
    for column, group in enumerate(comparison.groups):
        centre = left + _LABEL_PX + (column + 0.5) * _CELL_PX - 1
        for line, piece in enumerate(_wrap(group.name, 13)[:3]):
            sheet.text((centre, y + 15 * line), piece, _NOTE_SIZE_PX, anchor="ma", fill=_SOFT)


def _draw_map(sheet: _Sheet, comparison: Comparison, at: Place) -> None:
    left, top = at
    sheet.text((left, top - _TITLE_PX), "Where their recordings lie", _TITLE_SIZE_PX)
    sheet.text((left, top - _TITLE_PX + 28), "a dot a recording, a ring its voice's middle", _NOTE_SIZE_PX, fill=_SOFT)
    sheet.box((left, top), (_MAP_PX, _MAP_PX), outline=_GRID)
    vectors = [vector for group in comparison.groups for vector in group.vectors]
    places = _fit_into(lay_out(vectors), _MAP_PX - 90) + np.array([left + _MAP_PX / 2, top + _MAP_PX / 2])
    start, labels = 0, []
    for index, group in enumerate(comparison.groups):
        own = places[start : start + len(group.vectors)]
        start += len(group.vectors)
        colour = _hue(index, len(comparison.groups))
        for x, y in own:
            sheet.dot((float(x), float(y)), _DOT_PX, colour)
        x, y = (float(value) for value in own.mean(axis=0))
        if len(own) > 1:
            sheet.dot((x, y), _DOT_PX * 2, colour, is_ring=True)
        labels.append((x, y - _DOT_PX * 2 - 8, _shorten(group.name), colour))
    for x, y, name, colour in _spread_out(labels):
        clear = min(max(x, left + 80), left + _MAP_PX - 80)
        sheet.text((clear, y), name, _TEXT_SIZE_PX, anchor="ms", fill=colour)


def _fit_into(places: NDArray[np.float64], side_px: float) -> NDArray[np.float64]:
    low, high = places.min(axis=0), places.max(axis=0)
    widest = float((high - low).max())
    return np.asarray((places - (low + high) / 2) * (side_px / widest if widest > 0 else 1.0))


def _spread_out(labels: Sequence[tuple[float, float, str, Colour]]) -> list[tuple[float, float, str, Colour]]:
    """Labels that would lie on one another, moved up."""
    placed: list[tuple[float, float, str, Colour]] = []
    for x, wanted_y, name, colour in sorted(labels, key=lambda label: -label[1]):
        y = wanted_y
        while any(abs(y - other[1]) < 18 and abs(x - other[0]) < 140 for other in placed):
            y -= 4
        placed.append((x, y, name, colour))
    return placed


def _shade(likeness: float) -> Colour:
    share = min(1.0, max(0.0, (likeness - _FLOOR) / (_CEILING - _FLOOR)))
    one, other, part = (_LOW, _MIDDLE, share * 2) if share < 0.5 else (_MIDDLE, _HIGH, share * 2 - 1)
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _hue(index: int, n: int) -> Colour:
    red, green, blue = colorsys.hls_to_rgb((0.58 + index / max(n, 1)) % 1.0, 0.40, 0.62)
    return round(red * 255), round(green * 255), round(blue * 255)


def _shorten(name: str) -> str:
    return name if len(name) <= _MAX_LABEL_CHARS else f"{name[: _MAX_LABEL_CHARS - 3]}..."


def _wrap(name: str, n_chars: int) -> list[str]:
    return [name[start : start + n_chars] for start in range(0, len(name), n_chars)]
