"""What the settings come to for crawls: how far they go, and how politely they ask."""

from __future__ import annotations

import dataclasses

from catwalk import __version__
from catwalk.app.choices import fetch_limits
from catwalk.podcast.discovery.crawl import CrawlLimits
from catwalk.podcast.page_cache import PageCache
from catwalk.podcast.politeness import SystemClock, Turns
from catwalk.podcast.web import Manners, Web, guard
from catwalk.settings import Settings


def crawl_limits(settings: Settings, *, max_pages: int | None = None) -> CrawlLimits:
    """How far a crawl goes: what the settings say, changed by what was asked for now."""
    own = settings.crawl
    return CrawlLimits(max_pages=max_pages or own.max_pages, max_depth=own.max_depth, max_bytes=own.max_bytes)


def crawl_web(
    settings: Settings,
    start: str,
    *,
    turns: Turns | None = None,
    pause_s: float | None = None,
    for_person: bool = True,
) -> Web:
    """What asks for a crawl from ``start``; crawls and polls of one process share their ``turns``."""
    own = settings.crawl
    contact = f"; +{own.contact}" if own.contact else ""
    limits = dataclasses.replace(
        fetch_limits(settings, for_person=for_person),
        user_agent=f"Mozilla/5.0 (compatible; catwalk/{__version__}{contact})",
    )
    cache = PageCache(settings.home / "crawls" / "pages", own.max_bytes)
    cache.trim()
    return Web(
        turns or Turns(SystemClock()),
        guard(limits, start),
        Manners(pause_s=own.pause_s if pause_s is None else pause_s),
        cache,
    )
