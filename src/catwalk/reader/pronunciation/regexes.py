"""Regular expressions as words: "caret backslash D three", "A to Z plus"."""

from __future__ import annotations

import re

from catwalk.reader.pronunciation.numbers import cardinal
from catwalk.reader.pronunciation.words import say_name, say_word

LONGEST_REGEX_CHARS = 80
"""A longer text is no expression that anybody follows by ear."""

_SIGN = re.compile(
    r"\\[dwsbDWSBAZ](?![A-Za-z]{2})|\\[.$?*+()]|\[\^?[A-Za-z0-9]-[A-Za-z0-9]|^\^\S*\$$|^\^\S+[?*+]|^\.[*+]\??$|^\[\^?[^\]\s]+\][*+?{]|^\(\S+\|\S+\)[*+?]?$|\.[*+]\??[)$]|^/\^?\S*[*+?\]$)]\S*/[gimsuy]*$|\(\?[:=!<]"
)
_ADDRESS = re.compile(r"[A-Za-z]:\\|\\\\|\w+://")
_TOKEN = re.compile(
    r"\\(?P<escape>.)|\{(?P<low>\d+)(?P<comma>,)?(?P<high>\d+)?\}|\[(?P<no>\^)?(?P<set>(?:\\.|[^\]\\])+)\]"
    r"|(?P<group>\(\?(?::|<?[=!]|P?<(?P<name>\w+)>))|(?P<word>[A-Za-z]+)|(?P<number>\d+)|(?P<sign>.)",
    re.DOTALL,
)
_MEMBER = re.compile(r"\\(?P<escape>.)|(?P<first>\w)-(?P<last>\w)|(?P<one>.)", re.DOTALL)
_NAMES = {
    "^": "caret", "$": "dollar", ".": "dot", "*": "star", "+": "plus", "?": "question mark", "|": "or", "/": "slash",
    "-": "dash", "_": "underscore", "@": "at", ":": "colon", "#": "hash", "=": "equals", "%": "percent", "&": "and",
    "\\": "backslash", "<": "less than", ">": "greater than", "!": "bang", "~": "tilde", "[": "open bracket",
    "]": "close bracket", "(": "open paren", ")": "close paren", "{": "open brace", "}": "close brace",
}  # fmt: skip
_SILENT = frozenset("()[]{}'\" ,")
_FLAGS = re.compile(r"/(?P<flags>[gimsuy]{1,6})$")


def is_regex(text: str) -> bool:
    """Whether a text of one word is a regular expression: a class, an anchor at both ends, a set of letters."""
    return (
        len(text) <= LONGEST_REGEX_CHARS and " " not in text and not _ADDRESS.match(text) and bool(_SIGN.search(text))
    )


def say_regex(text: str) -> str:
    """Every part of a regular expression by its name; brackets around a set or a group are left out."""
    flags = _FLAGS.search(text) if text[:1] == "/" else None
    tail = f" slash {' '.join(flags['flags'].upper())}" if flags else ""
    body = text[: flags.start()] if flags else text
    said = (_say_token(m) for m in _TOKEN.finditer(body))
    return " ".join(filter(None, said)) + tail


def _say_token(m: re.Match[str]) -> str:
    if m["escape"]:
        return f"backslash {_say_character(m['escape'])}"
    if m["low"]:
        high = f" to {cardinal(int(m['high']))}" if m["high"] else " or more" if m["comma"] else ""
        return cardinal(int(m["low"])) + high
    if m["set"]:
        return ("not " if m["no"] else "") + " ".join(
            filter(None, (_say_member(x) for x in _MEMBER.finditer(m["set"])))
        )
    if m["group"]:
        return say_name(m["name"]) if m["name"] else ""
    if m["word"]:
        word: str = m["word"]
        return _say_character(word) if len(word) == 1 else say_word(word) or word
    if m["number"]:
        return say_name(m["number"])
    return "" if m["sign"] in _SILENT else _NAMES.get(m["sign"], "")


def _say_member(m: re.Match[str]) -> str:
    """One character of a set, or a run of them: "A to Z"."""
    if m["escape"]:
        return f"backslash {_say_character(m['escape'])}"
    if m["first"]:
        return f"{_say_character(m['first'])} to {_say_character(m['last'])}"
    return _say_character(m["one"])


def _say_character(char: str) -> str:
    if char.isascii() and char.isdecimal():
        return cardinal(int(char))
    return char.upper() if char.isalpha() else _NAMES.get(char, "")
