"""Where lines are edited: one episode in one transaction, nobody else at it, and a log of how things stood.

Every operation names the revision of the episode that it was decided on. Where somebody else was quicker it changes
nothing and raises :class:`StaleRevision`, so that of two tabs or two processes none loses what the other did. Each is
one row of the log: how the lines that it touched stood before and after. Versions and takes are only added, so that
undo and redo are a matter of pointing at others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sql
from sqlalchemy.orm import Session

from catwalk.errors import NotInLibrary, StaleRevision
from catwalk.library.database import now_of
from catwalk.library.ranks import spread
from catwalk.library.tables import Edit, EditState, Episode, Line, LineVersion

STATE = ("rank", "version_id", "take_id", "deleted", "scripted_id", "place", "block", "bundle")
"""What an edit may change of a line."""

_SAID = ("kind", "text", "spoken", "pause_s", "chapter", "voice")


@dataclass(frozen=True, slots=True)
class Edited:
    """What an operation did."""

    episode_id: int
    revision: int
    """Of the episode, from now on."""

    lines: tuple[int, ...]
    """Lines that it touched, those that it removed among them."""


class Desk:
    """The lines of one episode while they are edited, in one transaction."""

    def __init__(self, session: Session, episode: Episode) -> None:
        self.session = session
        self.episode = episode
        self.before: dict[int, dict[str, Any]] = {}
        self.touched: dict[int, Line] = {}
        self.script_before = episode.script_id

    def take_up(self, line_id: int) -> Line:
        """A line that is about to be changed.

        Raises:
            NotInLibrary: the episode has no such line.
        """
        if line_id in self.touched:
            return self.touched[line_id]
        # A take that arrives meanwhile waits, and is then not chosen for what the line no longer says.
        line = self.session.scalar(
            sql.select(Line).where(Line.id == line_id).with_for_update().execution_options(populate_existing=True)
        )
        if line is None or line.episode_id != self.episode.id:
            raise NotInLibrary(f"episode {self.episode.id} has no line {line_id}")
        self.before[line_id] = _state_of(line)
        self.touched[line_id] = line
        return line

    def take_up_live(self, line_id: int) -> tuple[Line, LineVersion]:
        """The same for a line that is not deleted, with what it says."""
        line = self.take_up(line_id)
        if line.deleted:
            raise NotInLibrary(f"line {line_id} of episode {self.episode.id} is deleted")
        return line, self.session.get_one(LineVersion, line.version_id)

    def take_up_all(self) -> Sequence[Line]:
        """Every line, in reading order, deleted ones among them."""
        all_lines = sql.select(Line).where(Line.episode_id == self.episode.id).order_by(Line.rank, Line.id)
        lines = self.session.scalars(all_lines.with_for_update().execution_options(populate_existing=True)).all()
        for line in lines:
            self.before.setdefault(line.id, _state_of(line))
            self.touched[line.id] = line
        return lines

    def read_versions(self) -> dict[int, LineVersion]:
        """What the lines say and what the script said of them, by id."""
        is_pointed_at = sql.or_(LineVersion.id == Line.version_id, LineVersion.id == Line.scripted_id)
        versions = sql.select(LineVersion).join(Line, Line.id == LineVersion.line_id)
        found = self.session.scalars(versions.where(Line.episode_id == self.episode.id, is_pointed_at))
        return {version.id: version for version in found}

    def add_lines(self, ranks: Sequence[str], said: Sequence[Mapping[str, Any]]) -> list[Line]:
        """New lines; to undo them is to delete them."""
        lines = [Line(episode_id=self.episode.id, rank=rank, deleted=False) for rank in ranks]
        self.session.add_all(lines)
        self.session.flush()
        now = now_of(self.session)
        versions = [LineVersion(line_id=line.id, made_at=now, **each) for line, each in zip(lines, said, strict=True)]
        self.session.add_all(versions)
        self.session.flush()
        for line, version in zip(lines, versions, strict=True):
            line.version_id = version.id
            self.before[line.id] = {**_state_of(line), "deleted": True}
            self.touched[line.id] = line
        return lines

    def add_version(self, line: Line, said: Mapping[str, Any]) -> LineVersion:
        """What a line says from now on."""
        version = LineVersion(line_id=line.id, made_at=now_of(self.session), **said)
        self.session.add(version)
        self.session.flush()
        return version

    def say(self, line: Line, version: LineVersion, **changes: Any) -> LineVersion:
        """Give a line a new version that differs in ``changes``; its take goes where it would sound different."""
        said = said_by(version) | changes
        newer = self.add_version(line, said)
        line.version_id = newer.id
        if (newer.spoken, newer.voice) != (version.spoken, version.voice):
            line.take_id = None
        return newer

    def rank_after(self, line: Line | None, n: int = 1) -> list[str]:
        """Ranks for ``n`` lines that follow one directly, or stand first."""
        ranks = sql.select(sql.func.min(Line.rank)).where(Line.episode_id == self.episode.id)
        following = self.session.scalar(ranks.where(Line.rank > line.rank) if line else ranks)
        return spread(line.rank if line else None, following, n)

    def log(self, action: str) -> Edited:
        """Write down what was done; where that is nothing, the revision stays and redo is still possible."""
        after = {line_id: _state_of(line) for line_id, line in self.touched.items()}
        changed = [line_id for line_id in after if after[line_id] != self.before[line_id]]
        if not changed and self.episode.script_id == self.script_before:
            self.episode.revision -= 1
            self.session.flush()
            return Edited(self.episode.id, self.episode.revision, ())
        self.episode.changed_at = now_of(self.session)
        undone = sql.update(Edit).where(Edit.episode_id == self.episode.id, Edit.state == EditState.UNDONE)
        self.session.execute(undone.values(state=EditState.DROPPED))
        self.session.add(
            Edit(
                episode_id=self.episode.id,
                action=action,
                before=_document(self.script_before, {line_id: self.before[line_id] for line_id in changed}),
                after=_document(self.episode.script_id, {line_id: after[line_id] for line_id in changed}),
                made_at=now_of(self.session),
            )
        )
        self.session.flush()
        return Edited(self.episode.id, self.episode.revision, tuple(changed))


def _state_of(line: Line) -> dict[str, Any]:
    return {name: getattr(line, name) for name in STATE}


def said_by(version: LineVersion) -> dict[str, Any]:
    """What a version says, as another one may be made from."""
    return {name: getattr(version, name) for name in _SAID}


def _document(script_id: int | None, lines: Mapping[int, dict[str, Any]]) -> dict[str, Any]:
    return {"script": script_id, "lines": [{"id": line_id, **state} for line_id, state in lines.items()]}


def open_desk(session: Session, episode_id: int, revision: int) -> Desk:
    """Begin to edit: the episode has its next revision, and whoever else holds this one is refused.

    Raises:
        NotInLibrary: there is no such episode.
        StaleRevision: it has another revision by now.
    """
    mine = sql.update(Episode).where(Episode.id == episode_id, Episode.revision == revision)
    taken = session.execute(mine.values(revision=revision + 1).returning(Episode.id))
    if taken.scalar() is None:
        check_revision(session, episode_id, revision)
    return Desk(session, session.get_one(Episode, episode_id, populate_existing=True))


def check_revision(session: Session, episode_id: int, revision: int) -> None:
    """Refuse what was decided on another revision of an episode than the one that it has.

    Raises:
        NotInLibrary: there is no such episode.
        StaleRevision: it has another revision by now.
    """
    found = session.scalar(sql.select(Episode.revision).where(Episode.id == episode_id))
    if found is None:
        raise NotInLibrary(f"the library has no episode {episode_id}")
    if found != revision:
        raise StaleRevision(f"episode {episode_id} is at revision {found}, not {revision}", revision=found)
