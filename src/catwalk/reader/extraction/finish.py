"""From raw blocks to those of an article: what repeats the title, the byline or another block is taken out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from catwalk.reader.article import Block, BlockKind
from catwalk.reader.extraction.dates import find_date
from catwalk.reader.extraction.inline import fold

_N_OPENING = 8
_DATELINE_WORDS = {
    *(
        "a",
        "and",
        "at",
        "by",
        "comment",
        "comments",
        "created",
        "date",
        "edited",
        "filed",
        "fri",
        "friday",
        "from",
        "in",
        "last",
        "min",
    ),
    *(
        "minute",
        "minutes",
        "modified",
        "mon",
        "monday",
        "no",
        "of",
        "on",
        "over",
        "post",
        "posted",
        "published",
        "publication",
        "read",
    ),
    *(
        "reading",
        "reply",
        "replies",
        "sat",
        "saturday",
        "sun",
        "sunday",
        "the",
        "thu",
        "thursday",
        "time",
        "to",
        "tue",
        "tuesday",
        "under",
    ),
    *(
        "update",
        "updated",
        "was",
        "wed",
        "wednesday",
        "written",
        "years",
        "year",
        "ago",
        "am",
        "pm",
        "et",
        "est",
        "gmt",
        "utc",
        "pst",
        "edt",
    ),
}
_BOILERPLATE = re.compile(
    r"""(?:
      advertisements? | advertising | sponsored | story\ continues\ below(?:\ advertisement)? | read\ more
      | continue\ reading(?:\ (?:the\ )?(?:main\ )?(?:story|below))? | print | e-?mail | tweet | pin\ it | like\ this
      | share(?:\ this)?(?:\ (?:article|post|story|page|on\ (?:facebook|twitter|x)))? | copy(?:\ link)?
      | loading\W* | skip\ (?:to|advert\w*).* | toggle\ .* | back\ to\ top | sign\ up | subscribe(?:\ now)?
      | (?:leave|post|add)\ a\ (?:comment|reply) | comments? | view\ (?:all\ )?comments?
      | related(?:\ (?:articles|posts|stories|content))? | click\ to\ enlarge
      | view\ (?:larger|full[-\ ]size)(?:\ image)? | image | photo
      | [\d.,]+k?\ (?:claps?|comments?|likes?|repl(?:y|ies)|responses?|shares?|views?)
    )[\s.…»>]*""",
    re.IGNORECASE | re.VERBOSE,
)

_TEASERS = re.compile(
    r"(?:more|latest|recent|popular|recommended|related|further)\s(?:articles|content|from|in|news|posts|reading\sfrom|stories"
    r"|to\sread)\b|recommended\sfor\syou|you\s(?:may|might|will)\salso\s(?:enjoy|like)|(?:read|up)\snext\b"
    r"|keep\sreading|what\sto\sread\snext|ready\sfor\smore|discussion\sabout\sthis\spost|responses\b",
    re.IGNORECASE,
)
_MAX_TEASED = 0.25
"""Share of the whole up to which what follows such a heading is taken for teasers."""


def finish_blocks(
    blocks: Sequence[Block], *, title: str, author: str | None, pulled: Iterable[str]
) -> tuple[Block, ...]:
    """The blocks of an article, numbered, without what would be heard twice."""
    kept = [block for block in blocks if not _is_boilerplate(block)]
    kept = _drop_title(kept, title)
    kept = _drop_byline(kept, title, author)
    kept = _drop_repeats(kept, frozenset(pulled))
    kept = _cut_after_end(kept)
    while kept and kept[-1].kind is BlockKind.HEADING:
        kept.pop()
    return tuple(replace(block, id=f"b{number}") for number, block in enumerate(kept, 1))


def _cut_after_end(blocks: list[Block]) -> list[Block]:
    """Without the teasers of other posts at the end, which begin with a heading that says so."""
    lengths = [len(block.text) for block in blocks]
    for place, block in enumerate(blocks):
        is_short = sum(lengths[place:]) < _MAX_TEASED * sum(lengths)
        if block.kind is BlockKind.HEADING and is_short and _TEASERS.match(block.text):
            return [*blocks[:place], *(block for block in blocks[place:] if block.kind is BlockKind.FOOTNOTE)]
    return blocks


def squash(text: str) -> str:
    """The letters and digits of a text, for comparing."""
    return re.sub(r"[\W_]+", "", text).casefold()


def _is_boilerplate(block: Block) -> bool:
    return (
        block.kind in {BlockKind.PARAGRAPH, BlockKind.HEADING}
        and len(block.text) < 60
        and bool(_BOILERPLATE.fullmatch(block.text))
    )


def _drop_title(blocks: list[Block], title: str) -> list[Block]:
    wanted = squash(title)
    for place, block in enumerate(blocks[:_N_OPENING]):
        if block.kind in {BlockKind.HEADING, BlockKind.PARAGRAPH} and wanted and squash(block.text) == wanted:
            if block.kind is BlockKind.PARAGRAPH and len(blocks) == 1:
                break
            return blocks[:place] + blocks[place + 1 :]
    return blocks


def _drop_byline(blocks: list[Block], title: str, author: str | None) -> list[Block]:
    """Without the lines before the text that only name the author and the date."""
    kept: list[Block] = []
    for place, block in enumerate(blocks):
        if place >= _N_OPENING or (block.kind is BlockKind.PARAGRAPH and len(block.text) > 150):
            return kept + blocks[place:]
        if not (
            block.kind in {BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.LIST} and _is_byline(block.text, author)
        ):
            kept.append(block)
    return kept


def _is_byline(text: str, author: str | None) -> bool:
    if len(text) > 160:
        return False
    rest = text
    found = find_date(rest)
    has_date = found is not None
    if has_date and author and squash(author) in squash(text):
        return True
    while found is not None:
        rest = rest[: found[1]] + " " + rest[found[2] :]
        found = find_date(rest)
    rest, n_numeric = re.subn(r"\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b|\b\d{1,2}:\d{2}\b|@\w+", " ", rest)
    has_date = has_date or n_numeric > 0
    names = {word.casefold() for word in re.findall(r"[^\W\d_]+", author or "")}
    words = [word.casefold() for word in re.findall(r"[^\W\d_]+", rest)]
    if not has_date and not (names and names <= set(words)):
        return False
    return all(word in _DATELINE_WORDS or word in names or len(word) == 1 for word in words)


def _drop_repeats(blocks: list[Block], pulled: frozenset[str]) -> list[Block]:
    """Without pull quotes whose words stand elsewhere, and without a picture given twice in a row."""
    words = {place: squash(block.text) for place, block in enumerate(blocks) if block.text}
    kept: list[Block] = []
    for place, block in enumerate(blocks):
        if (
            block.text
            and block.text in pulled
            and any(words[place].strip("“”\"'") in text for other, text in words.items() if other != place)
        ):
            continue
        last = kept[-1] if kept else None
        if last is not None and _shows_same(last, block):
            kept[-1] = last if last.caption or not block.caption else block
            continue
        kept.append(block)
    return kept


def _shows_same(one: Block, other: Block) -> bool:
    """Whether two pictures are one; icons may stand in a row."""
    if one.kind is not BlockKind.IMAGE or other.kind is not BlockKind.IMAGE or not other.src or other.alt == "":
        return False
    return _picture(one) == _picture(other)


def _picture(block: Block) -> str:
    return re.sub(r"[?#].*$", "", block.src or "")


def first_words(blocks: Sequence[Block], n_chars: int = 80) -> str:
    """The beginning of the text, for a title where the source names none."""
    text = next((fold(block.text) for block in blocks if block.text), "")
    sentence = re.split(r"(?<=[.!?。])\s", text, maxsplit=1)[0]
    if len(sentence) <= n_chars:
        return sentence
    return sentence[:n_chars].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"
