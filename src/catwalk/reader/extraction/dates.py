"""Dates as pages write them, in ISO 8601."""

from __future__ import annotations

import re
from datetime import date, datetime

_MONTH_NAMES = """
january february march april may june july august september october november december
jan feb mar apr may jun jul aug sep oct nov dec
janvier février mars avril mai juin juillet août septembre octobre novembre décembre
januar februar märz april mai juni juli august september oktober november dezember
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
"""
_MONTHS = {
    **{name: n for line in _MONTH_NAMES.strip().split("\n") for n, name in enumerate(line.split(), 1)},
    "sept": 9,
    "fevrier": 2,
    "aout": 8,
    "decembre": 12,
    "maerz": 3,
}
_MONTH = "(" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_DAY = r"(\d{1,2})(?:st|nd|rd|th|er|\.)?"
_PATTERNS = (
    (re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)"), "ymd"),
    (re.compile(r"\b(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?!\d)"), "ymd"),
    (re.compile(rf"\b{_MONTH}\s+{_DAY},?\s+(\d{{4}})\b", re.IGNORECASE), "Mdy"),
    (re.compile(rf"\b{_DAY}\s+(?:de\s+)?{_MONTH},?\s+(?:de\s+)?(\d{{4}})\b", re.IGNORECASE), "dMy"),
    (re.compile(r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日"), "ymd"),
    (re.compile(r"(\d{4})\s*년\s*(\d{1,2})\s*월\s*(\d{1,2})\s*일"), "ymd"),
    (re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b"), "dmy"),
)
_ISO = re.compile(
    r"^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:?\d{2}(?::?\d{2}(?:[.,]\d+)?)?\s*(?:Z|[+-]\d{2}:?\d{2})?)?$", re.IGNORECASE
)


def parse_date(text: str) -> str | None:
    """The first date in ``text`` as ISO 8601; with a time where ``text`` is an ISO date that has one."""
    text = text.strip()
    if _ISO.match(text):
        try:
            moment = datetime.fromisoformat(text.replace(" +", "+").upper().replace("UTC", "Z"))
        except ValueError:
            return None
        return (
            None
            if not _is_likely(moment.date())
            else moment.date().isoformat()
            if len(text) == 10
            else moment.isoformat()
        )
    if re.fullmatch(r"\d{10}|\d{13}", text):
        moment = datetime.fromtimestamp(int(text[:10])).astimezone()
        return moment.date().isoformat() if _is_likely(moment.date()) else None
    found = find_date(text)
    return None if found is None else found[0]


def find_date(text: str) -> tuple[str, int, int] | None:
    """The first date in running text, and where it begins and ends."""
    best: tuple[str, int, int] | None = None
    for pattern, order in _PATTERNS:
        for match in pattern.finditer(text):
            day = _to_date(match.groups(), order)
            if day is not None and (best is None or match.start() < best[1]):
                best = (day.isoformat(), match.start(), match.end())
    return best


def _to_date(groups: tuple[str | None, ...], order: str) -> date | None:
    parts = dict(zip(order, (group or "" for group in groups), strict=True))
    month = _MONTHS[parts["M"].lower()] if "M" in parts else int(parts["m"])
    try:
        day = date(int(parts["y"]), month, int(parts["d"]))
    except ValueError:
        return None
    return day if _is_likely(day) else None


def _is_likely(day: date) -> bool:
    """Whether a page may be of that day: the web began in 1991, and clocks may be a few days apart."""
    return day.year >= 1991 and day.toordinal() <= date.today().toordinal() + 366
