"""Episodes: the reading of an article in a show, from waiting to ready, and every file that was made of it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sql
from sqlalchemy.orm import Session, defer

from catwalk.errors import AlreadyInLibrary, InvalidRequest, NotInLibrary
from catwalk.library.database import now_of
from catwalk.library.paging import Page, read_page
from catwalk.library.tables import (
    Article,
    Episode,
    EpisodeState,
    Line,
    LineVersion,
    Membership,
    Origin,
    Render,
    Show,
    Take,
)

_CHANGING = frozenset({"title", "published", "position", "state", "problem"})


def list_put_off(session: Session, *, rested: timedelta, until: timedelta) -> Sequence[int]:
    """Episodes that could not be read for a reason that may have passed by now, the longest untouched first.

    Args:
        session: Where to look.
        rested: For so long nobody has tried.
        until: Those that were added longer ago are given up.
    """
    now = now_of(session)
    put_off = sql.select(Episode.id).where(
        Episode.state == EpisodeState.WAITING,
        Episode.problem.is_not(None),
        Episode.changed_at <= now - rested,
        Episode.created_at >= now - until,
    )
    return session.scalars(put_off.order_by(Episode.changed_at, Episode.id).limit(100)).all()


def add_episode(session: Session, show_id: int, article: Article, *, position: int | None = None) -> Episode:
    """Add the reading of an article to a show, to be read.

    Raises:
        AlreadyInLibrary: the show has it already.
    """
    there = sql.select(Episode.id).where(Episode.show_id == show_id, Episode.article_id == article.id)
    if session.scalar(there) is not None:
        raise AlreadyInLibrary(f"the show has {article.url} already")
    now = now_of(session)
    episode = Episode(
        show_id=show_id,
        article_id=article.id,
        guid=str(uuid.uuid4()),
        title=article.title,
        published=article.published or now,
        position=position,
        created_at=now,
        changed_at=now,
    )
    session.add(episode)
    session.flush()
    return episode


def find_reading(session: Session, show_id: int, article_id: int) -> Episode | None:
    """The reading of an article in a show, or None."""
    return session.scalar(sql.select(Episode).where(Episode.show_id == show_id, Episode.article_id == article_id))


def find_episode(session: Session, episode_id: int) -> Episode:
    """The episode of that id.

    Raises:
        NotInLibrary: there is none.
    """
    episode = session.get(Episode, episode_id)
    if episode is None:
        raise NotInLibrary(f"the library has no episode {episode_id}")
    return episode


def change_episode(session: Session, episode_id: int, **fields: Any) -> Episode:
    """Change title, published, position, state or problem.

    Raises:
        NotInLibrary: there is no such episode.
        InvalidRequest: a field is none of these.
    """
    if wrong := sorted(fields.keys() - _CHANGING):
        raise InvalidRequest(f"{', '.join(wrong)} of an episode is not changed in this way", param=wrong[0])
    episode = find_episode(session, episode_id)
    for name, value in fields.items():
        setattr(episode, name, value)
    episode.changed_at = now_of(session)
    session.flush()
    return episode


def delete_episode(session: Session, episode_id: int) -> None:
    """Delete an episode with its lines, takes and renders; a person's recordings stay.

    Raises:
        NotInLibrary: there is no such episode.
    """
    show_id = find_episode(session, episode_id).show_id
    lines = sql.select(Line.id).where(Line.episode_id == episode_id)
    session.execute(sql.delete(Take).where(Take.line_id.in_(lines), Take.origin == Origin.VOICE))
    session.execute(sql.delete(Episode).where(Episode.id == episode_id))
    session.execute(sql.update(Show).where(Show.id == show_id).values(changed_at=now_of(session)))


def list_episodes(
    session: Session,
    *,
    show_id: int | None = None,
    state: EpisodeState | None = None,
    title: str | None = None,
    after: str | None = None,
    limit: int = 100,
) -> Page[Episode]:
    """Episodes, the newest post first.

    Args:
        session: Where to look.
        show_id: Those of one show, or of all that a mix draws from.
        state: Those in one state.
        title: Those whose title contains it, whatever its case.
        after: ``next`` of the page before.
        limit: How many, at most 1000.
    """
    query = sql.select(Episode)
    if show_id is not None:
        query = query.where(belongs_to(session, show_id))
    if state is not None:
        query = query.where(Episode.state == state)
    if title:
        query = query.where(sql.func.lower(Episode.title).contains(title.lower(), autoescape=True))
    return read_page(
        session,
        query,
        [Episode.published, Episode.id],
        lambda row: row[0],
        after=after,
        limit=limit,
        newest_first=True,
    )


def belongs_to(session: Session, show_id: int) -> sql.ColumnElement[bool]:
    """Tells the episodes of a show, or of all that a mix draws from."""
    members = session.scalars(sql.select(Membership.show_id).where(Membership.mix_id == show_id)).all()
    # One show is asked for by itself, so that its own index gives the order too.
    return Episode.show_id.in_([show_id, *members]) if members else Episode.show_id == show_id


def count_episodes(session: Session, show_ids: Sequence[int]) -> dict[int, int]:
    """How many episodes some shows have of their own; a show without any is left out."""
    query = sql.select(Episode.show_id, sql.func.count()).where(Episode.show_id.in_(show_ids))
    return {row[0]: row[1] for row in session.execute(query.group_by(Episode.show_id))}


def list_scripted(session: Session, show_id: int) -> Sequence[int]:
    """Ids of the episodes of a show that have lines, the oldest post first, without those that are withdrawn."""
    query = sql.select(Episode.id).where(Episode.show_id == show_id, Episode.script_id.is_not(None))
    query = query.where(Episode.state != EpisodeState.WITHDRAWN)
    return session.scalars(query.order_by(Episode.published, Episode.id)).all()


@dataclass(frozen=True, slots=True)
class Counts:
    """How the lines of an episode stand."""

    n_lines: int
    n_to_speak: int
    """Lines that have something to say and no take."""

    n_flagged: int
    """Lines whose take is not good."""


def count_lines(session: Session, episode_ids: Sequence[int]) -> dict[int, Counts]:
    """How the lines of some episodes stand; an episode without lines is left out."""
    query = (
        sql.select(
            Line.episode_id,
            sql.func.count(),
            sql.func.count().filter(Line.take_id.is_(None), LineVersion.spoken != ""),
            sql.func.count().filter(Take.accepted.is_(False)),
        )
        .join(LineVersion, LineVersion.id == Line.version_id)
        .outerjoin(Take, Take.id == Line.take_id)
        .where(Line.episode_id.in_(episode_ids), Line.deleted.is_(False))
        .group_by(Line.episode_id)
    )
    return {row[0]: Counts(*row[1:]) for row in session.execute(query)}


@dataclass(frozen=True, slots=True)
class Finished:
    """A mastered file, its blobs and what it was made of."""

    audio: str
    transcript: str | None
    chapters: str | None
    cover: str | None
    duration_s: float
    n_bytes: int
    lufs: float | None
    made_of: Sequence[tuple[int, int, int | None]]
    """Line, version and take, in reading order."""


def add_render(session: Session, episode_id: int, finished: Finished) -> Render:
    """Keep a finished file, and offer it from now on, unless the episode is withdrawn.

    Raises:
        NotInLibrary: there is no such episode.
    """
    episode = find_episode(session, episode_id)
    now = now_of(session)
    render = Render(
        episode_id=episode_id,
        audio=finished.audio,
        transcript=finished.transcript,
        chapters=finished.chapters,
        cover=finished.cover,
        duration_s=finished.duration_s,
        n_bytes=finished.n_bytes,
        lufs=finished.lufs,
        made_of=[list(part) for part in finished.made_of],
        made_at=now,
    )
    session.add(render)
    session.flush()
    episode.render_id, episode.problem, episode.changed_at = render.id, None, now
    if episode.state is not EpisodeState.WITHDRAWN:
        episode.state = EpisodeState.READY
    session.flush()
    return render


def list_renders(session: Session, episode_id: int, *, after: str | None = None, limit: int = 100) -> Page[Render]:
    """Finished files of an episode, the newest first, without what they were made of."""
    query = sql.select(Render).where(Render.episode_id == episode_id)
    return read_page(
        session,
        query.options(defer(Render.made_of)),
        [Render.id],
        lambda row: row[0],
        after=after,
        limit=limit,
        newest_first=True,
    )


def find_offered(session: Session, episodes: Sequence[Episode]) -> dict[int, Render]:
    """The files that some episodes offer, by episode, without what they were made of."""
    ids = [episode.render_id for episode in episodes if episode.render_id is not None]
    renders = sql.select(Render).where(Render.id.in_(ids)).options(defer(Render.made_of))
    return {render.episode_id: render for render in session.scalars(renders)}


def is_up_to_date(session: Session, episode: Episode) -> bool:
    """Whether the file that the episode offers is made of its lines as they stand."""
    if episode.render_id is None:
        return False
    return list_standing(session, episode.id) == session.get_one(Render, episode.render_id).made_of


def list_standing(session: Session, episode_id: int) -> list[list[int | None]]:
    """``[line, version, take]`` of an episode's lines in reading order, as a file would be made of them now."""
    stand = sql.select(Line.id, Line.version_id, Line.take_id).where(
        Line.episode_id == episode_id, Line.deleted.is_(False)
    )
    return [list(row) for row in session.execute(stand.order_by(Line.rank, Line.id))]
