"""Episodes over HTTP: asked for, listed, brought up to date, withdrawn."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import sqlalchemy as sql
from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from catwalk.errors import InvalidRequest
from catwalk.library.articles import find_web_address, note_article
from catwalk.library.episodes import (
    Counts,
    change_episode,
    count_lines,
    find_episode,
    find_offered,
    list_renders,
)
from catwalk.library.episodes import list_episodes as list_episodes_of
from catwalk.library.shows import find_show
from catwalk.library.tables import Article, Episode, EpisodeState, Render, Show
from catwalk.podcast.jobs import Urgency
from catwalk.podcast.show import PUBLIC
from catwalk.podcast.urls import clean_url
from catwalk.podcast.work import Newsroom, have_episode
from catwalk.studio.answers import Id, example
from catwalk.studio.show_answers import write_moment
from catwalk.studio.shows import JOB_ID, JobAsked, Limit, Strict

EPISODE: dict[str, Any] = {
    "object": "episode",
    "id": 12,
    "show_id": 3,
    "show": "teapots",
    "guid": "8c2f6a0e-1f2b-4f6e-9d0a-3b1c5d7e9f11",
    "title": "On teapots",
    "state": "ready",
    "problem": None,
    "published": "2026-01-01T00:00:00+00:00",
    "revision": 1,
    "audio": "09acf43efd8b9aca5ab7870e5dc954a7ff3778ee17e63c92cbab9a4223340098.mp3",
    "duration_s": 262.4,
    "bytes": 4199000,
    "lines": 53,
    "to_speak": 0,
    "flagged": 1,
    "url": "https://example.com/teapots",
    "author": "Ann",
    "media": "/media/public/09acf43efd8b9aca5ab7870e5dc954a7ff3778ee17e63c92cbab9a4223340098.mp3",
    "chapters_url": None,
    "transcript_url": None,
    "cover": None,
}
"""An example for the description of the API."""

READING_LIST = "reading-list"
"""The show of posts that were added one by one."""


RENDER: dict[str, Any] = {
    "id": 5,
    "audio": EPISODE["audio"],
    "media": EPISODE["media"],
    "duration_s": 262.4,
    "bytes": 4199000,
    "lufs": -16.0,
    "made_at": "2026-01-01T00:00:00+00:00",
    "is_offered": True,
}


class EpisodeObject(BaseModel):
    """The reading of a post in a show."""

    model_config = ConfigDict(json_schema_extra={"example": EPISODE})

    object: Literal["episode"] = "episode"
    id: int
    show_id: int
    show: str
    """Slug of its show."""

    guid: str
    title: str
    state: Literal["waiting", "reading", "ready", "failed", "withdrawn"]
    problem: str | None
    published: str | None
    revision: int
    audio: str | None
    """Name of the file that it offers: the hash of its content and a suffix."""

    duration_s: float | None
    bytes: int | None
    lines: int
    to_speak: int
    flagged: int
    url: str | None
    """Of the post; null for one that was handed in as a file."""

    author: str | None
    media: str | None
    """Address of the file, with the show's key; so are the next three."""

    chapters_url: str | None
    transcript_url: str | None
    cover: str | None


class EpisodeAsked(EpisodeObject):
    """An episode that is to be read."""

    job: str


class EpisodeList(BaseModel):
    """A page of episodes."""

    object: Literal["list"] = "list"
    data: list[EpisodeObject]
    next: str | None


class RenderObject(BaseModel):
    """A finished file of an episode."""

    id: int
    audio: str
    media: str
    """Its address, with the show's key."""

    duration_s: float
    bytes: int
    lufs: float | None
    made_at: str
    is_offered: bool
    """Whether the feed has it."""


class RenderList(BaseModel):
    """Finished files, the newest first."""

    object: Literal["list"] = "list"
    data: list[RenderObject]
    next: str | None


class NewEpisode(Strict):
    """A post to be read."""

    url: str
    show: str = READING_LIST
    title: str | None = None


def build_router(newsroom: Newsroom) -> APIRouter:
    """Routes under ``/v1/episodes``."""
    router = APIRouter(prefix="/v1", tags=["library"])

    @router.get(
        "/episodes",
        summary="List episodes, the newest post first",
        responses=example({"object": "list", "data": [EPISODE], "next": None}),
    )
    def get_episodes(
        show: str | None = None,
        state: EpisodeState | None = None,
        title: str | None = None,
        after: str | None = None,
        limit: Limit = 100,
    ) -> EpisodeList:
        with newsroom.library.read() as session:
            show_id = find_show(session, show).id if show else None
            page = list_episodes_of(session, show_id=show_id, state=state, title=title, after=after, limit=limit)
            return EpisodeList(data=to_episodes(session, page.items), next=page.next)

    @router.post(
        "/episodes",
        summary="Have a post read: into the reading list, or any show",
        status_code=202,
        responses=example(EPISODE | {"state": "waiting", "job": JOB_ID}, 202),
    )
    async def post_episode(wanted: Annotated[NewEpisode, Body()]) -> EpisodeAsked:
        url = clean_url(wanted.url)
        if url is None:
            raise InvalidRequest(f"a post has an http or https address, not {wanted.url[:80]!r}", param="url")
        if wanted.show == READING_LIST:
            await newsroom.have_reading_list(READING_LIST)
        episode = await asyncio.to_thread(_add, url, wanted)
        return await asyncio.to_thread(have_read, newsroom, episode.id)

    def _add(url: str, wanted: NewEpisode) -> Episode:
        with newsroom.library.write() as session:
            show = find_show(session, wanted.show)
            return have_episode(session, show, note_article(session, url, title=wanted.title or url))

    @router.get(
        "/episodes/{episode_id}",
        summary="One episode",
        responses=example(EPISODE),
    )
    def get_episode(episode_id: Id) -> EpisodeObject:
        return show_episode(newsroom, episode_id)

    _add_upkeep_routes(router, newsroom)
    return router


def _add_upkeep_routes(router: APIRouter, newsroom: Newsroom) -> None:
    @router.delete(
        "/episodes/{episode_id}",
        summary="Withdraw an episode: no feed has it any more; reading it again brings it back",
        responses=example(EPISODE | {"state": "withdrawn"}),
    )
    def delete_episode(episode_id: Id) -> EpisodeObject:
        with newsroom.library.write() as session:
            change_episode(session, episode_id, state=EpisodeState.WITHDRAWN, problem=None)
        return show_episode(newsroom, episode_id)

    @router.post(
        "/episodes/{episode_id}/read",
        summary="Bring an episode up to date: speak what has no take, and publish it",
        status_code=202,
        responses=example({"job": JOB_ID}, 202),
    )
    def post_reading(episode_id: Id, anew: bool = False) -> JobAsked:
        with newsroom.library.write() as session:
            if find_episode(session, episode_id).state is EpisodeState.WITHDRAWN:
                change_episode(session, episode_id, state=EpisodeState.WAITING)
        return JobAsked(job=newsroom.ask_reading(episode_id, Urgency.PERSON, anew=anew))

    @router.get(
        "/episodes/{episode_id}/renders",
        summary="List the finished files of an episode, the newest first",
        responses=example({"object": "list", "data": [RENDER], "next": None}),
    )
    def get_renders(episode_id: Id, after: str | None = None, limit: Limit = 100) -> RenderList:
        with newsroom.library.read() as session:
            episode = find_episode(session, episode_id)
            show = session.get_one(Show, episode.show_id)
            page = list_renders(session, episode_id, after=after, limit=limit)
        data = [to_render(render, show, is_offered=render.id == episode.render_id) for render in page.items]
        return RenderList(data=data, next=page.next)


def have_read(newsroom: Newsroom, episode_id: int) -> EpisodeAsked:
    """Have an episode read for a person who waits."""
    job = newsroom.ask_reading(episode_id, Urgency.PERSON)
    return EpisodeAsked(**show_episode(newsroom, episode_id).model_dump(), job=job)


def show_episode(newsroom: Newsroom, episode_id: int) -> EpisodeObject:
    """One episode as JSON.

    Raises:
        NotInLibrary: there is none of that id.
    """
    with newsroom.library.read() as session:
        (shown,) = to_episodes(session, [find_episode(session, episode_id)])
    return shown


def to_episodes(session: Session, episodes: Sequence[Episode]) -> list[EpisodeObject]:
    """Episodes as JSON."""
    offered, counts = find_offered(session, episodes), count_lines(session, [each.id for each in episodes])
    show_ids, article_ids = {each.show_id for each in episodes}, {each.article_id for each in episodes}
    shows = {show.id: show for show in session.scalars(sql.select(Show).where(Show.id.in_(show_ids)))}
    articles = {post.id: post for post in session.scalars(sql.select(Article).where(Article.id.in_(article_ids)))}
    return [
        _to_episode(each, shows[each.show_id], articles[each.article_id], offered.get(each.id), counts.get(each.id))
        for each in episodes
    ]


def _to_episode(
    episode: Episode, show: Show, article: Article, render: Render | None, counts: Counts | None
) -> EpisodeObject:
    return EpisodeObject(
        id=episode.id,
        show_id=episode.show_id,
        show=show.slug,
        guid=episode.guid,
        title=episode.title,
        state=episode.state.value,
        problem=episode.problem,
        published=write_moment(episode.published),
        revision=episode.revision,
        audio=render.audio if render else None,
        duration_s=render.duration_s if render else None,
        bytes=render.n_bytes if render else None,
        lines=counts.n_lines if counts else 0,
        to_speak=counts.n_to_speak if counts else 0,
        flagged=counts.n_flagged if counts else 0,
        url=find_web_address(article.url),
        author=article.author,
        media=_find_address(show, render.audio) if render else None,
        chapters_url=_find_address(show, render.chapters) if render else None,
        transcript_url=_find_address(show, render.transcript) if render else None,
        cover=_find_address(show, render.cover if render else show.cover),
    )


def to_render(render: Render, show: Show, *, is_offered: bool) -> RenderObject:
    """A finished file as JSON."""
    return RenderObject(
        id=render.id,
        audio=render.audio,
        media=_find_address(show, render.audio) or "",
        duration_s=render.duration_s,
        bytes=render.n_bytes,
        lufs=render.lufs,
        made_at=render.made_at.isoformat(),
        is_offered=is_offered,
    )


def _find_address(show: Show, name: str | None) -> str | None:
    return f"/media/{show.key or PUBLIC}/{name}" if name else None
