"""Where the words of shows are kept, and which they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from catwalk.reader.pronounce import Entry, Lexicon

LEXICON_NAME = "lexicon.toml"


def find_lexicon(home: Path, show: str | None) -> Path:
    """The file with the words of one show, by its slug, or of all of them."""
    return home / LEXICON_NAME if show is None else home / "shows" / f"{show}.{LEXICON_NAME}"


def list_words(path: Path) -> list[dict[str, Any]]:
    """The entries of a lexicon file, as they are tried; sounds stand between slashes.

    Raises:
        SettingsInvalid: the file cannot be read.
    """
    if not path.is_file():
        return []
    return [_show(entry) for entry in Lexicon.load(path).entries]


def _show(entry: Entry) -> dict[str, Any]:
    shown: dict[str, Any] = {"written": entry.written, "spoken": f"/{entry.ipa}/" if entry.ipa else entry.spoken}
    more = {"pattern": entry.pattern, "case": entry.case, "part": entry.part.value if entry.part else None}
    return shown | {name: value for name, value in more.items() if value}
