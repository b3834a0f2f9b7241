"""Shows over HTTP: made, followed, archived, listed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from catwalk.errors import InvalidRequest
from catwalk.library.episodes import list_scripted
from catwalk.library.paging import MAX_LIMIT
from catwalk.library.shows import change_show, delete_show, find_show, list_shows, mix
from catwalk.library.tables import Show
from catwalk.podcast.discovery.crawl import Selection
from catwalk.podcast.newsroom import Newsroom
from catwalk.podcast.publications import check_feed, make_key, rename_show, retitle_show
from catwalk.podcast.urls import clean_url
from catwalk.studio.answers import example
from catwalk.studio.job_answers import JOB_ID
from catwalk.studio.show_answers import SHOW, ShowChanged, ShowList, ShowMade, ShowObject, to_shows

Slug = Annotated[str, Path(json_schema_extra={"example": "teapots"})]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]


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


class DiscoveryBody(SelectionBody):
    """A blog whose posts are looked for."""

    url: str = Field(max_length=4000)


class NewShow(Strict):
    """A show to be made."""

    url: str | None = None
    """Any address of the blog; None for a reading list."""

    kind: Literal["blog", "list", "mix"] | None = None
    """Told by ``url`` and ``shows`` when left out."""

    shows: Annotated[list[str], Field(min_length=1, max_length=500)] | None = None
    """Slugs of the shows whose episodes a mix has."""

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
    """What becomes of a show; what is left out stays, and null goes back to what the settings say."""

    title: str | None = Field(None, min_length=1, max_length=400)
    """Draws a new picture where the one it has was drawn."""

    slug: str | None = Field(None, min_length=1, max_length=200)
    """Its new name in addresses; the feed goes on being found at the old ones."""

    follow: bool | None = None
    paused: bool | None = None
    public: bool | None = None
    """Whether its feed has no key in its address; a new key is made when it has one again."""

    shows: Annotated[list[str], Field(min_length=1, max_length=500)] | None = None
    """Slugs of the shows whose episodes a mix has."""

    model: str | None = Field(None, max_length=200)
    voice: str | None = Field(None, max_length=400)
    speed: float | None = Field(None, ge=0.5, le=2.0)
    policy: dict[str, Any] | None = None
    """What becomes of each kind of block, where it differs from ``[reader.script]`` in the settings."""

    description: str | None = Field(None, max_length=4000)
    category: Annotated[list[str], Field(min_length=1, max_length=2)] | None = None
    """Of Apple's list: a category, and perhaps one of its subcategories."""

    explicit: bool | None = None
    owner_email: str | None = Field(None, max_length=320)


class PostBody(Strict):
    """A post."""

    url: str = Field(max_length=4000)
    title: str = Field("", max_length=1000)
    author: str | None = Field(None, max_length=400)
    published: str | None = Field(None, max_length=40)


class Posts(Strict):
    """Posts to be read, as a dry run of an archive lists them."""

    posts: Annotated[list[PostBody], Field(min_length=1, max_length=2000)]


class JobAsked(BaseModel):
    """Work that goes on by itself."""

    job: str


class EpisodesAsked(BaseModel):
    """Episodes that are to be read, and the job of each."""

    episodes: dict[int, str]


VOICED = ("model", "voice", "speed", "policy")
"""Choices that decide how a show's episodes sound."""

TOLD = ("description", "category", "explicit", "owner_email")
"""Choices that its feed tells."""


def build_router(newsroom: Newsroom, check_policy: Callable[[Mapping[str, Any]], None]) -> APIRouter:
    """Routes under ``/v1/shows``.

    Args:
        newsroom: Where they are kept and read.
        check_policy: Refuses a policy that is none.
    """
    router = APIRouter(prefix="/v1", tags=["library"])
    _add_show_routes(router, newsroom)
    _add_change_routes(router, newsroom, check_policy)
    _add_post_routes(router, newsroom)
    return router


def _add_show_routes(router: APIRouter, newsroom: Newsroom) -> None:

    @router.get("/shows", summary="List the shows", responses=example({"object": "list", "data": [SHOW], "next": None}))
    def get_shows(after: str | None = None, limit: Limit = 100) -> ShowList:
        with newsroom.library.read() as session:
            page = list_shows(session, after=after, limit=limit)
            return ShowList(data=to_shows(session, page.items), next=page.next)

    @router.post(
        "/shows",
        summary="Make a show of a blog, or a reading list",
        status_code=201,
        responses=example(SHOW | {"jobs": [JOB_ID]}, 201),
    )
    async def post_show(wanted: Annotated[NewShow, Body()]) -> ShowMade:
        if wanted.kind == "mix" or (wanted.kind is None and wanted.shows):
            return await asyncio.to_thread(_make_mix, newsroom, wanted)
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
            jobs.append(await asyncio.to_thread(_archive, newsroom, show, wanted.archive.to_selection()))
        shown = await asyncio.to_thread(show_show, newsroom, show.slug)
        return ShowMade(**shown.model_dump(), jobs=jobs)

    @router.get("/shows/{slug}", summary="One show", responses=example(SHOW))
    def get_show(slug: Slug) -> ShowObject:
        return show_show(newsroom, slug)

    @router.delete("/shows/{slug}", summary="Delete a show with its episodes", status_code=204)
    def delete(slug: Slug) -> None:
        with newsroom.library.write() as session:
            delete_show(session, slug)


def _make_mix(newsroom: Newsroom, wanted: NewShow) -> ShowMade:
    if wanted.url or wanted.archive or wanted.follow or not (wanted.title and wanted.shows):
        raise InvalidRequest(
            "a mix has a title and the shows whose episodes it has, and nothing of its own", param="shows"
        )
    show = newsroom.add_mix(wanted.title, wanted.shows, public=wanted.public)
    return ShowMade(**show_show(newsroom, show.slug).model_dump(), jobs=[])


def _archive(newsroom: Newsroom, show: Show, selection: Selection) -> str:
    if show.source_url is None:
        raise InvalidRequest(f"show {show.slug!r} is no blog's: it has no archive", param="archive")
    return newsroom.ask_archive(show.slug, show.source_url, selection)


def _add_change_routes(
    router: APIRouter, newsroom: Newsroom, check_policy: Callable[[Mapping[str, Any]], None]
) -> None:
    @router.patch(
        "/shows/{slug}",
        summary="Change a show: title, slug, voice, policy, who may listen, whether it is followed",
        responses=example(SHOW | {"concerned": 12}),
    )
    async def patch_show(slug: Slug, wanted: Annotated[ShowChange, Body()]) -> ShowChanged:
        if wanted.policy:
            check_policy(wanted.policy)
        if wanted.follow is not None:
            await newsroom.set_following(slug, following=wanted.follow)
        n_concerned = await asyncio.to_thread(_change, slug, wanted)
        if wanted.title is not None:
            await asyncio.to_thread(retitle_show, newsroom.library, slug, wanted.title)
        if wanted.slug is not None:
            slug = (await asyncio.to_thread(rename_show, newsroom.library, slug, wanted.slug)).slug
        shown = await asyncio.to_thread(show_show, newsroom, slug)
        return ShowChanged(**shown.model_dump(), concerned=n_concerned)

    def _change(slug: str, wanted: ShowChange) -> int:
        fields: dict[str, Any] = {} if wanted.paused is None else {"paused": wanted.paused}
        given = {name: getattr(wanted, name) for name in (*VOICED, *TOLD) if name in wanted.model_fields_set}
        with newsroom.library.write() as session:
            show = find_show(session, slug)
            before = dict(show.choices)
            choices = {name: value for name, value in (before | given).items() if value is not None and value != {}}
            if wanted.public is not None and wanted.public != (show.key is None):
                fields["key"] = None if wanted.public else make_key()
            changed = change_show(session, slug, **fields, choices=choices)
            check_feed(changed, newsroom.library.blobs)
            if wanted.shows is not None:
                mix(session, slug, wanted.shows)
            concerned = any(choices.get(name) != before.get(name) for name in VOICED)
            return len(list_scripted(session, show.id)) if concerned else 0

    @router.post(
        "/shows/{slug}/reread",
        summary="Speak again what a change of voice, model or policy concerns",
        status_code=202,
        responses=example({"episodes": {"12": JOB_ID}}, 202),
    )
    def post_rereading(slug: Slug) -> EpisodesAsked:
        return EpisodesAsked(episodes=newsroom.ask_rereading(slug))


def _add_post_routes(router: APIRouter, newsroom: Newsroom) -> None:
    @router.post(
        "/shows/{slug}/archive",
        summary="Read a blog's posts",
        status_code=202,
        responses=example({"job": JOB_ID}, 202),
    )
    def post_archive(slug: Slug, wanted: Annotated[SelectionBody, Body()]) -> JobAsked:
        with newsroom.library.read() as session:
            show = find_show(session, slug)
        return JobAsked(job=_archive(newsroom, show, wanted.to_selection()))

    @router.post(
        "/shows/{slug}/posts",
        summary="Read these posts of a blog",
        status_code=202,
        responses=example({"episodes": {"12": JOB_ID}}, 202),
    )
    def post_posts(slug: Slug, wanted: Annotated[Posts, Body()]) -> EpisodesAsked:
        posts = [(clean_url(post.url), post) for post in wanted.posts]
        if wrong := [post.url for url, post in posts if url is None]:
            raise InvalidRequest(f"a post has an http or https address, not {wrong[0][:80]!r}", param="posts")
        chosen = [(url, post.title or url, post.author, post.published) for url, post in posts if url]
        return EpisodesAsked(episodes=newsroom.ask_posts(slug, chosen))

    @router.post(
        "/discoveries",
        summary="List the posts of a blog without reading any; the job's result has them",
        status_code=202,
        responses=example({"job": JOB_ID}, 202),
    )
    def post_discovery(wanted: Annotated[DiscoveryBody, Body()]) -> JobAsked:
        if clean_url(wanted.url) is None:
            raise InvalidRequest(f"a blog has an http or https address, not {wanted.url[:80]!r}", param="url")
        return JobAsked(job=newsroom.ask_discovery(wanted.url, wanted.to_selection()))


def show_show(newsroom: Newsroom, slug: str) -> ShowObject:
    """One show as JSON.

    Raises:
        NotInLibrary: there is none of that slug.
    """
    with newsroom.library.read() as session:
        return to_shows(session, [find_show(session, slug)])[0]
