"""Sitemaps: addresses of a site, as XML or text, packed or not, never larger than a bound."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from io import BytesIO

from lxml import etree

from catwalk.podcast.discovery.moments import read_moment
from catwalk.podcast.urls import clean_url

MAX_UNPACKED_BYTES = 50 * 1024 * 1024
"""What the protocol allows a sitemap (sitemaps.org)."""

MAX_ADDRESSES = 50_000
"""Likewise."""

_POSTS = re.compile(r"post|article|blog|news|entr|stor|write|essay", re.IGNORECASE)
_OTHERS = re.compile(
    r"(?:^|[/_.-])(?:pages?|categor(?:y|ies)|(?:post_)?tags?|authors?|users?|images?|videos?|products?|attachments?|media"
    r"|taxonom\w*|portfolio|events?|forums?|profiles?|collections?|jobs?|locations?)(?=[/_.-]|\d|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Place:
    """One address of a sitemap."""

    url: str
    modified: str | None = None
    """ISO 8601."""

    alternates: dict[str, str] = field(default_factory=dict)
    """The same page in other languages: address by language tag."""


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What a sitemap lists."""

    is_index: bool
    """Whether the places are sitemaps themselves."""

    places: tuple[Place, ...]


def unpack(content: bytes) -> bytes:
    """The content of a ``.gz`` file, cut off at the bound; any other content as it is."""
    if not content.startswith(b"\x1f\x8b"):
        return content[:MAX_UNPACKED_BYTES]
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(content, MAX_UNPACKED_BYTES)
    except zlib.error:
        return b""


def is_sitemap(content: bytes) -> bool:
    """Whether bytes are a sitemap in XML."""
    return bool(re.search(rb"<(?:\w+:)?(?:urlset|sitemapindex)[\s>]", unpack_head(content)))


def unpack_head(content: bytes) -> bytes:
    """The first bytes, unpacked."""
    if not content.startswith(b"\x1f\x8b"):
        return content[:4096]
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(content[:65536], 4096)
    except zlib.error:
        return b""


def parse_sitemap(content: bytes, url: str) -> Sitemap:
    """The addresses in a sitemap; none where it is none. Broken XML gives what comes before the fault."""
    plain = unpack(content)
    if not is_sitemap(plain):
        lines = plain[:MAX_UNPACKED_BYTES].decode("utf-8-sig", errors="replace").split()[:MAX_ADDRESSES]
        is_list = bool(lines) and all(line.startswith(("http://", "https://")) for line in lines[:50])
        found = (clean_url(line, url) for line in lines) if is_list else ()
        return Sitemap(is_index=False, places=tuple(Place(address) for address in found if address))
    places: list[Place] = []
    is_index = False
    # Entities stay as they are, so no document can grow while it is read.
    parser = etree.iterparse(
        BytesIO(plain), events=("end",), recover=True, resolve_entities=False, no_network=True, huge_tree=False
    )
    try:
        for _, element in parser:
            name = etree.QName(element).localname if isinstance(element.tag, str) else ""
            if name not in {"url", "sitemap"}:
                continue
            is_index = is_index or name == "sitemap"
            place = _read_place(element, url)
            if place is not None:
                places.append(place)
            element.clear()
            if len(places) >= MAX_ADDRESSES:
                break
    except etree.XMLSyntaxError:
        pass  # what came before the fault is still good
    return Sitemap(is_index, tuple(places))


def _read_place(element: etree._Element, base: str) -> Place | None:
    found: dict[str, str] = {}
    alternates: dict[str, str] = {}
    for child in element:
        if not isinstance(child.tag, str):
            continue
        name = etree.QName(child).localname
        if name == "link" and child.get("hreflang") and child.get("href"):
            alternates[str(child.get("hreflang")).lower()] = str(child.get("href"))
        elif name in {"loc", "lastmod", "publication_date"}:
            found.setdefault(name, (child.text or "").strip())
    address = clean_url(found["loc"], base) if found.get("loc") else None
    return Place(address, read_moment(found.get("lastmod")), alternates) if address else None


def holds_posts(url: str) -> bool | None:
    """Whether a sitemap's name says that it lists posts: True, False, or None where it says nothing."""
    last = url.rpartition("/")[2].lower()
    if re.search(r"(?:sitemap-)?posts?-(?:page|product|attachment)|taxonomies|users", last):
        return False
    if _POSTS.search(last.replace("post_tag", "")):
        return True
    return False if _OTHERS.search(last) else None
