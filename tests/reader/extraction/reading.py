"""Short ways for tests to read a page."""

from __future__ import annotations

from catwalk.reader.article import Article, Block, BlockKind, extract
from catwalk.reader.fetch import Source

PROSE = (
    "<p>The ferry left the harbour before sunrise, and the gulls, which had slept on the breakwater, followed it out.</p>"
    "<p>Nobody on deck spoke; the engine, old and patient, said what there was to say, over and over again, to the sea.</p>"
    "<p>By noon the island stood where the map had promised it, a little greener, a little closer, and quite alone.</p>"
)
"""Three paragraphs that any content finder takes for a post."""


def read(page: str, *, url: str | None = "https://blog.example.org/posts/ferry", kind: str = "text/html") -> Article:
    """The article in ``page``."""
    return extract(Source(url, page.encode(), kind, None))


def read_inside(html: str) -> Article:
    """The article of a page whose post is ``html`` after `PROSE`."""
    return read(f"<html><body><article><h1>The Ferry</h1>{PROSE}{html}</article></body></html>")


def blocks_inside(html: str, *kinds: BlockKind) -> list[Block]:
    """The blocks that ``html`` gives in a post, `PROSE` left out; all kinds where none is named."""
    blocks = read_inside(html).blocks[3:]
    return [block for block in blocks if not kinds or block.kind in kinds]


def only(html: str, kind: BlockKind) -> Block:
    """The one block of ``kind`` that ``html`` gives in a post."""
    (block,) = blocks_inside(html, kind)
    return block
