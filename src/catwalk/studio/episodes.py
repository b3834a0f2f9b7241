"""Episodes over HTTP: asked for, listed, brought up to date; and words that are to be said otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

import sqlalchemy as sql
from fastapi import APIRouter, Body
from pydantic import Field
from sqlalchemy.orm import Session

from catwalk.errors import InvalidRequest
from catwalk.library.articles import note_article
from catwalk.library.episodes import Counts, add_episode, count_lines, find_episode, find_offered, find_reading
from catwalk.library.episodes import list_episodes as list_episodes_of
from catwalk.library.shows import find_show
from catwalk.library.tables import Article, Episode, EpisodeState, Render, Show
from catwalk.podcast.corrections import Corrections
from catwalk.podcast.jobs import Urgency
from catwalk.podcast.show import PUBLIC
from catwalk.podcast.urls import clean_url
from catwalk.podcast.work import Newsroom
from catwalk.studio.shows import JOB_ID, Limit, Strict, example, write_moment

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
    "media": "/media/Zm9yLXlvdXItZWFycy1vbmx5/09acf43efd8b9aca5ab7870e5dc954a7ff3778ee17e63c92cbab9a4223340098.mp3",
    "transcript_url": None,
    "chapters_url": None,
    "cover": None,
}
"""An example for the description of the API."""

Row = TypeVar("Row", Show, Article)

READING_LIST = "reading-list"
"""The show of posts that were added one by one."""


class NewEpisode(Strict):
    """A post to be read."""

    url: str
    show: str = READING_LIST
    title: str | None = None


class Correction(Strict):
    """A word, and how it is said from now on."""

    written: str = Field(min_length=1, max_length=200)
    spoken: str = Field(min_length=1, max_length=400)
    show: str | None = None
    """In this show alone."""


def build_router(newsroom: Newsroom, corrections: Corrections) -> APIRouter:
    """Routes under ``/v1/episodes``, and ``/v1/lexicon``."""
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
    ) -> dict[str, Any]:
        with newsroom.library.read() as session:
            show_id = find_show(session, show).id if show else None
            page = list_episodes_of(session, show_id=show_id, state=state, title=title, after=after, limit=limit)
            found = show_episodes(session, page.items)
        return {"object": "list", "data": found, "next": page.next}

    @router.post(
        "/episodes",
        summary="Have a post read: into the reading list, or any show",
        status_code=202,
        responses=example(EPISODE | {"state": "waiting", "job": JOB_ID}, 202),
    )
    async def post_episode(wanted: Annotated[NewEpisode, Body()]) -> dict[str, Any]:
        url = clean_url(wanted.url)
        if url is None:
            raise InvalidRequest(f"a post has an http or https address, not {wanted.url[:80]!r}", param="url")
        if wanted.show == READING_LIST:
            await newsroom.have_reading_list(READING_LIST)
        episode = await asyncio.to_thread(_add, url, wanted)
        job = await asyncio.to_thread(newsroom.ask_reading, episode["id"], Urgency.PERSON)
        return episode | {"job": job}

    def _add(url: str, wanted: NewEpisode) -> dict[str, Any]:
        with newsroom.library.write() as session:
            show = find_show(session, wanted.show)
            article = note_article(session, url, title=wanted.title or url)
            episode = find_reading(session, show.id, article.id) or add_episode(session, show.id, article)
            return show_episodes(session, [episode])[0]

    @router.get(
        "/episodes/{episode_id}",
        summary="One episode",
        responses=example(EPISODE),
    )
    def get_episode(episode_id: int) -> dict[str, Any]:
        with newsroom.library.read() as session:
            return show_episodes(session, [find_episode(session, episode_id)])[0]

    @router.post(
        "/episodes/{episode_id}/read",
        summary="Bring an episode up to date",
        status_code=202,
        responses=example({"job": JOB_ID}, 202),
    )
    def post_reading(episode_id: int, anew: bool = False) -> dict[str, Any]:
        with newsroom.library.read() as session:
            find_episode(session, episode_id)
        return {"job": newsroom.ask_reading(episode_id, Urgency.PERSON, anew=anew)}

    @router.post(
        "/lexicon",
        summary="Have a word said otherwise, everywhere or in one show",
        status_code=202,
        responses=example({"lexicon": "lexicon.toml", "lines": [], "episodes": {"12": JOB_ID}}, 202),
    )
    def post_word(wanted: Annotated[Correction, Body()]) -> dict[str, Any]:
        return corrections.correct(wanted.written, wanted.spoken, show=wanted.show).to_json()

    return router


def show_episodes(session: Session, episodes: Sequence[Episode]) -> list[dict[str, Any]]:
    """Episodes as JSON, with where their files are, in a handful of queries however many there are."""
    offered = find_offered(session, episodes)
    counts = count_lines(session, [episode.id for episode in episodes])
    shows = _find_all(session, Show, {episode.show_id for episode in episodes})
    articles = _find_all(session, Article, {episode.article_id for episode in episodes})
    return [
        _to_episode(each, offered.get(each.id), counts.get(each.id))
        | _locate(shows[each.show_id], articles[each.article_id], offered.get(each.id))
        for each in episodes
    ]


def _find_all(session: Session, table: type[Row], ids: set[int]) -> dict[int, Row]:
    return {row.id: row for row in session.scalars(sql.select(table).where(table.id.in_(ids)))}


def _locate(show: Show, article: Article, render: Render | None) -> dict[str, Any]:
    def find(name: str | None) -> str | None:
        return f"/media/{show.key or PUBLIC}/{name}" if name else None

    return {
        "show": show.slug,
        "url": article.url,
        "author": article.author,
        "media": find(render.audio) if render else None,
        "transcript_url": find(render.transcript) if render else None,
        "chapters_url": find(render.chapters) if render else None,
        "cover": find(render.cover) if render else None,
    }


def _to_episode(episode: Episode, render: Render | None, counts: Counts | None) -> dict[str, Any]:
    return {
        "object": "episode",
        "id": episode.id,
        "show_id": episode.show_id,
        "guid": episode.guid,
        "title": episode.title,
        "state": episode.state.value,
        "problem": episode.problem,
        "published": write_moment(episode.published),
        "revision": episode.revision,
        "audio": render.audio if render else None,
        "duration_s": render.duration_s if render else None,
        "bytes": render.n_bytes if render else None,
        "lines": counts.n_lines if counts else 0,
        "to_speak": counts.n_to_speak if counts else 0,
        "flagged": counts.n_flagged if counts else 0,
    }
