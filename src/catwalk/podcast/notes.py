"""Show notes: what an episode is about, where its post stands, and every link in it, as safe HTML and as plain text."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from urllib.parse import urldefrag, urlsplit

import nh3

from catwalk.reader.article import Article, Block, BlockKind

MAX_SUMMARY_BYTES = 4000
"""What Apple takes of a description (A Podcaster's Guide to RSS)."""

OPENING_CHARS = 400
"""How much of the post the notes begin with, at most."""

MAX_LINK_CHARS = 200
MAX_IMAGE_CHARS = 160

_TAGS = {"a", "b", "blockquote", "br", "code", "em", "h2", "h3", "i", "li", "ol", "p", "pre", "strong", "ul"}
_CODE = re.compile(r"`([^`\n]+)`")
_REFERENCE = re.compile(r"\[\^[^\]\s]+\]")
_SPACES = re.compile(r"\s+")
_MARKUP = re.compile(r"[<>]|&[#\w]")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)]*\s")


@dataclass(frozen=True, slots=True)
class Notes:
    """Show notes in two shapes."""

    html: str
    text: str
    """At most 4000 bytes."""


def write_notes(article: Article) -> Notes:
    """Notes of the episode that an article became.

    They hold the post's opening, the way to the post, its links in reading order, each once, and where its pictures
    are. Nothing in the article is taken for markup.
    """
    opening = _find_opening(article)
    author = article.author or article.site
    parts = [f"<p>{_to_inline(opening)}</p>"] if opening else []
    source = _link(article.url, article.title)
    by = f" by {html.escape(author)}" if author else ""
    parts.append(f"<p>Read from {source}{by}.</p>")
    for title, items in (("Links", _list_links(article)), ("Pictures", _list_images(article))):
        entries = "".join(f"<li>{item}</li>" for item in items)
        if entries:
            parts.append(f"<h3>{title}</h3><ul>{entries}</ul>")
    last = f"Read from {article.title}{f' by {author}' if author else ''}{f': {article.url}' if article.url else '.'}"
    room = MAX_SUMMARY_BYTES - len(last.encode(errors="replace")) - 2
    text = f"{shorten_bytes(_plain(opening), max(0, room))}\n\n{last}".strip()
    return Notes(clean_html("".join(parts)), shorten_bytes(text, MAX_SUMMARY_BYTES))


def clean_html(markup: str) -> str:
    """Only paragraphs, headings, lists, emphasis, code and links to web pages of it; scripts go with their content."""
    return nh3.clean(markup, tags=_TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https"})


def fit_html_text(text: str, n_bytes: int) -> str:
    """Plain text for a place whose readers may take it for HTML: escaped where that would make a difference.

    Cut at a word's end with an ellipsis to at most ``n_bytes`` in UTF-8.
    """
    room = n_bytes
    while True:
        kept = shorten_bytes(text, room)
        escaped = html.escape(kept, quote=False) if _MARKUP.search(kept) else kept
        excess = len(escaped.encode(errors="replace")) - n_bytes
        if excess <= 0:
            return escaped
        room -= max(1, excess // 5)  # an ampersand grows to five bytes


def shorten(text: str, n_chars: int) -> str:
    """White space folded, cut at a word's end with an ellipsis to at most ``n_chars``."""
    text = _SPACES.sub(" ", text).strip()
    if len(text) <= n_chars:
        return text
    cut = text[: n_chars - 1]
    # A title without spaces, or with a very long word, is cut within a word.
    whole = cut.rpartition(" ")[0] if " " in cut[n_chars // 2 :] and text[n_chars - 1] != " " else cut
    return whole.rstrip(" ,;:.-") + "…"


def shorten_bytes(text: str, n_bytes: int) -> str:
    """Cut at a word's end with an ellipsis to at most ``n_bytes`` in UTF-8; line breaks stay."""
    text = text.strip()
    if len(text.encode(errors="replace")) <= n_bytes:
        return text
    cut = text.encode(errors="replace")[: max(0, n_bytes - len("…".encode()))].decode(errors="ignore")
    head = re.sub(r"\s+\S*$", "", cut)
    return (head if len(head) * 2 > len(cut) else cut).rstrip() + "…" if cut else ""


def to_json(article: Article) -> dict[str, str]:
    """Show notes and their language, as the library keeps them with a version of a post."""
    return {**asdict(write_notes(article)), "language": article.language}


def _find_opening(article: Article) -> str:
    """The first paragraphs, up to the end of a sentence."""
    found = ""
    for block in article.blocks:
        if block.kind is BlockKind.PARAGRAPH and block.text.strip():
            found = f"{found} {_REFERENCE.sub('', block.text)}".strip()
            if len(found) >= OPENING_CHARS // 2:
                break
    if len(found) <= OPENING_CHARS:
        return found
    ends = [match.start() for match in _SENTENCE_END.finditer(found, OPENING_CHARS // 3, OPENING_CHARS)]
    return found[: ends[-1]].strip() if ends else shorten(found, OPENING_CHARS)


def _to_inline(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", html.escape(text, quote=False))


def _plain(text: str) -> str:
    return _CODE.sub(r"\1", text)


def _list_links(article: Article) -> Iterator[str]:
    seen = set()
    for block in article.blocks:
        for link in block.links:
            is_own = article.url is not None and urldefrag(link.url).url == urldefrag(article.url).url
            if link.url not in seen and not is_own and _is_web(link.url):
                seen.add(link.url)
                yield _link(link.url, shorten(_plain(_REFERENCE.sub("", link.text)), MAX_LINK_CHARS))


def _list_images(article: Article) -> Iterator[str]:
    seen = set()
    for block in article.blocks:
        src = block.src
        if block.kind is BlockKind.IMAGE and src and src not in seen and _is_web(src):
            seen.add(src)
            yield _link(src, shorten(_describe_image(block), MAX_IMAGE_CHARS))


def _describe_image(block: Block) -> str:
    return _REFERENCE.sub("", block.caption or block.alt or block.title or "")


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


def _link(url: str | None, text: str) -> str:
    """A link; the address alone where there is no text, the text alone where the address is no web page's."""
    shown = html.escape(text or url or "", quote=False)
    return f'<a href="{html.escape(url)}">{shown}</a>' if url and _is_web(url) else shown
