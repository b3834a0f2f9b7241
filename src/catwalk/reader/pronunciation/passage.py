"""One line of text on its way from written to spoken: rules claim spans of it, and no rule touches another's span.

A claimed span is replaced by a single mark, a private-use character that stands for the words to be spoken. Patterns of
later rules see the mark as neither letter, digit nor space, so they can look at what surrounds a span but never read it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

FIRST_MARK = 0xF0000
LAST_MARK = 0x10FFFD
MARK = f"[{chr(FIRST_MARK)}-{chr(LAST_MARK)}]"
"""Pattern of any mark: supplementary private use, which ordinary text does not hold."""

DIGITS = "0123456789"

_MARKS = re.compile(MARK)


@dataclass(frozen=True, slots=True)
class Change:
    """One span that is spoken otherwise than it is written."""

    written: str
    spoken: str
    """Empty where the span is not spoken at all."""

    rule: str
    """Class of the span: ``date``, ``money``, ``acronym``, …"""


Say = Callable[[re.Match[str]], str | None]
"""Turns a match into words; None leaves the span to later rules."""


@dataclass(frozen=True)
class Rule:
    """A pattern, and how what it matches is said."""

    name: str
    pattern: str
    say: Say
    needs: str = ""
    """Characters of which at least one must be in the text for the pattern to match at all; empty: always try."""

    flags: int = 0

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The pattern, compiled when it is first needed."""
        return re.compile(self.pattern, self.flags)

    @cached_property
    def triggers(self) -> frozenset[str]:
        """``needs`` as a set."""
        return frozenset(self.needs)


class Passage:
    """A line of text and the spans of it that have been turned into words."""

    def __init__(self, text: str) -> None:
        self.text = text
        """What is left, with a mark for every claimed span."""

        self.letters = frozenset(text)
        """Every character of the line at the start."""

        self._changes: list[Change] = []

    def apply(self, rules: tuple[Rule, ...]) -> None:
        """Let each rule in turn claim what it matches."""
        letters = self.letters
        for rule in rules:
            if not rule.needs or not rule.triggers.isdisjoint(letters):
                self.replace(rule.regex, rule.say, rule.name)

    def replace(self, regex: re.Pattern[str], say: Say, name: str) -> None:
        """Claim every match of ``regex`` for which ``say`` has words."""

        def claim(match: re.Match[str]) -> str:
            spoken = say(match)
            written = match.group()
            if spoken is None or not written:
                return written
            return self.mark(written, spoken, name)

        self.text = regex.sub(claim, self.text)

    def mark(self, written: str, spoken: str, name: str) -> str:
        """A new mark that stands for ``spoken``; what is returned goes where ``written`` was."""
        changes = self._changes
        if FIRST_MARK + len(changes) > LAST_MARK:
            return written
        changes.append(Change(written, spoken, name))
        return chr(FIRST_MARK + len(changes) - 1)

    def name_of(self, mark: str) -> str:
        """Name of the rule that made a mark."""
        return self._changes[ord(mark) - FIRST_MARK].rule

    def spoken(self, text: str | None = None) -> str:
        """The line, or a part of it, with every mark replaced by its words; parted by spaces where words would touch."""
        text = self.text if text is None else text
        if text.isascii():
            return text
        parts: list[str] = []
        end = 0
        for match in _MARKS.finditer(text):
            parts.append(text[end : match.start()])
            parts.append(self.spoken(self._changes[ord(match.group()) - FIRST_MARK].spoken))
            end = match.end()
        parts.append(text[end:])
        return _join(parts)

    def written(self, text: str) -> str:
        """A part of the line with every mark in it replaced by what stood there."""
        return _MARKS.sub(lambda m: self.written(self._changes[ord(m.group()) - FIRST_MARK].written), text)

    def changes(self) -> list[Change]:
        """Every claimed span in the order of the text; spans inside a span are part of it."""
        found = [self._changes[ord(mark) - FIRST_MARK] for mark in _MARKS.findall(self.text)]
        return [Change(self.written(c.written), self.spoken(c.spoken), c.rule) for c in found]


def _join(parts: list[str]) -> str:
    """Put parts together, with a space between two that would otherwise run into one word."""
    out: list[str] = []
    for part in parts:
        if not part:
            continue
        if out and part[0].isalnum() and out[-1][-1].isalnum():
            out.append(" ")
        out.append(part)
    return "".join(out)
