"""The shows of the library as feeds publish them, and how a show comes to be."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import secrets
import unicodedata
import uuid
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from catwalk.errors import DiskFull, InvalidRequest, NotInLibrary, SourceError, UnsupportedSource
from catwalk.library.articles import find_web_address
from catwalk.library.blobs import Blobs
from catwalk.library.database import Library
from catwalk.library.offered import Offered, count_offered, find_change, find_holders, keep_notes, list_offered
from catwalk.library.shows import add_show, change_show, find_show, has_moved, is_slug_free, list_all_shows
from catwalk.library.tables import Show, ShowKind
from catwalk.podcast.artwork import draw_artwork, is_drawn, square_picture
from catwalk.podcast.feed import check_show, make_guid
from catwalk.podcast.lexicons import find_lexicon
from catwalk.podcast.notes import to_json
from catwalk.podcast.production import SUFFIXES
from catwalk.podcast.show import FeedEpisode, FeedShow, Media, PublishedFile, find_places
from catwalk.reader.article import Article, extract
from catwalk.reader.fetch import Source

KEY_BYTES = 24
"""Of randomness in the key of a private show."""

MAX_SLUG_CHARS = 60
FEED_CHOICES = frozenset({"is_own", "description", "category", "explicit", "owner_email"})
"""What of a show's choices its feed tells; fields of :class:`FeedShow`."""

_TYPES = {suffix: content_type for content_type, suffix in SUFFIXES.items()}
_NOT_IN_SLUG = re.compile(r"[^a-z0-9]+")


def open_show(
    library: Library,
    *,
    kind: ShowKind,
    title: str,
    slug: str | None = None,
    source_url: str | None = None,
    feed_url: str | None = None,
    author: str | None = None,
    language: str = "en",
    public: bool = False,
    is_own: bool = False,
    choices: Mapping[str, Any] | None = None,
    picture: bytes | None = None,
    base_url: str | None = None,
) -> Show:
    """Add a show that can be published: with a slug, a guid for ever, a key unless it is public, and a picture.

    Args:
        library: Where to.
        kind: What it is made from.
        title: Its name.
        slug: Its name in addresses; made from the title when left out.
        source_url: Page that its posts are found from.
        feed_url: The blog's own feed.
        author: Whose posts they are.
        language: BCP 47 tag.
        public: Whether everybody may listen.
        is_own: Whether the texts belong to whoever publishes the show.
        choices: How its posts are read, and of :data:`FEED_CHOICES` what its feed tells.
        picture: The blog's own; one is drawn where there is none that would do.
        base_url: Where the server is found; the guid is made from it.

    Raises:
        AlreadyInLibrary: there is a show of that slug.
        InvalidRequest: directories would refuse the show.
    """
    cover = library.blobs.put(_make_cover(title, author, source_url, picture), ".jpg")
    with library.write() as session:
        show = add_show(
            session,
            slug=slug or _find_slug(session, title, source_url),
            kind=kind,
            title=title,
            author=author,
            link=source_url,
            language=language,
            source_url=source_url,
            feed_url=feed_url,
            choices={**(choices or {}), **({"is_own": True} if is_own else {})},
            cover=cover,
            key=None if public else make_key(),
            podcast_guid="",
        )
        published = _to_feed(show, library.blobs)
        check_show(published)
        # Without an address that is known to the world, one that nobody else has.
        show.podcast_guid = make_guid(find_places(base_url or f"https://{uuid.uuid4()}.invalid", published).feed)
    return show


def make_key() -> str:
    """What stands in the addresses of a private show."""
    return secrets.token_urlsafe(KEY_BYTES)


def check_feed(show: Show, blobs: Blobs) -> None:
    """Refuse what directories would refuse of a show's feed.

    Raises:
        InvalidRequest: they would.
    """
    check_show(_to_feed(show, blobs))


def _make_cover(title: str, author: str | None, source_url: str | None, picture: bytes | None) -> bytes:
    try:
        if picture is not None:
            return square_picture(picture)
    except UnsupportedSource:
        pass
    return draw_artwork(title, author, site=urlsplit(source_url or "").hostname)


def _find_slug(session: Session, title: str, source_url: str | None) -> str:
    names = (title, urlsplit(source_url or "").hostname or "", "show")
    wanted = next(filter(None, map(make_slug, names)))
    number, slug = 1, wanted
    while not is_slug_free(session, slug):
        number += 1
        slug = f"{wanted}-{number}"
    return slug


def make_slug(title: str) -> str:
    """A name for addresses: the title's letters without accents and its digits, joined by hyphens.

    Empty where the title has none of the letters a to z and no digits.
    """
    plain = unicodedata.normalize("NFKD", title.replace("'", "").replace("’", "")).encode("ascii", "ignore").decode()
    slug = _NOT_IN_SLUG.sub("-", plain.lower()).strip("-")
    if len(slug) <= MAX_SLUG_CHARS:
        return slug
    cut = slug[: MAX_SLUG_CHARS + 1]
    return (cut.rpartition("-")[0] or cut)[:MAX_SLUG_CHARS]


def rename_show(library: Library, slug: str, wanted: str) -> Show:
    """Give a show another slug. Its feed is still found at the old address, and its guid, key and lexicon stay.

    Raises:
        NotInLibrary: there is no such show.
        AlreadyInLibrary: another show has that slug, or had it once.
        InvalidRequest: it is no slug.
    """
    if not wanted or make_slug(wanted) != wanted:
        raise InvalidRequest(
            f"a slug is letters a to z, digits and hyphens, {MAX_SLUG_CHARS} at most, not {wanted[:80]!r}", param="slug"
        )
    with library.write() as session:
        before = find_show(session, slug).slug
        show = change_show(session, slug, slug=wanted)
        lexicon = find_lexicon(library.home, before)
        if before != wanted and lexicon.is_file():
            lexicon.replace(find_lexicon(library.home, wanted))
    return show


def retitle_show(library: Library, slug: str, title: str) -> Show:
    """Give a show another title, and a new picture where the one it has was drawn from its title.

    Raises:
        NotInLibrary: there is no such show.
        InvalidRequest: there is nothing in the title.
    """
    if not title.strip():
        raise InvalidRequest("a show needs a title", param="title")
    with library.read() as session:
        show = find_show(session, slug)
    fields = {"title": title}
    if title != show.title and show.cover and _is_drawn(library.blobs, show.cover):
        fields["cover"] = library.blobs.put(_make_cover(title, show.author, show.source_url, None), ".jpg")
    with library.write() as session:
        return change_show(session, slug, **fields)


def _is_drawn(blobs: Blobs, name: str) -> bool:
    try:
        return is_drawn(blobs.path(name).read_bytes())
    except FileNotFoundError:
        return True  # nothing is lost by a new one


class LibraryPublications:
    """The :class:`~catwalk.podcast.show.Publications` of a library."""

    def __init__(self, library: Callable[[], Library]) -> None:
        """``library`` is called for every question."""
        self._library = library

    def list_shows(self) -> list[FeedShow]:
        """Every show, private ones included, in the order of their titles."""
        library = self._library()
        with library.read() as session:
            shows = [_to_feed(show, library.blobs) for show in list_all_shows(session)]
        return sorted(shows, key=lambda show: (show.title.casefold(), show.slug))

    def find_show(self, slug: str) -> FeedShow | None:
        """The show of that name, and when its feed last changed."""
        library = self._library()
        with library.read() as session:
            try:
                show = find_show(session, slug)
            except NotInLibrary:
                return None
            moved, updated = has_moved(session, show.id), find_change(session, show)
        return dataclasses.replace(_to_feed(show, library.blobs), updated=updated, has_moved=moved)

    def count_episodes(self, slug: str) -> int:
        """How many episodes of the show have a file and are not withdrawn."""
        with self._library().read() as session:
            return count_offered(session, find_show(session, slug).id)

    def list_episodes(self, slug: str, *, start: int, n_most: int) -> list[FeedEpisode]:
        """Published episodes, the newest first, from the one with index ``start``."""
        library = self._library()
        with library.read() as session:
            show = find_show(session, slug)
            offered = list_offered(session, show.id, start=start, n_most=n_most)
        notes = _have_notes(library, offered)
        return [_to_episode(each, notes[each.guid], show, library.blobs) for each in offered]

    def find_media(self, name: str) -> PublishedFile | None:
        """The file of that name: a show's cover, or what a published episode offers or has offered."""
        library = self._library()
        with library.read() as session:
            keys = find_holders(session, name)
        if not keys:
            return None
        return PublishedFile(library.blobs.path(name), None in keys, tuple(key for key in keys if key is not None))


def _to_feed(show: Show, blobs: Blobs) -> FeedShow:
    told = {name: value for name, value in show.choices.items() if name in FEED_CHOICES}
    told["category"] = tuple(told.get("category", ("Technology",)))
    is_own = told.setdefault("is_own", False)
    if is_own:  # of others' posts, feeds say so by themselves
        told.setdefault("description", f"Posts of {show.author or show.title}, read aloud by a synthetic voice.")
    return FeedShow(
        slug=show.slug,
        title=show.title,
        link=show.link or show.source_url,
        language=show.language,
        guid=show.podcast_guid or "",
        image=_find_media(show.cover, blobs) or Media(show.cover or "", 0),
        author=show.author,
        key=show.key,
        **{"description": "", **told},
    )


def _to_episode(offered: Offered, notes: Mapping[str, str], show: Show, blobs: Blobs) -> FeedEpisode:
    return FeedEpisode(
        guid=offered.guid,
        title=offered.title,
        published=offered.published,
        audio=Media(offered.audio, offered.n_bytes),
        duration_s=offered.duration_s,
        link=find_web_address(offered.url),
        author=offered.author,
        summary=notes["text"],
        notes=notes["html"],
        language=notes["language"] if notes["language"] != show.language else None,
        transcript=_find_media(offered.transcript, blobs),
        chapters=_find_media(offered.chapters, blobs),
        image=_find_media(offered.cover, blobs),
    )


def _find_media(name: str | None, blobs: Blobs) -> Media | None:
    """A blob as a feed names it; None where there is none."""
    try:
        return Media(name, blobs.path(name).stat().st_size) if name else None
    except FileNotFoundError:
        return None


def _have_notes(library: Library, offered: list[Offered]) -> dict[str, Mapping[str, str]]:
    """Show notes by the guid of the episode; those that are written now are kept with their version of the post."""
    notes: dict[str, Mapping[str, str]] = {}
    new: dict[int, dict[str, Any]] = {}
    for each in offered:
        if each.notes is not None:
            notes[each.guid] = each.notes
            continue
        article = _read_version(library, each)
        notes[each.guid] = to_json(article)
        if article.blocks and each.version_id is not None:
            new[each.version_id] = dict(notes[each.guid])
    if new:
        # A feed is told all the same; it is only written anew the next time.
        with contextlib.suppress(DiskFull), library.write() as session:
            keep_notes(session, new)
    return notes


def _read_version(library: Library, offered: Offered) -> Article:
    """The post as it was read; without blocks where its page is lost."""
    url = find_web_address(offered.url)
    try:
        path = library.blobs.path(offered.source or "")
        article = extract(Source(url, path.read_bytes(), _TYPES[path.suffix], "utf-8"))
    except (OSError, KeyError, SourceError):
        return Article(url, offered.post_title, offered.author, None, "en", None, ())
    return dataclasses.replace(article, url=url or article.url, author=article.author or offered.author)
