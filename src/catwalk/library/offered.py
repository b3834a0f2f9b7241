"""What feeds offer: the episodes of a show that have a file, and who may have which blob."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

import sqlalchemy as sql
from sqlalchemy.orm import InstrumentedAttribute, Session

from catwalk.library.episodes import belongs_to
from catwalk.library.tables import Article, ArticleVersion, Episode, EpisodeState, Membership, Render, Script, Show

_COLUMNS: dict[str, InstrumentedAttribute[Any]] = {
    ".mp3": Render.audio,
    ".m4a": Render.audio,
    ".opus": Render.audio,
    ".vtt": Render.transcript,
    ".json": Render.chapters,
    ".jpg": Render.cover,
    ".png": Render.cover,
}
"""Which column names a blob of that suffix, so that one index answers."""

_IS_OFFERED = sql.and_(Episode.render_id.is_not(None), Episode.state != EpisodeState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Offered:
    """An episode with its file and its post."""

    guid: str
    title: str
    published: datetime
    audio: str
    """Blob, as are the next three."""

    transcript: str | None
    chapters: str | None
    cover: str | None
    duration_s: float
    n_bytes: int
    url: str
    author: str | None
    post_title: str
    version_id: int | None
    """Of the post: the one that was read, else the newest; None where it was never fetched."""

    source: str | None
    """Blob: the page."""

    notes: dict[str, Any] | None
    """As in :class:`catwalk.library.tables.ArticleVersion`."""


def count_offered(session: Session, show_id: int) -> int:
    """How many episodes a show, or a mix of shows, offers."""
    return session.scalar(sql.select(sql.func.count()).where(belongs_to(session, show_id), _IS_OFFERED)) or 0


def list_offered(session: Session, show_id: int, *, start: int, n_most: int) -> list[Offered]:
    """Episodes that a show, or a mix of shows, offers, the newest post first, from the one with index ``start``."""
    order = (Episode.published.desc(), Episode.id.desc())
    # What is passed over is counted in one table alone, before the others are looked at.
    chosen = sql.select(Episode.id).where(belongs_to(session, show_id), _IS_OFFERED).order_by(*order)
    chosen = chosen.offset(start).limit(n_most)
    version_id = sql.func.coalesce(Script.article_version_id, Article.version_id)
    columns = (
        *(Episode.guid, Episode.title, Episode.published),
        *(Render.audio, Render.transcript, Render.chapters, Render.cover, Render.duration_s, Render.n_bytes),
        *(Article.url, Article.author, Article.title),
        *(ArticleVersion.id, ArticleVersion.source, ArticleVersion.notes),
    )
    query = (
        sql.select(*columns)
        .join_from(Episode, Render, Render.id == Episode.render_id)
        .join(Article, Article.id == Episode.article_id)
        .outerjoin(Script, Script.id == Episode.script_id)
        .outerjoin(ArticleVersion, ArticleVersion.id == version_id)
        .where(Episode.id.in_(chosen))
        .order_by(*order)
    )
    return [Offered(*row) for row in session.execute(query)]


def find_change(session: Session, show: Show) -> datetime:
    """When something last changed that the feed of a show, or of a mix of shows, tells."""
    withdrawn_too = sql.select(sql.func.max(Episode.changed_at)).where(
        belongs_to(session, show.id), Episode.render_id.is_not(None)
    )
    last = session.scalar(withdrawn_too)
    return show.changed_at if last is None else max(show.changed_at, last)


def find_holders(session: Session, name: str) -> Sequence[str | None]:
    """The keys of the shows that contain a blob, None for a public one; empty where no show does.

    A show contains its cover, and every file that an episode offers or has offered; mixes contain what their members'
    episodes do.
    """
    column = _COLUMNS.get(PurePosixPath(name).suffix)
    if column is None:
        return []
    files = sql.select(Episode.show_id).join(Render, Render.episode_id == Episode.id)
    holders = files.where(column == name, _IS_OFFERED).cte("holders")
    found = [
        sql.select(holders.c.show_id),
        sql.select(Membership.mix_id).join(holders, holders.c.show_id == Membership.show_id),
        sql.select(Show.id).where(Show.cover == name),
    ]
    return session.scalars(sql.select(Show.key).where(Show.id.in_(sql.union_all(*found)))).all()


def keep_notes(session: Session, notes: Mapping[int, dict[str, Any]]) -> None:
    """Keep show notes, by version of an article."""
    for version_id, document in notes.items():
        session.execute(sql.update(ArticleVersion).where(ArticleVersion.id == version_id).values(notes=document))
