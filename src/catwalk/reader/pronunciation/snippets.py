"""Lines of code without back-ticks, told from sentences by signs that prose does not hold."""

from __future__ import annotations

import re
from functools import cache

LONGEST_SNIPPET_CHARS = 160

_CALL = (
    r"^(?![OΘΩo]\()(?:(?:await|return|yield|raise|throw|new|const \w+ =|let \w+ =|var \w+ =|\w+ =)\s)?"
    r"[A-Za-z_$][\w.$:]*\((?=[^()]*[\"'=\[{(])[^()]*(?:\([^()]*(?:\([^()]*\)[^()]*)*\)[^()]*)*\)(?:\.\w+)*;?$"
)
"""A call with more than names between its brackets."""

_SQL = (
    r"^(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE|ALTER|DROP|WITH)\s.*"
    r"\b(?:FROM|VALUES|SET|TABLE|INDEX|WHERE|JOIN|AS)\b"
)

_SIGNS = (
    _CALL,
    r"\w\*\*\w|\s//=\s|\s:=\s\S|\)\.[A-Za-z_]\w*\(|\w\.__\w+__\b",
    r"^[A-Za-z_$][\w.$]+(?:\[[^\[\]\s]*\])+$",  # arr[i][j]
    r"^[~!&]{1,2}[A-Za-z_][\w.]*$|^\*{1,2}[a-z_]\w*(?:, \*{1,2}[a-z_]\w*)+$|^[A-Za-z_]\w*(?:--|\+\+)$",
    r"^[a-z]\w* :: [\w(\[]|^[a-z] \. [a-z]$|^\w+\.\.\w+$|^\w[\w.]*(?:\?\.\w| \?\? )|^\S+ \? \S+ : \S+$",
    r"^\([a-z!?*+<>=/-][\w!?*+<>=/-]*\s.*[(\[].*\)$",  # a Lisp form with another inside
    r"^(?:for \w+ in|while) .*; do\b|^if \[.*\]; then|^['`][(\[].*[)\]]$|^#'\S+$",
    _SQL,
    r"^--?[A-Za-z][\w-]*=\S+$|^-[A-Z]\d$",
    r"^template\s?<|<\w+: \w+>\(",
    r"^(?=.*\*)[*\d/,-]+(?: [*\d/,-]+){4}$",  # five fields of cron
    r"^[A-Z_]{2,}=\*$|^\$[?@#!*$]$",
    r"^(?=.*(?:\w\(|\s=\s|::)).*;$|^[^.?!]+[=)]\s?\{$|^\}.*[;)]$",
    r"^(?:func|fn|def|async def|function|impl|struct|interface|trait|class)\s[\w(<].*[({:)]$",
    r"^(?:for|while|if|switch)\s?\(.*[;=<>!&|].*\)",
    r"^(?:const|let|var|val|auto|int|char|bool|float|double)\s\w+\s?(?:=|:(?!:))",
    r"^(?:if|elif|while)\s\S+\s(?:==|!=|<=|>=|<|>)\s\S+.*[:{]$|^for\s\w+\sin\s\S+:$",
)
_MARKS = frozenset("=(*[;{~!&?:-+$<._#ACERTL")
"""One of these is in every line of code that the signs tell."""

_PROSE = re.compile(r"\b[a-z]{3,}[.!?]$|(?:\b[a-z]{2,}\b,? ){4}")


@cache
def _signs() -> re.Pattern[str]:
    return re.compile("|".join(_SIGNS))


def is_snippet(text: str) -> bool:
    """Whether a whole line is code rather than a sentence that holds some."""
    if len(text) > LONGEST_SNIPPET_CHARS or _MARKS.isdisjoint(text) or (text[-1] in ".!?" and text.count(" ") > 3):
        return False
    return bool(_signs().search(text)) and not _PROSE.search(text)
