"""Where the words of shows are kept."""

from __future__ import annotations

from pathlib import Path

LEXICON_NAME = "lexicon.toml"


def find_lexicon(home: Path, show: str | None) -> Path:
    """The file with the words of one show, by its slug, or of all of them."""
    return home / LEXICON_NAME if show is None else home / "shows" / f"{show}.{LEXICON_NAME}"
