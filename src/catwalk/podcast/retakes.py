"""Takes that a person asks for: a line spoken once more at once, or as the person recorded it."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import sqlalchemy as sql

from catwalk import __version__
from catwalk.client import Client
from catwalk.errors import EditRefused, StaleRevision
from catwalk.library.database import Library
from catwalk.library.desk import Edited, check_revision
from catwalk.library.editing import choose_take
from catwalk.library.episodes import find_episode
from catwalk.library.lines import LineRow, Recorded, add_take, find_line, list_takes_beside
from catwalk.library.tables import Line, Origin, Show, Take
from catwalk.library.takes import Takes
from catwalk.podcast.production import to_line
from catwalk.reader.narrator import Voicing
from catwalk.reader.reading import Choices
from catwalk.reader.recording import Checked, check, listen_to_person, read_recording, speak_again


@dataclass(frozen=True, slots=True)
class Retakes:
    """Makes takes of single lines while a person waits."""

    open_library: Callable[[], Library]
    client: Client
    """Goes before what can wait."""

    choose: Callable[[Show], Choices]
    """How the posts of a show are read."""

    async def speak(self, line_id: int, *, revision: int, speed: float | None = None) -> Edited:
        """Speak a line in another way than before, and choose that take.

        Args:
            line_id: Which.
            revision: Of its episode.
            speed: Rate relative to the voice's own; the show's when left out.

        Raises:
            NotInLibrary: there is no such line.
            StaleRevision: the episode has another revision, or the line says something else by the time it is spoken.
            EditRefused: the line is a pause.
            CatwalkError: the voice or the listener cannot go on.
        """
        row, voicing = await asyncio.to_thread(self._find, line_id, revision)
        if speed is not None:
            voicing = dataclasses.replace(voicing, speed=speed)
        n_before, pace = await asyncio.to_thread(self._look_back, row, voicing)
        checked = await speak_again(to_line(row), self.client, voicing, n_before=n_before, pace=pace)
        return await asyncio.to_thread(self._keep, row, checked, Origin.VOICE, voicing)

    async def take_in(self, line_id: int, file: IO[bytes], *, origin: Origin, revision: int) -> Edited:
        """Make a take of what a person recorded, and choose it, whatever it says.

        Args:
            line_id: Which line it is of.
            file: Any audio.
            origin: Microphone or upload.
            revision: Of the episode.

        Raises:
            NotInLibrary: there is no such line.
            StaleRevision: as in :meth:`speak`; the take is kept.
            EditRefused: the line is a pause.
            InvalidRequest: the recording cannot be read, is silent or too long.
            CatwalkError: the listener cannot go on.
        """
        row, voicing = await asyncio.to_thread(self._find, line_id, revision)
        beside = await asyncio.to_thread(self._list_beside, row)
        take = await asyncio.to_thread(read_recording, file, beside=beside)
        checked = await check(to_line(row), take, self.client, listen_to_person(voicing))
        return await asyncio.to_thread(self._keep, row, checked, origin, None)

    def _find(self, line_id: int, revision: int) -> tuple[LineRow, Voicing]:
        with self.open_library().read() as session:
            row = find_line(session, line_id)
            check_revision(session, row.line.episode_id, revision)
            show = session.get_one(Show, find_episode(session, row.line.episode_id).show_id)
        if not row.version.spoken:
            raise EditRefused(f"line {line_id} is a pause: there is nothing to say in it")
        voicing = self.choose(show).voicing
        return row, dataclasses.replace(voicing, voice=row.version.voice or voicing.voice, quote_voice=None)

    def _look_back(self, row: LineRow, voicing: Voicing) -> tuple[int, float | None]:
        """How often the voice has spoken the line as it stands, and the voice's pace."""
        alike = sql.select(sql.func.count()).where(
            Take.line_id == row.line.id,
            Take.version_id == row.version.id,
            Take.model == voicing.model,
            Take.voice.is_not_distinct_from(voicing.voice),
            Take.speed == voicing.speed,
        )
        library = self.open_library()
        with library.read() as session:
            n_before = session.scalar(alike) or 0
        return n_before, Takes(library.home).find_pace(voicing.model, voicing.voice or "", voicing.speed)

    def _list_beside(self, row: LineRow) -> list[Path]:
        library = self.open_library()
        with library.read() as session:
            paths = [library.blobs.path(name) for name in list_takes_beside(session, row)]
        return [path for path in paths if path.is_file()]

    def _keep(self, row: LineRow, checked: Checked, origin: Origin, voicing: Voicing | None) -> Edited:
        """Keep the take, and choose it where the line still says what it is a take of."""
        library = self.open_library()
        recorded = Recorded(
            version_id=row.version.id,
            audio=library.blobs.put(checked.to_flac(), ".flac"),
            duration_s=checked.waveform.duration_s,
            verdict=checked.verdict.to_json(),
            origin=origin,
            words=[(word.text, round(word.start_s, 3), round(word.end_s, 3)) for word in checked.words],
            model=voicing.model if voicing else None,
            voice=voicing.voice if voicing else None,
            speed=voicing.speed if voicing else None,
            backend=f"catwalk {__version__}",
        )
        with library.write() as session:  # by itself, so that what a person recorded is not lost whatever follows
            take = add_take(session, recorded)
        with library.write() as session:
            line = session.get_one(Line, row.line.id)
            revision = find_episode(session, line.episode_id).revision
            if line.deleted or line.version_id != row.version.id:
                raise StaleRevision(f"line {line.id} says something else by now; the take is kept", revision=revision)
            # Others may have edited other lines meanwhile: choosing takes nothing away from them.
            edited = choose_take(session, line.id, take.id, revision=revision)
        return Edited(edited.episode_id, edited.revision, (row.line.id,))
