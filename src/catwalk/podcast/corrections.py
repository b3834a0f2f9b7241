"""A word that is to be said otherwise: into the lexicon of all shows or of one, and every line that has it again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catwalk.errors import InvalidRequest, SettingsInvalid
from catwalk.library.blobs import write_atomically
from catwalk.library.database import Library
from catwalk.library.lines import FoundLine, find_lines
from catwalk.library.shows import find_show
from catwalk.podcast.jobs import Urgency
from catwalk.podcast.lexicons import find_lexicon
from catwalk.reader.pronounce import Lexicon

_WORDS = "[words]\n"


@dataclass(frozen=True, slots=True)
class Corrected:
    """Where a correction reaches."""

    lexicon: Path
    lines: tuple[FoundLine, ...]
    """That have the word; those among them that a person worded stay as they are."""

    jobs: dict[int, str]
    """Of each episode that is made anew."""

    def to_json(self) -> dict[str, Any]:
        """As the API and ``catwalk lexicon add --json`` give it."""
        return {
            "lexicon": str(self.lexicon),
            "lines": [
                {"line": line.line_id, "episode": line.episode_id, "text": line.text, "spoken": line.spoken}
                for line in self.lines
            ],
            "episodes": {str(episode_id): job for episode_id, job in self.jobs.items()},
        }


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
        with self.open_library().read() as session:
            found = find_show(session, show) if show else None
        show_id = found.id if found else None
        path = find_lexicon(self.open_library().home, found.slug if found else None)
        add_word(path, written, spoken)
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
    """Put a word into a lexicon file, in the place of an earlier entry of the same word; the rest stays as it is.

    Raises:
        InvalidRequest: the file could not be read afterwards, so it was left as it was.
    """
    text = path.read_text("utf-8") if path.is_file() else _WORDS
    entry = f"{json.dumps(written, ensure_ascii=False)} = {json.dumps(spoken, ensure_ascii=False)}\n"
    lines = [
        line for line in text.splitlines(keepends=True) if not line.startswith(f"{entry.split(' = ', maxsplit=1)[0]} =")
    ]
    if _WORDS not in lines:
        lines = [_WORDS, entry, "\n", *lines]
    else:
        lines.insert(lines.index(_WORDS) + 1, entry)
    trial = path.with_name(f".trial-{path.name}")
    write_atomically(trial, "".join(lines).encode())
    try:
        Lexicon.load(trial)
    except SettingsInvalid as error:
        trial.unlink()
        raise InvalidRequest(f"the lexicon cannot hold {written!r} as {spoken!r}: {error}", param="spoken") from error
    trial.replace(path)
