"""Two numbers with a stroke between them: fractions, marks out of ten, days, seasons, blood pressure."""

from __future__ import annotations

import re

from catwalk.reader.pronunciation.dates import MONTHS
from catwalk.reader.pronunciation.numbers import cardinal, decimal, fraction, integer, mixed, ordinal, year
from catwalk.reader.pronunciation.passage import DIGITS, Rule

LONGEST_FRACTION_DIGITS = 6
"""Longer numbers on either side of a stroke are no fraction."""

_IDIOMS = {(24, 7): "twenty-four seven", (20, 20): "twenty twenty", (9, 11): "nine eleven"}
_PRESSURE = re.compile(r"\b(?:blood pressure|BP|hypertensi|systolic|mm\s?Hg)")
_MARKED = re.compile(
    r"\b(?:rate[ds]?|rating|scor(?:e|ed|es|ing)|gave|gives?|gets?|got|solid|perfect)\b(?:\s\w+){0,3}:?\s(?:an?\s)?$"
)
"""What stands before a mark: "rated it 8/10"."""

_DAY_NAMED = re.compile(r"\b(?:on|until|through|since|week of|due|dated|updated|posted|starting|ending|deadline)\s$")
_BEAT = re.compile(r"\s(?:time|meter|beat|groove|signature)\b")
_OF = re.compile(r"\b(?:of|about)\s$")


def _say_fraction(m: re.Match[str]) -> str | None:
    top, bottom = int(m["top"]), int(m["bottom"])
    if m["whole"]:
        whole = int(m["whole"])
        return f"{cardinal(whole)} {_day(top, bottom)}" if _is_day(m["top"], m["bottom"]) else mixed(whole, top, bottom)
    if m["end"]:
        return fraction(top, bottom)
    if (said := _say_pair(m, top, bottom)) is not None:
        return said
    if m.string.startswith((" =", "="), m.end()) and (top > bottom or m.string[m.end()] == "="):
        return None
    if not bottom or max(len(m["bottom"]), len(m["top"])) > LONGEST_FRACTION_DIGITS or top >= bottom > 100:
        return f"{integer(m['top'])} slash {integer(m['bottom'])}"
    return fraction(top, bottom)


def _say_pair(m: re.Match[str], top: int, bottom: int) -> str | None:
    """Two numbers that are no fraction, None where they are one."""
    before = m.string[: m.start()]
    if bottom in {4, 5, 6, 10, 20, 100} and top <= bottom and _MARKED.search(before):
        return f"{cardinal(top)} out of {cardinal(bottom)}"
    if 1900 <= top < 2100 and (bottom in range(1900, 2100) or (len(m["bottom"]) == 2 and bottom == (top + 1) % 100)):
        return f"{year(top)}, {year(bottom)}" if bottom >= 1900 else f"{year(top)} {_say_short_year(bottom)}"
    if top + bottom == 100 and top % 10 == 0:
        return f"{cardinal(top)} {cardinal(bottom)}"
    if (top, bottom) in _IDIOMS and not _OF.search(before):
        return _IDIOMS[top, bottom]
    if bottom in {2, 4, 8, 16} and _BEAT.match(m.string, m.end()):
        return f"{cardinal(top)} {cardinal(bottom)}"
    if top in {16, 24, 32} and bottom in {44, 48, 88, 96, 176, 192}:
        return f"{cardinal(top)} {cardinal(bottom)}"
    if top > bottom >= 40 and _PRESSURE.search(m.string):
        return f"{cardinal(top)} over {cardinal(bottom)}"
    if _is_day(m["top"], m["bottom"]) or (_valid_day(top, bottom) and _DAY_NAMED.search(before)):
        return _day(top, bottom)
    return None


def _say_short_year(n: int) -> str:
    return cardinal(n) if n > 9 else f"oh {cardinal(n)}"


def _day(month: int, day: int) -> str:
    return f"{MONTHS[month - 1]} {ordinal(day)}"


def _valid_day(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= 31


def _is_day(month: str, day: str) -> bool:
    """Whether ``12/31`` and ``01/03`` are rather a month and a day: two digits each, and no likely fraction."""
    if len(month) != 2 or len(day) != 2 or not _valid_day(int(month), int(day)):
        return False
    return month[0] == "0" or (int(day) > 12 and int(day) not in {16, 20, 24, 25, 30})


def _say_marks(m: re.Match[str]) -> str:
    return f"{decimal(m['n'])} out of {cardinal(int(m['of']))}"


FRACTION_RULES = (
    Rule(
        "fraction",
        r"(?<![\w.,/$-])(?:(?P<whole>\d+)\s)?(?P<top>\d+)/(?P<bottom>\d+)(?P<end>th|TH)?(?![\w/]|[.,]\d)",
        _say_fraction,
        "/",
        DIGITS,
    ),
    Rule(
        "fraction",
        r"(?<![\w.,/$-])(?P<n>\d+\.\d+)/(?P<of>4|5|6|10|20|100)(?![\w/]|[.,]\d|\s?=)",
        _say_marks,
        "/",
        DIGITS,
    ),
)
