"""A crawl of a written blog in no time: a clock that is moved by hand, and what was found beside what is true."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from catwalk.podcast.discover import Advance, Discovery, discover
from catwalk.podcast.discovery.crawl import Crawl, CrawlLimits, Selection
from catwalk.podcast.discovery.posts import Post
from catwalk.podcast.page_cache import PageCache
from catwalk.podcast.politeness import Clock, Turns
from catwalk.podcast.urls import fold_url
from catwalk.podcast.web import Manners, Web
from catwalk.reader.fetch import FetchLimits
from sites.blog_server import BlogServer, Truth

LOCAL = FetchLimits(timeout_s=5, connect_s=2, allow_loopback=True, user_agent="catwalk/test")


class HandClock:
    """Time passes only when somebody sleeps."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self.at = start

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds
        await asyncio.sleep(0)


def make_web(clock: Clock, *, pause_s: float = 1.0, cache: Path | None = None, limits: FetchLimits = LOCAL) -> Web:
    return Web(Turns(clock), limits, Manners(pause_s=pause_s), PageCache(cache) if cache else None)


def crawl_site(
    server: BlogServer,
    *,
    web: Web | None = None,
    start: str | None = None,
    limits: CrawlLimits = CrawlLimits(),  # noqa: B008  # frozen
    selection: Selection = Selection(),  # noqa: B008  # frozen
    crawl: Crawl | None = None,
    advance: Advance | None = None,
) -> Discovery:
    web = web or make_web(HandClock())
    url = f"{server.root}{start or server.site.start}"
    return asyncio.run(discover(url, web=web, limits=limits, selection=selection, crawl=crawl, advance=advance))


@dataclass
class Score:
    """How what was found compares with what is true."""

    n_true: int
    missing: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)

    @property
    def faults(self) -> dict[str, list[str]]:
        return {name: value for name, value in vars(self).items() if name != "n_true" and value}


def score(posts: tuple[Post, ...], truth: list[Truth], root: str) -> Score:
    found: dict[str, list[Post]] = {}
    for post in posts:
        found.setdefault(fold_url(post.url), []).append(post)
    true = {fold_url(root + each.path): each for each in truth}
    result = Score(len(true), wrong=[key for key in found if key not in true])
    for key, each in true.items():
        if key not in found:
            result.missing.append(key)
            continue
        post = found[key][0]
        if len(found[key]) > 1:
            result.twice.append(key)
        if (post.published or "")[:10] != each.day:
            result.dates.append(f"{key}: {post.published} for {each.day}")
        if post.author != each.author:
            result.authors.append(f"{key}: {post.author} for {each.author}")
        if post.title != each.title:
            result.titles.append(f"{key}: {post.title} for {each.title}")
    return result
