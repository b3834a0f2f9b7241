"""What a post says, as a tree of blocks: the shape that extraction yields and the script is made from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from catwalk.errors import UnsupportedSource
from catwalk.reader.fetch import HTML, MARKDOWN, PLAIN, Source


class BlockKind(StrEnum):
    """The pieces an article is made of."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST = "list"
    QUOTE = "quote"
    CODE = "code"
    IMAGE = "image"
    TABLE = "table"
    FOOTNOTE = "footnote"
    MATH = "math"
    EMBED = "embed"


@dataclass(frozen=True, slots=True)
class ListItem:
    """One item of a list."""

    text: str
    """Visible text, white space folded; nested lists are not part of it."""

    depth: int = 0
    """0 for the outermost list, one more for each list around it."""

    number: int | None = None
    """The number shown before the item; None in an unordered list."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link inside a block's text."""

    text: str
    """What is shown."""

    url: str
    """Absolute where the article's own address is known."""


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of an article, in reading order."""

    id: str
    """``b1``, ``b2``, … in reading order."""

    kind: BlockKind

    text: str
    """Visible text, white space folded, inline code in back-ticks; a footnote reference stands as ``[^LABEL]`` where it
    appears. Code and math keep their exact white space; math is LaTeX where the page carries it. A list's items and a
    table's cells, joined by line breaks. Empty for an image."""

    level: int | None = None
    """1 to 6, of a heading."""

    language: str | None = None
    """Programming language of code, lower case, as the page names it."""

    src: str | None = None
    """Address of an image, or of what is embedded."""

    alt: str | None = None
    """Alternative text of an image; empty means that the author called it decorative, None that there is none."""

    title: str | None = None
    """Title attribute of an image or embed."""

    caption: str | None = None
    """Caption of an image, table or code block; attribution of a quote."""

    items: tuple[ListItem, ...] = ()
    """Items of a list, nested ones included, in reading order."""

    rows: tuple[tuple[str, ...], ...] = ()
    """Cells of a table by row, the header row first where there is one."""

    has_header: bool = False
    """Whether ``rows[0]`` is a header row."""

    note: str | None = None
    """Label of a footnote: what stands in ``[^LABEL]`` where it is referred to."""

    links: tuple[Link, ...] = ()
    """Links in the text, in order."""


@dataclass(frozen=True, slots=True)
class Article:
    """An extracted post."""

    url: str | None
    """Canonical address; None for text from stdin."""

    title: str
    """Never empty: the first words of the text stand in where the source names none."""

    author: str | None
    published: str | None
    """ISO 8601 date, with time where the source gives one."""

    language: str
    """BCP 47 tag such as ``en`` or ``pt-BR``; ``en`` where nothing tells."""

    site: str | None
    """Name of the blog or paper."""

    blocks: tuple[Block, ...]

    image: str | None = None
    """Address of the picture that stands for the whole post (``og:image``)."""


def extract(source: Source) -> Article:
    """Find the post in what was fetched.

    Raises:
        NoArticle: there is nothing but navigation in it, or nothing at all.
        UnsupportedSource: it is neither HTML nor Markdown nor plain text.
    """
    # Heavy, and the shapes above are wanted without it.
    from catwalk.reader.extraction import page, parsing  # noqa: PLC0415

    text = parsing.decode(source.content, source.charset)
    if source.content_type == HTML:
        return page.read_html_article(text, source.url)
    if source.content_type == MARKDOWN:
        return page.read_markdown_article(text, source.url)
    if source.content_type == PLAIN:
        return page.read_plain_article(text, source.url)
    msg = f"{source.url or 'the source'} is of type {source.content_type!r}; {HTML}, {MARKDOWN} and {PLAIN} can be read"
    raise UnsupportedSource(msg)
