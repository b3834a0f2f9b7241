"""A new script for an episode that has lines already: what has not changed stays as it is, with a person's corrections.

A script replaces another when the article was edited, or when policy or lexicon decide otherwise. Lines are matched by
what the source says. Where lines were split or merged, they stay so as long as the source of all of them is the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sql
from sqlalchemy.orm import Session

from catwalk.library.desk import Desk, open_desk, said_by
from catwalk.library.matching import Pair, match
from catwalk.library.tables import Line, LineVersion


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """A line of a script."""

    kind: str
    text: str
    """What the source says."""

    spoken: str
    """Empty for a pause."""

    pause_s: float
    block: str | None = None
    chapter: str | None = None
    voice: str | None = None
    """Another voice than the show's, as for quotes."""


@dataclass(frozen=True, slots=True)
class Adoption:
    """What became of the lines."""

    revision: int
    """Of the episode, from now on."""

    changed: tuple[int, ...]
    """Lines that are new, say something else, or are gone."""

    to_speak: tuple[int, ...]
    """Lines that have no take now, in reading order."""

    overridden: tuple[int, ...]
    """Lines whose correction by a person went, because the source says something else now."""


def adopt_script(
    session: Session, episode_id: int, script_id: int | None, lines: Sequence[ScriptLine], *, revision: int
) -> Adoption:
    """Make a script the one that an episode is read from; the first or another one.

    Args:
        session: A writing one.
        episode_id: Whose.
        script_id: The script, where it is kept.
        lines: Its lines, in reading order.
        revision: Of the episode.

    Raises:
        NotInLibrary: there is no such episode.
        StaleRevision: the episode has another revision by now.
    """
    desk = open_desk(session, episode_id, revision)
    desk.episode.script_id = script_id
    present = desk.take_up_all()
    adopting = _Adopting(desk, present, lines)
    adopting.carry_out()
    session.flush()
    if present:  # the first script of all is nothing that can be undone
        desk.log("script")
    stand = sql.select(Line.id).join(LineVersion, LineVersion.id == Line.version_id)
    stand = stand.where(Line.episode_id == episode_id, Line.deleted.is_(False))
    silent = stand.where(Line.take_id.is_(None), LineVersion.spoken != "").order_by(Line.rank, Line.id)
    return Adoption(
        revision=desk.episode.revision,
        changed=tuple(sorted(adopting.changed)),
        to_speak=tuple(session.scalars(silent)),
        overridden=tuple(sorted(adopting.overridden)),
    )


class _Adopting:
    def __init__(self, desk: Desk, present: Sequence[Line], lines: Sequence[ScriptLine]) -> None:
        self.desk = desk
        self.lines = lines
        self.by_place: dict[int, list[Line]] = defaultdict(list)
        for line in present:
            if line.place is not None:
                self.by_place[line.place].append(line)
        self.places = sorted(self.by_place)
        self.versions = desk.read_versions()
        self.changed: set[int] = set()
        self.overridden: set[int] = set()

    def carry_out(self) -> None:
        old = [self._scripted(self.by_place[place][0]).text for place in self.places]
        pairs = match(old, [line.text for line in self.lines])
        reset = self._find_reset(pairs, old)
        before: Line | None = None
        new: list[int] = []
        for i, j in pairs:
            if i is None:
                new += [] if j is None else [j]
                continue
            here = self.by_place[self.places[i]]
            before = self._insert(new, before)
            new = []
            if j is None:
                self._remove(here)
                continue
            if i in reset:
                self._replace(here, j)
            else:
                for line in here:
                    self._keep(line, j, alone=len(here) == 1)
            before = max(here, key=lambda line: line.rank)
        self._insert(new, before)

    def _scripted(self, line: Line) -> LineVersion:
        return self.versions[line.scripted_id or 0]

    def _current(self, line: Line) -> LineVersion:
        return self.versions[line.version_id or 0]

    def _find_reset(self, pairs: Sequence[Pair], old: Sequence[str]) -> set[int]:
        """Places whose lines say what the script says from now on: they changed, or are in a bundle that did."""
        same = {i for i, j in pairs if i is not None and j is not None and old[i] == self.lines[j].text}
        bundles = {
            line.bundle
            for i, place in enumerate(self.places)
            if i not in same
            for line in self.by_place[place]
            if line.bundle is not None
        }
        return {
            i
            for i, place in enumerate(self.places)
            if i not in same or any(line.bundle in bundles for line in self.by_place[place])
        }

    def _insert(self, new: Sequence[int], before: Line | None) -> Line | None:
        if not new:
            return before
        said = [_said(self.lines[j]) for j in new]
        added = self.desk.add_lines(self.desk.rank_after(before, len(new)), said)
        for line, j in zip(added, new, strict=True):
            line.scripted_id, line.place, line.block = line.version_id, j, self.lines[j].block
            self.changed.add(line.id)
        return added[-1]

    def _remove(self, here: Sequence[Line]) -> None:
        for line in here:
            if self._is_corrected(line):
                self.overridden.add(line.id)
            line.deleted, line.place, line.bundle = True, None, None
            self.changed.add(line.id)

    def _replace(self, here: Sequence[Line], j: int) -> None:
        """The first line says what the script says; the others, which were split off, go."""
        first, *others = here
        self._remove(others)
        current, scripted = self._current(first), self._scripted(first)
        if self._is_corrected(first):
            self.overridden.add(first.id)
        said = _said(self.lines[j])
        if current.voice != scripted.voice:
            said["voice"] = current.voice
        if current.pause_s != scripted.pause_s and first.bundle is None:
            said["pause_s"] = current.pause_s
        if first.bundle is not None:
            first.deleted, first.bundle = False, None
        first.scripted_id = self.desk.say(first, current, **said).id
        first.place, first.block = j, self.lines[j].block
        self.changed.add(first.id)

    def _keep(self, line: Line, j: int, *, alone: bool) -> None:
        """What the script decides differently goes where a person has not decided."""
        line.place, line.block = j, self.lines[j].block
        current, scripted, wanted = said_by(self._current(line)), said_by(self._scripted(line)), _said(self.lines[j])
        free = {name: value for name, value in wanted.items() if current[name] == scripted[name] != value}
        if not free or not alone or line.bundle is not None:
            return
        was_corrected = line.version_id != line.scripted_id
        newer = self.desk.say(line, self._current(line), **free)
        if was_corrected:
            newer = self.desk.add_version(line, scripted | free)
        line.scripted_id = newer.id
        self.changed.add(line.id)

    def _is_corrected(self, line: Line) -> bool:
        current, scripted = self._current(line), self._scripted(line)
        return (current.text, current.spoken) != (scripted.text, scripted.spoken)


def _said(line: ScriptLine) -> dict[str, object]:
    return {
        "kind": line.kind,
        "text": line.text,
        "spoken": line.spoken,
        "pause_s": line.pause_s,
        "chapter": line.chapter,
        "voice": line.voice,
    }
