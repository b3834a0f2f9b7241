"""What a person may do to the lines of an episode, and take back again.

Every operation names the revision of the episode that it was decided on; ``desk.py`` says what becomes of it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sql
from sqlalchemy.orm import Session

from catwalk.errors import EditRefused, NotInLibrary
from catwalk.library.database import now_of
from catwalk.library.desk import STATE, Desk, Edited, open_desk, said_by
from catwalk.library.tables import Edit, EditState, Line, LineVersion, Origin, Take


@dataclass(frozen=True, slots=True)
class Change:
    """What is to become of a line; None leaves as it is."""

    text: str | None = None
    spoken: str | None = None
    pause_s: float | None = None
    voice: str | None = None
    """Empty for the show's own."""


def _desk_of(session: Session, line_id: int, revision: int) -> Desk:
    episode_id = session.scalar(sql.select(Line.episode_id).where(Line.id == line_id))
    if episode_id is None:
        raise NotInLibrary(f"the library has no line {line_id}")
    return open_desk(session, episode_id, revision)


def edit_lines(session: Session, episode_id: int, changes: Mapping[int, Change], *, revision: int) -> Edited:
    """Change lines of an episode as one operation.

    Raises:
        NotInLibrary: the episode, or one of the lines, is not there.
        StaleRevision: the episode has another revision by now.
    """
    desk = open_desk(session, episode_id, revision)
    for line_id, change in changes.items():
        line, version = desk.take_up_live(line_id)
        wanted = {
            name: getattr(change, name) for name in ("text", "spoken", "pause_s") if getattr(change, name) is not None
        }
        if change.voice is not None:
            wanted["voice"] = change.voice or None
        if wanted.items() - said_by(version).items():
            desk.say(line, version, **wanted)
    return desk.log("edit")


def respell_lines(session: Session, episode_id: int, spoken: Mapping[int, str], *, revision: int) -> Edited:
    """Give lines what the script says of them now, after a change of the lexicon; a person's own words stay.

    Args:
        session: A writing one.
        episode_id: Whose lines.
        spoken: By line.
        revision: Of the episode.

    Returns:
        The lines that are to be spoken again.

    Raises:
        NotInLibrary: the episode, or one of the lines, is not there.
        StaleRevision: the episode has another revision by now.
    """
    desk = open_desk(session, episode_id, revision)
    for line_id, words in spoken.items():
        line, version = desk.take_up_live(line_id)
        scripted = session.get(LineVersion, line.scripted_id) if line.scripted_id else None
        if version.spoken == words or scripted is None or version.spoken != scripted.spoken:
            continue
        was_corrected = scripted.id != version.id
        newer = desk.say(line, version, spoken=words)
        if not was_corrected:
            line.scripted_id = newer.id
        else:
            line.scripted_id = desk.add_version(line, said_by(scripted) | {"spoken": words}).id
    return desk.log("respell")


def insert_line(
    session: Session,
    episode_id: int,
    *,
    after: int | None,
    text: str = "",
    spoken: str = "",
    pause_s: float = 0.0,
    voice: str | None = None,
    revision: int,
) -> Edited:
    """Insert a line, or a pause where nothing is spoken, behind another one or at the start.

    Raises:
        EditRefused: it neither says anything nor pauses.
        NotInLibrary: the episode or the line before is not there.
        StaleRevision: the episode has another revision by now.
    """
    if not spoken and pause_s <= 0:
        raise EditRefused("a line says something, or pauses for more than 0 s", param="pause_s")
    desk = open_desk(session, episode_id, revision)
    before = desk.take_up_live(after)[0] if after is not None else None
    said = {"kind": "prose" if spoken else "pause", "text": text, "spoken": spoken, "pause_s": pause_s, "voice": voice}
    desk.add_lines(desk.rank_after(before), [said])
    return desk.log("insert")


def split_line(
    session: Session, line_id: int, *, at: int, spoken: tuple[str, str], pause_s: float = 0.0, revision: int
) -> Edited:
    """Split a line before a character of its text.

    Args:
        session: A writing one.
        line_id: The line; it keeps the first part.
        at: How many characters the first part has.
        spoken: What is spoken of each part.
        pause_s: Between the two.
        revision: Of the episode.

    Raises:
        EditRefused: one part would be empty.
        NotInLibrary: there is no such line.
        StaleRevision: the episode has another revision by now.
    """
    desk = _desk_of(session, line_id, revision)
    line, version = desk.take_up_live(line_id)
    first, second = version.text[: max(0, at)].strip(), version.text[max(0, at) :].strip()
    if not (first and second and all(words.strip() for words in spoken)):
        raise EditRefused(f"both parts of line {line_id} need a text and something to speak", param="at")
    said = said_by(version) | {"text": second, "spoken": spoken[1], "chapter": None}
    (other,) = desk.add_lines(desk.rank_after(line), [said])
    line.bundle = line.bundle or line.id
    other.scripted_id, other.place, other.block, other.bundle = line.scripted_id, line.place, line.block, line.bundle
    desk.say(line, version, text=first, spoken=spoken[0], pause_s=pause_s)
    return desk.log("split")


def merge_lines(session: Session, line_id: int, *, spoken: str | None = None, revision: int) -> Edited:
    """Join a line with the one after it, pauses passed over.

    Args:
        session: A writing one.
        line_id: The line; it stays, the other goes.
        spoken: What is spoken of both; one after the other when left out.
        revision: Of the episode.

    Raises:
        EditRefused: nothing that is spoken follows it, or it is a pause itself.
        NotInLibrary: there is no such line.
        StaleRevision: the episode has another revision by now.
    """
    desk = _desk_of(session, line_id, revision)
    line, version = desk.take_up_live(line_id)
    behind = sql.select(Line.id).join(LineVersion, LineVersion.id == Line.version_id)
    behind = behind.where(Line.episode_id == line.episode_id, Line.deleted.is_(False), Line.rank > line.rank)
    next_id = session.scalar(behind.where(LineVersion.spoken != "").order_by(Line.rank, Line.id).limit(1))
    if next_id is None or not version.spoken:
        raise EditRefused(f"line {line_id} has nothing spoken to be joined with")
    other, joined = desk.take_up_live(next_id)
    for pause_id in session.scalars(behind.where(Line.rank < other.rank)).all():
        desk.take_up(pause_id).deleted = True
    desk.say(
        line,
        version,
        text=f"{version.text} {joined.text}",
        spoken=spoken or f"{version.spoken} {joined.spoken}",
        pause_s=joined.pause_s,
        chapter=version.chapter or joined.chapter,
    )
    other.deleted = True
    bundle, joins = line.bundle or line.id, other.bundle
    for each_id in [line.id, other.id, *(_list_bundle(session, line.episode_id, joins) if joins else ())]:
        desk.take_up(each_id).bundle = bundle
    return desk.log("merge")


def _list_bundle(session: Session, episode_id: int, bundle: int) -> Sequence[int]:
    return session.scalars(sql.select(Line.id).where(Line.episode_id == episode_id, Line.bundle == bundle)).all()


def delete_lines(session: Session, episode_id: int, line_ids: Sequence[int], *, revision: int) -> Edited:
    """Leave lines out of the reading.

    Raises:
        NotInLibrary: the episode, or one of the lines, is not there.
        StaleRevision: the episode has another revision by now.
    """
    desk = open_desk(session, episode_id, revision)
    for line_id in line_ids:
        desk.take_up_live(line_id)[0].deleted = True
    return desk.log("delete")


def move_lines(
    session: Session, episode_id: int, line_ids: Sequence[int], *, after: int | None, revision: int
) -> Edited:
    """Put lines, in the order given, behind another one or at the start.

    Raises:
        EditRefused: ``after`` is one of them.
        NotInLibrary: the episode, or one of the lines, is not there.
        StaleRevision: the episode has another revision by now.
    """
    if after in line_ids:
        raise EditRefused(f"line {after} cannot be put behind itself", param="after")
    desk = open_desk(session, episode_id, revision)
    before = desk.take_up_live(after)[0] if after is not None else None
    ranks = desk.rank_after(before, len(line_ids))
    for line_id, rank in zip(line_ids, ranks, strict=True):
        desk.take_up_live(line_id)[0].rank = rank
    return desk.log("move")


def choose_take(session: Session, line_id: int, take_id: int, *, revision: int) -> Edited:
    """Choose another take of a line; one of an older version brings back what the line said then.

    Raises:
        NotInLibrary: there is no such line, or it has no such take.
        StaleRevision: the episode has another revision by now.
    """
    desk = _desk_of(session, line_id, revision)
    line, version = desk.take_up_live(line_id)
    take = session.get(Take, take_id)
    if take is None or take.line_id != line_id:
        raise NotInLibrary(f"line {line_id} has no take {take_id}")
    if version.spoken != session.get_one(LineVersion, take.version_id).spoken:
        line.version_id = take.version_id
    line.take_id = take.id
    return desk.log("choose")


def release_takes(
    session: Session, episode_id: int, *, model: str, voice: str | None, speed: float = 1.0, revision: int
) -> Edited:
    """Have lines spoken again that were spoken in another voice than the one that is wanted now.

    A person's recordings stay, and so do lines that have a voice of their own, unless the model is another.

    Raises:
        NotInLibrary: there is no such episode.
        StaleRevision: the episode has another revision by now.
    """
    desk = open_desk(session, episode_id, revision)
    spoken = (
        sql.select(Line.id).join(Take, Take.id == Line.take_id).join(LineVersion, LineVersion.id == Line.version_id)
    )
    wanted = sql.func.coalesce(LineVersion.voice, voice or "")
    other = sql.or_(
        Take.model.is_distinct_from(model),
        sql.func.coalesce(Take.voice, "") != wanted,
        Take.speed.is_distinct_from(speed),
    )
    mine = spoken.where(Line.episode_id == episode_id, Line.deleted.is_(False), Take.origin == Origin.VOICE)
    for line_id in session.scalars(mine.where(other)).all():
        desk.take_up(line_id).take_id = None
    return desk.log("voice")


def undo(session: Session, episode_id: int, *, revision: int) -> Edited:
    """Take back the last operation that stands.

    Raises:
        EditRefused: none does.
        NotInLibrary: there is no such episode.
        StaleRevision: the episode has another revision by now.
    """
    with _stepping(session, episode_id, revision, EditState.DONE, Edit.id.desc()) as (desk, edit):
        edit.state = EditState.UNDONE
        return _restore(desk, edit, edit.before)


def redo(session: Session, episode_id: int, *, revision: int) -> Edited:
    """Do again what was taken back last.

    Raises:
        EditRefused: nothing was, or another edit came after it.
        NotInLibrary: there is no such episode.
        StaleRevision: the episode has another revision by now.
    """
    with _stepping(session, episode_id, revision, EditState.UNDONE, Edit.id.asc()) as (desk, edit):
        edit.state = EditState.DONE
        return _restore(desk, edit, edit.after)


def can_undo(session: Session, episode_id: int) -> bool:
    """Whether an operation stands that can be taken back."""
    return _find_edit(session, episode_id, EditState.DONE) is not None


def can_redo(session: Session, episode_id: int) -> bool:
    """Whether one was taken back that can be done again."""
    return _find_edit(session, episode_id, EditState.UNDONE) is not None


def _find_edit(session: Session, episode_id: int, state: EditState) -> int | None:
    return session.scalar(sql.select(Edit.id).where(Edit.episode_id == episode_id, Edit.state == state).limit(1))


@contextlib.contextmanager
def _stepping(
    session: Session, episode_id: int, revision: int, state: EditState, order: sql.ColumnElement[Any]
) -> Iterator[tuple[Desk, Edit]]:
    desk = open_desk(session, episode_id, revision)
    found = sql.select(Edit).where(Edit.episode_id == episode_id, Edit.state == state).order_by(order).limit(1)
    edit = session.scalar(found)
    if edit is None:
        raise EditRefused(f"episode {episode_id} has nothing to {'undo' if state is EditState.DONE else 'redo'}")
    yield desk, edit
    session.flush()


def _restore(desk: Desk, edit: Edit, stand: Mapping[str, Any]) -> Edited:
    desk.episode.script_id, desk.episode.changed_at = stand["script"], now_of(desk.session)
    for state in stand["lines"]:
        line = desk.take_up(state["id"])
        for name in STATE:
            setattr(line, name, state[name])
        if line.take_id is None:  # a take may have come in since
            since = sql.select(sql.func.max(Take.id)).where(Take.made_at >= edit.made_at)
            line.take_id = desk.session.scalar(since.where(Take.version_id == line.version_id))
    return Edited(desk.episode.id, desk.episode.revision, tuple(state["id"] for state in stand["lines"]))
