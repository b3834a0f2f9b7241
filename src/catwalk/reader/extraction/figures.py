"""Figures: the captions in them, and what they are captions of."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import replace

from lxml.etree import _Element as Element

from catwalk.reader.article import Block, BlockKind, Link
from catwalk.reader.extraction.clutter import name_of
from catwalk.reader.extraction.quotes import unsign

_CAPTION = re.compile(
    r"(?<![a-z])(?:captions?|figcaption|caption-?text|image-?(?:desc|description|credit)|wp-caption-text)(?![a-z])"
)
_CAPTIONED = (BlockKind.IMAGE, BlockKind.EMBED, BlockKind.TABLE, BlockKind.CODE, BlockKind.QUOTE, BlockKind.MATH)


def is_caption_name(name: str) -> bool:
    """Whether a class name is one for captions."""
    return bool(_CAPTION.search(name))


def is_image(block: Block) -> bool:
    """Whether a block is an image."""
    return block.kind is BlockKind.IMAGE


def find_captions(figure: Element, skipped: Container[Element]) -> list[Element]:
    """The captions of a figure, not of those inside it; by class name where none is marked up as one."""
    captions = [found for found in figure.iter("figcaption") if next(found.iterancestors("figure"), None) is figure]
    if not captions:
        named = (
            found
            for found in figure.iterdescendants()
            if found.find(".//img") is None and is_caption_name(name_of(found))
        )
        captions = [found for found in [next(named, None)] if found is not None]
    captions = [caption for caption in captions if caption not in skipped]
    for caption in captions:
        _part_credits(caption)
    return captions


def _part_credits(caption: Element) -> None:
    """Put a space between a caption and the credit after it, which only their style keeps apart."""
    for span in caption.iter("span", "cite", "small", "a"):
        before = span.getprevious()
        if before is not None and before.tag == span.tag and not before.tail:
            before.tail = " "


def add_caption(inner: list[Block], text: str, links: tuple[Link, ...], figure: Element) -> list[Block]:
    """The blocks of a figure, the last picture, table, code, quote or embed with the figure's caption."""
    if not text:
        return inner
    for place in range(len(inner) - 1, -1, -1):
        block = inner[place]
        if block.kind in _CAPTIONED:
            text = unsign(text) if block.kind is BlockKind.QUOTE else text
            caption = f"{block.caption} {text}" if block.caption and block.caption != text else text
            return [*inner[:place], replace(block, caption=caption, links=block.links + links), *inner[place + 1 :]]
    missing = next(figure.iter("img", "picture", "svg", "canvas", "amp-img"), None) is not None
    if missing:
        return [*inner, Block(id="", kind=BlockKind.IMAGE, text="", caption=text, links=links)]
    return [*inner, Block(id="", kind=BlockKind.PARAGRAPH, text=text, links=links)]
