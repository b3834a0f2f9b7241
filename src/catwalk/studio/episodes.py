"""Episodes over HTTP: asked for, listed, brought up to date, withdrawn."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Body

from catwalk.errors import InvalidRequest
from catwalk.library.articles import note_article
from catwalk.library.episodes import change_episode, find_episode, list_renders
from catwalk.library.episodes import list_episodes as list_episodes_of
from catwalk.library.shows import find_show
from catwalk.library.tables import Episode, EpisodeState, Show
from catwalk.podcast.job import Urgency
from catwalk.podcast.newsroom import Newsroom, await_reading, have_episode
from catwalk.podcast.urls import clean_url
from catwalk.studio.answers import Id, example
from catwalk.studio.episode_answers import (
    EPISODE,
    RENDER,
    EpisodeAsked,
    EpisodeList,
    EpisodeObject,
    RenderList,
    to_episodes,
    to_render,
)
from catwalk.studio.job_answers import JOB_ID
from catwalk.studio.shows import JobAsked, Limit, Strict

READING_LIST = "reading-list"
"""The show of posts that were added one by one."""


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
            await_reading(session, find_episode(session, episode_id))
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
