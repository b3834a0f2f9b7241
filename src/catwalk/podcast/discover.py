"""The posts of a blog, from any address of it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from catwalk.errors import FetchFailed, HostResting, NoPosts, RobotsRefused, SourceError
from catwalk.podcast.discovery import start, steps
from catwalk.podcast.discovery.crawl import Crawl, CrawlLimits, Purpose, Request, Selection
from catwalk.podcast.discovery.feeds import Feed, is_feed, parse_feed
from catwalk.podcast.discovery.pages import read_page
from catwalk.podcast.discovery.posts import Candidate, Post
from catwalk.podcast.urls import clean_url
from catwalk.podcast.web import Fetched, Web

MAX_FAILURES = 5
"""So many addresses in a row that could not be had end a crawl: the host is in trouble."""

Advance = Callable[[Crawl], None]
"""Called after every answer; a good moment to save the crawl."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a crawl found."""

    posts: tuple[Post, ...]
    """Newest first; those without a date last."""

    title: str
    """Name of the blog; empty where nothing tells."""

    feed_url: str | None
    """Feed by which it can be followed."""

    left_out: tuple[Candidate, ...]
    """Pages that were taken for posts at first, each with the reason why it is none."""

    ended: str
    """Why the crawl went no further; empty where it came to its end."""


async def discover(
    url: str,
    *,
    web: Web,
    limits: CrawlLimits = CrawlLimits(),  # noqa: B008  # frozen
    selection: Selection = Selection(),  # noqa: B008  # frozen
    crawl: Crawl | None = None,
    advance: Advance | None = None,
) -> Discovery:
    """Find the posts of the blog at ``url``: a home page, feed, sitemap, archive, or the page of a tag or a year.

    The page of a tag, a category, an author or a year gives the posts that it lists; any other address all posts of
    the blog, and of nothing else on the same host. Posts that robots.txt keeps us from are left out.

    Args:
        url: Any address of the blog.
        web: Asks.
        limits: How far to go.
        selection: Which posts are wanted; pages of others are not asked for where their dates are known.
        crawl: One that was broken off, to be taken up; nothing that it asked is asked again.
        advance: Told after every answer.

    Raises:
        NoPosts: there are none.
        SourceError: the first address cannot be had, or the host asks to be left alone; the crawl can be taken up.
    """
    crawl = begin(url) if crawl is None else crawl
    web.take_up(crawl.robots)
    n_failures = 0
    while (request := next_request(crawl, limits, selection)) is not None:
        try:
            fetched = await web.get(request.url)
            n_failures = n_failures + 1 if fetched.status >= 500 else 0
        except HostResting:
            crawl.waiting.insert(0, request)
            raise
        except SourceError as error:
            if request.purpose is Purpose.START:
                raise
            n_failures += not isinstance(error, RobotsRefused)
            fetched = Fetched(request.url, 0, {"error": error.code}, b"")
        sitemaps = (await web.robots(fetched.url)).sitemaps if request.purpose is Purpose.START else ()
        take(crawl, request, fetched, limits, sitemaps)
        crawl.robots.update(web.robots_texts)
        if n_failures >= MAX_FAILURES:
            crawl.ended = f"{n_failures} addresses in a row could not be had; the last was {request.url}"
        if advance is not None:
            advance(crawl)
    return await conclude(crawl, web, selection)


def begin(url: str) -> Crawl:
    """A crawl that has asked nothing yet.

    Raises:
        FetchFailed: ``url`` is no http or https address.
    """
    cleaned = clean_url(url)
    if cleaned is None:
        raise FetchFailed(f"{url!r} is not an address of a blog; one begins with http:// or https://")
    crawl = Crawl(start=cleaned)
    crawl.push(cleaned, Purpose.START)
    return crawl


def next_request(crawl: Crawl, limits: CrawlLimits, selection: Selection) -> Request | None:
    """What is to be asked for next; None at the end. The request is no longer waiting afterwards."""
    if crawl.ended:
        return None
    if crawl.n_pages >= limits.max_pages:
        crawl.ended = f"the limit of {limits.max_pages} pages is reached"
        return None
    if crawl.n_bytes >= limits.max_bytes:
        crawl.ended = f"the limit of {limits.max_bytes:,} bytes is reached"
        return None
    while crawl.waiting:
        request = min(crawl.waiting, key=lambda each: each.purpose)
        crawl.waiting.remove(request)
        if _is_worth(crawl, request):
            return request
    while crawl.guesses and not crawl.complete:
        guess = crawl.guesses.pop(0)
        if guess.url not in crawl.asked and not (guess.purpose is Purpose.FEED and crawl.feed_url):
            crawl.asked.add(guess.url)
            return guess
    return _next_page(crawl, selection)


def _is_worth(crawl: Crawl, request: Request) -> bool:
    if request.purpose in {Purpose.LISTING, Purpose.TOPIC, Purpose.INTERFACE} and crawl.is_spent(request.url):
        return False
    if request.purpose is Purpose.TOPIC and crawl.are_topics_spent():
        return False
    return not crawl.complete or request.purpose in {Purpose.START, Purpose.INTERFACE, Purpose.FEED, Purpose.POST}


def _next_page(crawl: Crawl, selection: Selection) -> Request | None:
    """The page of the first candidate of which something is not known."""
    for candidate in crawl.order(selection):
        if crawl.needs_page(candidate):
            return Request(candidate.url, Purpose.POST, 1)
    return None


def take(crawl: Crawl, request: Request, fetched: Fetched, limits: CrawlLimits, sitemaps: Sequence[str] = ()) -> None:
    """What the answer to a request changes.

    Raises:
        FetchFailed: the very first address cannot be had.
    """
    crawl.n_pages += 1
    crawl.n_bytes += len(fetched.content)
    if not fetched.ok and request.purpose is not Purpose.POST:
        crawl.failures.append(f"{request.url}: {fetched.status or fetched.headers.get('error')}")
    match request.purpose:
        case Purpose.START:
            if not fetched.ok:
                raise FetchFailed(f"{fetched.url} answered {fetched.status}")
            start.take_start(crawl, fetched, limits, sitemaps)
        case Purpose.FEED:
            steps.take_feed(crawl, request, fetched, limits)
        case Purpose.SITEMAP:
            steps.take_sitemap(crawl, request, fetched, limits)
        case Purpose.INTERFACE:
            steps.take_interface(crawl, request, fetched, limits)
        case Purpose.LISTING:
            steps.take_listing(crawl, request, fetched, limits)
        case Purpose.TOPIC:
            n_before = len(crawl.candidates)
            steps.take_listing(crawl, request, fetched, limits)
            crawl.count_topic(len(crawl.candidates) - n_before)
        case Purpose.POST:
            _take_post(crawl, request, fetched, limits)


def _take_post(crawl: Crawl, request: Request, fetched: Fetched, limits: CrawlLimits) -> None:
    candidate = crawl.candidates.get(crawl.key(request.url))
    if candidate is None:
        return
    if fetched.status == 0:
        candidate.refuse(f"its page could not be had: {fetched.headers.get('error')}")
    else:
        steps.take_post(crawl, candidate, fetched, limits, request.depth)


async def conclude(crawl: Crawl, web: Web, selection: Selection) -> Discovery:
    """The posts of a crawl that is over, those that robots.txt keeps us from left out.

    Raises:
        NoPosts: there are none.
    """
    for candidate in crawl.candidates.values():
        if candidate.verdict is not False and not (await web.robots(candidate.url)).allow(candidate.url):
            candidate.refuse("robots_refused")
    posts = crawl.posts(selection)
    if not posts:
        wanted = " that is wanted" if crawl.posts(Selection()) else ""
        raise NoPosts(f"no post{wanted} was found at {crawl.start}; {crawl.n_pages} pages were looked at")
    left_out = tuple(each for each in crawl.candidates.values() if each.verdict is False)
    return Discovery(tuple(posts), crawl.title, crawl.feed_url, left_out, crawl.ended)


async def find_feed(url: str, web: Web) -> tuple[str, Feed]:
    """The feed of the blog at ``url``, which may be the feed itself: where it is, and what it holds.

    Raises:
        NoPosts: the page names none, and none is where feeds usually are.
        SourceError: the page cannot be had.
    """
    fetched = await web.get(url)
    if is_feed(fetched.content, fetched.content_type):
        return fetched.url, parse_feed(fetched.content, fetched.url) or Feed()
    page = read_page(fetched.content, steps.charset_of(fetched), fetched.url)
    for candidate in (*page.feeds, *start.guess_feeds(fetched.url)):
        with contextlib.suppress(SourceError):
            found = await web.get(candidate)
            if found.ok and is_feed(found.content, found.content_type):
                return found.url, parse_feed(found.content, found.url) or Feed()
    raise NoPosts(f"{url} names no feed, and none is where feeds usually are; give the feed's own address")
