"""What is wrong with a library, and what can be mended without losing anything.

| flaw | mended by |
|---|---|
| the database is damaged, or rows name rows that are gone | nothing here: restore a backup |
| the index of words does not agree with the lines | making it anew |
| a pointer leads nowhere (a line's version or take, an episode's file or script, an article's version) | another one |
| a blob is damaged | putting it aside, as missing |
| a take's audio is missing | choosing another take, or none: the line is spoken again |
| an offered file is missing | offering an older one, or none |
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

import sqlalchemy as sql
from sqlalchemy.orm import Session

from catwalk.library.collection import list_named
from catwalk.library.database import Library, find_revision, newest_revision
from catwalk.library.tables import (
    Article,
    ArticleVersion,
    Base,
    Episode,
    EpisodeState,
    Line,
    LineVersion,
    Render,
    Script,
    Show,
    Take,
)

_FILES = (Render.audio, Render.transcript, Render.chapters)
"""What an episode cannot be offered without."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong."""

    message: str
    mend: Callable[[Session], None] | None = None
    """Mends it, in a writing session; None where nothing here can."""


def check(library: Library, *, deep: bool = False) -> list[Flaw]:
    """Look for flaws; changes nothing.

    Args:
        library: Which.
        deep: Whether all is read, blobs and indexes too; else it is only seen whether every blob is there.
    """
    with library.engine.connect() as connection:
        revision, newest = find_revision(connection), newest_revision()
    if revision != newest:
        return [Flaw(f"the tables are at {revision!r} instead of {newest!r}; the next start brings them up to date")]
    search = list(_check_search(library)) if library.is_sqlite and deep else []
    with library.read() as session:
        return [
            *(_check_sqlite(session, deep=deep) if library.is_sqlite else ()),
            *search,
            *_check_pointers(session),
            *_check_blobs(library, session, deep=deep),
        ]


def count(library: Library) -> dict[str, int]:
    """How many of each kind the library has."""
    kinds = {"shows": Show, "articles": Article, "episodes": Episode, "lines": Line}
    with library.read() as session:
        return {
            name: session.scalar(sql.select(sql.func.count()).select_from(kind)) or 0 for name, kind in kinds.items()
        }


def mend(library: Library) -> tuple[list[Flaw], list[Flaw]]:
    """Read all of the library, and mend what can be mended.

    Returns:
        What was mended, and what is still wrong.
    """
    mended: list[Flaw] = []
    flaws = check(library, deep=True)
    # What is mended may bring to light what it hid: behind a version that was lost, a take of it.
    while todo := [flaw for flaw in flaws if flaw.mend is not None and flaw.message not in {m.message for m in mended}]:
        with library.write() as session:
            for flaw in todo:
                if flaw.mend is not None:
                    flaw.mend(session)
        mended += todo
        flaws = check(library, deep=True)
    return mended, flaws


def _check_sqlite(session: Session, *, deep: bool) -> Iterator[Flaw]:
    said = session.execute(sql.text(f"PRAGMA {'integrity' if deep else 'quick'}_check(5)")).scalars().all()
    if said != ["ok"]:
        yield Flaw(f"the database is damaged: {'; '.join(said)}; restore a backup")
    for table, row_id, parent, _ in session.execute(sql.text("PRAGMA foreign_key_check")).all()[:5]:
        yield Flaw(f"row {row_id} of {table} belongs to a {parent} that is gone; restore a backup")


def _check_search(library: Library) -> Iterator[Flaw]:
    try:
        with library.write() as session:
            session.execute(sql.text("INSERT INTO line_search (line_search, rank) VALUES ('integrity-check', 1)"))
    except sql.exc.DatabaseError:
        yield Flaw("the index of words does not agree with the lines", _rebuild_search)


def _rebuild_search(session: Session) -> None:
    session.execute(sql.text("INSERT INTO line_search (line_search) VALUES ('rebuild')"))


def _check_pointers(session: Session) -> Iterator[Flaw]:
    for line_id, version_id in session.execute(_dangling(Line, Line.version_id, LineVersion)):
        yield Flaw(f"line {line_id} says version {version_id}, which is gone", _mend_version(line_id))
    for line_id, take_id in session.execute(_dangling(Line, Line.take_id, Take)):
        yield Flaw(f"line {line_id} has take {take_id}, which is gone", _rechoose(line_id))
    for episode_id, render_id in session.execute(_dangling(Episode, Episode.render_id, Render)):
        yield Flaw(f"episode {episode_id} offers file {render_id}, which is gone", _reoffer(episode_id))
    for episode_id, script_id in session.execute(_dangling(Episode, Episode.script_id, Script)):
        yield Flaw(f"episode {episode_id} has script {script_id}, which is gone", _forget_script(episode_id))
    for article_id, version_id in session.execute(_dangling(Article, Article.version_id, ArticleVersion)):
        yield Flaw(f"article {article_id} has version {version_id}, which is gone", _repoint(article_id))


def _dangling(
    table: type[Base], pointer: sql.orm.InstrumentedAttribute[int | None], target: type[Base]
) -> sql.Select[int, int]:
    """Ids of rows whose pointer leads nowhere, with where it leads."""
    there = sql.exists().where(sql.literal_column(f"{target.__tablename__}.id") == pointer)
    query = sql.select(table.__table__.c.id, pointer)
    return query.where(pointer.is_not(None), ~there.select_from(target.__table__))


def _mend_version(line_id: int) -> Callable[[Session], None]:
    def mend_it(session: Session) -> None:
        line = session.get_one(Line, line_id)
        line.version_id = session.scalar(sql.select(sql.func.max(LineVersion.id)).where(LineVersion.line_id == line_id))
        line.deleted = line.deleted or line.version_id is None
        line.take_id = _newest_take(session, line)

    return mend_it


def _rechoose(line_id: int, lost: Collection[str] = ()) -> Callable[[Session], None]:
    def mend_it(session: Session) -> None:
        line = session.get_one(Line, line_id)
        line.take_id = _newest_take(session, line, lost)

    return mend_it


def _newest_take(session: Session, line: Line, lost: Collection[str] = ()) -> int | None:
    takes = sql.select(Take.id, Take.audio).where(Take.version_id == line.version_id).order_by(Take.id.desc())
    return next((take_id for take_id, audio in session.execute(takes) if audio not in lost), None)


def _reoffer(episode_id: int, lost: Collection[str] = ()) -> Callable[[Session], None]:
    def mend_it(session: Session) -> None:
        episode = session.get_one(Episode, episode_id)
        files = sql.select(Render.id, *_FILES).where(Render.episode_id == episode_id).order_by(Render.id.desc())
        whole = (render_id for render_id, *names in session.execute(files) if not set(names).intersection(lost))
        episode.render_id = next(whole, None)
        if episode.render_id is None and episode.state is EpisodeState.READY:
            episode.state = EpisodeState.WAITING

    return mend_it


def _forget_script(episode_id: int) -> Callable[[Session], None]:
    def mend_it(session: Session) -> None:
        session.get_one(Episode, episode_id).script_id = None

    return mend_it


def _repoint(article_id: int) -> Callable[[Session], None]:
    def mend_it(session: Session) -> None:
        versions = sql.select(sql.func.max(ArticleVersion.id)).where(ArticleVersion.article_id == article_id)
        session.get_one(Article, article_id).version_id = session.scalar(versions)

    return mend_it


def _check_blobs(library: Library, session: Session, *, deep: bool) -> Iterator[Flaw]:
    is_whole = library.blobs.is_sound if deep else (lambda name: library.blobs.path(name).is_file())
    lost = {name for name in list_named(session) if not is_whole(name)}
    for name in sorted(lost):
        if library.blobs.path(name).is_file():
            yield Flaw(f"blob {name} is damaged", _put_aside(library, name))
    chosen = sql.select(Take.audio, Line.id).join(Line, Take.id == Line.take_id)
    for audio, line_id in session.execute(chosen.execution_options(yield_per=10_000)) if lost else ():
        if audio in lost:
            yield Flaw(f"the audio of line {line_id} is lost ({audio})", _rechoose(line_id, lost))
    offered = sql.select(Episode.id, *_FILES).join(Render, Render.id == Episode.render_id)
    for episode_id, *names in session.execute(offered) if lost else ():
        if lost.intersection(names):
            yield Flaw(f"a file that episode {episode_id} offers is lost", _reoffer(episode_id, lost))
    if lost:
        yield Flaw(f"{len(lost)} blobs are lost, {min(lost)} among them; a backup may have them")


def _put_aside(library: Library, name: str) -> Callable[[Session], None]:
    def mend_it(_session: Session) -> None:
        path = library.blobs.path(name)
        path.replace(path.with_name(f".damaged-{name}"))

    return mend_it
