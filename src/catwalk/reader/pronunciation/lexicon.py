"""How particular words are to be said: layers of entries that stand above the built-in rules."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from catwalk.errors import SettingsInvalid
from catwalk.reader.pronunciation.parts import Part, Place, fits_part, read_words_of


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

    part: Part | None = None
    """The part of speech for which this holds, told by the neighbours of the word; None for any."""

    def fits(self, m: re.Match[str]) -> bool:
        """Whether a match is the part of speech that this entry is for."""
        if self.part is None:
            return True
        words, starts = read_words_of(m.string)
        at = bisect(starts, m.start()) - 1
        return at >= 0 and fits_part(Place(words, at), self.part)


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
        keys ``written``, ``spoken``, ``pattern``, ``case`` and ``part`` (``noun``, ``verb``, ``past``, ``adjective``).
        Any other file is tab-separated: written, spoken, and perhaps the words ``pattern``, ``case`` and a part of
        speech; lines that start with ``# `` are comments.

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


def _entry(written: Any, spoken: Any, *, pattern: Any = False, case: Any = False, part: Any = None) -> Entry:
    if not isinstance(written, str) or not written or not isinstance(spoken, str):
        raise ValueError(f"entry {written!r} = {spoken!r}: both must be text, and the first not empty")
    if part is not None and part not in tuple(Part):
        raise ValueError(f"entry {written!r}: part {part!r} is none of {', '.join(Part)}")
    return Entry(written, spoken, bool(pattern), bool(case), Part(part) if part else None)


def _from_toml(data: dict[str, Any]) -> Iterable[Entry]:
    unknown = set(data) - {"words", "entry"}
    if unknown:
        raise ValueError(f"unknown key {sorted(unknown)[0]!r}; allowed are [words] and [[entry]]")
    for item in data.get("entry", []):
        yield _entry(
            item.get("written"),
            item.get("spoken"),
            pattern=item.get("pattern"),
            case=item.get("case"),
            part=item.get("part"),
        )
    yield from (_entry(written, spoken) for written, spoken in data.get("words", {}).items())


def _from_rows(lines: list[str]) -> Iterable[Entry]:
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("# "):
            continue
        written, *rest = line.split("\t")
        if not rest or not set(rest[1:]) <= {"pattern", "case", "", *Part}:
            raise ValueError(
                f"line {number}: expected written, tab, spoken, and perhaps 'pattern', 'case' or one of "
                f"{', '.join(Part)}; got {line!r}"
            )
        part = next((word for word in rest[1:] if word in tuple(Part)), None)
        yield _entry(written, rest[0], pattern="pattern" in rest[1:], case="case" in rest[1:], part=part)
