"""What is read of an article: lines and pauses, and a ledger of what became of every block."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class LineKind(StrEnum):
    """What a line is for."""

    TITLE = "title"
    HEADING = "heading"
    PROSE = "prose"
    QUOTE = "quote"
    LIST = "list"
    CODE = "code"
    IMAGE = "image"
    TABLE = "table"
    FOOTNOTE = "footnote"
    MATH = "math"
    EMBED = "embed"
    PAUSE = "pause"


class Fate(StrEnum):
    """What became of a block."""

    SPOKEN = "spoken"
    SUMMARISED = "summarised"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Line:
    """One utterance, or one pause."""

    id: str
    """``l1``, ``l2``, … in reading order."""

    kind: LineKind
    block: str | None
    """Id of the block that it comes from; None for the opening."""

    text: str
    """What the source says, or what stands in for it (a description of code); empty for a pause."""

    spoken: str
    """What the voice is given: normalised, one sentence."""

    pause_s: float
    """Silence after the line, in seconds."""

    chapter: str | None = None
    """Title of the chapter that starts with this line."""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What became of one block, and why."""

    block: str
    fate: Fate
    reason: str | None = None
    """Why it was summarised or skipped; None where it was spoken."""


@dataclass(frozen=True, slots=True)
class Script:
    """What is read, in order."""

    lines: tuple[Line, ...]
    ledger: tuple[LedgerEntry, ...]
