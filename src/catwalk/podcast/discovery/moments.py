"""Dates as feeds, interfaces and addresses give them, as ISO 8601."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

from catwalk.reader.extraction.dates import parse_date

_URL_DAY = re.compile(r"/((?:19|20)\d{2})[/-](\d{1,2})[/-](\d{1,2})(?=[/_-]|$)")


def read_moment(text: str | None, parsed: Any = None) -> str | None:
    """A date of a feed or an interface, with its time and offset where it gives them.

    Args:
        text: As written: ISO 8601, RFC 2822, or a date in words.
        parsed: What feedparser made of it, nine numbers in UTC; used where the text is of none of these kinds.
    """
    text = (text or "").strip()
    for read in (_read_iso, _read_mail):
        found = read(text)
        if found is not None:
            return found.isoformat()
    if parsed:
        try:
            year, month, day, hour, minute, second = parsed[:6]
            return datetime(year, month, day, hour, minute, second, tzinfo=UTC).isoformat()
        except (TypeError, ValueError):
            return None
    return parse_date(text) if text else None


def _read_iso(text: str) -> datetime | None:
    if len(text) < 12:  # a day alone is left to parse_date, which gives no time of day to it
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _read_mail(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def read_url_day(path: str) -> str | None:
    """The day in a path such as ``/2024/03/09/slug``; None where it holds a month or a year alone."""
    match = _URL_DAY.search(path)
    return parse_date(f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}") if match else None


@lru_cache(maxsize=65_536)  # a crawl sorts its candidates for every page
def to_seconds(moment: str | None) -> float | None:
    """Seconds since 1970 of an ISO 8601 date or time; a day is its start, and where no offset is said it is UTC."""
    if not moment:
        return None
    try:
        found = datetime.fromisoformat(moment)
    except ValueError:
        return None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    try:
        return found.timestamp()
    except (OverflowError, ValueError):
        return None
