"""Lines and their takes: what an episode says, every recording of it, and where a word occurs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sql
from sqlalchemy.orm import Session

from catwalk.errors import InvalidRequest, NotInLibrary
from catwalk.library.database import now_of
from catwalk.library.paging import MAX_LIMIT, Page, Query, Row, read_page
from catwalk.library.tables import Episode, Line, LineVersion, Origin, Take


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line as it stands."""

    line: Line
    version: LineVersion
    take: Take | None
    """The one that was chosen."""

    @property
    def is_corrected(self) -> bool:
        """Whether a person has changed or added it."""
        return self.line.scripted_id != self.line.version_id


def list_lines(
    session: Session,
    episode_id: int,
    *,
    flagged: bool = False,
    after: str | None = None,
    limit: int = 100,
) -> Page[LineRow]:
    """Lines of an episode in reading order; with ``flagged`` those alone whose take is not good."""
    query = _stand().where(Line.episode_id == episode_id, Line.deleted.is_(False))
    if flagged:
        query = query.where(Take.accepted.is_(False))
    return read_page(session, query, [Line.rank, Line.id], _row, after=after, limit=limit)


def get_lines(session: Session, line_ids: Sequence[int]) -> list[LineRow]:
    """These lines, in the order in which they are asked for; those that are deleted or unknown are left out."""
    rows = session.execute(_stand().where(Line.id.in_(line_ids), Line.deleted.is_(False)))
    found = {row[0].id: _row(row) for row in rows}
    return [found[line_id] for line_id in line_ids if line_id in found]


def find_line(session: Session, line_id: int) -> LineRow:
    """The line of that id.

    Raises:
        NotInLibrary: there is none, or it is deleted.
    """
    found = get_lines(session, [line_id])
    if not found:
        raise NotInLibrary(f"the library has no line {line_id}")
    return found[0]


def list_order(session: Session, episode_id: int) -> list[int]:
    """Ids of all lines of an episode in reading order, without those that are deleted."""
    query = sql.select(Line.id).where(Line.episode_id == episode_id, Line.deleted.is_(False))
    return list(session.scalars(query.order_by(Line.rank, Line.id)))


def list_lines_to_speak(
    session: Session, episode_id: int, *, after: str | None = None, limit: int = MAX_LIMIT
) -> Page[LineRow]:
    """Lines that have something to say and no take, in reading order."""
    query = _stand().where(Line.episode_id == episode_id, Line.deleted.is_(False))
    query = query.where(Line.take_id.is_(None), LineVersion.spoken != "")
    return read_page(session, query, [Line.rank, Line.id], _row, after=after, limit=limit)


def list_line_versions(
    session: Session, line_id: int, *, after: str | None = None, limit: int = 100
) -> Page[LineVersion]:
    """What a line has said, the newest first."""
    query = sql.select(LineVersion).where(LineVersion.line_id == line_id)
    return read_page(session, query, [LineVersion.id], lambda row: row[0], after=after, limit=limit, newest_first=True)


def list_takes(session: Session, line_id: int, *, after: str | None = None, limit: int = 100) -> Page[Take]:
    """Takes of a line, of all its versions, the newest first."""
    query = sql.select(Take).where(Take.line_id == line_id)
    return read_page(session, query, [Take.id], lambda row: row[0], after=after, limit=limit, newest_first=True)


def count_takes(session: Session, line_ids: Sequence[int]) -> dict[int, int]:
    """How many takes some lines have, of all their versions; a line without any is left out."""
    query = sql.select(Take.line_id, sql.func.count()).where(Take.line_id.in_(line_ids)).group_by(Take.line_id)
    return {line_id: n for line_id, n in session.execute(query) if line_id is not None}


def find_take(session: Session, take_id: int) -> tuple[Take, LineVersion]:
    """The take of that id, and what it was to say.

    Raises:
        NotInLibrary: there is none, or it is a take of no line any more.
    """
    take = session.get(Take, take_id)
    if take is None or take.version_id is None:
        raise NotInLibrary(f"the library has no take {take_id}")
    return take, session.get_one(LineVersion, take.version_id)


def list_takes_beside(session: Session, row: LineRow, *, n_most: int = 12) -> list[str]:
    """Blobs of the chosen takes of the lines that stand next to a line in its episode."""
    query = sql.select(Line.rank, Line.id, Take.audio).join(Take, Take.id == Line.take_id)
    query = query.where(Line.episode_id == row.line.episode_id, Line.deleted.is_(False), Line.id != row.line.id)
    own = row.line
    before = query.where(Line.rank <= own.rank).order_by(Line.rank.desc(), Line.id).limit(n_most // 2)
    after = query.where(Line.rank > own.rank).order_by(Line.rank, Line.id).limit(n_most // 2)
    return [found.audio for found in (*session.execute(before), *session.execute(after))]


def _row(row: Row) -> LineRow:
    return LineRow(row[0], row[1], row[2])


def _stand() -> Query:
    query: Query = sql.select(Line, LineVersion, Take).join(LineVersion, LineVersion.id == Line.version_id)
    return query.outerjoin(Take, Take.id == Line.take_id)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recording of a version of a line."""

    version_id: int
    audio: str
    """Blob."""

    duration_s: float
    verdict: dict[str, Any]
    """As the verifier gives it; ``accepted`` is read from it."""

    origin: Origin = Origin.VOICE
    words: Sequence[tuple[str, float, float]] = field(default=())
    model: str | None = None
    voice: str | None = None
    speed: float | None = None
    backend: str | None = None
    """The backend and its version."""


def add_take(session: Session, recorded: Recorded) -> Take:
    """Keep a recording, and choose it where the line still says that and no take of it is chosen.

    No revision is asked for: a recording takes nothing away from anybody. To prefer it over another take is an edit
    (:func:`catwalk.library.editing.choose_take`).

    Raises:
        NotInLibrary: there is no such version of a line.
    """
    version = session.get(LineVersion, recorded.version_id)
    if version is None:
        raise NotInLibrary(f"the library has no version {recorded.version_id} of a line")
    take = Take(
        line_id=version.line_id,
        version_id=version.id,
        audio=recorded.audio,
        duration_s=recorded.duration_s,
        words=[list(word) for word in recorded.words],
        verdict=recorded.verdict,
        accepted=bool(recorded.verdict.get("accepted")),
        origin=recorded.origin,
        model=recorded.model,
        voice=recorded.voice,
        speed=recorded.speed,
        backend=recorded.backend,
        made_at=now_of(session),
    )
    session.add(take)
    session.flush()
    free = (Line.id == version.line_id, Line.version_id == version.id, Line.take_id.is_(None))
    session.execute(sql.update(Line).where(*free).values(take_id=take.id))
    return take


@dataclass(frozen=True, slots=True)
class FoundLine:
    """A line in which a word occurs."""

    line_id: int
    episode_id: int
    show_id: int
    text: str
    spoken: str


_BATCH = 500


def find_lines(
    session: Session, word: str, *, show_id: int | None = None, after: int = 0, limit: int = 100
) -> list[FoundLine]:
    """Lines that have a word, or words in a row, in their text or in what is spoken, whatever its case.

    Args:
        session: Where to look.
        word: As written; whole words alone count, so that "cat" is not found in "catwalk". Where no part of it is
            plain ASCII ("naïve", "→") every line is looked at, which takes some seconds for a million of them.
        show_id: In the episodes of one show alone.
        after: Only lines of a greater id: the last one of the page before, 0 for the first page.
        limit: How many, at most 1000.

    Returns:
        By line id; fewer than ``limit`` when there are no more.

    Raises:
        InvalidRequest: the word is empty, or ``limit`` is out of range.
    """
    if not word.strip() or not 1 <= limit <= MAX_LIMIT:
        raise InvalidRequest(f"a word, and a limit of 1 to {MAX_LIMIT}; not {word!r} and {limit}")
    words = r"\s+".join(map(re.escape, word.split()))
    whole = re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)
    found: list[FoundLine] = []
    while len(found) < limit:
        rows = session.execute(_candidates(session, word, show_id, after)).all()
        found += [FoundLine(*row) for row in rows if whole.search(row.text) or whole.search(row.spoken)]
        if len(rows) < _BATCH:
            break
        after = rows[-1].id
    return found[:limit]


def _candidates(session: Session, word: str, show_id: int | None, after: int) -> Query:
    """Lines that may have the word: an index tells which have its letters and digits."""
    query: Query = (
        sql.select(Line.id, Line.episode_id, Episode.show_id, LineVersion.text, LineVersion.spoken)
        .join(LineVersion, LineVersion.id == Line.version_id)
        .join(Episode, Episode.id == Line.episode_id)
        .where(Line.deleted.is_(False), Line.id > after)
    )
    if show_id is not None:
        query = query.where(Episode.show_id == show_id)
    parts = [part for part in re.findall(r"[^\W_]+", word) if part.isascii()]
    if not parts:
        said = sql.func.lower(LineVersion.text + " " + LineVersion.spoken)
        query = query.where(said.contains(word.split(maxsplit=1)[0].lower(), autoescape=True))
    elif session.get_bind().dialect.name == "sqlite":
        sought = " AND ".join(f'"{part}"' for part in parts)
        index = sql.text("SELECT rowid FROM line_search WHERE line_search MATCH :sought")
        query = query.where(LineVersion.id.in_(index.bindparams(sought=sought).columns(rowid=sql.Integer)))
    else:
        query = query.where(
            sql.text(f"{_WORDS} @@ plainto_tsquery('simple', {_LETTERS})").bindparams(sought=" ".join(parts))
        )
    return query.order_by(Line.id).limit(_BATCH)


# PostgreSQL uses its index for the very expression that it was made for (migrations/versions/v0001_first_tables.py).
_WORDS = r"""to_tsvector('simple'\:\:regconfig,
    regexp_replace(lower(line_version.text || ' ' || line_version.spoken), '[^[\:alnum\:]]+', ' ', 'g'))"""
_LETTERS = r"regexp_replace(lower(:sought), '[^[\:alnum\:]]+', ' ', 'g')"
