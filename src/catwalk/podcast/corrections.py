"""A word that is to be said otherwise: into the lexicon of all shows or of one, and every line that has it again."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import tomlkit
from tomlkit.exceptions import ParseError

from catwalk.errors import InvalidRequest, NotInLibrary, SettingsInvalid
from catwalk.library.blobs import write_atomically
from catwalk.library.database import Library
from catwalk.library.lines import FoundLine, find_lines
from catwalk.library.shows import find_show
from catwalk.podcast.job import Urgency
from catwalk.podcast.lexicons import find_lexicon
from catwalk.reader.pronounce import Lexicon

if TYPE_CHECKING:
    from tomlkit.items import AoT, Table

_SOUNDS = re.compile(r"/([^/]+)/")


@dataclass(frozen=True, slots=True)
class Corrected:
    """Where a correction reaches."""

    lexicon: Path
    lines: tuple[FoundLine, ...]
    """That have the word; those among them that a person worded stay as they are."""

    jobs: dict[int, str]
    """Of each episode that is made anew."""


@dataclass(frozen=True)
class Corrections:
    """Carries corrections to wherever they belong."""

    open_library: Callable[[], Library]
    ask_reading: Callable[[int, Urgency], str]
    """Queues the reading of an episode; returns the job."""

    def correct(self, written: str, spoken: str, *, show: str | None = None) -> Corrected:
        """Have a word said otherwise from now on, and in every episode that has it.

        Args:
            written: The word or words as written.
            spoken: A respelling, or IPA between slashes.
            show: In this show alone; everywhere when left out.

        Raises:
            NotInLibrary: there is no such show.
            InvalidRequest: the lexicon cannot hold such an entry.
        """
        path, show_id = self.find(show)
        add_word(path, written, spoken)
        return self._carry_out(path, written, show_id)

    def forget(self, written: str, *, show: str | None = None) -> Corrected:
        """Have a word said as it would be without its entry, in every episode that has it.

        Raises:
            NotInLibrary: there is no such show, or no such entry.
        """
        path, show_id = self.find(show)
        remove_word(path, written)
        return self._carry_out(path, written, show_id)

    def find(self, show: str | None) -> tuple[Path, int | None]:
        """The lexicon file of a show, and the show's id; those of all shows for None.

        Raises:
            NotInLibrary: there is no such show.
        """
        library = self.open_library()
        with library.read() as session:
            found = find_show(session, show) if show else None
        return find_lexicon(library.home, found.slug if found else None), found.id if found else None

    def _carry_out(self, path: Path, written: str, show_id: int | None) -> Corrected:
        lines = self._find(written, show_id)
        episodes = dict.fromkeys(line.episode_id for line in lines)
        jobs = {episode_id: self.ask_reading(episode_id, Urgency.NEW) for episode_id in episodes}
        return Corrected(path, tuple(lines), jobs)

    def _find(self, written: str, show_id: int | None) -> list[FoundLine]:
        found: list[FoundLine] = []
        while True:
            with self.open_library().read() as session:
                more = find_lines(session, written, show_id=show_id, after=found[-1].line_id if found else 0)
            if not more:
                return found
            found += more


def add_word(path: Path, written: str, spoken: str) -> None:
    """Put a word into a lexicon file, in the place of earlier entries of the same word; the rest stays as it is.

    Raises:
        InvalidRequest: the file cannot be read, or could not be afterwards, so it was left as it was.
    """
    document = _read(path)
    _drop(document, written)
    sounds = _SOUNDS.fullmatch(spoken.strip())
    if sounds:
        entry = tomlkit.table()
        entry.update({"written": written, "ipa": sounds[1]})
        if "entry" not in document:
            document["entry"] = tomlkit.aot()
        cast("AoT", document["entry"]).append(entry)
    else:
        if "words" not in document:
            document["words"] = tomlkit.table()
        cast("Table", document["words"])[written] = spoken
    _replace(path, document, f"the lexicon cannot hold {written!r} as {spoken!r}")


def remove_word(path: Path, written: str) -> None:
    """Take a word out of a lexicon file; the rest stays as it is.

    Raises:
        NotInLibrary: the file has no such word.
        InvalidRequest: the file cannot be read.
    """
    document = _read(path)
    if not _drop(document, written):
        raise NotInLibrary(f"{path.name} has no entry {written!r}")
    _replace(path, document, f"the lexicon cannot be without {written!r}")


def _read(path: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(path.read_text("utf-8")) if path.is_file() else tomlkit.document()
    except (ParseError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"the lexicon {path} cannot be read: {error}") from error


def _drop(document: tomlkit.TOMLDocument, written: str) -> bool:
    """Take every plain entry of a word out; says whether there was one."""
    found = False
    words, entries = document.get("words", {}), document.get("entry", [])
    if written in words:
        del words[written]
        found = True
    for at in reversed(range(len(entries))):
        entry = entries[at]
        if entry.get("written") == written and not entry.get("pattern") and not entry.get("part"):
            del entries[at]
            found = True
    if "entry" in document and not entries:
        del document["entry"]
    return found


def _replace(path: Path, document: tomlkit.TOMLDocument, trouble: str) -> None:
    trial = path.with_name(f".trial-{path.name}")
    write_atomically(trial, tomlkit.dumps(document).encode())
    try:
        Lexicon.load(trial)
    except SettingsInvalid as error:
        trial.unlink()
        raise InvalidRequest(f"{trouble}: {error}", param="spoken") from error
    trial.replace(path)
