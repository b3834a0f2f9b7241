"""Characters folded to plain ones before any rule sees them, and the finish after the last: spaces and punctuation."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_FOLDS = {
    "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u2032": "′", "\u02bc": "'", "\u00b4": "'",
    "\uff07": "'",
    "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u201f": '"', "«": '"', "»": '"', "‹": "'", "›": "'",
    "\u2010": "-", "\u2011": "-", "\u2012": "–", "\u2013": "–", "\u2014": "—", "\u2015": "—", "\u2e3a": "—",
    "\u2e3b": "—",
    "\u2212": "−", "\ufe58": "-", "\ufe63": "-",
    "\u2026": "...", "\u22ef": "...", "\u2024": ".", "\u2025": "..",
    "\t": " ", "\n": " ", "\r": " ", "\v": " ", "\f": " ", "\x85": " ", "\u2028": " ", "\u2029": " ", "\u2044": "/",
    "\u2215": "/", "\u2236": ":", "\u2217": "*", "μ": "µ", "Ω": "Ω", "K": "K", "Å": "Å",
    "、": ",", "。": ".", "，": ",", "．": ".", "：": ":", "；": ";", "！": "!", "？": "?", "（": "(",
    "）": ")", "｡": ".",
    "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st",
    "¿": "", "¡": "", "\u00ad": "",
}  # fmt: skip
_SUBSCRIPTS = {chr(0x2080 + i): str(i) for i in range(10)} | {"₊": "+", "₋": "-", "ₙ": "n", "ᵢ": "i", "ₓ": "x"}
_NUMERALS = frozenset("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒")
"""Raised numbers and fractions, which have rules of their own."""


@cache
def _table() -> dict[int, str]:
    table = {ord(k): v for k, v in (_FOLDS | _SUBSCRIPTS).items()}
    for code in range(0x1D400, 0x1D800):
        folded = unicodedata.normalize("NFKC", chr(code))
        if folded != chr(code):
            table[code] = folded
    for code in range(0xFF10, 0xFF5B):
        table.setdefault(code, unicodedata.normalize("NFKC", chr(code)))
    for code in (0x00A0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000, 0x1680):
        table[code] = " "
    return table


def fold(text: str) -> str:
    """Plain quotes, dashes and spaces; without control, format and private-use characters; other digits as 0 to 9."""
    if text.isascii():
        return text if text.isprintable() else "".join(c if c.isprintable() else _plain(c) for c in text)
    text = unicodedata.normalize("NFC", text).translate(_table())
    return text if text.isascii() and text.isprintable() else "".join(map(_plain, text))


@cache
def _plain(char: str) -> str:
    if char.isascii() and char.isprintable():
        return char
    if char in "\ufe0e\ufe0f":
        return ""
    if char in "\t\n\r\v\f":
        return " "
    category = unicodedata.category(char)
    if category in {"Cc", "Cf", "Co", "Cs", "Cn"}:
        return ""
    if category == "Nd":
        return str(unicodedata.digit(char))
    if category == "No" and char not in _NUMERALS:
        return re.sub(r"[^0-9A-Za-z ]", "", unicodedata.normalize("NFKC", char))
    return " " if category.startswith("Z") else char


_SPACES = re.compile(r"\s+")
_SPACE_BEFORE = re.compile(r"\s+(?=[,.;:?!])(?!\.\.\.?\w)")
_LATE_SPACE = re.compile(r"\s+([,;:?!])(?=\w)")
_PAUSES = re.compile(r",(?:\s*,)+")
_COMMA_STOP = re.compile(r",\s*(?=[.;:?!])")
_STOP_COMMA = re.compile(r"(?<=[;:?!])\s*,|(?<=\.\.)\s*,(?=\s|$)|(?<=\.)\s*,$")
_SHORTENED_COMMA = re.compile(r"(?<![.\s])\.\s*,(?=\s)")
_LEADING = re.compile(r"^[\s,;:.]+(?=[^\s,;:.])")
_LONG_DOTS = re.compile(r"\.{4,}")
_REPEATS = re.compile(r"([?!])\1+")


def finish(text: str) -> str:
    """One space between words, none before punctuation, no doubled pauses."""
    text = _SPACES.sub(" ", text).strip()
    if not _LOOSE.search(text):
        return text
    text = _SPACE_BEFORE.sub("", _LATE_SPACE.sub(r"\1 ", text))
    text = _PAUSES.sub(",", text)
    text = _COMMA_STOP.sub("", text)
    text = _SHORTENED_COMMA.sub(",", _STOP_COMMA.sub("", text))
    text = _LONG_DOTS.sub("...", text)
    text = _REPEATS.sub(r"\1", text)
    return _LEADING.sub("", text).strip().rstrip(",")


_LOOSE = re.compile(r"[,;:?!.\s][,;:?!.]|^[\s,;:.]|,$")
