"""Lines of text that were found in a picture, put in the order in which a person reads them."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_COLUMN_GAP = 0.4
"""Columns stand this many line heights apart; the words of a line come in one box."""

_PARAGRAPH_GAP = 0.75
_SAME_SIZE = 1.35
_FULL_LINE = 0.6
"""A line that fills less of its column ends its paragraph."""

_MAX_DEPTH = 60


@dataclass(frozen=True, slots=True)
class TextBox:
    """A line of text and the upright rectangle around it, in pixels from the upper left."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        """Pixels from top to bottom, at least one."""
        return max(self.bottom - self.top, 1.0)


def write_paragraphs(boxes: Sequence[TextBox]) -> str:
    """The text, a paragraph a line: columns one after the other where they stand side by side."""
    if not boxes:
        return ""
    line_px = statistics.median(box.height for box in boxes)
    return "\n".join(paragraph for column in _part(list(boxes), line_px, 0) for paragraph in _join(column))


def _part(boxes: list[TextBox], line_px: float, depth: int) -> list[list[TextBox]]:
    """Recursive cuts: between columns where a gap runs from top to bottom, else at the widest gap between rows."""
    if len(boxes) > 1 and depth < _MAX_DEPTH:
        for cut in (
            _cut(boxes, lambda box: (box.left, box.right), _COLUMN_GAP * line_px),
            _cut(boxes, lambda box: (box.top, box.bottom), _PARAGRAPH_GAP * line_px),
        ):
            if cut is not None:
                return [*_part(cut[0], line_px, depth + 1), *_part(cut[1], line_px, depth + 1)]
    return [_sort_rows(boxes)]


def _cut(
    boxes: Sequence[TextBox], span: Callable[[TextBox], tuple[float, float]], least_px: float
) -> tuple[list[TextBox], list[TextBox]] | None:
    """The boxes on both sides of the widest gap, or None where no gap is wide enough."""
    ordered = sorted(boxes, key=span)
    widest_px, at = least_px, 0
    end = span(ordered[0])[1]
    for index, box in enumerate(ordered[1:], 1):
        start, box_end = span(box)
        if start - end > widest_px:
            widest_px, at = start - end, index
        end = max(end, box_end)
    return (ordered[:at], ordered[at:]) if at else None


def _sort_rows(boxes: list[TextBox]) -> list[TextBox]:
    """From top to bottom; boxes whose middles lie within each other's height are one row, from left to right."""
    rows: list[list[TextBox]] = []
    for box in sorted(boxes, key=lambda box: box.top + box.bottom):
        if rows and (box.top + box.bottom) / 2 < rows[-1][0].bottom:
            rows[-1].append(box)
        else:
            rows.append([box])
    return [_merge(sorted(row, key=lambda box: box.left)) for row in rows]


def _merge(row: list[TextBox]) -> TextBox:
    return TextBox(
        " ".join(box.text for box in row),
        row[0].left,
        min(box.top for box in row),
        max(box.right for box in row),
        max(box.bottom for box in row),
    )


def _join(column: list[TextBox]) -> list[str]:
    """Lines that run on are one paragraph."""
    width_px = max(box.right for box in column) - min(box.left for box in column)
    paragraphs = [column[0].text]
    for before, box in itertools.pairwise(column):
        runs_on = (
            box.top - before.bottom < _PARAGRAPH_GAP * min(before.height, box.height)
            and max(before.height, box.height) < _SAME_SIZE * min(before.height, box.height)
            and before.right - before.left > _FULL_LINE * width_px
            and not before.text.endswith((":", ";"))
        )
        if not runs_on:
            paragraphs.append(box.text)
        elif paragraphs[-1].endswith("-") and paragraphs[-1][-2:-1].isalpha() and box.text[:1].islower():
            paragraphs[-1] = paragraphs[-1][:-1] + box.text
        else:
            paragraphs[-1] += f" {box.text}"
    return paragraphs
