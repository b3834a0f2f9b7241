"""What each kind of block becomes: one function per kind, and a table that says which."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from catwalk.reader.article import Block, BlockKind, Link, ListItem
from catwalk.reader.scripting.code_summary import describe_code, is_readable
from catwalk.reader.scripting.embed_speech import describe_embed
from catwalk.reader.scripting.image_speech import render_image
from catwalk.reader.scripting.markup import links_within
from catwalk.reader.scripting.math_speech import speak_math
from catwalk.reader.scripting.prose import end_sentence, speak_framing, speak_text
from catwalk.reader.scripting.table_speech import render_table
from catwalk.reader.scripting.utterance import Manner, Rendition, Utterance

NOTHING_TO_SPEAK = "has no words that can be spoken"

_SCENE_BREAK = re.compile(r"[\s*\-–—_~=+#.·•∗⁂❦❧☙✦✧✻✽❖◆◇■□]+")
_ATTRIBUTION_MARKS = "—–-―~ "
_NOTES_HEADING = re.compile(r"(?:foot|end)?notes?:?", re.IGNORECASE)
_PROMPT = re.compile(r"^\s*(?:\$|%|>|>>>)\s+")


def render(manner: Manner, block: Block) -> Rendition:
    """Say what becomes of a block."""
    return _RENDERERS[block.kind](manner, block)


def is_long_footnote(manner: Manner, text: str) -> bool:
    """Whether a footnote is too long to be read in the middle of a paragraph."""
    return len(text.split()) > manner.policy.long_footnote_words


def render_footnote(manner: Manner, block: Block, *, is_first: bool, in_place: bool) -> Rendition:
    """Say what becomes of a footnote.

    Args:
        manner: Policy, pronunciation, descriptions.
        block: The footnote, or one of the blocks that it consists of.
        is_first: Whether it is the first block of its label.
        in_place: Whether it is read after the sentence that refers to it.
    """
    if manner.policy.footnotes == "skip":
        return _skipped("footnotes")
    lead = ""
    if is_first:
        numbered = not in_place and block.note is not None and block.note.isdigit()
        lead = f"Footnote {manner.pronounce(block.note or '')}:" if numbered else "Footnote:"
    utterances = speak_text(manner, block.text, links=block.links, lead=lead, end_s=manner.policy.pauses.footnote_s)
    return _spoken(utterances)


def heads_footnotes(block: Block, following: Block | None) -> bool:
    """Whether a block is no more than the heading of a list of footnotes."""
    return (
        block.kind is BlockKind.HEADING
        and following is not None
        and following.kind is BlockKind.FOOTNOTE
        and _NOTES_HEADING.fullmatch(block.text.strip()) is not None
    )


def _render_heading(manner: Manner, block: Block) -> Rendition:
    if manner.policy.headings == "skip":
        return _skipped("headings")
    level = min(max(block.level or 1, 1), 6)
    return _spoken(speak_text(manner, block.text, end_s=manner.policy.pauses.after_heading_s[level - 1]))


def _render_paragraph(manner: Manner, block: Block) -> Rendition:
    pauses = manner.policy.pauses
    if block.text.strip() and _SCENE_BREAK.fullmatch(block.text):
        pause = Utterance(text="", spoken="", pause_s=pauses.scene_break_s)
        return Rendition((pause,), "a break between scenes; a pause stands for it")
    return _spoken(speak_text(manner, block.text, links=block.links, end_s=pauses.paragraph_s))


def _render_list(manner: Manner, block: Block) -> Rendition:
    if manner.policy.lists == "skip":
        return _skipped("lists")
    pauses = manner.policy.pauses
    utterances: list[Utterance] = []
    numbers: list[int | None] = []
    left: Sequence[Link] = block.links
    for item in block.items or (ListItem(block.text),):
        links, left = links_within(item.text, left)
        del numbers[item.depth :]
        numbers.extend([None] * (item.depth - len(numbers)))
        numbers.append(item.number)
        lead = _number(manner, numbers) if manner.policy.numbers else ""
        utterances += speak_text(manner, item.text, links=links, lead=lead, end_s=pauses.list_item_s)
    if utterances:
        utterances[-1] = replace(utterances[-1], pause_s=max(pauses.paragraph_s, utterances[-1].pause_s))
    return _spoken(utterances)


def _number(manner: Manner, numbers: list[int | None]) -> str:
    """The number of an item, with those of the items around it: "Two point one:"."""
    if numbers[-1] is None:
        return ""
    outline: list[str] = []
    for number in reversed(numbers):
        if number is None:
            break
        outline.insert(0, manner.pronounce(str(number)).strip(" .:"))
    words = " point ".join(outline)
    return f"{words[:1].upper()}{words[1:]}:" if words else ""


def _render_quote(manner: Manner, block: Block) -> Rendition:
    policy = manner.policy
    if policy.quotes == "skip":
        return _skipped("quotes")
    is_long = len(block.text.split()) > policy.long_quote_words
    source = (block.caption or "").strip(_ATTRIBUTION_MARKS)
    tail = "End of quote." if is_long and not source else ""
    lead = "Quote:"
    utterances = speak_text(manner, block.text, links=block.links, lead=lead, tail=tail, end_s=policy.pauses.block_s)
    if utterances and source:
        utterances[-1] = replace(utterances[-1], pause_s=policy.pauses.sentence_s)
        lead = "End of quote, from" if is_long else "That was"
        utterances += speak_text(manner, source, lead=lead, end_s=policy.pauses.block_s)
    notes = tuple(label for utterance in utterances for label in utterance.notes)
    if notes:  # no footnote may stand between a quote's beginning and its end
        utterances = [replace(utterance, notes=()) for utterance in utterances]
        utterances[-1] = replace(utterances[-1], notes=notes)
    return _spoken(utterances)


def _render_code(manner: Manner, block: Block) -> Rendition:
    policy = manner.policy
    if policy.code == "skip":
        return _skipped("code")
    if not block.text.strip():
        return Rendition((), NOTHING_TO_SPEAK)
    if policy.code == "read" or is_readable(block.text, policy.short_code_chars):
        return _spoken(_read_code(manner, block))
    said = manner.descriptions.get(block.id)
    utterances = _describe(manner, said.text, "Code:") if said else []
    by = said.model if said and utterances else "its parts"
    utterances = utterances or [_line(manner, describe_code(block.text, block.language))]
    if block.caption:
        utterances += speak_text(manner, block.caption, lead="Caption:", end_s=policy.pauses.block_s)
    return Rendition(tuple(utterances), f"code is described by {by}, not read out")


def _read_code(manner: Manner, block: Block) -> list[Utterance]:
    pauses = manner.policy.pauses
    utterances: list[Utterance] = []
    for row in block.text.splitlines():
        text = _PROMPT.sub("", row).strip().replace("`", "'")
        if text:
            utterances += speak_text(manner, f"`{text}`", end_s=pauses.sentence_s)
    if utterances:
        first, last = utterances[0], utterances[-1]
        utterances[-1] = replace(last, pause_s=pauses.block_s)
        utterances[0] = replace(utterances[0], spoken=f"Code: {first.spoken}")
    return utterances


def _render_math(manner: Manner, block: Block) -> Rendition:
    if manner.policy.math == "skip":
        return _skipped("formulas")
    if not block.text.strip():
        return Rendition((), NOTHING_TO_SPEAK)
    words = speak_math(block.text)
    pause_s = manner.policy.pauses.block_s
    if words is None:
        return Rendition(
            (speak_framing(manner, "A formula.", pause_s=pause_s),), "the formula has no short spoken form"
        )
    spoken = end_sentence(manner.pronounce(words))
    return Rendition((Utterance(text=block.text.strip(), spoken=spoken, pause_s=pause_s),))


def _render_embed(manner: Manner, block: Block) -> Rendition:
    if manner.policy.embeds == "skip":
        return _skipped("embeds")
    announcement = _line(manner, describe_embed(block))
    words = speak_text(manner, block.text, links=block.links, end_s=manner.policy.pauses.block_s)
    if words:
        return Rendition((replace(announcement, pause_s=manner.policy.pauses.sentence_s), *words))
    return Rendition((announcement,), "what is embedded is announced, not read")


def _describe(manner: Manner, description: str, lead: str) -> list[Utterance]:
    return speak_text(manner, description, lead=lead, end_s=manner.policy.pauses.block_s)


def _line(manner: Manner, text: str) -> Utterance:
    return speak_framing(manner, text, pause_s=manner.policy.pauses.block_s)


def _spoken(utterances: list[Utterance]) -> Rendition:
    return Rendition(tuple(utterances), None if utterances else NOTHING_TO_SPEAK)


def _skipped(what: str) -> Rendition:
    return Rendition((), f"the policy leaves {what} out")


_RENDERERS: dict[BlockKind, Callable[[Manner, Block], Rendition]] = {
    BlockKind.HEADING: _render_heading,
    BlockKind.PARAGRAPH: _render_paragraph,
    BlockKind.LIST: _render_list,
    BlockKind.QUOTE: _render_quote,
    BlockKind.CODE: _render_code,
    BlockKind.IMAGE: render_image,
    BlockKind.TABLE: render_table,
    BlockKind.MATH: _render_math,
    BlockKind.EMBED: _render_embed,
}
