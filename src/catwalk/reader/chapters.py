"""Chapters of an episode, and the JSON file that tells players of them (Podcasting 2.0, JSON chapters 1.2.0)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from catwalk.reader.joining import Part

OPENING_S = 1.0
"""Silence before the first chapter belongs to it."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A stretch of the episode that has a title."""

    start_s: float
    end_s: float
    title: str
    url: str | None = None
    """Page that belongs to it."""

    image: str | None = None
    """Address of a picture that belongs to it."""


def find_chapters(spoken: Iterable[tuple[Part, float, float]], title: str, duration_s: float) -> tuple[Chapter, ...]:
    """The chapters that parts begin, from the first second to the last.

    What comes before the first chapter becomes one of the episode's own title, unless it is hardly a second.

    Args:
        spoken: Parts with the seconds at which they start and end.
        title: The episode's.
        duration_s: The episode's.
    """
    marks: list[tuple[float, Part | None]] = [(start_s, part) for part, start_s, _ in spoken if part.chapter]
    if marks and marks[0][0] < OPENING_S:
        marks[0] = (0.0, marks[0][1])
    else:
        marks.insert(0, (0.0, None))
    ends = [*(start_s for start_s, _ in marks[1:]), duration_s]
    return tuple(
        Chapter(start_s, end_s, part.chapter or title, part.chapter_url, part.chapter_image)
        if part
        else Chapter(start_s, end_s, title)
        for (start_s, part), end_s in zip(marks, ends, strict=True)
    )


def to_json(chapters: Iterable[Chapter], *, title: str, author: str | None) -> str:
    """The chapters file."""
    document: dict[str, Any] = {"version": "1.2.0", "title": title}
    if author:
        document["author"] = author
    document["chapters"] = [_to_entry(chapter) for chapter in chapters]
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _to_entry(chapter: Chapter) -> dict[str, Any]:
    entry: dict[str, Any] = {"startTime": round(chapter.start_s, 3), "title": chapter.title}
    if chapter.image:
        entry["img"] = chapter.image
    if chapter.url:
        entry["url"] = chapter.url
    return entry
