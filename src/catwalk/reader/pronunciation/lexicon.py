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
from catwalk.tasks import split_sounds

_OPEN, _FIRST, _LAST = "\ue000", 0xE001, 0xF8FF
"""Private-use characters, which ordinary text does not hold."""

_ENCLOSED = re.compile(f"{_OPEN}([^{_OPEN}-{chr(_LAST)}]*)([{chr(_FIRST)}-{chr(_LAST)}])((?:'s\\b)?)")
_IN_SLASHES = re.compile(r"/[^/]+/")


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

    ipa: str | None = None
    """Its sounds in the International Phonetic Alphabet, for voices that take them; the others say ``spoken``."""

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

    def name_sounds(self, spoken: str) -> str:
        """Put ``[word](/ipa/)`` for every word that :func:`enclose` marked."""
        if _OPEN not in spoken:
            return spoken
        return _ENCLOSED.sub(self._name_sounds, spoken)

    def _name_sounds(self, m: re.Match[str]) -> str:
        ipa = self.entries[ord(m[2]) - _FIRST].ipa or ""
        return f"[{m[1]}{m[3]}](/{ipa}{_say_owner(ipa) if m[3] else ''}/)"

    @classmethod
    def stack(cls, paths: Iterable[Path]) -> Self:
        """One lexicon of several files, the highest first.

        Raises:
            SettingsInvalid: as :meth:`load`.
        """
        return cls(tuple(entry for path in paths for entry in cls.load(path).entries))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a lexicon file.

        A ``.toml`` file holds a table ``[words]`` of ``written = "spoken"`` and perhaps an array ``[[entry]]`` with the
        keys ``written``, ``spoken``, ``pattern``, ``case``, ``part`` (``noun``, ``verb``, ``past``, ``adjective``) and
        ``ipa``; with ``ipa``, ``spoken`` may be left out. Any other file is tab-separated: written, spoken, and perhaps
        the words ``pattern``, ``case``, a part of speech and ``/ipa/``; lines that start with ``# `` are comments.

        Raises:
            SettingsInvalid: the file cannot be read or an entry is malformed; the message names both.
        """
        try:
            text = path.read_text("utf-8")
            entries = _from_toml(tomllib.loads(text)) if path.suffix == ".toml" else _from_rows(text.splitlines())
            lexicon = cls(tuple(entries))
            _ = lexicon.compiled
            if len(lexicon.entries) > _LAST - _FIRST:
                raise ValueError(f"{len(lexicon.entries)} entries; at most {_LAST - _FIRST} are allowed")
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValueError, re.error) as error:
            raise SettingsInvalid(f"lexicon {path}: {error}") from error
        return lexicon


def enclose(word: str, number: int) -> str:
    """The word between marks that no rule touches and that tell the number of its entry."""
    return f"{_OPEN}{word}{chr(_FIRST + number)}"


def _say_owner(ipa: str) -> str:
    """The sounds of "'s" behind a word."""
    if ipa.endswith(("s", "z", "ʃ", "ʒ", "ʧ", "ʤ")):
        return "ɪz"
    return "s" if ipa.endswith(("p", "t", "k", "f", "θ")) else "z"


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


def _entry(
    written: Any, spoken: Any, *, pattern: Any = False, case: Any = False, part: Any = None, ipa: Any = None
) -> Entry:
    if ipa is not None:
        spoken = written if spoken is None else spoken
        if pattern or not isinstance(ipa, str) or split_sounds(f"[x](/{ipa}/)") != [("x", ipa)]:
            raise ValueError(f"entry {written!r}: ipa is the sounds of one word without slashes, not {ipa!r}")
    if not isinstance(written, str) or not written or not isinstance(spoken, str):
        raise ValueError(f"entry {written!r} = {spoken!r}: both must be text, and the first not empty")
    if part is not None and part not in tuple(Part):
        raise ValueError(f"entry {written!r}: part {part!r} is none of {', '.join(Part)}")
    return Entry(written, spoken, bool(pattern), bool(case), ipa, Part(part) if part else None)


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
            ipa=item.get("ipa"),
        )
    yield from (_entry(written, spoken) for written, spoken in data.get("words", {}).items())


def _from_rows(lines: list[str]) -> Iterable[Entry]:
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("# "):
            continue
        written, *rest = line.split("\t")
        ipa = next((word[1:-1] for word in rest[1:] if _IN_SLASHES.fullmatch(word)), None)
        marks = [word for word in rest[1:] if not _IN_SLASHES.fullmatch(word)]
        if not rest or not set(marks) <= {"pattern", "case", "", *Part}:
            raise ValueError(
                f"line {number}: expected written, tab, spoken, and perhaps 'pattern', 'case', '/ipa/' or one of "
                f"{', '.join(Part)}; got {line!r}"
            )
        part = next((word for word in marks if word in tuple(Part)), None)
        yield _entry(written, rest[0], pattern="pattern" in marks, case="case" in marks, part=part, ipa=ipa)
