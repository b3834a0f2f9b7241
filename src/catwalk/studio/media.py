"""Feeds and media over HTTP: ``/feeds/…`` and ``/media/…``, as podcast apps and browsers ask for them.

A private show has its key in the path, because podcast apps keep no other secret. Whoever has no key, or the wrong one,
learns nothing: private, unknown and withdrawn are the same 404. Media are named by their content, so they never change
and may be kept for ever; feeds are asked for again each time, which mostly costs a 304.
"""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import re
import stat
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse, RedirectResponse

from catwalk.errors import NotPublished
from catwalk.podcast.feed import PAGE_EPISODES, count_pages, write_feed
from catwalk.podcast.opml import Subscription, write_opml
from catwalk.podcast.show import MEDIA_TYPES, PUBLIC, FeedShow, Publications, PublishedFile, find_places

FEED_TYPE = "application/rss+xml; charset=utf-8"
OPML_TYPE = "text/x-opml; charset=utf-8"
KEEP_S = 365 * 24 * 3600
"""A year, which is as good as for ever to HTTP caches (RFC 9111, section 1.2.2)."""

KEPT_PAGES = 8
"""Written pages of feeds that are held in memory, 2 MB each at most times."""

CHUNK_BYTES = 1 << 18
"""Read and sent at a time; at Starlette's 64 KiB most of the time goes into changing threads."""

_NAME = re.compile(rf"[0-9a-f]{{64}}({'|'.join(re.escape(suffix) for suffix in MEDIA_TYPES)})")
_RANGE = re.compile(r"bytes\s*=\s*(?:\d+-\d*|-\d+)(?:\s*,\s*(?:\d+-\d*|-\d+))*\s*", re.IGNORECASE)
_SPAN = re.compile(r"(\d*)-(\d*)")

_SHARED = {
    # Players on other people's pages fetch chapters, transcripts and sound.
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Accept-Ranges, Content-Length, Content-Range, ETag, Last-Modified",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_PREFLIGHT = {
    **_SHARED,
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Range, If-Range, If-None-Match, If-Modified-Since",
    "Access-Control-Max-Age": "86400",
}

_PAGE = Query(1, ge=1, description="Page of the feed, from 1.")


def _example(media_type: str, example: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {media_type.partition(";")[0]: {"schema": {"type": "string"}, "example": example}}}}


_FEED_ANSWER = _example(FEED_TYPE, '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0">…</rss>')
_OPML_ANSWER = _example(OPML_TYPE, '<?xml version="1.0" encoding="UTF-8"?><opml version="2.0">…</opml>')
_MEDIA_ANSWER = _example("audio/mpeg", "the bytes of the file")


def build_router(
    publications: Publications, *, base_url: str | None = None, page_episodes: int = PAGE_EPISODES
) -> APIRouter:
    """The routes.

    Args:
        publications: Where shows and media come from.
        base_url: What addresses in feeds begin with; None for the host that each request names.
        page_episodes: Episodes on a page of a feed.
    """
    router = APIRouter(tags=["podcasts"])
    # Writing a long page takes 70 ms, and apps ask far more often than it changes.
    write = lru_cache(maxsize=KEPT_PAGES)(write_feed)

    def answer_feed(request: Request, slug: str, key: str | None, page: int) -> Response:
        show = _find_open(publications, slug, key)
        places = find_places(base_url or str(request.base_url), show)
        if show.slug != slug:
            return RedirectResponse(places.page_url(page), HTTPStatus.MOVED_PERMANENTLY)
        n_pages = count_pages(publications.count_episodes(slug), page_episodes)
        if page > n_pages:
            raise NotPublished(f"the feed has {n_pages} pages, not {page}")
        episodes = tuple(publications.list_episodes(slug, start=(page - 1) * page_episodes, n_most=page_episodes))
        told = dataclasses.replace(show, moved_to=places.feed if show.has_moved else None)
        content = write(told, episodes, places, page=page, n_pages=n_pages)
        return _answer(request, content, FEED_TYPE, show)

    def answer_media(request: Request, name: str, key: str | None) -> Response:
        if not _NAME.fullmatch(name):
            raise _refuse()
        found = publications.find_media(name)
        if found is None or not _may_read(key, found.is_public, found.keys):
            raise _refuse()
        return send_file(request, name, found)

    @router.head("/feeds.opml", include_in_schema=False)
    @router.get("/feeds.opml", summary="List the public shows", response_class=Response, responses=_OPML_ANSWER)
    def list_feeds(request: Request) -> Response:
        """As OPML, for a podcast app to import."""
        shows = [show for show in publications.list_shows() if show.key is None]
        base = base_url or str(request.base_url)
        feeds = [Subscription(find_places(base, show).feed, show.title, show.link) for show in shows]
        return _answer(request, write_opml(feeds), OPML_TYPE, None)

    @router.head("/feeds/{slug}.xml", include_in_schema=False)
    @router.get("/feeds/{slug}.xml", summary="Follow a public show", response_class=Response, responses=_FEED_ANSWER)
    def read_feed(request: Request, slug: str, page: int = _PAGE) -> Response:
        """The feed, for podcast apps: the newest episodes, and links to pages of older ones."""
        return answer_feed(request, slug, None, page)

    @router.head("/feeds/{key}/{slug}.xml", include_in_schema=False)
    @router.get(
        "/feeds/{key}/{slug}.xml", summary="Follow a private show", response_class=Response, responses=_FEED_ANSWER
    )
    def read_private_feed(request: Request, key: str, slug: str, page: int = _PAGE) -> Response:
        """The feed of a show whose address holds its key."""
        return answer_feed(request, slug, key, page)

    @router.head("/media/{key}/{name}", include_in_schema=False)
    @router.get("/media/{key}/{name}", summary="Fetch a file", response_class=Response, responses=_MEDIA_ANSWER)
    def read_media(request: Request, key: str, name: str) -> Response:
        """A file of a show by its content, or ranges of it; ``public`` is the key of public shows."""
        return answer_media(request, name, None if key == PUBLIC else key)

    @router.options("/media/{key}/{name}", include_in_schema=False)
    def ask_for_media() -> Response:
        """What a page of another site may ask for."""
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=_PREFLIGHT)

    return router


def _refuse() -> NotPublished:
    return NotPublished("there is no such feed or file")


def _find_open(publications: Publications, slug: str, key: str | None) -> FeedShow:
    """The show that has or had that slug, for whoever has the key to it."""
    show = publications.find_show(slug)
    if show is None or not _may_read(key, show.key is None, () if show.key is None else (show.key,)):
        raise _refuse()
    return show


def _may_read(key: str | None, is_public: bool, keys: Iterable[str]) -> bool:
    if key is None:
        return is_public
    given = key.encode()
    # Every key is looked at, so that the time taken tells nothing.
    agreements = [hmac.compare_digest(given, known.encode()) for known in keys]
    return any(agreements)


def _answer(request: Request, content: bytes, media_type: str, show: FeedShow | None) -> Response:
    """A document that is made anew for every request, or 304."""
    is_public = show is None or show.key is None
    headers = {
        **_SHARED,
        "ETag": f'"{hashlib.sha256(content).hexdigest()[:32]}"',
        "Cache-Control": "public, no-cache" if is_public else "private, no-cache",
    }
    if show is not None and show.updated is not None:
        headers["Last-Modified"] = format_datetime(_to_utc(show.updated), usegmt=True)
    if not is_public:
        headers["X-Robots-Tag"] = "noindex"
    if _is_unchanged(request.headers, headers):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


class _Blob(FileResponse):
    chunk_size = CHUNK_BYTES


def send_file(
    request: Request,
    name: str,
    file: PublishedFile,
    *,
    media_type: str | None = None,
    shared: Mapping[str, str] = _SHARED,
) -> Response:
    """A file, a part of it, 304, or 416 where there is no such part.

    Args:
        request: Which part is asked for, and what the caller has already.
        name: The file's: the hash of its content and a suffix.
        file: Where it lies.
        media_type: That of its suffix when left out.
        shared: Headers that tell who else than the caller may have it.

    Raises:
        NotPublished: there is no such file.
    """
    try:
        facts = file.path.stat()
    except OSError as error:
        raise _refuse() from error
    if not stat.S_ISREG(facts.st_mode):
        raise _refuse()
    path = PurePosixPath(name)
    headers = {
        **shared,
        "Accept-Ranges": "bytes",
        "ETag": f'"{path.stem}"',
        "Last-Modified": format_datetime(datetime.fromtimestamp(int(facts.st_mtime), UTC), usegmt=True),
        "Cache-Control": f"{'public' if file.is_public else 'private'}, max-age={KEEP_S}, immutable",
    }
    if _is_unchanged(request.headers, headers):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    if _is_out_of_range(request.headers, headers, facts.st_size):
        refused = {**shared, "Accept-Ranges": "bytes", "Content-Range": f"bytes */{facts.st_size}"}
        return Response(status_code=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=refused)
    if not _asks_for_bytes(request.headers):
        # Starlette would answer 400 to another unit than bytes.
        request.scope["headers"] = [pair for pair in request.scope["headers"] if pair[0] != b"range"]
    return _Blob(file.path, media_type=media_type or MEDIA_TYPES[path.suffix], headers=headers, stat_result=facts)


def _is_unchanged(asked: Mapping[str, str], facts: Mapping[str, str]) -> bool:
    """Whether whoever asks has this version already (RFC 9110, section 13.2.2)."""
    known = asked.get("if-none-match")
    if known is not None:
        tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
        return "*" in tags or facts["ETag"] in tags
    since = _read_date(asked.get("if-modified-since"))
    modified = _read_date(facts.get("Last-Modified"))
    return since is not None and modified is not None and modified <= since


def _is_out_of_range(asked: Mapping[str, str], facts: Mapping[str, str], n_bytes: int) -> bool:
    """Whether a range is asked for that is none, or of which nothing is there.

    Units other than bytes are passed over, and so is a range of a version that is no longer there (RFC 9110, sections
    14.2 and 13.1.5); for both the whole file is the answer. Broken ranges of bytes are refused, as nginx does it.
    """
    condition = asked.get("if-range")
    if condition is not None and condition not in {facts["ETag"], facts["Last-Modified"]}:
        return False
    if not _asks_for_bytes(asked):
        return False
    wanted = asked["range"].strip()
    if not _RANGE.fullmatch(wanted):
        return True
    return not all(_is_within(first, last, n_bytes) for first, last in _SPAN.findall(wanted.partition("=")[2]))


def _asks_for_bytes(asked: Mapping[str, str]) -> bool:
    return asked.get("range", "").strip().lower().startswith("bytes")


def _is_within(first: str, last: str, n_bytes: int) -> bool:
    if not first:
        return int(last) > 0 and n_bytes > 0
    return int(first) < n_bytes and (not last or int(first) <= int(last))


def _read_date(value: str | None) -> datetime | None:
    try:
        return _to_utc(parsedate_to_datetime(value)) if value else None
    except ValueError:
        return None


def _to_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
