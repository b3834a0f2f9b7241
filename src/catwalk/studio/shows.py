"""Shows and their episodes over HTTP: made, followed, archived, listed; and words that are to be said otherwise."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict, Field

from catwalk.errors import InvalidRequest
from catwalk.library.articles import note_article
from catwalk.library.episodes import Counts, add_episode, count_lines, find_episode, find_offered, find_reading
from catwalk.library.episodes import list_episodes as list_episodes_of
from catwalk.library.paging import MAX_LIMIT
from catwalk.library.shows import change_show, delete_show, find_show, list_shows
from catwalk.library.tables import Article, Episode, EpisodeState, Render, Show
from catwalk.podcast.corrections import Corrections
from catwalk.podcast.discovery.crawl import Selection
from catwalk.podcast.jobs import Urgency
from catwalk.podcast.urls import clean_url
from catwalk.podcast.work import Newsroom

READING_LIST = "reading-list"
"""The show of posts that were added one by one."""

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SelectionBody(_Body):
    """Which posts of a blog are wanted."""

    since: str | None = Field(None, pattern=r"^\d{4}-\d\d-\d\d$")
    until: str | None = Field(None, pattern=r"^\d{4}-\d\d-\d\d$")
    limit: int | None = Field(None, ge=1)
    match: str | None = None

    def to_selection(self) -> Selection:
        """As the crawl takes it."""
        return Selection(self.since, self.until, self.limit, self.match)


class NewShow(_Body):
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


class ShowChange(_Body):
    """What becomes of a show; what is left out stays."""

    title: str | None = None
    follow: bool | None = None
    paused: bool | None = None
    model: str | None = None
    voice: str | None = None


class NewEpisode(_Body):
    """A post to be read."""

    url: str
    show: str = READING_LIST
    title: str | None = None


class Correction(_Body):
    """A word, and how it is said from now on."""

    written: str = Field(min_length=1, max_length=200)
    spoken: str = Field(min_length=1, max_length=400)
    show: str | None = None
    """In this show alone."""


def build_router(newsroom: Newsroom, corrections: Corrections) -> APIRouter:
    """Routes under ``/v1/shows`` and ``/v1/episodes``, and ``/v1/lexicon``."""
    router = APIRouter(prefix="/v1", tags=["library"])
    library = newsroom.library

    @router.get("/shows", summary="List the shows")
    def get_shows(after: str | None = None, limit: Limit = 100) -> dict[str, Any]:
        with library.read() as session:
            page = list_shows(session, after=after, limit=limit)
        return {"object": "list", "data": [to_show(show) for show in page.items], "next": page.next}

    @router.post("/shows", summary="Make a show of a blog, or a reading list", status_code=201)
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

    @router.get("/shows/{slug}", summary="One show")
    def get_show(slug: str) -> dict[str, Any]:
        with library.read() as session:
            return to_show(find_show(session, slug))

    @router.patch("/shows/{slug}", summary="Change a show: title, voice, whether it is followed")
    async def patch_show(slug: str, wanted: Annotated[ShowChange, Body()]) -> dict[str, Any]:
        if wanted.follow is not None:
            await newsroom.set_following(slug, following=wanted.follow)
        return to_show(await asyncio.to_thread(_change, slug, wanted))

    def _change(slug: str, wanted: ShowChange) -> Show:
        fields = {name: value for name in ("title", "paused") if (value := getattr(wanted, name)) is not None}
        chosen = {name: value for name in ("model", "voice") if (value := getattr(wanted, name)) is not None}
        with library.write() as session:
            show = find_show(session, slug)
            return change_show(session, slug, **fields, choices={**show.choices, **chosen})

    @router.delete("/shows/{slug}", summary="Delete a show with its episodes", status_code=204)
    def delete(slug: str) -> None:
        with library.write() as session:
            delete_show(session, slug)

    @router.post("/shows/{slug}/archive", summary="Read a blog's posts", status_code=202)
    def post_archive(slug: str, wanted: Annotated[SelectionBody, Body()]) -> dict[str, Any]:
        with library.read() as session:
            show = find_show(session, slug)
        return {"job": _archive(show, wanted.to_selection())}

    @router.get("/episodes", summary="List episodes, the newest post first")
    def get_episodes(
        show: str | None = None,
        state: EpisodeState | None = None,
        title: str | None = None,
        after: str | None = None,
        limit: Limit = 100,
    ) -> dict[str, Any]:
        with library.read() as session:
            show_id = find_show(session, show).id if show else None
            page = list_episodes_of(session, show_id=show_id, state=state, title=title, after=after, limit=limit)
            offered = find_offered(session, page.items)
            counts = count_lines(session, [episode.id for episode in page.items])
            found = [to_episode(each, offered.get(each.id), counts.get(each.id)) for each in page.items]
        return {"object": "list", "data": found, "next": page.next}

    @router.post("/episodes", summary="Have a post read: into the reading list, or any show", status_code=202)
    async def post_episode(wanted: Annotated[NewEpisode, Body()]) -> dict[str, Any]:
        url = clean_url(wanted.url)
        if url is None:
            raise InvalidRequest(f"a post has an http or https address, not {wanted.url[:80]!r}", param="url")
        if wanted.show == READING_LIST:
            await newsroom.have_reading_list(READING_LIST)
        episode = await asyncio.to_thread(_add, url, wanted)
        job = await asyncio.to_thread(newsroom.ask_reading, episode.id, Urgency.PERSON)
        return to_episode(episode, None, None) | {"job": job}

    def _add(url: str, wanted: NewEpisode) -> Episode:
        with library.write() as session:
            show = find_show(session, wanted.show)
            article = note_article(session, url, title=wanted.title or url)
            return find_reading(session, show.id, article.id) or add_episode(session, show.id, article)

    @router.get("/episodes/{episode_id}", summary="One episode")
    def get_episode(episode_id: int) -> dict[str, Any]:
        with library.read() as session:
            episode = find_episode(session, episode_id)
            article = session.get_one(Article, episode.article_id)
            offered, counts = find_offered(session, [episode]), count_lines(session, [episode_id])
        return to_episode(episode, offered.get(episode_id), counts.get(episode_id)) | {"url": article.url}

    @router.post("/episodes/{episode_id}/read", summary="Bring an episode up to date", status_code=202)
    def post_reading(episode_id: int, anew: bool = False) -> dict[str, Any]:
        with library.read() as session:
            find_episode(session, episode_id)
        return {"job": newsroom.ask_reading(episode_id, Urgency.PERSON, anew=anew)}

    @router.post("/lexicon", summary="Have a word said otherwise, everywhere or in one show", status_code=202)
    def post_word(wanted: Annotated[Correction, Body()]) -> dict[str, Any]:
        return corrections.correct(wanted.written, wanted.spoken, show=wanted.show).to_json()

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
        "next_poll_at": _write(show.next_poll_at),
        "trouble": (show.following or {}).get("trouble") or None,
        "paused": show.paused,
        "choices": show.choices,
        "created_at": _write(show.created_at),
    }


def to_episode(episode: Episode, render: Render | None, counts: Counts | None) -> dict[str, Any]:
    """An episode as JSON."""
    return {
        "object": "episode",
        "id": episode.id,
        "show_id": episode.show_id,
        "guid": episode.guid,
        "title": episode.title,
        "state": episode.state.value,
        "problem": episode.problem,
        "published": _write(episode.published),
        "revision": episode.revision,
        "audio": render.audio if render else None,
        "duration_s": render.duration_s if render else None,
        "bytes": render.n_bytes if render else None,
        "lines": counts.n_lines if counts else 0,
        "to_speak": counts.n_to_speak if counts else 0,
        "flagged": counts.n_flagged if counts else 0,
    }


def _write(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
