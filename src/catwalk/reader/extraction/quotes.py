"""Block quotes: their text as one block, who said it, and what else stands in them."""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml.etree import _Element as Element

from catwalk.reader.article import Block, BlockKind, Link
from catwalk.reader.extraction.clutter import name_of
from catwalk.reader.extraction.inline import fold, shown_text

_FOLDED = {BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.QUOTE, BlockKind.LIST}
_SIGNED = re.compile(r"^\s*(?:[—–―]|--+|-\s)\s*(?=\S)")
_SIGNATURE = re.compile(
    r"(?<![a-z])(?:attribution|author|by-?line|cite|citation|source|signature|quote-?(?:author|source|by))(?![a-z])"
)
_MAX_SIGNATURE_CHARS = 200


def join_quote(element: Element, read: Callable[[Element], list[Block]], skipped: set[Element]) -> list[Block]:
    """The blocks of a quote: text, lists and headings as QUOTE, split only by code, tables, pictures and the like.

    A quote that holds the greater part of a page was set for its indent and is unwrapped.
    """
    signature = _find_signature(element, skipped)
    caption = None
    if signature is not None:
        caption = unsign(fold(" ".join(block.text for block in read(signature)))) or None
        skipped.add(signature)
    inner = read(element)
    if _is_only_indented(inner):
        return inner
    blocks: list[Block] = []
    lines: list[str] = []
    links: list[Link] = []

    def flush() -> None:
        if lines:
            blocks.append(Block(id="", kind=BlockKind.QUOTE, text="\n".join(lines), links=tuple(links)))
        lines.clear()
        links.clear()

    for block in inner:
        if block.kind in _FOLDED:
            if block.kind is BlockKind.QUOTE and block.caption and caption is None:
                caption = block.caption
            lines.append(_spell_list(block) if block.kind is BlockKind.LIST else block.text)
            links.extend(block.links)
        else:
            flush()
            blocks.append(block)
    lines[:] = "\n".join(lines).split("\n") if lines else []
    if caption is None and len(lines) > 1 and _SIGNED.match(lines[-1]) and len(lines[-1]) <= _MAX_SIGNATURE_CHARS:
        caption = unsign(lines.pop())
    flush()
    return _sign(blocks, caption)


def unsign(text: str) -> str:
    """Who is quoted, without the dash before the name."""
    return _SIGNED.sub("", text)


def _sign(blocks: list[Block], caption: str | None) -> list[Block]:
    if caption is None:
        return blocks
    for place in range(len(blocks) - 1, -1, -1):
        if blocks[place].kind is BlockKind.QUOTE:
            quote = blocks[place]
            signed = Block(id="", kind=BlockKind.QUOTE, text=quote.text, links=quote.links, caption=caption)
            return [*blocks[:place], signed, *blocks[place + 1 :]]
    return [*blocks, Block(id="", kind=BlockKind.PARAGRAPH, text=caption)]


def _spell_list(block: Block) -> str:
    return "\n".join(item.text if item.number is None else f"{item.number}. {item.text}" for item in block.items)


def _find_signature(element: Element, skipped: set[Element]) -> Element | None:
    """The last thing in a quote, where it names who said it."""
    if len(element) == 0:
        return None
    last = element[-1]
    if fold(last.tail or "") or last in skipped or not shown_text(last):
        return None
    if len(shown_text(last)) > _MAX_SIGNATURE_CHARS:
        return None
    if last.tag in {"footer", "cite", "figcaption"}:
        return last if len(element) > 1 or fold(element.text or "") else None
    if last.tag in {"p", "div", "small", "span"} and (len(element) > 1 or fold(element.text or "")):
        named = _SIGNATURE.search(name_of(last)) is not None
        alone = (
            len(last) == 1
            and last[0].tag == "cite"
            and not fold(last[0].tail or "")
            and not _SIGNED.sub("", fold(last.text or "") + " x")[:-1].strip("—–- ")
        )
        return last if named or alone else None
    return None


def _is_only_indented(inner: list[Block]) -> bool:
    n_headings = sum(block.kind is BlockKind.HEADING for block in inner)
    n_chars = sum(len(block.text) for block in inner)
    return n_headings >= 2 and n_chars > 4000
