"""Lists of posts as JSON: WordPress, Substack, and whatever a page's "load more" asks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from catwalk.podcast.discovery.feeds import Entry, count_words, join_names, unescape_title
from catwalk.podcast.discovery.moments import read_moment
from catwalk.podcast.urls import clean_url

_WORDPRESS_FIELDS = "id,link,title,date,date_gmt,modified_gmt,status,type,content,_links,_embedded"
WORDPRESS_QUERY = f"?_embed=author&_fields={_WORDPRESS_FIELDS}&per_page=50"
SUBSTACK_PATH = "/api/v1/archive?limit=50&offset=0&sort=new"

_URL_KEYS = ("canonical_url", "canonicalUrl", "link", "url", "permalink", "href", "mediumUrl", "path", "uri")
_TITLE_KEYS = ("title", "headline", "name")
_DATE_KEYS = (
    *("post_date", "published_at", "publishedAt", "date_published", "datePublished", "firstPublishedAt", "publishDate"),
    *("published_date", "published", "pub_date", "pubDate", "publishOn", "publish_date", "publishedOn", "posted"),
    *("date", "created_at", "createdAt"),
)
_AUTHOR_KEYS = ("publishedBylines", "authors", "primary_author", "author", "byline", "creator", "author_name")
_WORD_KEYS = ("wordcount", "word_count", "wordCount", "words")
_BODY_KEYS = ("content_html", "html", "body_html", "content", "body")
_NEXT_KEYS = ("next", "next_url", "nextUrl", "next_page", "nextPage", "nextPageUrl", "next_page_url", "more")
_PAGE_PARAMS, _OFFSET_PARAMS = ("page", "paged", "p", "pg"), ("offset", "start", "skip", "from")
_MAX_NODES = 50_000


def read_json(content: bytes) -> Any:
    """A JSON document; None where it is none."""
    try:
        return json.loads(content.decode("utf-8-sig", errors="replace"))
    except (ValueError, RecursionError):
        return None


def read_posts(document: Any, base: str) -> list[Entry]:
    """The posts that a JSON document lists: objects in a list that have an address and a title.

    Drafts, pages, attachments and what a password protects are left out.
    """
    found = (_read_post(node, base) for node in _walk(document))
    return [entry for entry in found if entry is not None]


def next_address(url: str, document: Any, n_entries: int) -> str | None:
    """Where the list goes on, by what the document says, else by the numbers in the address; None at its end."""
    if not n_entries:
        return None
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    said = _find_next(document)
    if isinstance(said, str) and re.match(r"https?://|/", said):
        return clean_url(said, url)
    if said is False:
        return None
    for name in _OFFSET_PARAMS:
        if query.get(name, "").isdigit():
            return _change(parts, query, name, int(query[name]) + n_entries)
    for name in _PAGE_PARAMS:
        if query.get(name, "").isdigit():
            return _change(parts, query, name, int(query[name]) + 1)
    if isinstance(said, str):
        return _change(parts, query, "cursor", said)
    return _change(parts, query, "page", 2) if "per_page" in query else None


def _change(parts: SplitResult, query: dict[str, str], name: str, value: int | str) -> str:
    return urlunsplit(parts._replace(query=urlencode(sorted({**query, name: str(value)}.items())), fragment=""))


def _find_next(document: Any) -> str | bool | None:
    """An address or a mark to go on with, False where the document says that there is nothing more."""
    if not isinstance(document, dict):
        return None
    for holder in (
        document,
        document.get("links"),
        document.get("meta"),
        document.get("pagination"),
        document.get("paging"),
    ):
        if not isinstance(holder, dict):
            continue
        for key in (*_NEXT_KEYS, "next_cursor", "nextCursor", "cursor"):
            value = holder.get(key)
            if isinstance(value, dict):
                value = value.get("href") or value.get("url")
            if isinstance(value, str) and value:
                return value
            if key in holder and value in (None, False, "") and key.lower().startswith("next"):
                return False
        if holder.get("has_more") is False or holder.get("hasMore") is False:
            return False
    return None


def _walk(document: Any) -> Iterator[dict[str, Any]]:
    """Every object that stands in a list, in order."""
    waiting: list[tuple[Any, bool]] = [(document, False)]
    n_seen = 0
    while waiting and n_seen < _MAX_NODES:
        node, in_list = waiting.pop()
        n_seen += 1
        if isinstance(node, dict):
            if in_list:
                yield node
            if not (in_list and any(key in node for key in _TITLE_KEYS) and any(key in node for key in _URL_KEYS)):
                waiting.extend((value, False) for value in reversed(list(node.values())))
        elif isinstance(node, list):
            waiting.extend((value, True) for value in reversed(node))


def _read_post(node: dict[str, Any], base: str) -> Entry | None:
    title = _plain(_first(node, _TITLE_KEYS))
    address = _first(node, _URL_KEYS)
    url = clean_url(address, base) if isinstance(address, str) else None
    if not title or url is None or not _is_public(node):
        return None
    zulu = f"{node['date_gmt']}+00:00" if isinstance(node.get("date_gmt"), str) else None
    body = _plain(_first(node, _BODY_KEYS))
    n_words = _first(node, _WORD_KEYS)
    return Entry(
        url=url,
        title=unescape_title(title),
        published=read_moment(zulu) or _read_date(node),
        updated=read_moment(f"{node['modified_gmt']}+00:00" if isinstance(node.get("modified_gmt"), str) else None),
        author=_read_names(node),
        n_words=n_words if isinstance(n_words, int) and n_words > 0 else count_words(body) or None,
        guid=url,
    )


def _is_public(node: dict[str, Any]) -> bool:
    content = node.get("content")
    protected = isinstance(content, dict) and content.get("protected")
    kind, status = node.get("type"), node.get("status")
    hidden = protected or node.get("draft") is True or node.get("is_published") is False
    hidden = hidden or (isinstance(status, str) and status.lower() not in {"publish", "published", "public", "live"})
    return not hidden and not (
        isinstance(kind, str) and kind.lower() in {"page", "attachment", "draft", "product", "tag", "category"}
    )


def _first(node: dict[str, Any], keys: tuple[str, ...]) -> Any:
    return next((node[key] for key in keys if node.get(key)), None)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("rendered") or value.get("text")
    return value if isinstance(value, str) else ""


def _read_date(node: dict[str, Any]) -> str | None:
    value = _first(node, _DATE_KEYS)
    if isinstance(value, int | float) and value > 10**11:  # milliseconds, as JavaScript counts
        value = value / 1000
    return read_moment(str(int(value)) if isinstance(value, int | float) else value if isinstance(value, str) else None)


def _read_names(node: dict[str, Any]) -> str | None:
    embedded = node.get("_embedded")
    value = embedded.get("author") if isinstance(embedded, dict) else _first(node, _AUTHOR_KEYS)
    names: list[str] = []
    for each in value if isinstance(value, list) else [value]:
        name = each.get("name") or each.get("display_name") if isinstance(each, dict) else each
        if isinstance(name, str):
            names.append(name)
    return join_names(names)
