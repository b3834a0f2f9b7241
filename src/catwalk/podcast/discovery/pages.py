"""A page of a blog, read for what it leads to: links with what is said of them, further pages, feeds and interfaces."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml.etree import _Element as Element

from catwalk.podcast.discovery.moments import read_moment
from catwalk.podcast.urls import clean_url, fold_url
from catwalk.reader.extraction.dates import find_date, parse_date
from catwalk.reader.extraction.inline import shown_text, spaced_text
from catwalk.reader.extraction.metadata import Metadata, base_url, read_metadata
from catwalk.reader.extraction.parsing import decode, parse_html

MAX_LINKS = 20_000
_FEED_TYPES = re.compile(r"application/(?:rss|atom|feed|rdf)\+(?:xml|json)|text/xml|application/json", re.IGNORECASE)
_NOT_MAIN = re.compile(
    r"\b(?:nav(?:bar|igation)?|menu|footer|breadcrumbs?|related|comments?|respond|tag-?cloud|blogroll|share|sharing"
    r"|social|recommend\w*|you-may|popular|trending|cookie)\b",
    re.IGNORECASE,
)
_OLDER = re.compile(
    r"^\W*(?:older|next(?: page)?|more|load more|previous(?: page| posts| entries)?|earlier|ältere|weiter|nächste"
    r"|suivant|plus ancien\w*|siguiente|anteriores|vorherige|mehr)\b.{0,30}$|^\W*[»›→>]+\W*$|^\d{1,4}$",
    re.IGNORECASE,
)
_PAGER = re.compile(
    r"pagination|pager|paging|page-numbers|older|next|nav-previous|load-?more|blog-pager", re.IGNORECASE
)
_NEIGHBOUR = re.compile(
    r"nav-(?:previous|next)|post-nav|(?:prev|next)-post|post-(?:prev|next)|pagination|pager|adjacent", re.IGNORECASE
)
_NEIGHBOUR_TEXT = re.compile(
    r"^\W*(?:prev(?:ious)?|next|older|newer|earlier|later)\b.{0,12}$|^\W*[←→«»]", re.IGNORECASE
)
_MORE_KEYS = (
    "hx-get",
    "data-url",
    "data-next",
    "data-next-url",
    "data-href",
    "data-api",
    "data-endpoint",
    "data-load-more",
    "data-src",
)
_SCRIPT_CALL = re.compile(
    r"""["'`]((?:https?://[^"'`\s]+|/)[^"'`\s]*[?&](?:page|paged|offset|start|p)=)(?:\d*)["'`$]"""
)


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a page."""

    url: str
    text: str
    published: str | None = None
    """ISO 8601, where the page gives a date beside the link."""

    in_main: bool = True
    """Whether it stands outside menus, footers and the like."""

    in_heading: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says and where it leads."""

    url: str
    metadata: Metadata
    links: tuple[Link, ...]
    further: tuple[str, ...]
    """Pages that go on with the same listing, as far as the page names them."""

    neighbours: tuple[str, ...]
    """The posts before and after this one."""

    feeds: tuple[str, ...]
    interfaces: tuple[str, ...]
    """Addresses that its scripts load more from."""

    alternates: dict[str, str]
    """The same page in other languages."""

    generator: str
    kind: str
    """``og:type``, and the types of JSON-LD, in lower case, with spaces between."""

    classes: frozenset[str]
    """Of the body."""

    no_index: bool
    amp_of: str | None
    """The page whose AMP or print form this is."""

    n_articles: int
    data: tuple[Any, ...]
    """JSON documents inside the page."""


def read_page(content: bytes, charset: str | None, url: str) -> Page:
    """Read a page; a broken one gives what can be read of it."""
    text = decode(content, charset)
    root = parse_html(text)
    base = base_url(root, url) or url
    links = tuple(_read_links(root, base))
    body = root.find(".//body")
    metas = {
        (meta.get("name") or meta.get("property") or "").lower(): meta.get("content") or ""
        for meta in root.iter("meta")
    }
    heads = list(_head_links(root, base))
    kinds = [metas.get("og:type", ""), *re.findall(r'"@type"\s*:\s*"(\w+)"', _linked_data(root))]
    metadata = read_metadata(root, url)
    canonical = clean_url(metadata.url, base) if metadata.url else None
    return Page(
        url=url,
        metadata=metadata,
        links=links,
        further=tuple(
            dict.fromkeys([*(href for rel, href, _, _ in heads if "next" in rel), *_find_further(root, base)])
        ),
        neighbours=tuple(dict.fromkeys(_find_neighbours(root, base, heads))),
        feeds=tuple(dict.fromkeys(_find_feeds(root, base, heads))),
        interfaces=tuple(dict.fromkeys(_find_interfaces(root, base, heads))),
        alternates={lang: href for rel, href, lang, _ in heads if lang and "alternate" in rel},
        generator=_find_generator(metas, text),
        kind=" ".join(kinds).lower(),
        classes=frozenset((body.get("class") or "").split()) if body is not None else frozenset(),
        no_index="noindex" in metas.get("robots", "").lower(),
        amp_of=canonical if canonical and fold_url(canonical) == fold_url(url) else None,
        n_articles=_count_teasers(root),
        data=tuple(_find_data(root)),
    )


def _head_links(root: Element, base: str) -> Iterator[tuple[set[str], str, str, str]]:
    """``rel``, address, language and type of every ``link``."""
    for link in root.iter("link"):
        href = clean_url(link.get("href") or "", base) if link.get("href") else None
        if href:
            rel = set((link.get("rel") or "").lower().split())
            yield rel, href, (link.get("hreflang") or "").lower(), (link.get("type") or "").lower()


def _linked_data(root: Element) -> str:
    return " ".join(script.text or "" for script in root.iter("script") if "ld+json" in (script.get("type") or ""))[
        :200_000
    ]


def _find_generator(metas: dict[str, str], text: str) -> str:
    found = metas.get("generator", "").lower()
    marks = {
        "wordpress": r"/wp-(?:content|includes|json)/",
        "substack": r"substackcdn\.com|substack-post-media|window\._preloads",
        "ghost": r"ghost-portal|content=.Ghost \d",
        "blogger": r"blogger\.com/|www\.blogger|blogspot\.com",
        "medium": r"cdn-client\.medium\.com|medium\.com/_/",
        "squarespace": r"squarespace",
    }
    return " ".join([found, *(name for name, mark in marks.items() if re.search(mark, text[:300_000]))]).strip()


def _find_feeds(root: Element, base: str, heads: list[tuple[set[str], str, str, str]]) -> Iterator[str]:
    own = (href for rel, href, _, kind in heads if "alternate" in rel and _FEED_TYPES.search(kind))
    yield from (href for href in own if not re.search(r"comment|oembed|wp-json", href, re.IGNORECASE))
    for link in root.iter("a"):
        href = link.get("href") or ""
        if re.search(
            r"(?:^|/)(?:feed|rss|atom|index)(?:\.(?:xml|json|rss|atom)|/)?$|\.(?:rss|atom)$|/feeds?/\w*$|/feed/atom",
            href,
        ) and (not re.search(r"comment|index/?$", href)):
            cleaned = clean_url(href, base)
            if cleaned:
                yield cleaned


def _read_links(root: Element, base: str) -> Iterator[Link]:
    n_read = 0
    for anchor in root.iter("a"):
        url = clean_url(anchor.get("href") or "", base) if anchor.get("href") else None
        if url is None or (anchor.get("href") or "").startswith("#"):
            continue
        n_read += 1
        if n_read > MAX_LINKS:
            return
        around = list(anchor.iterancestors())
        in_heading = any(each.tag in {"h1", "h2", "h3", "h4"} for each in around[:4])
        in_heading = in_heading or any(child.tag in {"h1", "h2", "h3", "h4"} for child in anchor.iterdescendants())
        yield Link(url, _anchor_text(anchor), _date_beside(anchor, around), _is_main(anchor, around), in_heading)


def _anchor_text(anchor: Element) -> str:
    heading = next((each for each in anchor.iterdescendants("h1", "h2", "h3", "h4")), None)
    return shown_text(anchor if heading is None else heading)[:300]


def _is_main(anchor: Element, around: list[Element]) -> bool:
    for each in (anchor, *around):
        if each.tag in {"nav", "footer", "aside"} or each.get("role") in {"navigation", "contentinfo", "menu"}:
            return False
        if each.tag not in {"body", "html", "main", "article"} and _NOT_MAIN.search(
            f"{each.get('class') or ''} {each.get('id') or ''}".replace("_", "-")
        ):
            return False
    return True


def _date_beside(anchor: Element, around: list[Element]) -> str | None:
    """The date that goes with a link: in it, or in the smallest thing around it that holds no other link with text."""
    holder = anchor
    for each in around[:5]:
        others = {a.get("href") for a in each.iter("a") if a.get("href") and shown_text(a)} - {anchor.get("href")}
        if len(others) > 4 or each.tag in {"body", "html", "main", "ul", "ol", "table", "tbody"}:
            break
        holder = each
        if len(each.findall(".//time")) > 1:
            return None
    time = next(holder.iter("time"), None)
    if time is not None:
        found = read_moment(time.get("datetime")) or parse_date(spaced_text(time))
        if found:
            return found
    if holder.tag == "a":
        return None
    text = spaced_text(holder)
    own = shown_text(anchor)
    beside = find_date(text.replace(own, " | ", 1)) if own and len(text) < 600 else None
    return beside[0] if beside else _date_under_year(holder, text)


def _date_under_year(holder: Element, text: str) -> str | None:
    """A date such as "Mar 05" below a heading that is a year."""
    match = re.search(r"\b([A-Za-z]{3,9})\.? (\d{1,2})\b|\b(\d{1,2})\.? ([A-Za-z]{3,9})\b|\b(\d{2})[-/](\d{2})\b", text)
    if match is None:
        return None
    year = next((each.strip() for each in _texts_before(holder) if re.fullmatch(r"\s*(?:19|20)\d{2}\s*", each)), None)
    if year is None:
        return None
    if match[5]:
        return parse_date(f"{year}-{match[5]}-{match[6]}")
    return parse_date(f"{match[1] or match[4]} {match[2] or match[3]}, {year}")


def _texts_before(holder: Element) -> Iterator[str]:
    for each in (holder, *list(holder.iterancestors())[:3]):
        for before in each.itersiblings(preceding=True):
            if before.tag in {"h1", "h2", "h3", "h4", "h5", "dt", "summary", "p", "div", "strong"}:
                yield shown_text(before)[:20]


def _find_further(root: Element, base: str) -> Iterator[str]:
    for anchor in root.iter("a"):
        href = anchor.get("href")
        if not href or href.startswith("#"):
            continue
        near = " ".join(each.get("class") or "" for each in (anchor, *list(anchor.iterancestors())[:2]))
        near = f"{near} {anchor.get('id') or ''}"
        text = shown_text(anchor)
        marked = "next" in (anchor.get("rel") or "").split() or "prev" in (anchor.get("rel") or "").split()
        if marked or (_OLDER.match(text) and len(text) < 40) or _PAGER.search(near):
            cleaned = clean_url(href, base)
            if cleaned:
                yield cleaned


def _find_neighbours(root: Element, base: str, heads: list[tuple[set[str], str, str, str]]) -> Iterator[str]:
    yield from (href for rel, href, _, _ in heads if rel & {"prev", "previous", "next"})
    for anchor in root.iter("a"):
        href = anchor.get("href")
        if not href or href.startswith("#"):
            continue
        near = " ".join(each.get("class") or "" for each in (anchor, *list(anchor.iterancestors())[:3]))
        rel = set((anchor.get("rel") or "").lower().split())
        if rel & {"prev", "previous", "next"} or _NEIGHBOUR.search(near) or _NEIGHBOUR_TEXT.match(shown_text(anchor)):
            cleaned = clean_url(href, base)
            if cleaned:
                yield cleaned


def _find_interfaces(root: Element, base: str, heads: list[tuple[set[str], str, str, str]]) -> Iterator[str]:
    for rel, href, _, _ in heads:
        if "https://api.w.org/" in rel:
            yield f"{href.rstrip('/')}/wp/v2/posts" if "rest_route" not in href else href
    for element in root.iter("button", "a", "div", "section", "span", "ul", "main"):
        for key in _MORE_KEYS:
            value = element.get(key)
            if value and re.search(r"page|offset|posts|more|api|cursor", value, re.IGNORECASE):
                cleaned = clean_url(value, base)
                if cleaned:
                    yield cleaned
    for script in root.iter("script"):
        if script.text and not script.get("src"):
            for match in list(_SCRIPT_CALL.finditer(script.text[:200_000]))[:3]:
                cleaned = clean_url(f"{match[1]}2", base)
                if cleaned:
                    yield cleaned


def _find_data(root: Element) -> Iterator[Any]:
    for script in root.iter("script"):
        if (script.get("type") or "") in {"application/json"} and script.text and len(script.text) < 3_000_000:
            try:
                yield json.loads(script.text)
            except (ValueError, RecursionError):
                continue


def _count_teasers(root: Element) -> int:
    """Articles of a page whose heading is a link: parts of a listing."""
    return sum(
        1
        for article in root.iter("article")
        if any(heading.find(".//a") is not None for heading in article.iter("h1", "h2", "h3"))
    )
