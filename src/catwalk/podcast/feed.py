"""A show as RSS 2.0 with Apple's and the podcast namespace's elements.

Long feeds come in pages (RFC 5005, section 3), the newest episodes first. Archived feeds (section 4) would promise that
an old page never changes, but here a correction may give any episode a new enclosure at any time.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TypeAlias

from lxml import etree

from catwalk.errors import InvalidRequest
from catwalk.podcast.categories import CATEGORIES
from catwalk.podcast.notes import clean_html, fit_html_text, shorten, shorten_bytes
from catwalk.podcast.show import FeedEpisode, FeedShow, Person, Places

PAGE_EPISODES = 300
"""Episodes on a page. Many apps read the first page alone, so it is a long one; with notes of 3 kB about 1.5 MB."""

MAX_DESCRIPTION_BYTES = 4000
MAX_TEXT_CHARS = 255
"""What Apple takes: 4000 bytes of a description, 255 characters of anything else (A Podcaster's Guide to RSS)."""

MAX_NAME_CHARS = 128
"""Of a person (podcast namespace, ``podcast:person``)."""

MEDIUMS = frozenset({"podcast", "music", "video", "film", "audiobook", "newsletter", "blog", "course"})

GUID_NAMESPACE = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
"""Of the podcast namespace, ``podcast:guid``."""

_ATOM = "http://www.w3.org/2005/Atom"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
_PODCAST = "https://podcastindex.org/namespace/1.0"
_NAMESPACES = {"atom": _ATOM, "content": _CONTENT, "itunes": _ITUNES, "podcast": _PODCAST}

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write, and the control characters that it warns of (section 2.2, ``Char``)."""

_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:-[A-Za-z]{4})?(?:-([A-Za-z]{2}))?(?:-.*)?")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")

_Element: TypeAlias = etree._Element  # lxml has no public name for its elements' type


def make_guid(feed_url: str) -> str:
    """The ``podcast:guid`` of a show that is first published at ``feed_url``."""
    return str(uuid.uuid5(GUID_NAMESPACE, re.sub(r"^[a-z][a-z0-9+.-]*://", "", feed_url).rstrip("/")))


def count_pages(n_episodes: int, page_episodes: int = PAGE_EPISODES) -> int:
    """How many pages a feed has; an empty one has one."""
    return max(1, -(-n_episodes // page_episodes))


def check_show(show: FeedShow) -> None:
    """Refuse what podcast directories would.

    Raises:
        InvalidRequest: a category, language, medium or address that they do not know.
    """
    category, *below = show.category or ("",)
    if category not in CATEGORIES or len(below) > 1 or not CATEGORIES[category].issuperset(below):
        given = " / ".join(show.category)
        raise InvalidRequest(f"{given!r} is no category of Apple Podcasts; one is 'Technology'", param="category")
    if not _LANGUAGE.fullmatch(show.language):
        raise InvalidRequest(f"a language is a tag such as en or pt-BR, not {show.language!r}", param="language")
    if show.medium not in MEDIUMS:
        allowed = ", ".join(sorted(MEDIUMS))
        raise InvalidRequest(f"a feed's medium is one of {allowed}, not {show.medium!r}", param="medium")
    if show.owner_email is not None and not _EMAIL.fullmatch(show.owner_email):
        raise InvalidRequest(f"{show.owner_email!r} is no e-mail address", param="owner_email")
    if not show.title.strip():
        raise InvalidRequest("a show needs a title", param="title")


def write_feed(
    show: FeedShow, episodes: Sequence[FeedEpisode], places: Places, *, page: int = 1, n_pages: int = 1
) -> bytes:
    """One page of the feed; the same input gives the same bytes.

    Args:
        show: The show.
        episodes: Those of this page, the newest first.
        places: Where feed and media are found.
        page: Which page this is, from 1.
        n_pages: How many there are.

    Raises:
        InvalidRequest: directories would refuse the show.
    """
    check_show(show)
    rss = etree.Element("rss", {"version": "2.0"}, nsmap=_NAMESPACES)
    channel = etree.SubElement(rss, "channel")
    _add_links(channel, places, page, n_pages)
    _add_show(channel, show, places)
    for episode in episodes:
        _add_episode(etree.SubElement(channel, "item"), episode, show, places)
    etree.indent(rss, " ")
    return etree.tostring(rss, xml_declaration=True, encoding="UTF-8") + b"\n"


def describe_show(show: FeedShow) -> str:
    """The description, and whose texts these are where they are somebody else's; at most 4000 bytes."""
    if show.is_own:
        return shorten_bytes(show.description, MAX_DESCRIPTION_BYTES)
    whose = (
        f"{shorten(show.author or show.title, MAX_TEXT_CHARS)}, from {show.link}" if show.link else "several authors"
    )
    credit = f"Posts of {whose}, read aloud by a synthetic voice. The texts belong to their authors."
    room = MAX_DESCRIPTION_BYTES - len(credit.encode(errors="replace")) - 2
    return f"{shorten_bytes(show.description, room)}\n\n{credit}".strip()


def _add_links(channel: _Element, places: Places, page: int, n_pages: int) -> None:
    links = {"self": page}
    if n_pages > 1:
        links.update(first=1, last=n_pages)
    if page > 1:
        links["previous"] = page - 1
    if page < n_pages:
        links["next"] = page + 1
    for rel, number in links.items():
        _add(channel, f"{{{_ATOM}}}link", rel=rel, type="application/rss+xml", href=places.page_url(number))


def _add_show(channel: _Element, show: FeedShow, places: Places) -> None:
    title, author = shorten(show.title, MAX_TEXT_CHARS), shorten(show.author or show.title, MAX_TEXT_CHARS)
    description = fit_html_text(describe_show(show), MAX_DESCRIPTION_BYTES)
    link = show.link or places.feed
    _add(channel, "title", title)
    _add(channel, "link", link)
    _add(channel, "description", description)
    _add(channel, "language", _to_language(show.language))
    _add(channel, "generator", "catwalk")
    if show.updated:
        _add(channel, "lastBuildDate", _to_date(show.updated))
    if not show.is_own:
        _add(channel, "copyright", shorten(f"Texts: {author}", MAX_TEXT_CHARS))
    image = _add(channel, "image")
    for name, text in (("url", places.media_url(show.image)), ("title", title), ("link", link)):
        _add(image, name, text)
    _add_itunes(channel, show, author, description, places)
    _add(channel, f"{{{_PODCAST}}}guid", show.guid)
    owner = {"owner": show.owner_email} if show.owner_email else {}
    _add(channel, f"{{{_PODCAST}}}locked", "yes", **owner)
    _add(channel, f"{{{_PODCAST}}}medium", show.medium)
    if _is_blocked(show):
        _add(channel, f"{{{_PODCAST}}}block", "yes")
    _add_people(channel, show.people or (Person(show.author),) if show.author else show.people)
    # The voice is made by a machine, and listeners are told so.
    _add(channel, f"{{{_PODCAST}}}txt", "true", purpose="ai-content")


def _add_itunes(channel: _Element, show: FeedShow, author: str, description: str, places: Places) -> None:
    _add(channel, f"{{{_ITUNES}}}author", author)
    _add(channel, f"{{{_ITUNES}}}summary", description)
    _add(channel, f"{{{_ITUNES}}}type", "episodic")
    _add(channel, f"{{{_ITUNES}}}explicit", _to_bool(show.explicit))
    _add(channel, f"{{{_ITUNES}}}image", href=places.media_url(show.image))
    above = channel
    for category in show.category:
        above = _add(above, f"{{{_ITUNES}}}category", text=category)
    if show.owner_email:
        owner = _add(channel, f"{{{_ITUNES}}}owner")
        _add(owner, f"{{{_ITUNES}}}name", author)
        _add(owner, f"{{{_ITUNES}}}email", show.owner_email)
    if _is_blocked(show):
        _add(channel, f"{{{_ITUNES}}}block", "Yes")
    if show.moved_to:
        _add(channel, f"{{{_ITUNES}}}new-feed-url", show.moved_to)


def _is_blocked(show: FeedShow) -> bool:
    return show.key is not None or not show.is_own


def _add_episode(item: _Element, episode: FeedEpisode, show: FeedShow, places: Places) -> None:
    author = episode.author or show.author
    _add(item, "title", shorten(episode.title, MAX_TEXT_CHARS))
    if episode.link:
        _add(item, "link", episode.link)
    _add(item, "guid", episode.guid, isPermaLink="false")
    _add(item, "pubDate", _to_date(episode.published))
    summary = fit_html_text(episode.summary, MAX_DESCRIPTION_BYTES)
    if summary:
        _add(item, "description", summary)
    if episode.notes:
        _add(item, f"{{{_CONTENT}}}encoded", clean_html(episode.notes))
    audio = episode.audio
    _add(item, "enclosure", url=places.media_url(audio), length=str(audio.n_bytes), type=audio.media_type)
    _add(item, f"{{{_ITUNES}}}duration", str(max(1, round(episode.duration_s))))
    if author:
        _add(item, f"{{{_ITUNES}}}author", shorten(author, MAX_TEXT_CHARS))
    if summary:
        _add(item, f"{{{_ITUNES}}}summary", summary)
    _add(item, f"{{{_ITUNES}}}episodeType", "full")
    _add(item, f"{{{_ITUNES}}}explicit", _to_bool(episode.explicit))
    if episode.image:
        _add(item, f"{{{_ITUNES}}}image", href=places.media_url(episode.image))
    if episode.transcript:
        language = {"language": _to_language(episode.language)} if episode.language else {}
        media = episode.transcript
        url = places.media_url(media)
        _add(item, f"{{{_PODCAST}}}transcript", url=url, type=media.media_type, **language, rel="captions")
    if episode.chapters:
        media = episode.chapters
        _add(item, f"{{{_PODCAST}}}chapters", url=places.media_url(media), type=media.media_type)
    # People of an episode replace the show's, so an author who is the show's own need not be named again.
    stands_in = (Person(episode.author),) if episode.author and episode.author != show.author else ()
    _add_people(item, episode.people or stands_in)
    _add(item, f"{{{_PODCAST}}}txt", "true", purpose="ai-content")


def _add_people(parent: _Element, people: Sequence[Person]) -> None:
    for person in people:
        url = {"href": person.url} if person.url else {}
        name = shorten(person.name, MAX_NAME_CHARS)
        if name:
            _add(parent, f"{{{_PODCAST}}}person", name, group=person.group, role=person.role, **url)


def _add(parent: _Element, tag: str, content: str | None = None, /, **attributes: str) -> _Element:
    element = etree.SubElement(parent, tag, {name: drop_forbidden(value) for name, value in attributes.items()})
    if content is not None:
        element.text = drop_forbidden(content)
    return element


def drop_forbidden(text: str) -> str:
    """The text without the characters that XML 1.0 has no way to write."""
    return _FORBIDDEN.sub("", text)


def _to_date(moment: datetime) -> str:
    return format_datetime(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _to_bool(value: bool) -> str:
    return "true" if value else "false"


def _to_language(tag: str) -> str:
    """Language and country, which is all that Apple knows of a tag."""
    found = _LANGUAGE.fullmatch(tag)
    language, country = found.groups() if found else ("en", None)
    return f"{language.lower()}-{country.lower()}" if country else language.lower()
