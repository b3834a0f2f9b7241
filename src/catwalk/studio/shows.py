"""Shows over HTTP: made, followed, archived, listed."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from catwalk.errors import InvalidRequest
from catwalk.library.paging import MAX_LIMIT
from catwalk.library.shows import change_show, delete_show, find_show, list_shows
from catwalk.library.tables import Show
from catwalk.podcast.discovery.crawl import Selection
from catwalk.podcast.work import Newsroom

Slug = Annotated[str, Path(json_schema_extra={"example": "teapots"})]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]


SHOW: dict[str, Any] = {
    "object": "show",
    "slug": "teapots",
    "kind": "blog",
    "title": "Teapots",
    "author": "Ann",
    "language": "en",
    "source": "https://example.com/blog/",
    "feed_source": "https://example.com/feed.xml",
    "feed": "/feeds/Zm9yLXlvdXItZWFycy1vbmx5/teapots.xml",
    "public": False,
    "followed": True,
    "next_poll_at": "2026-01-01T06:00:00+00:00",
    "trouble": None,
    "paused": False,
    "choices": {"voice": "heart"},
    "created_at": "2026-01-01T00:00:00+00:00",
}
"""An example for the description of the API."""

JOB_ID = "1f0c2a77-6d0e-4c1e-9a53-0f5e1a2b3c4d"


def example(content: Any, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """An answer, as the description of the API shows it."""
    return {status: {"content": {"application/json": {"example": content}}}}


class Strict(BaseModel):
    """A body that holds what is known and nothing else."""

    model_config = ConfigDict(extra="forbid")


class SelectionBody(Strict):
    """Which posts of a blog are wanted."""

    since: str | None = Field(None, pattern=r"^\d{4}-\d\d-\d\d$")
    until: str | None = Field(None, pattern=r"^\d{4}-\d\d-\d\d$")
    limit: int | None = Field(None, ge=1)
    match: str | None = None

    def to_selection(self) -> Selection:
        """As the crawl takes it."""
        return Selection(self.since, self.until, self.limit, self.match)


class NewShow(Strict):
    """A show to be made."""

    url: str | None = None
    """Any address of the blog; None for a reading list."""

    title: str | None = None
    """The blog's own name where it is left out."""

    archive: SelectionBody | None = None
    """Which of its posts are read now; none where it is left out."""

    follow: bool = False
    """Whether new posts become episodes by themselves."""

    public: bool = False
    """Whether the feed has no key in its address."""

    own: bool = False
    """Whether the texts are those of whoever publishes the feed."""

    model: str | None = None
    voice: str | None = None


class ShowChange(Strict):
    """What becomes of a show; what is left out stays."""

    title: str | None = None
    follow: bool | None = None
    paused: bool | None = None
    model: str | None = None
    voice: str | None = None


def build_router(newsroom: Newsroom) -> APIRouter:
    """Routes under ``/v1/shows``."""
    router = APIRouter(prefix="/v1", tags=["library"])

    @router.get("/shows", summary="List the shows", responses=example({"object": "list", "data": [SHOW], "next": None}))
    def get_shows(after: str | None = None, limit: Limit = 100) -> dict[str, Any]:
        with newsroom.library.read() as session:
            page = list_shows(session, after=after, limit=limit)
        return {"object": "list", "data": [to_show(show) for show in page.items], "next": page.next}

    @router.post(
        "/shows",
        summary="Make a show of a blog, or a reading list",
        status_code=201,
        responses=example(SHOW | {"jobs": [JOB_ID]}, 201),
    )
    async def post_show(wanted: Annotated[NewShow, Body()]) -> dict[str, Any]:
        choices = {name: value for name in ("model", "voice") if (value := getattr(wanted, name))}
        show = await newsroom.add_show(
            wanted.url,
            title=wanted.title,
            public=wanted.public,
            is_own=wanted.own,
            choices=choices,
            follow=wanted.follow,
        )
        jobs = []
        if wanted.archive is not None:
            jobs.append(await asyncio.to_thread(_archive, show, wanted.archive.to_selection()))
        return to_show(show) | {"jobs": jobs}

    def _archive(show: Show, selection: Selection) -> str:
        if show.source_url is None:
            raise InvalidRequest(f"show {show.slug!r} is no blog's: it has no archive", param="archive")
        return newsroom.ask_archive(show.slug, show.source_url, selection)

    @router.get("/shows/{slug}", summary="One show", responses=example(SHOW))
    def get_show(slug: str) -> dict[str, Any]:
        with newsroom.library.read() as session:
            return to_show(find_show(session, slug))

    @router.patch(
        "/shows/{slug}", summary="Change a show: title, voice, whether it is followed", responses=example(SHOW)
    )
    async def patch_show(slug: str, wanted: Annotated[ShowChange, Body()]) -> dict[str, Any]:
        if wanted.follow is not None:
            await newsroom.set_following(slug, following=wanted.follow)
        return to_show(await asyncio.to_thread(_change, slug, wanted))

    def _change(slug: str, wanted: ShowChange) -> Show:
        fields = {name: value for name in ("title", "paused") if (value := getattr(wanted, name)) is not None}
        chosen = {name: value for name in ("model", "voice") if (value := getattr(wanted, name)) is not None}
        with newsroom.library.write() as session:
            show = find_show(session, slug)
            return change_show(session, slug, **fields, choices={**show.choices, **chosen})

    @router.delete("/shows/{slug}", summary="Delete a show with its episodes", status_code=204)
    def delete(slug: Slug) -> None:
        with newsroom.library.write() as session:
            delete_show(session, slug)

    @router.post(
        "/shows/{slug}/archive",
        summary="Read a blog's posts",
        status_code=202,
        responses=example({"job": JOB_ID}, 202),
    )
    def post_archive(slug: str, wanted: Annotated[SelectionBody, Body()]) -> dict[str, Any]:
        with newsroom.library.read() as session:
            show = find_show(session, slug)
        return {"job": _archive(show, wanted.to_selection())}

    return router


def to_show(show: Show) -> dict[str, Any]:
    """A show as JSON."""
    return {
        "object": "show",
        "slug": show.slug,
        "kind": show.kind.value,
        "title": show.title,
        "author": show.author,
        "language": show.language,
        "source": show.source_url,
        "feed_source": show.feed_url,
        "feed": f"/feeds/{f'{show.key}/' if show.key else ''}{show.slug}.xml",
        "public": show.key is None,
        "followed": show.follow_every_s is not None,
        "next_poll_at": write_moment(show.next_poll_at),
        "trouble": (show.following or {}).get("trouble") or None,
        "paused": show.paused,
        "choices": show.choices,
        "created_at": write_moment(show.created_at),
    }


def write_moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
