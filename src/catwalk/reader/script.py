"""What is read of an article: lines and pauses, and a ledger of what became of every block."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from itertools import zip_longest

from catwalk.reader.article import Article, Block, BlockKind
from catwalk.reader.descriptions import WHOLE_POST, Description, Descriptions
from catwalk.reader.policy import ScriptPolicy
from catwalk.reader.pronounce import Lexicon, pronounce
from catwalk.reader.scripting.footnote_order import labels_of, place
from catwalk.reader.scripting.image_speech import gather_undescribed
from catwalk.reader.scripting.markup import plain_text
from catwalk.reader.scripting.opening import repeats_title, speak_opening
from catwalk.reader.scripting.renditions import heads_footnotes, is_long_footnote, render, render_footnote
from catwalk.reader.scripting.utterance import Manner, Rendition, Utterance

_DEFAULT_POLICY = ScriptPolicy()


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
    summary: Description | None = None
    """What a model says of the whole post, where the opening has it."""


def write_script(
    article: Article,
    policy: ScriptPolicy = _DEFAULT_POLICY,
    *,
    lexicon: Lexicon | None = None,
    descriptions: Descriptions | None = None,
) -> Script:
    """Turn an article into what is read of it.

    Every block is in the ledger once, in the order of the article; the lines are in reading order, which differs from
    it where a footnote is read after the sentence that refers to it.

    Args:
        article: As extracted; block ids are unique.
        policy: What becomes of each kind of block.
        lexicon: The user's and the show's pronunciations; None for the built-in ones alone.
        descriptions: What models said of blocks and of the post; None for nothing.
    """
    labels = frozenset(labels_of(article.blocks))
    manner = Manner(policy, partial(pronounce, lexicon=lexicon), labels, descriptions or {})
    in_place = _short_footnotes(manner, article)
    renditions = _render_blocks(manner, article, in_place)
    utterances = speak_opening(manner, article) if policy.opening else []
    lines = [_line(utterance, LineKind.TITLE) for utterance in utterances]
    if lines:
        lines[0] = replace(lines[0], chapter=article.title)
    chapter_level = _chapter_level(article, policy)
    for placed in place(article.blocks, renditions, policy=policy, in_place=in_place):
        line = _line(placed.utterance, _LINE_KINDS[placed.block.kind], placed.block.id)
        if placed.block.kind is BlockKind.HEADING and placed.starts_block:
            level = min(max(placed.block.level or 1, 1), 6)
            if lines:
                silence_s = max(lines[-1].pause_s, policy.pauses.before_heading_s[level - 1])
                lines[-1] = replace(lines[-1], pause_s=silence_s)
            if level <= chapter_level:
                line = replace(line, chapter=plain_text(placed.block.text, labels))
        lines.append(line)
    numbered = tuple(replace(line, id=f"l{count}") for count, line in enumerate(lines, start=1))
    summary = manner.descriptions.get(WHOLE_POST) if policy.opening else None
    return Script(numbered, tuple(_entry(block, renditions[block.id]) for block in article.blocks), summary)


def _render_blocks(manner: Manner, article: Article, in_place: frozenset[str]) -> dict[str, Rendition]:
    renditions: dict[str, Rendition] = {}
    begun: set[str] = set()
    headline_is_due = manner.policy.opening
    for block, following in zip_longest(article.blocks, article.blocks[1:]):
        if block.kind is BlockKind.FOOTNOTE:
            label = block.note or block.id
            renditions[block.id] = render_footnote(
                manner, block, is_first=label not in begun, in_place=label in in_place
            )
            begun.add(label)
        elif headline_is_due and repeats_title(article, block):
            renditions[block.id] = Rendition((), "repeats the title, which opens the reading")
            headline_is_due = False
        elif manner.policy.footnotes != "end" and heads_footnotes(block, following):
            renditions[block.id] = Rendition((), "heads the footnotes, which are read where they belong")
        else:
            renditions[block.id] = render(manner, block)
            headline_is_due = headline_is_due and block.kind is BlockKind.IMAGE
    return gather_undescribed(manner, article.blocks, renditions)


def _short_footnotes(manner: Manner, article: Article) -> frozenset[str]:
    if manner.policy.footnotes != "place":
        return frozenset()
    words: dict[str, str] = {}
    for block in article.blocks:
        if block.kind is BlockKind.FOOTNOTE and block.note:
            words[block.note] = f"{words.get(block.note, '')} {block.text}"
    return frozenset(label for label, text in words.items() if not is_long_footnote(manner, text))


def _chapter_level(article: Article, policy: ScriptPolicy) -> int:
    levels = [block.level or 1 for block in article.blocks if block.kind is BlockKind.HEADING]
    return max(policy.chapter_level, min(levels, default=1))


def _line(utterance: Utterance, kind: LineKind, block: str | None = None) -> Line:
    return Line(
        id="",
        kind=kind if utterance.spoken else LineKind.PAUSE,
        block=block,
        text=utterance.text,
        spoken=utterance.spoken,
        pause_s=utterance.pause_s,
    )


def _entry(block: Block, rendition: Rendition) -> LedgerEntry:
    if not rendition.speaks:
        return LedgerEntry(block.id, Fate.SKIPPED, rendition.reason)
    return LedgerEntry(block.id, Fate.SUMMARISED if rendition.reason else Fate.SPOKEN, rendition.reason)


_LINE_KINDS: dict[BlockKind, LineKind] = {
    BlockKind.HEADING: LineKind.HEADING,
    BlockKind.PARAGRAPH: LineKind.PROSE,
    BlockKind.LIST: LineKind.LIST,
    BlockKind.QUOTE: LineKind.QUOTE,
    BlockKind.CODE: LineKind.CODE,
    BlockKind.IMAGE: LineKind.IMAGE,
    BlockKind.TABLE: LineKind.TABLE,
    BlockKind.FOOTNOTE: LineKind.FOOTNOTE,
    BlockKind.MATH: LineKind.MATH,
    BlockKind.EMBED: LineKind.EMBED,
}
