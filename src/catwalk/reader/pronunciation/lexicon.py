"""How particular words are to be said: layers of entries that stand above the built-in rules."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from catwalk.errors import SettingsInvalid


@dataclass(frozen=True, slots=True)
class Entry:
    """One word or pattern, and how it is said."""

    written: str
    """The word or words as written; a regular expression where ``pattern`` is true."""

    spoken: str
    """The respelling, used as it stands; in a pattern ``\\1`` and ``\\g<name>`` stand for groups."""

    pattern: bool = False
    case: bool = False
    """Whether only this case matches."""


@dataclass(frozen=True)
class Lexicon:
    """Entries in the order in which they are tried: the first that matches a span wins."""

    entries: tuple[Entry, ...] = ()

    def over(self, below: Lexicon) -> Lexicon:
        """This lexicon on top of another: a show's over the user's."""
        return Lexicon(self.entries + below.entries)

    @cached_property
    def compiled(self) -> tuple[tuple[re.Pattern[str], Entry], ...]:
        """Every entry with its compiled pattern; a plain entry matches whole words only."""
        return tuple((_compile(entry), entry) for entry in self.entries)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a lexicon file.

        A ``.toml`` file holds a table ``[words]`` of ``written = "spoken"`` and perhaps an array ``[[entry]]`` with the
        keys ``written``, ``spoken``, ``pattern`` and ``case``. Any other file is tab-separated: written, spoken, and
        perhaps the words ``pattern`` and ``case``; lines that start with ``# `` are comments.

        Raises:
            SettingsInvalid: the file cannot be read or an entry is malformed; the message names both.
        """
        try:
            text = path.read_text("utf-8")
            entries = _from_toml(tomllib.loads(text)) if path.suffix == ".toml" else _from_rows(text.splitlines())
            lexicon = cls(tuple(entries))
            _ = lexicon.compiled
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValueError, re.error) as error:
            raise SettingsInvalid(f"lexicon {path}: {error}") from error
        return lexicon


def _compile(entry: Entry) -> re.Pattern[str]:
    flags = 0 if entry.case else re.IGNORECASE
    if entry.pattern:
        try:
            regex = re.compile(entry.written, flags)
        except re.error as error:
            raise ValueError(f"{entry.written!r} is not a regular expression: {error}") from error
        if regex.match(""):
            raise ValueError(f"{entry.written!r} matches nothing at all; a pattern must match some text")
        return regex
    return re.compile(rf"(?<!\w){re.escape(entry.written)}(?!\w)", flags)


def _entry(written: Any, spoken: Any, *, pattern: Any = False, case: Any = False) -> Entry:
    if not isinstance(written, str) or not written or not isinstance(spoken, str):
        raise ValueError(f"entry {written!r} = {spoken!r}: both must be text, and the first not empty")
    return Entry(written, spoken, bool(pattern), bool(case))


def _from_toml(data: dict[str, Any]) -> Iterable[Entry]:
    unknown = set(data) - {"words", "entry"}
    if unknown:
        raise ValueError(f"unknown key {sorted(unknown)[0]!r}; allowed are [words] and [[entry]]")
    yield from (_entry(item.get("written"), item.get("spoken"), pattern=item.get("pattern"), case=item.get("case"))
                for item in data.get("entry", []))  # fmt: skip
    yield from (_entry(written, spoken) for written, spoken in data.get("words", {}).items())


def _from_rows(lines: list[str]) -> Iterable[Entry]:
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("# "):
            continue
        written, *rest = line.split("\t")
        if not rest or not set(rest[1:]) <= {"pattern", "case", ""}:
            raise ValueError(
                f"line {number}: expected written, tab, spoken, and perhaps 'pattern' or 'case'; got {line!r}"
            )
        yield _entry(written, rest[0], pattern="pattern" in rest[1:], case="case" in rest[1:])
