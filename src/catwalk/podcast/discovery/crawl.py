"""The state of a crawl: what is to be asked, what was, and what may be a post. A plain value; asks nothing itself."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from enum import IntEnum

from pydantic import TypeAdapter, ValidationError

from catwalk.errors import InvalidRequest
from catwalk.podcast.discovery.moments import to_seconds
from catwalk.podcast.discovery.posts import Candidate, Found, Post, drop_doubles, sort_posts
from catwalk.podcast.discovery.shapes import Kind, family_of, judge_address, shape_of
from catwalk.podcast.urls import Scope, fold_url

MAX_BARREN = 3
"""So many pages of one listing in a row without anything new end it: what keeps a crawl out of endless calendars."""

_MIN_LISTED_WORDS = 60
_FEW = 3
_TOPICS = "topics"
_SECOND_PAGE = re.compile(r"/\d{1,2}$")


class Purpose(IntEnum):
    """Why an address is asked for; the lowest first."""

    START = 0
    INTERFACE = 1
    FEED = 2
    SITEMAP = 3
    LISTING = 4
    TOPIC = 5
    POST = 6


@dataclass(frozen=True, slots=True)
class Request:
    """One address to be asked for."""

    url: str
    purpose: Purpose
    depth: int = 0
    """Links from the start, further pages of one listing not counted."""


@dataclass(frozen=True, slots=True)
class CrawlLimits:
    """How far a crawl goes."""

    max_pages: int = 5000
    max_depth: int = 3
    max_bytes: int = 1024 * 1024 * 1024
    """Of all answers together."""

    max_sitemaps: int = 200
    max_feeds: int = 300
    max_candidates: int = 50_000


@dataclass(frozen=True, slots=True)
class Selection:
    """Which posts are wanted."""

    since: str | None = None
    """ISO 8601 date; posts of that day are wanted."""

    until: str | None = None
    limit: int | None = None
    """So many, the newest ones."""

    match: str | None = None
    """A regular expression that is found in title or address."""

    def covers(self, moment: str | None, *, modified: str | None = None) -> bool:
        """Whether a post of that day may be wanted; one of unknown day may."""
        if self.since and (moment or modified or "9")[:10] < self.since:
            return False
        return not (self.until and (moment or "0")[:10] > self.until)

    def select(self, posts: list[Post]) -> list[Post]:
        """Those that are wanted, in their order; one without a date is not wanted where a day was asked for."""
        dated = bool(self.since or self.until)
        kept = [post for post in posts if (post.published or not dated) and self.covers(post.published)]
        if self.match:
            pattern = re.compile(self.match, re.IGNORECASE)
            kept = [post for post in kept if pattern.search(post.title) or pattern.search(post.url)]
        return kept[: self.limit]


@dataclass(slots=True)
class Crawl:
    """A crawl, from its start to its end."""

    start: str
    scope: Scope = field(default_factory=lambda: Scope(("",)))
    narrow: bool = False
    """Whether only some of the blog's posts were asked for: a tag's, an author's, a year's."""

    language: str | None = None
    elsewhere: list[str] = field(default_factory=list)
    """Folders of the blog's other languages."""

    title: str = ""
    feed_url: str | None = None
    """The feed by which the blog can be followed."""

    authors: set[str] = field(default_factory=set)
    """Of all entries of feeds and interfaces."""

    waiting: list[Request] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    candidates: dict[str, Candidate] = field(default_factory=dict)
    """By folded address."""

    aliases: dict[str, str] = field(default_factory=dict)
    """Folded addresses that turned out to be another one."""

    barren: dict[str, int] = field(default_factory=dict)
    guesses: list[Request] = field(default_factory=list)
    """Tried one after another while there is no feed, or no sitemap."""

    complete: bool = False
    """Whether an interface gave all posts, so that nothing else needs to be asked for them."""

    n_listed: int = 0
    """Pages, sitemaps and interfaces that brought posts which no feed had brought."""

    n_sitemaps: int = 0
    n_pages: int = 0
    n_bytes: int = 0
    failures: list[str] = field(default_factory=list)
    robots: dict[str, str] = field(default_factory=dict)
    """robots.txt by origin, so that a crawl that is taken up does not ask for it again."""

    ended: str = ""
    """Why it went no further, where it did not come to its end."""

    def push(self, url: str, purpose: Purpose, depth: int = 0) -> None:
        """Have ``url`` asked for, unless it was, or is about to be."""
        if url not in self.asked:
            self.asked.add(url)
            self.waiting.append(Request(url, purpose, depth))

    def key(self, url: str) -> str:
        """The key of the post at ``url``, as far as known."""
        key = fold_url(url)
        for _ in range(5):
            if key not in self.aliases:
                break
            key = self.aliases[key]
        return key

    def meet(self, url: str, where: Found, limits: CrawlLimits) -> Candidate | None:
        """The candidate at ``url``, met at ``where``; None where there are too many."""
        key = self.key(url)
        candidate = self.candidates.get(key)
        if candidate is None:
            if len(self.candidates) >= limits.max_candidates:
                return None
            folder = re.sub(r"/index\.html?$", "/", url)
            candidate = self.candidates[key] = Candidate(url, variants=[folder] if folder != url else [])
        elif url != candidate.url and not candidate.seen and url not in candidate.variants:
            firm = where in {Found.FEED, Found.INTERFACE} and not candidate.is_certain
            candidate.variants.append(candidate.url if firm else url)
            candidate.url = url if firm else candidate.url
        candidate.note(where)
        return candidate

    def join(self, candidate: Candidate, url: str) -> Candidate:
        """``candidate`` turned out to be at ``url``: the two become one."""
        old, new = self.key(candidate.url), fold_url(url)
        if old == new or self.key(url) == old:
            candidate.url = url
            return candidate
        self.aliases[old] = new
        self.aliases.pop(new, None)
        del self.candidates[old]
        other = self.candidates.get(new)
        if other is not None:
            candidate.fill(other)
        candidate.url = url
        self.candidates[new] = candidate
        return candidate

    def is_spent(self, url: str) -> bool:
        """Whether the listing that ``url`` belongs to brings nothing new any more."""
        return self.barren.get(family_of(url), 0) >= MAX_BARREN

    def count_news(self, url: str, n_new: int) -> None:
        """A page of a listing brought so many new posts."""
        family = family_of(url)
        self.barren[family] = 0 if n_new else self.barren.get(family, 0) + 1

    def count_topic(self, n_new: int) -> None:
        """A tag, a category or an author brought so many new posts."""
        self.barren[_TOPICS] = 0 if n_new else self.barren.get(_TOPICS, 0) + 1

    def are_topics_spent(self) -> bool:
        """Whether asking for more of them is not worth it."""
        return self.barren.get(_TOPICS, 0) >= MAX_BARREN

    def author(self) -> str | None:
        """The one who writes the blog; None where feeds and interfaces name several, or nobody."""
        return next(iter(self.authors)) if len(self.authors) == 1 else None

    def order(self, selection: Selection) -> list[Candidate]:
        """Candidates that may be wanted: first those of no known date, then the newest."""
        known = [
            each
            for each in self.candidates.values()
            if each.verdict is not False and selection.covers(each.published or each.hinted, modified=each.modified)
        ]
        known.sort(key=lambda each: -(to_seconds(each.when) or 1e12))
        if selection.limit is None or selection.match:
            return known
        n_undated = sum(each.when is None for each in known)
        return known[: n_undated + selection.limit]

    def needs_page(self, candidate: Candidate) -> bool:
        """Whether its page must be looked at to know that it is a post, its title, date and author."""
        if candidate.seen:
            return False
        if not candidate.is_certain or not (candidate.title and candidate.published):
            return True
        return not (candidate.author or (self.complete and self.author())) or not (self.complete or self.n_listed)

    def posts(self, selection: Selection) -> list[Post]:
        """The posts, newest first, each once."""
        sure = [each for each in self.candidates.values() if each.verdict or (each.is_certain and each.verdict is None)]
        shapes = Counter(shape_of(each.url) for each in sure)
        unsure = [each for each in self.candidates.values() if each.seen and each.verdict is None]
        n_dated = sum(each.published is not None for each in (*sure, *unsure))
        is_dated = n_dated >= max(3, sum(each.when is None for each in unsure))
        accepted = {
            key: each for key, each in self.candidates.items() if self._is_post(each, shapes, is_dated=is_dated)
        }
        found = [
            each
            for key, each in accepted.items()
            if (whole := _SECOND_PAGE.sub("", key)) == key or whole not in accepted
        ]
        return selection.select(sort_posts(drop_doubles(self._to_post(each) for each in found)))

    def _is_post(self, candidate: Candidate, shapes: Counter[str], *, is_dated: bool) -> bool:
        """Where the page leaves it open: by the company it keeps."""
        if candidate.verdict is not None:
            return candidate.verdict
        if candidate.is_certain:
            return True
        shape = shape_of(candidate.url)
        is_usual = shapes[shape] >= 2 and ("/" in shape or "." in shape)
        if not candidate.seen:
            is_likely = is_usual or judge_address(candidate.url, self.scope) is Kind.POST
            return bool(candidate.shown_title) and is_likely
        listed = bool({Found.LISTING, Found.NEIGHBOUR} & set(candidate.found))
        if candidate.published or candidate.hinted:
            return listed or shapes[shape] >= 2 or shapes.total() < _FEW
        return not is_dated and (is_usual or (listed and (candidate.n_words or 0) >= _MIN_LISTED_WORDS))

    def _to_post(self, each: Candidate) -> Post:
        return Post(
            url=each.url,
            title=each.title or each.shown_title or "Untitled",
            published=each.published or each.hinted,
            author=each.author or self.author(),
            n_words=each.n_words,
        )


_ADAPTER: TypeAdapter[Crawl] = TypeAdapter(Crawl)


def save_crawl(crawl: Crawl) -> str:
    """The crawl as JSON text."""
    return _ADAPTER.dump_json(crawl).decode()


def load_crawl(text: str) -> Crawl:
    """A crawl from what `save_crawl` gave.

    Raises:
        InvalidRequest: it is no crawl, or one of another version of the program.
    """
    try:
        return _ADAPTER.validate_json(text)
    except ValidationError as error:
        raise InvalidRequest(f"the saved crawl cannot be taken up: {error.errors()[0]['msg']}") from error
