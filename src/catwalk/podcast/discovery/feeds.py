"""Feeds: RSS, Atom and JSON Feed, however broken, as entries."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from html import unescape
from io import BytesIO
from typing import Any

import feedparser

from catwalk.podcast.discovery.moments import read_moment
from catwalk.podcast.urls import clean_url

MAX_ENTRIES = 5000
_FULL_WORDS = 150
"""A description of so many words is taken for the whole post, unless it breaks off."""

_FEED_HEAD = re.compile(rb"<(?:rss|feed|rdf:RDF|atom:feed|channel)[\s>]", re.IGNORECASE)
_TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]{1,2000}>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Entry:
    """One post, as a feed tells of it."""

    url: str
    title: str
    published: str | None = None
    """ISO 8601."""

    updated: str | None = None
    author: str | None = None
    n_words: int | None = None
    """None where the feed has only the beginning."""

    guid: str = ""
    digest: str = ""
    """Changes with title and text; with the time of update too where the feed has not the whole text."""


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed holds."""

    title: str = ""
    author: str | None = None
    home: str | None = None
    """The page that the feed says it is of."""

    image: str | None = None
    """Address of its picture."""

    generator: str = ""
    more: tuple[str, ...] = ()
    """Feeds that go on where this one ends (RFC 5005, JSON Feed's ``next_url``)."""

    entries: tuple[Entry, ...] = ()


def count_words(markup: str) -> int:
    """Words of a piece of HTML."""
    return len(_TAGS.sub(" ", markup).split())


def is_feed(content: bytes, content_type: str = "") -> bool:
    """Whether bytes are a feed, by what is in them rather than by what the server calls them."""
    head = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"{"):
        return b"jsonfeed.org/version" in head or content_type == "application/feed+json"
    head = re.sub(rb"<!--.*?-->", b"", head, flags=re.DOTALL)
    return bool(_FEED_HEAD.search(head)) and b"<html" not in head.lower()


def parse_feed(content: bytes, url: str) -> Feed | None:
    """The feed in ``content``; None where it is none. Broken XML gives what can still be read of it."""
    if not is_feed(content):
        return None
    return (
        _parse_json(content, url)
        if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
        else _parse_xml(content, url)
    )


def _parse_xml(content: bytes, url: str) -> Feed:
    # A stream, because feedparser takes short bytes for the name of a file.
    parsed = feedparser.parse(BytesIO(content), response_headers={"content-location": url}, sanitize_html=False)
    about = parsed.feed
    author = read_author(about)
    is_atom = str(parsed.get("version", "")).startswith("atom")
    links = [link for link in dict.get(about, "links", ()) if link.get("href")]
    more = (link["href"] for link in links if link.get("rel") in {"next", "prev-archive"})
    found = (_read_entry(entry, url, author if is_atom else None) for entry in parsed.entries[:MAX_ENTRIES])
    return Feed(
        title=unescape_title(str(dict.get(about, "title", ""))),
        author=author,
        home=clean_url(str(dict.get(about, "link", "")), url),
        image=_find_image(about, url),
        generator=str(dict.get(about, "generator", "")).lower(),
        more=tuple(address for each in more if (address := clean_url(each, url))),
        entries=tuple(entry for entry in found if entry is not None),
    )


def _find_image(about: Any, base: str) -> str | None:
    """Apple's or RSS's picture of the whole feed, else Atom's logo, else its icon."""
    image = dict.get(about, "image")
    named = (
        dict.get(image, "href") if isinstance(image, dict) else None,
        *(dict.get(about, name) for name in ("logo", "icon")),
    )
    return next((address for each in named if each and (address := clean_url(str(each), base))), None)


def _read_entry(entry: Any, base: str, feed_author: str | None) -> Entry | None:
    get = entry.get if type(entry) is dict else lambda name, default=None: dict.get(entry, name, default)
    guid = str(get("id") or "")
    links = [each for each in get("links") or () if each.get("rel") == "alternate" and each.get("href")]
    pages = [each["href"] for each in links if "html" in each.get("type", "text/html")]
    address = get("feedburner_origlink") or next(iter(pages), None) or get("link") or (guid if "://" in guid else None)
    cleaned = clean_url(str(address), base) if address else None
    if cleaned is None:
        return None
    contents = [str(each.get("value", "")) for each in get("content") or ()]
    summary = str(get("summary") or "")
    body = max([*contents, summary], key=len, default="")
    n_words = count_words(body)
    is_whole = bool(contents) or (
        n_words >= _FULL_WORDS and not re.search(r"(?:…|\.\.\.|\[&#8230;\])\]?\s*(?:<[^>]*>\s*)*$", body)
    )
    title = unescape_title(str(get("title") or ""))
    updated = read_moment(get("updated"), get("updated_parsed"))
    return Entry(
        url=cleaned,
        title=title,
        published=read_moment(get("published"), get("published_parsed")),
        updated=updated,
        author=read_author(entry) or feed_author,
        n_words=n_words if is_whole and n_words else None,
        guid=guid or cleaned,
        digest=digest(title, body, "" if is_whole else updated or ""),
    )


def digest(*texts: str) -> str:
    """A short name for texts, another one for any other texts."""
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:20]


def read_author(holder: Any) -> str | None:
    """The people whom feedparser found, without e-mail addresses."""
    people = dict.get(holder, "authors") or ()
    names = [str(each.get("name") or "") for each in people] or [str(dict.get(holder, "author") or "")]
    return join_names(names)


def join_names(names: list[str]) -> str | None:
    """Names in one line, each once; None where there are none."""
    cleaned = (re.sub(r"\s*\(?\S+@\S+\)?|^\s*by\s+", " ", unescape(name)).strip(" ()<>,\n\t") for name in names)
    kept = list(dict.fromkeys(" ".join(name.split()) for name in cleaned if name))
    return ", ".join(kept) or None


def unescape_title(text: str) -> str:
    """A title as people see it: without tags, entities undone also where they were escaped twice."""
    for _ in range(2):
        text = unescape(text)
    return " ".join(re.sub(r"</?(?:a|b|i|em|strong|code|span|br|sup|sub|small|p)\b[^>]{0,500}>", " ", text).split())


def _parse_json(content: bytes, url: str) -> Feed | None:
    try:
        document = json.loads(content.decode("utf-8-sig", errors="replace"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        return None
    author = _json_author(document)
    items = (item for item in document["items"][:MAX_ENTRIES] if isinstance(item, dict))
    more = clean_url(str(document["next_url"]), url) if document.get("next_url") else None
    return Feed(
        title=unescape_title(str(document.get("title") or "")),
        author=author,
        home=clean_url(str(document.get("home_page_url") or ""), url) if document.get("home_page_url") else None,
        image=clean_url(str(document["icon"]), url) if document.get("icon") else None,
        more=(more,) if more else (),
        entries=tuple(entry for item in items if (entry := _read_item(item, url, author)) is not None),
    )


def _read_item(item: dict[str, Any], base: str, feed_author: str | None) -> Entry | None:
    guid = str(item.get("id") or "")
    address = item.get("url") or (guid if "://" in guid else None)
    cleaned = clean_url(str(address), base) if address else None
    if cleaned is None:
        return None
    body = str(item.get("content_html") or item.get("content_text") or "")
    title = unescape_title(str(item.get("title") or ""))
    updated = read_moment(_text(item.get("date_modified")))
    return Entry(
        url=cleaned,
        title=title,
        published=read_moment(_text(item.get("date_published"))),
        updated=updated,
        author=_json_author(item) or feed_author,
        n_words=count_words(body) or None,
        guid=guid or cleaned,
        digest=digest(title, body or str(item.get("summary") or ""), "" if body else updated or ""),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _json_author(holder: dict[str, Any]) -> str | None:
    people = holder.get("authors") or [holder.get("author")]
    people = people if isinstance(people, list) else [people]
    return join_names([str(each.get("name") or "") for each in people if isinstance(each, dict)])
