"""What a page says of itself: title, author, date, language, site, picture."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml.etree import _Element as Element

from catwalk.reader.extraction.bylines import clean_author, find_shown_author, find_shown_date
from catwalk.reader.extraction.dates import parse_date
from catwalk.reader.extraction.inline import fold, is_web_url, resolve_url
from catwalk.reader.extraction.linked_data import Facts, read_linked_data
from catwalk.reader.extraction.titles import SEPARATOR, cut_start, find_title, page_title, squash

_MAX_META_CHARS = 2000
_TITLES = ("og:title", "dc.title", "dcterms.title", "citation_title", "parsely-title", "twitter:title", "title")
_AUTHORS = (
    *("author", "article:author", "og:article:author", "dc.creator", "dc.creator.name", "dcterms.creator", "byl"),
    *("parsely-author", "sailthru.author", "citation_author", "cxenseparse:author"),
)
_DATES = (
    *("article:published_time", "og:article:published_time", "datepublished", "date", "dc.date", "dc.date.issued"),
    *("dc.date.created", "dcterms.created", "dcterms.date", "dcterms.issued", "parsely-pub-date", "sailthru.date"),
    *("pubdate", "publish-date", "publish_date", "publication_date", "citation_publication_date", "citation_date"),
    *("article.published", "date.published", "cxenseparse:recs:publishtime", "displaydate", "ptime", "pdate"),
    "originalpublicationdate",
)
_IMAGES = ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src")
_LANGUAGE_TAG = re.compile(r"\s*([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}))?\b")
_FEED_WORDS = re.compile(r"\s*(?:[-–—|»:]\s*)?\b(?:rss|atom)?\s*(?:feed|rss|atom)(?:\s*\(.*\))?$", re.IGNORECASE)

Metas = dict[str, list[str]]
"""Contents of ``meta`` elements by name, property or itemprop in lower case."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a page says of itself."""

    title: str = ""
    author: str | None = None
    published: str | None = None
    """ISO 8601."""

    language: str | None = None
    site: str | None = None
    url: str | None = None
    """Canonical address."""

    image: str | None = None


def read_metadata(root: Element, url: str | None) -> Metadata:
    """Read a page's metadata; call it before anything is taken out of the page."""
    metas = _read_metas(root)
    facts = read_linked_data(root)
    site = _first(metas, "og:site_name", "application-name", "al:ios:app_name") or facts.site
    picture = _first(metas, *_IMAGES) or facts.image
    names = [name for name in (site, _host_word(url)) if name]
    title = find_title(root, facts.title or _first(metas, *_TITLES), names)
    return Metadata(
        title=title,
        author=_find_author(root, metas, facts),
        published=_find_date(root, metas, facts, url),
        language=_find_language(root, metas, facts),
        site=site or _find_site(root, url, title),
        url=_find_canonical(root, metas, url),
        image=resolve_url(base_url(root, url), picture) if picture else None,
    )


def base_url(root: Element, url: str | None) -> str | None:
    """The address that relative ones in the page are seen from."""
    base = root.find(".//base")
    if base is not None and base.get("href"):
        return resolve_url(url, base.get("href", ""))
    if url is None or not is_web_url(url):
        return _find_canonical(root, _read_metas(root), None) or url
    return url


def _read_metas(root: Element) -> Metas:
    metas: Metas = {}
    for meta in root.iter("meta"):
        content = fold(meta.get("content", "")[:_MAX_META_CHARS])
        if content:
            names = " ".join(meta.get(key, "") for key in ("property", "name", "itemprop"))
            for name in names.lower().split():
                metas.setdefault(name, []).append(content)
    return metas


def _first(metas: Metas, *names: str) -> str | None:
    return next((metas[name][0] for name in names if name in metas), None)


def _find_author(root: Element, metas: Metas, facts: Facts) -> str | None:
    for names in (facts.authors, *(metas.get(name, ()) for name in _AUTHORS)):
        cleaned = list(dict.fromkeys(name for text in names if (name := clean_author(text))))
        if cleaned:
            return ", ".join(cleaned)
    return find_shown_author(root)


def _find_date(root: Element, metas: Metas, facts: Facts, url: str | None) -> str | None:
    for text in (facts.published, *(_first(metas, name) for name in _DATES)):
        found = parse_date(text) if text else None
        if found:
            return found
    return find_shown_date(root) or _find_url_date(url) or (parse_date(facts.modified) if facts.modified else None)


def _find_url_date(url: str | None) -> str | None:
    match = re.search(r"/((?:19|20)\d{2})[/-](\d{1,2})[/-](\d{1,2})(?=[/-]|$)", url or "")
    return parse_date(f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}") if match else None


def _find_language(root: Element, metas: Metas, facts: Facts) -> str | None:
    body = root.find("body")
    declared = [
        meta.get("content") for meta in root.iter("meta") if meta.get("http-equiv", "").lower() == "content-language"
    ]
    values = [
        *(root.get("lang"), root.get("{http://www.w3.org/XML/1998/namespace}lang"), root.get("xml:lang")),
        *(None if body is None else body.get("lang"), *declared[:1]),
        *(_first(metas, "og:locale", "language", "dc.language"), facts.language),
    ]
    for value in values:
        match = _LANGUAGE_TAG.match(value or "")
        if match:
            tag = (match[1].lower(), (match[2] or "").title(), (match[3] or "").upper())
            return "-".join(part for part in tag if part)
    return None


def _find_canonical(root: Element, metas: Metas, url: str | None) -> str | None:
    """The address that the page gives as its own; a site that gives its front page for every post is not believed."""
    links = (link.get("href", "") for link in root.iter("link") if "canonical" in link.get("rel", "").lower().split())
    for stated in (next(links, ""), _first(metas, "og:url")):
        address = resolve_url(url if url and is_web_url(url) else None, stated) if stated else ""
        if is_web_url(address) and not (_is_front(address) and urlsplit(url or "").path not in {"", "/"}):
            return address
    return url


def _is_front(address: str) -> bool:
    parts = urlsplit(address)
    return parts.path in {"", "/"} and not parts.query


def _find_site(root: Element, url: str | None, title: str) -> str | None:
    """The site's name from its feed's title, from what follows the post's title, or from the address."""
    shown = page_title(root)
    feeds = (link.get("title", "") for link in root.iter("link") if re.search("rss|atom", link.get("type", "")))
    name = _FEED_WORDS.sub("", next(feeds, "")).strip(" -–—|»:")
    if 0 < len(name) < 60 and squash(name) in squash(shown):
        return name
    rest = cut_start(shown, title)
    if SEPARATOR.match(rest) and len(rest.split()) <= 6:
        return SEPARATOR.sub("", rest, count=1).strip() or None
    return _host(url)


def _host(url: str | None) -> str | None:
    return ((urlsplit(url).hostname or "").removeprefix("www.") or None) if url and is_web_url(url) else None


def _host_word(url: str | None) -> str | None:
    """What names the site in its host: ``example`` of ``blog.example.org``."""
    host = _host(url)
    return host and (host.rpartition(".")[0].rpartition(".")[2] or host)
