"""One line of text on its way from written to spoken: rules claim spans of it, and no rule touches another's span.

A claimed span is replaced by a single mark, a private-use character that stands for the words to be spoken. Patterns of
later rules see the mark as neither letter, digit nor space: they can look at what surrounds a span, never into it.
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

INNER_DOT, CAPITALS, NUMERAL, FOREIGN, SHORTENED = "\x01\x02\x03\x04\x05"
"""Features of a line, used like characters in a rule's needs: a point with a letter or digit behind it; two capitals in
a row; what may be a roman numeral; a character that is not ASCII; a point that may shorten a word."""

MAX_CHOICES = 4096
"""So many different sets of met needs a rule book remembers."""

_INNER_DOT = re.compile(r"\.\w")
_CAPITALS = re.compile(r"[A-Z]{2}|[A-Z]\d")
_NUMERAL = re.compile(
    r"\b(?:[IVXLCDM]{2,}|[VXLC])\b|[a-z] I\b(?! [a-z])|[A-Z][a-z]+ I\b|\b[ivx]{2,5}\b|^[IVX]\b|\([ivx]\)|\b[IVX]+th\b"
)
_SHORTENED = re.compile(
    r"\.[\"')\]]*[,;:]?\s\S|\b(?:etc|Inc|Ltd|Co|Corp|Bros|Jr|Sr|vs|al|approx|dept|Dept|misc|Ave|Blvd|Rd|St|Hwy|Jan|Feb|Apr|Aug|Sept?|Oct|Nov|"
    r"Dec|orig|resp|Lt|Sgt|Prof|Capt|Sq|Esq|Univ|Assn|Assoc|govt|[a-z])\.[\"')\]\s]*$"
)
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
    """Characters and features of which the line must have at least one for the pattern to match; empty: always try."""

    also: str = ""
    """Likewise, a second condition."""

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The pattern, compiled when it is first needed."""
        return re.compile(self.pattern)

    @cached_property
    def triggers(self) -> tuple[frozenset[str], ...]:
        """The conditions as sets; all of them must meet the line's letters."""
        return tuple(frozenset(part) for part in (self.needs, self.also) if part)


class RuleBook:
    """Rules in their order, with a quick choice of those that can match a line at all."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self._rules = rules
        self._chosen: dict[int, tuple[Rule, ...]] = {}

    @cached_property
    def _triggers(self) -> tuple[tuple[int, frozenset[str]], ...]:
        """Every condition of any rule, each with its bit."""
        distinct = dict.fromkeys(trigger for rule in self._rules for trigger in rule.triggers)
        return tuple((1 << at, trigger) for at, trigger in enumerate(distinct))

    @cached_property
    def _masks(self) -> tuple[tuple[int, Rule], ...]:
        """Every rule with the bits of the conditions that it needs."""
        bits = {trigger: bit for bit, trigger in self._triggers}
        return tuple((sum(bits[trigger] for trigger in set(rule.triggers)), rule) for rule in self._rules)

    def choose(self, letters: frozenset[str]) -> tuple[Rule, ...]:
        """The rules whose needs a line with these letters meets; the same answers recur, so they are kept."""
        met = 0
        for bit, trigger in self._triggers:
            if not trigger.isdisjoint(letters):
                met |= bit
        chosen = self._chosen.get(met)
        if chosen is None:
            chosen = tuple([rule for mask, rule in self._masks if mask & met == mask])
            if len(self._chosen) < MAX_CHOICES:
                self._chosen[met] = chosen
        return chosen


class Passage:
    """A line of text and the spans of it that have been turned into words."""

    def __init__(self, text: str) -> None:
        self.text = ""
        """What is left, with a mark for every claimed span."""

        self.letters: frozenset[str] = frozenset()
        """Every character that the line may hold, and its features."""

        self._changes: list[Change] = []
        self.rewrite(text)

    def rewrite(self, text: str) -> None:
        """Put another text in the line's place, before its rules are chosen."""
        self.text = text
        self.letters = frozenset(text) | _features(text)

    def apply(self, rules: RuleBook) -> None:
        """Let each rule in turn claim what it matches."""
        for rule in rules.choose(self.letters):
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
        """The line, or a part of it, with its words for every mark; parted by spaces where words would touch."""
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


def _features(text: str) -> set[str]:
    """What cheap looks at a line tell of the rules that can match in it."""
    found = set()
    if _INNER_DOT.search(text):
        found.add(INNER_DOT)
    if _CAPITALS.search(text):
        found.add(CAPITALS)
    if _NUMERAL.search(text):
        found.add(NUMERAL)
    if not text.isascii():
        found.add(FOREIGN)
    if _SHORTENED.search(text):
        found.add(SHORTENED)
    return found


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
