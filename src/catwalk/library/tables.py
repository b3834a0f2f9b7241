"""The tables of the library: shows, articles, scripts, episodes, lines, takes, renders, and the log of edits.

    show ─┬─ episode ─┬─ line ─┬─ line_version      what the line says; one row a change, never overwritten
          │     │     │        └─ take              a recording of one version
          │     │     ├─ render                     a mastered file, and what it was made of
          │     │     └─ edit                       before and after of the lines that one operation touched
          ├─ membership (of a mix)
          └─ former_slug                          where its feed was before
    article ── article_version ── script

``line`` and ``episode`` rows say how things stand now; everything that they point at is only ever added. Those pointers
(``line.version_id``, ``line.take_id``, ``episode.render_id`` and the like) are no foreign keys, because the rows they
point at point back, and rows could then be neither inserted nor restored in order; ``inspection.py`` looks after them.

Blobs stand here by name (see ``blobs.py``).
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum, StrEnum
from typing import Any

import sqlalchemy as sql
from sqlalchemy import ForeignKey, Index, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from catwalk.library.columns import BIG, Id, Moment, Pointer, Rank


class ShowKind(StrEnum):
    """What a show is made from."""

    BLOG = "blog"
    LIST = "list"
    """Posts from anywhere, added by hand."""

    MIX = "mix"
    """The episodes of other shows."""


class EpisodeState(StrEnum):
    """How far a reading is."""

    WAITING = "waiting"
    READING = "reading"
    READY = "ready"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    """Kept, and in no feed."""


class Origin(StrEnum):
    """Where a take comes from."""

    VOICE = "voice"
    MICROPHONE = "microphone"
    UPLOAD = "upload"


class EditState(StrEnum):
    """Where an edit stands between undo and redo."""

    DONE = "done"
    UNDONE = "undone"
    DROPPED = "dropped"
    """Undone, and out of reach since another edit was made."""


class Base(DeclarativeBase):
    """What all tables share."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: Moment(),
        dict[str, Any]: sql.JSON(),
        list[Any]: sql.JSON(),
        Enum: sql.Enum(
            Enum, native_enum=False, length=16, values_callable=lambda kind: [member.value for member in kind]
        ),
    }


def _refers(column: str, on_delete: str = "CASCADE") -> Any:
    return mapped_column(BIG, ForeignKey(column, ondelete=on_delete))


_KEEPS_IDS = {"sqlite_autoincrement": True}
"""An id is never given twice, since edits and renders name lines, versions and takes by it."""


class Show(Base):
    """A podcast: a blog's, a reading list's, or a mix of others."""

    __tablename__ = "show"
    __table_args__ = (Index(None, "next_poll_at"), Index(None, "cover"), _KEEPS_IDS)

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(unique=True)
    """Its name in addresses."""

    kind: Mapped[ShowKind]
    title: Mapped[str]
    author: Mapped[str | None]
    link: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="en")
    source_url: Mapped[str | None]
    """Where its posts are found."""

    feed_url: Mapped[str | None]
    """The blog's own feed."""

    choices: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Policy, voice, model and lexicon, where they differ from the settings; and what its feed says of it."""

    cover: Mapped[str | None]
    """Blob."""

    key: Mapped[str | None]
    """Stands in the feed's address; None for a public feed."""

    podcast_guid: Mapped[str | None]
    follow_every_s: Mapped[float | None]
    """None for a show that is not followed."""

    next_poll_at: Mapped[datetime | None]
    following: Mapped[dict[str, Any] | None]
    """What is remembered of the feed between two polls."""

    paused: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    """When something changed that listeners see."""


class FormerSlug(Base):
    """A name that a show had before; its feed is still found there, and no other show may have it."""

    __tablename__ = "former_slug"
    __table_args__ = (Index(None, "show_id"),)

    slug: Mapped[str] = mapped_column(primary_key=True)
    show_id: Mapped[int] = _refers("show.id")


class Membership(Base):
    """A show that a mix draws from."""

    __tablename__ = "membership"
    __table_args__ = (Index(None, "show_id"),)

    mix_id: Mapped[int] = mapped_column(BIG, ForeignKey("show.id", ondelete="CASCADE"), primary_key=True)
    show_id: Mapped[int] = mapped_column(BIG, ForeignKey("show.id", ondelete="CASCADE"), primary_key=True)


class Article(Base):
    """A post, by its canonical address."""

    __tablename__ = "article"
    __table_args__ = (_KEEPS_IDS,)

    id: Mapped[Id]
    url: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    author: Mapped[str | None]
    published: Mapped[datetime | None]
    version_id: Mapped[Pointer | None]
    """The newest."""

    created_at: Mapped[datetime]


class ArticleVersion(Base):
    """A post as it once was."""

    __tablename__ = "article_version"
    __table_args__ = (Index(None, "article_id", "id"), _KEEPS_IDS)

    id: Mapped[Id]
    article_id: Mapped[int] = _refers("article.id")
    digest: Mapped[str]
    """SHA-256 of what was extracted, by which a change is told."""

    document: Mapped[dict[str, Any]]
    """The extracted article."""

    source: Mapped[str | None]
    """Blob: the page."""

    notes: Mapped[dict[str, Any] | None]
    """Show notes, once they were written: ``html``, ``text`` and the ``language`` that the post is in."""

    fetched_at: Mapped[datetime]


class Script(Base):
    """What is read of one version of an article under one policy."""

    __tablename__ = "script"
    __table_args__ = (sql.UniqueConstraint("article_version_id", "policy_digest"), _KEEPS_IDS)

    id: Mapped[Id]
    article_version_id: Mapped[int] = _refers("article_version.id")
    policy_digest: Mapped[str]
    """Over all that decides the script: policy, lexicon, what models said."""

    policy: Mapped[dict[str, Any]]
    document: Mapped[dict[str, Any]]
    """Lines and ledger."""

    made_at: Mapped[datetime]


class Episode(Base):
    """One article's reading in one show."""

    __tablename__ = "episode"
    __table_args__ = (
        sql.UniqueConstraint("show_id", "article_id"),
        Index(None, "published", "id"),
        Index(None, "show_id", "published", "id"),
        Index(None, "state", "published", "id"),
        Index(None, "article_id"),
        _KEEPS_IDS,
    )

    id: Mapped[Id]
    show_id: Mapped[int] = _refers("show.id")
    article_id: Mapped[int] = _refers("article.id")
    guid: Mapped[str] = mapped_column(unique=True)
    """Never changes."""

    title: Mapped[str]
    state: Mapped[EpisodeState] = mapped_column(default=EpisodeState.WAITING)
    problem: Mapped[str | None]
    """Why it failed or was withdrawn."""

    published: Mapped[datetime]
    """When the post was, or when it was added where nothing tells."""

    position: Mapped[int | None]
    """Number in the show, where a person gave one."""

    script_id: Mapped[Pointer | None]
    render_id: Mapped[Pointer | None]
    """What the feed offers."""

    revision: Mapped[int] = mapped_column(default=0)
    """One more with every edit of its lines."""

    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class Line(Base):
    """One utterance or pause, as it stands now."""

    __tablename__ = "line"
    __table_args__ = (Index(None, "episode_id", "rank", "id"), Index(None, "version_id"), _KEEPS_IDS)

    id: Mapped[Id]
    episode_id: Mapped[int] = _refers("episode.id")
    rank: Mapped[Rank]
    """Lines are read in the order of their ranks, compared byte by byte."""

    version_id: Mapped[Pointer | None]
    take_id: Mapped[Pointer | None]
    """The take that was chosen; None while the line is to be spoken."""

    deleted: Mapped[bool] = mapped_column(default=False)

    scripted_id: Mapped[Pointer | None]
    """The version that the script gave it, whatever a person made of it since; None for a line that a person added."""

    place: Mapped[int | None]
    """Which line of the script it is, from 0."""

    block: Mapped[str | None]
    """The block of the article that it comes from."""

    bundle: Mapped[Pointer | None]
    """Lines that were split or merged with each other share one; None for all others."""


class LineVersion(Base):
    """What a line says, said or will say again after an undo."""

    __tablename__ = "line_version"
    __table_args__ = (Index(None, "line_id", "id"), _KEEPS_IDS)

    id: Mapped[Id]
    line_id: Mapped[int] = _refers("line.id")
    kind: Mapped[str]
    text: Mapped[str]
    spoken: Mapped[str]
    """Empty for a pause."""

    pause_s: Mapped[float]
    """Silence after the line."""

    chapter: Mapped[str | None]
    voice: Mapped[str | None]
    """Another voice than the show's."""

    made_at: Mapped[datetime]


class Take(Base):
    """A recording of one version of a line.

    A person's recording outlives its line: it is then a take of no line, and its audio is kept.
    """

    __tablename__ = "take"
    __table_args__ = (Index(None, "line_id", "id"), Index(None, "version_id", "id"), _KEEPS_IDS)

    id: Mapped[Id]
    line_id: Mapped[int | None] = _refers("line.id", "SET NULL")
    version_id: Mapped[int | None] = _refers("line_version.id", "SET NULL")
    audio: Mapped[str]
    """Blob."""

    duration_s: Mapped[float]
    words: Mapped[list[Any]] = mapped_column(default=list)
    """``[text, start_s, end_s]`` for each word."""

    verdict: Mapped[dict[str, Any]]
    accepted: Mapped[bool]
    """Whether nothing is wrong with it, as the verdict says."""

    origin: Mapped[Origin]
    model: Mapped[str | None]
    voice: Mapped[str | None]
    speed: Mapped[float | None]
    backend: Mapped[str | None]
    """The backend and its version."""

    made_at: Mapped[datetime]


class Render(Base):
    """A finished file."""

    __tablename__ = "render"
    __table_args__ = (
        Index(None, "episode_id", "id"),
        Index(None, "audio"),
        Index(None, "transcript"),
        Index(None, "chapters"),
        Index(None, "cover"),
        _KEEPS_IDS,
    )

    id: Mapped[Id]
    episode_id: Mapped[int] = _refers("episode.id")
    audio: Mapped[str]
    """Blob, as are the next three."""

    transcript: Mapped[str | None]
    chapters: Mapped[str | None]
    cover: Mapped[str | None]
    duration_s: Mapped[float]
    n_bytes: Mapped[int] = mapped_column(BIG)
    lufs: Mapped[float | None]
    made_of: Mapped[list[Any]]
    """``[line, version, take]`` in reading order."""

    made_at: Mapped[datetime]


class Edit(Base):
    """One operation on the lines of an episode."""

    __tablename__ = "edit"
    __table_args__ = (Index(None, "episode_id", "state", "id"), _KEEPS_IDS)

    id: Mapped[Id]
    episode_id: Mapped[int] = _refers("episode.id")
    action: Mapped[str]
    state: Mapped[EditState] = mapped_column(default=EditState.DONE)
    before: Mapped[dict[str, Any]]
    """How the lines that it touched stood, and the episode's script."""

    after: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]


BLOB_COLUMNS = (
    Show.cover,
    ArticleVersion.source,
    Take.audio,
    Render.audio,
    Render.transcript,
    Render.chapters,
    Render.cover,
)
"""Every column that names blobs."""
