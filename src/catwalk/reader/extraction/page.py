"""A whole page, Markdown text or plain text, from bytes to metadata and blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lxml import etree, html
from lxml.etree import _Element as Element

from catwalk.errors import NoArticle
from catwalk.reader.article import Article, Block, BlockKind
from catwalk.reader.extraction.blocks import Page, read_blocks, read_note
from catwalk.reader.extraction.clutter import remove_hidden
from catwalk.reader.extraction.content import Content, find_content
from catwalk.reader.extraction.finish import finish_blocks, first_words
from catwalk.reader.extraction.footnotes import find_footnotes
from catwalk.reader.extraction.images import settle_noscript
from catwalk.reader.extraction.language import guess_language
from catwalk.reader.extraction.markdown import render_markdown
from catwalk.reader.extraction.metadata import Metadata, base_url, read_metadata
from catwalk.reader.extraction.parsing import drop_controls, parse_html
from catwalk.reader.extraction.plaintext import read_plaintext

_MAX_LINK_DENSITY = 0.75


def read_html_article(text: str, url: str | None) -> Article:
    """The post in a web page.

    Raises:
        NoArticle: there is nothing but navigation, or nothing at all.
    """
    root = parse_html(text)
    metadata = read_metadata(root, url)
    body = _body(root)
    settle_noscript(body)
    footnotes = find_footnotes(body, url)
    remove_hidden(body)
    content = find_content(body)
    page = Page(base_url(root, url), content.skipped, footnotes)
    blocks = _read_parts(content, page)
    if not _says_something(blocks, content):
        raise NoArticle(_complain(url))
    if metadata.published is None:
        metadata = replace(metadata, published=_guess_date(text, url))
    return _build(blocks, metadata, url, page)


def read_markdown_article(text: str, url: str | None) -> Article:
    """The article in a Markdown text; all of it is taken to be the post.

    Raises:
        NoArticle: there is no text in it.
    """
    html, metadata = render_markdown(text)
    body = _body(parse_html(f"<html><body>{html}</body></html>"))
    footnotes = find_footnotes(body, url)
    remove_hidden(body)
    page = Page(metadata.url or url, set(), footnotes)
    blocks = read_blocks(body, page)
    if not metadata.title:
        heading = next((block for block in blocks[:3] if block.kind is BlockKind.HEADING), None)
        metadata = replace(metadata, title=heading.text if heading else "")
    if not any(block.text or block.src for block in blocks):
        raise NoArticle(_complain(url))
    return _build(blocks, metadata, url, page)


def read_plain_article(text: str, url: str | None) -> Article:
    """The article in a plain text; a short first line that stands alone is its title.

    Raises:
        NoArticle: there is no text in it.
    """
    blocks = read_plaintext(text)
    if not blocks:
        raise NoArticle(_complain(url))
    first = blocks[0]
    is_title = len(blocks) > 1 and first.kind in {BlockKind.HEADING, BlockKind.PARAGRAPH} and len(first.text) <= 100
    is_title = is_title and "\n" not in first.text and (first.kind is BlockKind.HEADING or first.text[-1] not in ".,;:")
    return _build(blocks, Metadata(title=first.text if is_title else ""), url, Page(url))


def _body(root: Element) -> Element:
    bodies = root.findall(".//body")
    return bodies[0] if len(bodies) == 1 else root


def _read_parts(content: Content, page: Page) -> list[Block]:
    blocks: list[Block] = []
    for part in content.parts:
        holder = part.tag in {"body", "html"}
        blocks.extend(read_blocks(part, page) if holder else _read_itself(part, page))
    read = {block.note for block in blocks if block.kind is BlockKind.FOOTNOTE}
    for label in dict.fromkeys(page.referred):
        if label not in read:
            element = next(element for element, own in page.footnotes.notes.items() if own == label)
            blocks.extend(read_note(element, label, page))
    return blocks


def _read_itself(part: Element, page: Page) -> list[Block]:
    """What ``part`` itself is: a list or a quote may be all of a post."""
    if part.tag in {"div", "section", "article", "main", "td", "span", "center", "form"}:
        return read_blocks(part, page)
    parent, holder = part.getparent(), part.makeelement("div", {})
    if parent is None:
        return read_blocks(part, page)
    parent.replace(part, holder)
    holder.append(part)
    part.tail = None
    return read_blocks(holder, page)


def _says_something(blocks: Sequence[Block], content: Content) -> bool:
    n_chars = sum(len(block.text) for block in blocks)
    if not n_chars:
        return any(block.kind is BlockKind.IMAGE for block in blocks) and content.link_density < _MAX_LINK_DENSITY
    n_linked = sum(len(link.text) for block in blocks for link in block.links)
    return n_linked < _MAX_LINK_DENSITY * n_chars


def _complain(url: str | None) -> str:
    return f"no article found in {url or 'the text'}: there is nothing in it but navigation, or nothing at all"


def _guess_date(text: str, url: str | None) -> str | None:
    # Slow, and needed only where a page says nothing of its date in any usual place.
    from htmldate import find_date  # noqa: PLC0415

    if len(text) > 1_000_000:
        return None
    try:  # a tree, because htmldate logs an error for a text that is hardly a page
        tree = html.document_fromstring(
            drop_controls(text).encode("utf-8", errors="replace"), html.HTMLParser(encoding="utf-8")
        )
    except etree.ParserError:
        return None
    found = find_date(tree, url=url, original_date=True, extensive_search=False)
    return found if isinstance(found, str) else None


def _build(blocks: list[Block], metadata: Metadata, url: str | None, page: Page) -> Article:
    title = metadata.title or first_words(blocks)
    finished = finish_blocks(blocks, title=metadata.title, author=metadata.author, pulled=page.pulled)
    return Article(
        url=metadata.url or url,
        title=title or "Untitled",
        author=metadata.author,
        published=metadata.published,
        language=guess_language(" ".join(block.text for block in finished), metadata.language),
        site=metadata.site,
        blocks=finished,
        image=metadata.image,
    )
