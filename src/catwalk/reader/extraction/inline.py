"""Running text: pieces as they are met, folded into one string with its links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urljoin, urlsplit

from lxml.etree import _Element as Element

from catwalk.reader.article import Link

BREAK = "\x01"  # control characters have been taken out of the page, so none can be mistaken for these
_LITERAL = "\x02"

_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffd]")
_SPACES = re.compile(r"[ \t\r\n\f\v\u00a0\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_BREAKS = re.compile(rf" *{BREAK}[ {BREAK}]*")
_SUPERSCRIPTS = str.maketrans("0123456789+-−=()niabcdefghjklmoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱᵃᵇᶜᵈᵉᶠᵍʰʲᵏˡᵐᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")
_SUBSCRIPTS = str.maketrans("0123456789+-−=()aeoxhklmnpst", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₒₓₕₖₗₘₙₚₛₜ")


def fold(text: str) -> str:
    """Text with runs of white space as one space each and without invisible characters."""
    return _SPACES.sub(" ", _INVISIBLE.sub("", text)).strip()


def text_of(element: Element) -> str:
    """All text in an element as it stands in the page."""
    return "".join(cast("Iterator[str]", element.itertext()))


def shown_text(element: Element) -> str:
    """All text in an element, folded."""
    return fold(text_of(element))


def spaced_text(element: Element) -> str:
    """All text in an element, folded, with a space between any two elements."""
    return fold(" ".join(cast("Iterator[str]", element.itertext())))


def resolve_url(base: str | None, url: str) -> str:
    """``url`` seen from ``base``; as it stands where it cannot be understood."""
    url = re.sub(r"[\t\r\n]", "", url).strip()
    if not base:
        return url
    try:
        return urljoin(base, url)
    except ValueError:
        return url


def is_web_url(url: str) -> bool:
    """Whether ``url`` is a whole http or https address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


@dataclass(slots=True)
class Run:
    """A run of text that is being put together."""

    pieces: list[str] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    literals: list[str] = field(default_factory=list)

    def add(self, text: str | None) -> None:
        """Add text whose white space will be folded."""
        if text:
            self.pieces.append(text)

    def add_literal(self, text: str) -> None:
        """Add text that stays as it is."""
        self.pieces.append(f"{_LITERAL}{len(self.literals)}{_LITERAL}")
        self.literals.append(text)

    def add_break(self) -> None:
        """Add a line break that the author forced."""
        self.pieces.append(BREAK)

    def read(self, start: int = 0) -> str:
        """The text from piece ``start`` on: folded, line breaks kept."""
        text = fold("".join(self.pieces[start:]))
        text = _BREAKS.sub("\n", text).strip("\n ").replace("\n ", "\n")
        if _LITERAL in text:
            text = re.sub(f"{_LITERAL}(\\d+){_LITERAL}", lambda match: self.literals[int(match[1])], text)
        return text

    def is_blank(self) -> bool:
        """Whether nothing that can be seen has been added."""
        return not any(piece != BREAK and fold(piece) for piece in self.pieces)


def raise_text(text: str) -> str:
    """Superscript text in characters that say so, where all of it can be; ordinals stay as they are."""
    if text.lower() in {"st", "nd", "rd", "th", "tm", "®", "™"}:
        return text
    return _translate(text, _SUPERSCRIPTS)


def lower_text(text: str) -> str:
    """Subscript text in characters that say so, where all of it can be."""
    return _translate(text, _SUBSCRIPTS)


def _translate(text: str, table: dict[int, int]) -> str:
    short = len(text) <= 6 and all(ord(character) in table for character in text)
    return text.translate(table) if short else text
