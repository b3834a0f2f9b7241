"""Posts, and what is known of a page that may be one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from catwalk.podcast.discovery.moments import to_seconds


class Found(StrEnum):
    """Where an address was met."""

    FEED = "feed"
    INTERFACE = "interface"
    POST_SITEMAP = "post_sitemap"
    SITEMAP = "sitemap"
    LISTING = "listing"
    NEIGHBOUR = "neighbour"


@dataclass(frozen=True, slots=True)
class Post:
    """One post of a blog."""

    url: str
    """Where it is read: without tracking parameters, of several variants the one that the site calls its own."""

    title: str
    published: str | None = None
    """ISO 8601 date, with time and offset where the blog gives them."""

    author: str | None = None
    """Several names are joined by a comma and a space."""

    n_words: int | None = None
    """Of its text; None where neither feed nor page was seen whole."""


@dataclass(slots=True)
class Candidate:
    """A page that may be a post, and what is said of it."""

    url: str
    found: list[Found] = field(default_factory=list)
    title: str = ""
    published: str | None = None
    modified: str | None = None
    author: str | None = None
    n_words: int | None = None
    hinted: str | None = None
    """A date that a listing, the address or a feed's time of update gives; the page's own goes before it."""

    variants: list[str] = field(default_factory=list)
    """Other addresses with the same key, to be tried where the first is not there."""

    shown_title: str = ""
    """What links to it say; the page's own title goes before it."""

    seen: bool = False
    """Whether its page was looked at."""

    verdict: bool | None = None
    """Whether it is a post by its page; None where the page does not tell or was not looked at."""

    reason: str = ""
    """Why it is left out."""

    @property
    def is_certain(self) -> bool:
        """Whether the blog itself lists it as a post."""
        return bool({Found.FEED, Found.INTERFACE, Found.POST_SITEMAP} & set(self.found))

    @property
    def when(self) -> str | None:
        """The best date that is known."""
        return self.published or self.hinted or self.modified

    def note(self, where: Found) -> None:
        """It was met at ``where``."""
        if where not in self.found:
            self.found.append(where)

    def fill(self, other: Candidate) -> None:
        """Take over what ``other``, another address of the same post, knows and this one does not."""
        for where in other.found:
            self.note(where)
        self.title = self.title or other.title
        self.published = self.published or other.published
        self.modified = self.modified or other.modified
        self.author = self.author or other.author
        self.n_words = self.n_words or other.n_words
        self.hinted = self.hinted or other.hinted
        self.variants += other.variants
        self.shown_title = self.shown_title or other.shown_title
        self.seen = self.seen or other.seen
        if self.verdict is None:
            self.verdict, self.reason = other.verdict, other.reason

    def refuse(self, reason: str) -> None:
        """It is no post, or none that can be read."""
        self.seen, self.verdict, self.reason = True, False, reason


def sort_posts(posts: Iterable[Post]) -> list[Post]:
    """Newest first; posts without a date last, in the order in which they came."""
    dated = [(to_seconds(post.published), post) for post in posts]
    known = sorted((each for each in dated if each[0] is not None), key=lambda each: -(each[0] or 0.0))
    return [post for _, post in known] + [post for moment, post in dated if moment is None]


def day_of(moment: str | None) -> str | None:
    """The day of an ISO 8601 date or time."""
    return moment[:10] if moment else None


def drop_doubles(posts: Iterable[Post]) -> list[Post]:
    """The posts without those that are another one at a second address: same title, same moment, same author.

    Posts of one day that have no time of day are the same only where their last path segment is too.
    """
    kept: dict[tuple[str, ...], Post] = {}
    for post in posts:
        exact = post.published and len(post.published) > 10 and not post.published[11:].startswith("00:00:00")
        slug = "" if exact else post.url.rstrip("/").rpartition("/")[2].removesuffix(".html")
        key = (post.title.casefold(), post.published or post.url, slug, post.author or "")
        other = kept.get(key)
        kept[key] = post if other is None else replace(other, n_words=other.n_words or post.n_words)
    return list(kept.values())
