"""What the routes of episodes answer, as JSON, with an example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import sqlalchemy as sql
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from catwalk.library.articles import find_web_address
from catwalk.library.episodes import Counts, count_lines, find_offered
from catwalk.library.tables import Article, Episode, Render, Show
from catwalk.podcast.show import PUBLIC
from catwalk.studio.show_answers import write_moment

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
