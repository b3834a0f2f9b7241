"""Signs inside code: by their meaning where it matters, not at all where they only group."""

from __future__ import annotations

import re

from catwalk.reader.pronunciation.operators import name_operator
from catwalk.reader.pronunciation.tables import read_words

_SILENT = frozenset("()[]{},;:`'\"\\")
_MEANING = {
    "=": "equals", "+": "plus", "*": "times", "/": "slash", "<": "less than", ">": "greater than", "%": "mod",
    "&&": "and", "||": "or", "!": "not", "==": "equals", "===": "triple equals", "!=": "does not equal",
    "!==": "does not equal", "->": "arrow", "=>": "arrow", "|": "pipe", "&": "ampersand", "-": "minus", ".": "dot",
    "#": "hash", "@": "at", "$": "dollar", "^": "caret", "~": "tilde", "?": "question mark", "::": "",
    "//=": "slash slash equals",    "**": "star star", "...": "", "..": "to",
    "_": "underscore",
}  # fmt: skip
_SPACED = {"::": "colon colon", ":": "colon", "?": "question mark"}
_REDIRECTIONS = {"<": "less than", ">": "greater than", ">>": "greater than greater than", "--": "dash dash",
                 "---": "dash dash dash", "*": "star"}  # fmt: skip
_CRON = re.compile(r"[*\d/,-]+(?: [*\d/,-]+){4}$")


def say_sign(m: re.Match[str], *, alone: bool) -> str:
    """The words for one sign, empty where it is not spoken.

    Args:
        m: The sign, found in the whole piece of code.
        alone: Whether it is all there is, and so is called by its name.
    """
    text = m.group()
    if alone:
        return name_operator(text) or (text if text.isalpha() else "")
    before, after = m.string[: m.start()], m.string[m.end() :]
    if text in _REDIRECTIONS and m.string.partition(" ")[0] in read_words("commands.txt"):
        return _REDIRECTIONS[text]
    if text in {"*", "..", "...", "->", "'"} and (said := _say_by_place(text, before, after)) is not None:
        return said
    if text == "%":
        return "mod" if _is_spaced(before, after) and after.strip() else "percent"
    if text in _SPACED and _is_spaced(before, after) and after.strip():
        return _SPACED[text]
    if text == "?" or (text in "<>*&|" and not _is_spaced(before, after)):
        return {"*": "star", "&": "ampersand"}.get(text, "") if after[:1].isalnum() else ""
    if text in _SILENT or text in {"()", "[]", "{}"}:
        return "," if text in {",", ";"} else ""
    return _MEANING.get(text, name_operator(text) or "")


def _say_by_place(text: str, before: str, after: str) -> str | None:
    """Signs that mean something else at the end, between two letters or behind a stroke."""
    match text:
        case "*":
            all_there_is = not after.strip(" *") or (before.endswith("(") and after.startswith(")"))
            fields = _CRON.match(before + text + after) is not None
            return "star" if all_there_is or fields or before.lower().endswith("select ") else None
        case "->":
            return "to" if before[-1:].isalnum() and after[:1].isalnum() else None
        case "..":
            return None if after[:1].isalnum() else "dot dot"
        case "...":
            return "dot dot dot" if before.endswith("/") else None
        case _:
            return "quote" if not before and after[:1] in {"(", "["} else None


def _is_spaced(before: str, after: str) -> bool:
    """Whether a sign stands between spaces, or opens a Lisp form, and so is an operator."""
    return after[:1] in {" ", ""} and (not before or before[-1] in " (")
