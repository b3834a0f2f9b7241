"""The picture that a blog has of itself: what its feed names, else what its home page does."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any

from catwalk.errors import SourceError
from catwalk.podcast.artwork import square_picture
from catwalk.podcast.discovery.feeds import Feed
from catwalk.podcast.urls import clean_url
from catwalk.podcast.web import Web
from catwalk.reader.extraction.parsing import decode, parse_html

MAX_ASKED = 4
"""Pictures that a blog is asked for."""

_SIZES = re.compile(r"(\d+)x\d+")


async def find_portrait(web: Web, feed: Feed, home: str) -> bytes | None:
    """A blog's own picture, made what a show's has to be; None where it has none that would do.

    Asks as every crawl does: in its turn, under the rules of robots.txt. What cannot be had is passed over.

    Args:
        web: Asks.
        feed: The blog's.
        home: The blog's home page, which is asked where the feed names no picture that would do.
    """
    asked: set[str] = set()
    for address in [feed.image] if feed.image else []:
        asked.add(address)
        if picture := await _bring(web, address):
            return picture
    try:
        page = await web.get(home)
    except SourceError:
        return None
    for address in list_pictures(page.content, page.url) if page.ok else ():
        if address not in asked and len(asked) < MAX_ASKED:
            asked.add(address)
            if picture := await _bring(web, address):
                return picture
    return None


async def _bring(web: Web, address: str) -> bytes | None:
    try:
        answer = await web.get(address)
        return await asyncio.to_thread(square_picture, answer.content) if answer.ok else None
    except SourceError:  # among them what is no picture, or a small one
        return None


def list_pictures(content: bytes, url: str) -> list[str]:
    """What a page names as its picture: icons for home screens, the largest first, then those for previews."""
    root = parse_html(decode(content, None))
    icons = sorted(_list_icons(root, url), reverse=True)
    named = {str(meta.get("property") or meta.get("name") or ""): meta.get("content") for meta in root.iter("meta")}
    previews = [named.get("og:image"), named.get("twitter:image")]
    found = [address for _, address in icons] + [clean_url(each, url) for each in previews if each]
    return list(dict.fromkeys(filter(None, found)))


def _list_icons(root: Any, url: str) -> Iterator[tuple[int, str]]:
    for link in root.iter("link"):
        kinds = (link.get("rel") or "").lower().split()
        sizes = _SIZES.search(link.get("sizes") or "")
        address = clean_url(link.get("href") or "", url)
        side_px = int(sizes[1]) if sizes else 0
        is_for_home_screens = any(kind.startswith("apple-touch-icon") for kind in kinds)
        if address and (is_for_home_screens or ("icon" in kinds and side_px)):
            yield side_px, address
