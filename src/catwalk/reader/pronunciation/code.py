"""Inline code as words: "foo bar" for ``foo_bar()``, signs by name only where they carry the meaning."""

from __future__ import annotations

import re
from functools import lru_cache

from catwalk.reader.pronunciation.addresses import say_file
from catwalk.reader.pronunciation.numbers import decimal
from catwalk.reader.pronunciation.technical import OPERATORS
from catwalk.reader.pronunciation.words import find_term, say_name

_TOKEN = re.compile(
    r"(?P<flag>(?<![\w)\]])--?[A-Za-z][\w-]*)|(?P<number>\d+(?:\.\d+)+|\d+(?![\w]))|(?P<name>[^\W\d]\w*(?:-[^\W\d]\w*)*[?!*]?(?!=)|\w+)"
    r"|(?P<sign>===|!==|<=>|->>|>>=|\*\*|==|!=|<=|>=|=>|->|<-|&&|\|\||\+=|-=|\*=|:=|::|\+\+|<<|>>|\|>|\.\.\.?|//|,@|#'|\S)|\s+"
)
_FILE = re.compile(r"(?:~|\.{1,2})?/?(?:[\w.@+-]+/)*[\w@+-]*\.?[\w@+-]*\.[A-Za-z][A-Za-z0-9]{0,4}|(?:~|\.{1,2})?(?:/[\w.@+-]+)+/?")
_SILENT = frozenset("()[]{},;:`'\"\\")
_MEANING = {
    "=": "equals", "+": "plus", "*": "times", "/": "slash", "<": "less than", ">": "greater than", "%": "mod",
    "&&": "and", "||": "or", "!": "not", "==": "equals", "===": "triple equals", "!=": "does not equal",
    "!==": "does not equal", "->": "arrow", "=>": "arrow", "|": "pipe", "&": "ampersand", "-": "minus", ".": "dot",
    "#": "hash", "@": "at", "$": "dollar", "^": "caret", "~": "tilde", "?": "", "::": "", "...": "", "..": "to",
    "_": "underscore",
}  # fmt: skip


@lru_cache(maxsize=4096)
def say_code(code: str) -> str:
    """The words for a piece of code of a line or less.

    Args:
        code: Source text without its back-ticks.
    """
    code = code.strip()
    term = find_term(code) or OPERATORS.get(code)
    if term is not None:
        return term
    if _FILE.fullmatch(code) and not code.endswith("()"):
        return _say_path(code)
    said: list[str] = []
    for m in _TOKEN.finditer(code):
        said.append(_say_token(m, alone=len(m.group()) == len(code)))
    return re.sub(r"\s+,", ",", " ".join(filter(None, said)))


def _say_path(code: str) -> str:
    return " slash ".join(say_file(part) for part in code.rstrip("/").split("/")).strip()


def _say_token(m: re.Match[str], *, alone: bool) -> str:
    text = m.group().strip()
    match m.lastgroup:
        case "flag":
            dashes = len(text) - len(text.lstrip("-"))
            name = text[dashes:]
            spoken = name.upper() if len(name) == 1 else say_name(name)
            return f"{' '.join(['dash'] * dashes)} {spoken}"
        case "number":
            return decimal(text) if text.count(".") < 2 else say_name(text)
        case "name":
            return _say_identifier(text)
        case "sign":
            return _say_sign(text, alone=alone)
    return ""


def _say_identifier(text: str) -> str:
    term = find_term(text)
    if term is not None:
        return term
    stem = text.rstrip("?!*")
    if stem != text and find_term(stem) is None:
        tail = {"?": "", "!": " bang", "*": " star"}[text[-1]]
        return _say_identifier(stem) + tail
    if text.startswith("__") and text.endswith("__") and len(text) > 4:
        return f"dunder {say_name(text.strip('_'))}"
    return say_name(text) or "underscore"


def _say_sign(text: str, *, alone: bool) -> str:
    if alone:
        return OPERATORS.get(text, text)
    if text in _SILENT or text in {"()", "[]", "{}"}:
        return "," if text in {",", ";"} else ""
    return _MEANING.get(text, OPERATORS.get(text, ""))
