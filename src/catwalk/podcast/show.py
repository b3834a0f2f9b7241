"""A show and its episodes, as feeds, pages and exports need them, and where they are found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Protocol

MEDIA_TYPES = {
    ".mp3": "audio/mpeg",
    ".m4a": "audio/x-m4a",  # the one of the two names that Apple's directory takes
    ".opus": "audio/ogg",
    ".vtt": "text/vtt",
    ".json": "application/json+chapters",
    ".jpg": "image/jpeg",
    ".png": "image/png",
}
"""By the suffix of a file that is published; there are no others."""


@dataclass(frozen=True, slots=True)
class Media:
    """A file that belongs to a show; a new version of it has a new name."""

    name: str
    """SHA-256 of the content in hex, and a suffix of :data:`MEDIA_TYPES`."""

    n_bytes: int

    @property
    def media_type(self) -> str:
        """As it stands in an enclosure and in a ``Content-Type`` header."""
        return MEDIA_TYPES[PurePosixPath(self.name).suffix]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has a part in a show or an episode."""

    name: str
    role: str = "author"
    """A role of the Podcast Taxonomy, in lower case."""

    group: str = "writing"
    url: str | None = None


@dataclass(frozen=True, slots=True)
class FeedShow:
    """What a feed says about the show as a whole."""

    slug: str
    """Name in the feed's address: lower-case letters, digits and hyphens."""

    title: str
    description: str
    """Plain text."""

    link: str | None
    """Page of the blog, or of whatever else the show is made from; None for the feed itself."""

    language: str
    """BCP 47 tag."""

    guid: str
    """``podcast:guid``: made once by :func:`catwalk.podcast.feed.make_guid`, kept for ever."""

    image: Media
    """Square, 1400 to 3000 pixels a side; see :mod:`catwalk.podcast.artwork`."""

    author: str | None = None
    key: str | None = None
    """Stands in every address of a private show; None for a public one."""

    is_own: bool = False
    """Whether the texts belong to whoever publishes the feed. If not, the feed names whose they are and asks
    directories to leave it out."""

    category: tuple[str, ...] = ("Technology",)
    """Of Apple's list: a category, and perhaps one of its subcategories."""

    explicit: bool = False
    medium: str = "podcast"
    """Of the podcast namespace's list."""

    people: tuple[Person, ...] = ()
    owner_email: str | None = None
    """Shown to everybody; directories write to it to confirm who owns the feed."""

    updated: datetime | None = None
    """When anything in the feed last changed."""

    has_moved: bool = False
    """Whether it had another slug before, at which apps may still ask."""

    moved_to: str | None = None
    """New address of the feed, for apps that still ask at this one."""


@dataclass(frozen=True, slots=True)
class FeedEpisode:
    """What a feed says about one episode in its present render."""

    guid: str
    """Never changes, whatever else does."""

    title: str
    published: datetime
    """When the post appeared; without a time zone, UTC."""

    audio: Media
    duration_s: float
    link: str | None = None
    author: str | None = None
    summary: str = ""
    """Plain text."""

    notes: str = ""
    """HTML; only what :func:`catwalk.podcast.notes.clean_html` lets through is passed on."""

    language: str | None = None
    """BCP 47 tag of the transcript, where it is not the show's."""

    transcript: Media | None = None
    """WebVTT."""

    chapters: Media | None = None
    """JSON chapters."""

    image: Media | None = None
    explicit: bool = False
    people: tuple[Person, ...] = ()
    """Where there are any, they stand for the show's."""


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """Where the content of a :class:`Media` lies, and who may have it."""

    path: Path
    is_public: bool
    """Whether a public show contains it."""

    keys: tuple[str, ...] = ()
    """Of the private shows that contain it."""


class Publications(Protocol):
    """Whatever knows the shows. Calls may block, and may come from several threads at once."""

    def list_shows(self) -> Sequence[FeedShow]:
        """Every show, private ones included, in the order of their titles."""

    def find_show(self, slug: str) -> FeedShow | None:
        """The show of that name; under another slug where it has that name no more."""

    def count_episodes(self, slug: str) -> int:
        """How many episodes of the show are published."""

    def list_episodes(self, slug: str, *, start: int, n_most: int) -> Sequence[FeedEpisode]:
        """Published episodes, the newest first, from the one with index ``start``."""

    def find_media(self, name: str) -> PublishedFile | None:
        """The file of that name, if any published episode or show has it."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where a feed and its media are found. Addresses without a host are relative to the feed."""

    feed: str
    media: str
    """Folder, with a slash at its end."""

    page: str
    """Address of the second and later pages of the feed, ``{}`` for the number."""

    def page_url(self, number: int) -> str:
        """Address of one page of the feed; the first is the feed itself."""
        return self.feed if number == 1 else self.page.format(number)

    def media_url(self, media: Media) -> str:
        """Address of a file."""
        return self.media + media.name


PUBLIC = "public"
"""Stands in media addresses where a private show has its key."""


def find_places(base_url: str, show: FeedShow) -> Places:
    """Where the server at ``base_url`` has a show."""
    base_url = base_url.rstrip("/")
    feed = f"{base_url}/feeds/{f'{show.key}/' if show.key else ''}{show.slug}.xml"
    return Places(feed, f"{base_url}/media/{show.key or PUBLIC}/", f"{feed}?page={{}}")
