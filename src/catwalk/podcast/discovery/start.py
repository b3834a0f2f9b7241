"""The first answer of a crawl: what was given, which addresses belong to the blog, and where to ask next."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from catwalk.podcast.discovery.crawl import Crawl, CrawlLimits, Purpose, Request
from catwalk.podcast.discovery.feeds import Feed, count_words, is_feed, parse_feed
from catwalk.podcast.discovery.pages import Page, read_page
from catwalk.podcast.discovery.posts import Found
from catwalk.podcast.discovery.shapes import Kind, find_prefix, is_narrow, judge_address
from catwalk.podcast.discovery.sitemaps import is_sitemap
from catwalk.podcast.discovery.steps import (
    charset_of,
    extract_article,
    is_local,
    push_interfaces,
    push_sitemap,
    take_feed,
    take_page,
    take_sitemap,
)
from catwalk.podcast.discovery.verdicts import judge_page
from catwalk.podcast.urls import Scope, fold_url, host_of, is_loopback, path_of
from catwalk.podcast.web import Fetched

_FEED_GUESSES = ("feed", "feed.xml", "rss.xml", "atom.xml", "index.xml", "rss", "feed.json", "feeds/posts/default")
_SITEMAP_GUESSES = (
    "sitemap.xml",
    "sitemap_index.xml",
    "sitemap-index.xml",
    "wp-sitemap.xml",
    "sitemap.xml.gz",
    "sitemap.txt",
)
_MAX_FEEDS_OF_A_PAGE = 3
_LISTED = 5
"""A page with so many links in headings or beside dates lists posts."""


def take_start(crawl: Crawl, fetched: Fetched, limits: CrawlLimits, sitemaps: Sequence[str]) -> None:
    """The first answer: what it is, which addresses belong to the blog, and where to ask next."""
    parts = urlsplit(fetched.url)
    origin, host = f"{parts.scheme}://{parts.netloc}", host_of(fetched.url)
    crawl.scope = Scope((host,), find_prefix(parts.path), origin=origin)
    crawl.narrow = is_narrow(fetched.url)
    if is_feed(fetched.content, fetched.content_type):
        _start_at_feed(crawl, fetched, limits)
    elif is_sitemap(fetched.content):
        crawl.scope = Scope((host,), "/", origin=origin)
        take_sitemap(crawl, Request(fetched.url, Purpose.SITEMAP), fetched, limits)
        crawl.push(f"{origin}/", Purpose.LISTING)
    else:
        _start_at_page(crawl, fetched, limits)
    if crawl.narrow:
        return
    root = f"{crawl.scope.origin}{crawl.scope.prefix}"
    for sitemap in sitemaps:
        push_sitemap(crawl, sitemap, limits)
    folders = dict.fromkeys((root, f"{crawl.scope.origin}/"))
    crawl.guesses += [Request(f"{folder}{name}", Purpose.SITEMAP) for folder in folders for name in _SITEMAP_GUESSES]
    crawl.guesses += [Request(f"{root}{name}", Purpose.FEED) for name in _FEED_GUESSES]


def guess_feeds(url: str) -> list[str]:
    """Where the feed of the blog at ``url`` may be when nothing names it."""
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    folders = dict.fromkeys((f"{origin}{find_prefix(parts.path)}", f"{origin}/"))
    return [f"{folder}{name}" for folder in folders for name in _FEED_GUESSES]


def _start_at_feed(crawl: Crawl, fetched: Fetched, limits: CrawlLimits) -> None:
    feed = parse_feed(fetched.content, fetched.url) or Feed()
    parts = urlsplit(fetched.url)
    home = feed.home
    if home and host_of(home) == crawl.scope.hosts[0]:
        crawl.narrow = crawl.narrow or is_narrow(home)
        crawl.scope = Scope(crawl.scope.hosts, find_prefix(path_of(home)), origin=crawl.scope.origin)
    elif home and not is_loopback(parts.hostname or ""):  # a feed that somebody else serves
        own = urlsplit(home)
        crawl.scope = Scope((host_of(home),), find_prefix(own.path), origin=f"{own.scheme}://{own.netloc}")
    crawl.asked.add(fetched.url)
    take_feed(crawl, Request(fetched.url, Purpose.FEED), fetched, limits)
    front = f"{crawl.scope.origin}{crawl.scope.prefix}"
    placed = crawl.scope.place(home) if home else None
    if not crawl.narrow or (placed and is_narrow(placed)):
        crawl.push(placed or front, Purpose.LISTING)


def _start_at_page(crawl: Crawl, fetched: Fetched, limits: CrawlLimits) -> None:
    page = read_page(fetched.content, charset_of(fetched), fetched.url)
    crawl.title = page.metadata.site or page.metadata.title
    crawl.language = (page.metadata.language or "").lower().partition("-")[0] or None
    crawl.asked.add(fetched.url)
    _learn_languages(crawl, page)
    if page.metadata.url and host_of(page.metadata.url) != crawl.scope.hosts[0] and is_local(crawl):
        crawl.scope = crawl.scope.widen(mirror=host_of(page.metadata.url))
    if _is_single(page, fetched, crawl.scope):
        crawl.scope = Scope(
            crawl.scope.hosts, _find_parent(path_of(fetched.url)), crawl.scope.mirrors, origin=crawl.scope.origin
        )
        crawl.meet(fetched.url, Found.LISTING, limits)
        crawl.push(f"{crawl.scope.origin}{crawl.scope.prefix}", Purpose.LISTING)
    elif not crawl.narrow:
        _fit_scope(crawl, page)
    for feed in page.feeds[:_MAX_FEEDS_OF_A_PAGE] if not crawl.narrow else ():
        placed = crawl.scope.whole().place(feed)
        if placed or not is_local(crawl):
            crawl.push(placed or feed, Purpose.FEED)
    push_interfaces(crawl, page)
    take_page(crawl, page, 0, limits)


def _learn_languages(crawl: Crawl, page: Page) -> None:
    """The folders of other languages, from the start page's own translations."""
    own = path_of(page.url)
    for language, address in page.alternates.items():
        folder = find_prefix(path_of(address))
        other = language.partition("-")[0] not in {crawl.language, "x"}
        if other and folder != "/" and not own.startswith(folder):
            crawl.elsewhere.append(folder)


def _is_single(page: Page, fetched: Fetched, scope: Scope) -> bool:
    """Whether the address given is that of one post."""
    kind = judge_address(page.url, scope.whole())
    if path_of(page.url) == "/" or kind in {Kind.LISTING, Kind.TOPIC}:
        return False
    others = [link for link in page.links if link.in_main and fold_url(link.url) != fold_url(page.url)]
    below = [link for link in others if path_of(link.url).startswith(f"{path_of(page.url).rstrip('/')}/")]
    if below or sum(link.in_heading or link.published is not None for link in others) >= _LISTED:
        return False
    article = extract_article(fetched)
    n_words = sum(count_words(block.text) for block in article.blocks) if article else 0
    verdict, _ = judge_page(page, article, n_words, kind)
    return verdict is True or (verdict is None and page.metadata.published is not None)


def _find_parent(path: str) -> str:
    prefix = find_prefix(re.sub(r"/(?:19|20)\d{2}[/-].*$", "/", path))
    if prefix.strip("/") and path.strip("/") == prefix.strip("/"):
        prefix = prefix.rstrip("/").rpartition("/")[0] + "/"
    return "/" if prefix in {"/p/", "/post/", "/posts/"} else prefix


def _fit_scope(crawl: Crawl, page: Page) -> None:
    """A blog's front page whose posts all lie outside its own folder names the folders where they are."""
    if crawl.scope.prefix == "/":
        return
    whole = crawl.scope.whole()
    links = [(placed, link) for link in page.links if link.in_main and (placed := whole.place(link.url))]
    likely = [
        (url, link)
        for url, link in links
        if link.published or link.in_heading or judge_address(url, whole) is Kind.POST
    ]
    likely = [(url, link) for url, link in likely if judge_address(url, whole) in {Kind.POST, Kind.OPEN}]
    if not likely or any(crawl.scope.place(url) and fold_url(url) != fold_url(page.url) for url, _ in likely):
        return
    for url, _ in likely:
        folder = "/".join(path_of(url).split("/")[:2]) + "/"
        crawl.scope = crawl.scope.widen(folder=folder if path_of(url).count("/") > 1 else path_of(url))
