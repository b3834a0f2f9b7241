"""How each kind of block is read: what is spoken, what is described, and how long the silences are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Reading = Literal["read", "skip"]
"""Read a kind of block, or leave it out (the ledger says so)."""

CodeReading = Literal["describe", "read", "skip"]
ImageReading = Literal["describe", "skip"]
FootnoteReading = Literal["place", "section", "end", "skip"]


@dataclass(frozen=True, slots=True)
class Pauses:
    """Silence after what was spoken, in seconds."""

    clause_s: float = 0.15
    """Inside a sentence that is too long for one line."""

    sentence_s: float = 0.35
    question_s: float = 0.45
    """After a sentence that ends in ``?`` or ``!``."""

    ellipsis_s: float = 0.5
    """After a sentence that trails off."""

    colon_s: float = 0.4
    """After a block that ends in a colon: what it announces follows."""

    list_item_s: float = 0.45
    paragraph_s: float = 0.7
    block_s: float = 0.8
    """After a quote, a table, code, an image, an embed or a displayed formula."""

    footnote_s: float = 0.6
    title_s: float = 0.7
    """Between the title and the author."""

    opening_s: float = 1.2
    """Between the opening and the post."""

    before_heading_s: tuple[float, ...] = (1.4, 1.4, 1.2, 1.0, 0.9, 0.9)
    """By level, 1 first; the silence before the heading is at least this."""

    after_heading_s: tuple[float, ...] = (0.9, 0.9, 0.8, 0.7, 0.6, 0.6)
    """By level, 1 first."""

    scene_break_s: float = 1.4
    """In place of a row of asterisks or a rule."""


@dataclass(frozen=True, slots=True)
class ScriptPolicy:
    """What becomes of each kind of block."""

    opening: bool = True
    """Whether title, author and date are spoken first."""

    headings: Reading = "read"
    chapter_level: int = 3
    """Headings of this level and above it (1 is the top) start a chapter. Where a post has only lower headings, its
    highest ones do."""

    lists: Reading = "read"
    numbers: bool = True
    """Whether the numbers of an ordered list are spoken."""

    quotes: Reading = "read"
    long_quote_words: int = 40
    """A quote of more words is closed with "End of quote."."""

    link_notes: bool = True
    """Whether "(link in post)" follows a link whose text says nothing without it, such as "here"."""

    long_url_chars: int = 40
    """A bare address that is longer is spoken as a link to its host."""

    code: CodeReading = "describe"
    short_code_chars: int = 60
    """A single line of code, mostly words and no longer than this, is read out all the same."""

    images: ImageReading = "describe"
    tables: Reading = "read"
    large_table_cells: int = 60
    """A table of more cells is summarised: its size and its columns."""

    footnotes: FootnoteReading = "place"
    """``place``: short ones after the sentence that refers to them, long ones at the end of the section; ``section``
    and ``end``: all of them there."""

    long_footnote_words: int = 60
    """A footnote of more words waits for the end of the section."""

    math: Reading = "read"
    embeds: Reading = "read"
    pauses: Pauses = field(default_factory=Pauses)
    line_chars: int = 250
    """A sentence whose spoken form is longer is parted at its clauses."""
