"""The words that open a reading: title, author and date."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from catwalk.reader.article import Article, Block, BlockKind
from catwalk.reader.descriptions import WHOLE_POST
from catwalk.reader.scripting.prose import speak_text
from catwalk.reader.scripting.utterance import Manner, Utterance

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def speak_opening(manner: Manner, article: Article) -> list[Utterance]:
    """The title, a line with the author and the date where the source names them, and what a model says of the post."""
    pauses = manner.policy.pauses
    utterances = speak_text(manner, article.title, end_s=pauses.title_s)
    byline = ", ".join(part for part in (_by(article.author), _say_date(article.published)) if part)
    if byline:
        utterances += speak_text(manner, byline, end_s=pauses.opening_s)
    if said := manner.descriptions.get(WHOLE_POST):
        utterances += speak_text(manner, said.text, lead="In short:", end_s=pauses.opening_s)
    if utterances:
        utterances[-1] = replace(utterances[-1], pause_s=pauses.opening_s)
    return utterances


def repeats_title(article: Article, block: Block) -> bool:
    """Whether a block is the post's own headline, which the opening has spoken."""
    return block.kind is BlockKind.HEADING and _letters(block.text) == _letters(article.title)


def _by(author: str | None) -> str:
    author = " ".join((author or "").split())
    if not author:
        return ""
    return author if author.lower().startswith("by ") else f"By {author}"


def _say_date(published: str | None) -> str:
    """``2024-02-16T…`` as "February 16, 2024"; nothing where it is no date."""
    match = re.match(r"(\d{4}-\d{2}-\d{2})", published or "")
    if match is None:
        return ""
    try:
        day = date.fromisoformat(match[1])
    except ValueError:
        return ""
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"


def _letters(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())
