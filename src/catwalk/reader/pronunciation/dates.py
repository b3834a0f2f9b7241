"""Dates, years, decades and eras: "February sixteenth, twenty twenty-four", "nineteen nineties", "three hundred BC"."""

from __future__ import annotations

import re

from catwalk.reader.pronunciation.numbers import cardinal, ordinal, pairs, plural, year
from catwalk.reader.pronunciation.passage import DIGITS, MARK, Rule

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
WEEKDAYS = {
    "mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday", "sat": "Saturday",
    "sun": "Sunday",
}  # fmt: skip

_FULL = "|".join(MONTHS)
_SHORT = r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
_MONTH = (
    rf"(?:(?:{_FULL}|{_FULL.upper()}|{_FULL.lower()})\b"
    rf"|(?:{_SHORT}|{_SHORT.upper().replace('T?', '(?:T)?')}|{_SHORT.lower()})\b\.?)"
)
_VERBS = frozenset({"may", "march", "mar"})
"""Months that without a capital are a date only where a year tells so."""

_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_SUFFIX = r"(?:st|nd|rd|th)"
_YEAR = r"(?:1[0-9]\d\d|2[01]\d\d)"
_WEEKDAY = r"(?:Mon|Tues?|Wed(?:s|nes)?|Thu(?:rs?)?|Fri|Sat|Sun)"
_FREE = r"(?<![\w./-])"
_ERA = r"B\.?\s?C\.?(?:\s?E\b\.?)?|A\.?\s?D\b\.?|C\.?E\b\.?|b\.\s?c\.|a\.\s?d\."
_STOP = r"(?![\w/-]|\.\d)"


def _month(text: str) -> str:
    return next(name for name in MONTHS if name.lower().startswith(text[:3].lower()))


def _is_verb(m: re.Match[str]) -> bool:
    return m["month"] in _VERBS and not m["year"]


def _month_day(month: str, day: int, rest: str = "") -> str:
    return f"{month} {ordinal(day)}{rest}"


def _day_month(day: int, month: str, rest: str = "") -> str:
    return f"the {ordinal(day)} of {month}{rest}"


def _valid(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= 31


def _say_iso(m: re.Match[str]) -> str | None:
    month, day = int(m["month"]), int(m["day"])
    if not _valid(month, day):
        return None
    return _month_day(MONTHS[month - 1], day, f", {year(int(m['year']))}")


def _say_iso_month(m: re.Match[str]) -> str | None:
    """``2024-02``; but ``2001-02`` is a range of years."""
    n, month = int(m["year"]), int(m["month"])
    return None if month == (n + 1) % 100 else f"{MONTHS[month - 1]} {year(n)}"


def _say_numeric(m: re.Match[str]) -> str | None:
    """Month first with slashes and dashes, day first with dots, the other way round where only that is possible."""
    first, second = int(m["first"]), int(m["second"])
    day_first = (first > 12) if m["sep"] != "." else (second <= 12)
    day, month = (first, second) if day_first else (second, first)
    if not _valid(month, day):
        return None
    text = m["year"]
    if len(text) == 2:
        if m["sep"] != "/":
            return None
        spoken_year = cardinal(int(text)) if text[0] != "0" else f"zero {cardinal(int(text))}"
    else:
        spoken_year = year(int(text))
    if day_first:
        return _day_month(day, MONTHS[month - 1], f" {spoken_year}")
    return _month_day(MONTHS[month - 1], day, f", {spoken_year}")


def _spoken_year(m: re.Match[str]) -> str:
    text = m["year"]
    if not text:
        return ""
    return year(int(text)) if len(text) == 4 else cardinal(int(text))


def _say_month_day(m: re.Match[str]) -> str | None:
    if _is_verb(m):
        return None
    month, day = _month(m["month"]), int(m["day"])
    last = f" to {ordinal(int(m['last']))}" if m["last"] else ""
    text = _spoken_year(m)
    return _month_day(month, day, last + (f", {text}" if text else ""))


def _say_day_month(m: re.Match[str]) -> str | None:
    if _is_verb(m) and not m["of"]:
        return None
    month, day = _month(m["month"]), int(m["day"])
    first = f"{ordinal(int(m['first']))} to " if m["first"] else ""
    text = _spoken_year(m)
    words = f"{first}{ordinal(day)} of {month}" + (f" {text}" if text else "")
    if m["of"] or m["the"] or m.string[: m.start()].rstrip().endswith("the"):
        return (m["the"] or "") + words
    return f"the {words}"


def _say_month_year(m: re.Match[str]) -> str | None:
    if m["month"] in _VERBS:
        return None
    return f"{_month(m['month'])} {year(int(m['year']))}"


def _say_year_range(m: re.Match[str]) -> str | None:
    first, last = m["first"], m["last"]
    if len(last) == 2:
        if int(last) <= int(first[2:]):
            return None
        return f"{year(int(first))} to {cardinal(int(last)) if last[0] != '0' else 'oh ' + cardinal(int(last))}"
    return f"{year(int(first))} to {year(int(last))}" if int(last) >= int(first) else None


def _say_decade(m: re.Match[str]) -> str | None:
    century, tens = m["century"] or "", int(m["decade"])
    if not century:
        return plural(cardinal(tens)) if tens >= 20 else None
    n = int(century) * 100 + tens
    if not tens and n % 1000 == 0:
        return plural(cardinal(n))
    return plural(year(n))


def _say_short_year(m: re.Match[str]) -> str:
    n = int(m["year"])
    return cardinal(n) if n > 9 else f"oh {cardinal(n)}"


def _era(text: str) -> str:
    return text.replace(".", "").replace(" ", "").upper()


def _era_year(text: str) -> str:
    n = int(text.replace(",", ""))
    if len(text) == 3 and n % 100:
        return pairs(text)
    return year(n) if 1000 <= n <= 2999 and "," not in text else cardinal(n)


def _say_era(m: re.Match[str]) -> str:
    first = f"{_era_year(m['first'])} to " if m["first"] else ""
    return f"{first}{_era_year(m['n'])} {_era(m['era'])}"


def _say_quarter(m: re.Match[str]) -> str:
    """``2Q22``: "the second quarter of twenty-two"."""
    the = "" if m.string[: m.start()].endswith(("the ", "The ")) else "the "
    n = int(m["year"])
    return f"{the}{ordinal(int(m['quarter']))} quarter of {year(n) if n > 99 else cardinal(n)}"


def _say_weekday(m: re.Match[str]) -> str:
    first = WEEKDAYS[m["first"][:3].lower()]
    return f"{first} to {WEEKDAYS[m['last'][:3].lower()]}" if m["last"] else first


NUMERIC_DATE_RULES = (
    Rule(
        "date",
        rf"{_FREE}(?P<year>{_YEAR})(?P<sep>[-/.])(?P<month>0?[1-9]|1[0-2])(?P=sep)(?P<day>{_DAY})(?:(?=T\d\d:)|{_STOP})",
        _say_iso,
        DIGITS,
    ),
    Rule("date", rf"{_FREE}(?P<year>(?:19|20)\d\d)-(?P<month>0[1-9]|1[0-2]){_STOP}", _say_iso_month, "-", DIGITS),
    Rule(
        "date",
        rf"{_FREE}(?P<first>\d\d?)(?P<sep>[-/.])(?P<second>\d\d?)(?P=sep)(?P<year>{_YEAR}|\d\d){_STOP}",
        _say_numeric,
        DIGITS,
    ),
)
"""Dates in digits; they come before versions, which look like them."""

DATE_RULES = (
    Rule(
        "date",
        rf"(?<![\w.])(?P<month>{_MONTH})\s+(?P<day>{_DAY}){_SUFFIX}?(?:\s?[-–]\s?(?P<last>{_DAY}){_SUFFIX}?)?(?!\d)"
        rf"(?:(?:,\s?|\s+)'?(?P<year>{_YEAR}|(?<=')\d\d))?(?![\w/]|[,.:]\d|-\d|%|\s?[ap]\.?m\b)",
        _say_month_day,
        DIGITS,
    ),
    Rule(
        "date",
        rf"(?P<the>\b[Tt]he\s+)?{_FREE}(?:(?P<first>{_DAY}){_SUFFIX}?\s?[-–]\s?)?(?P<day>{_DAY}){_SUFFIX}?\s+"
        rf"(?P<of>of\s+)?(?P<month>{_MONTH})(?:(?:,\s?|\s+)(?P<year>{_YEAR})(?![\w/]|[,.]\d))?",
        _say_day_month,
        DIGITS,
    ),
    Rule(
        "date",
        rf"(?<![\w.-])(?P<the>(?!x)x)?(?P<first>(?!x)x)?(?P<day>{_DAY})-(?P<of>(?!x)x)?(?P<month>{_MONTH})-(?P<year>{_YEAR})(?![\w/-]|[.,:]\d)",
        _say_day_month,
        "-",
        DIGITS,
    ),
    Rule("date", rf"(?<![\w.])(?P<month>{_MONTH}),?\s+(?P<year>{_YEAR})(?![\w/]|[,.]\d)", _say_month_year, DIGITS),
    Rule(
        "date",
        rf"(?<![\w.-])(?P<month>{_MONTH})-(?P<day>{_DAY})(?P<last>(?!x)x)?(?:-(?P<year>{_YEAR}))?(?![\w/-]|[.,:]\d)",
        _say_month_day,
        "-",
        DIGITS,
    ),
    Rule("date", r"\b(?P<quarter>[1-4])Q\s?'?(?P<year>20\d\d|\d\d)\b", _say_quarter, DIGITS, "Q"),
    Rule(
        "date",
        rf"\b(?P<first>{_WEEKDAY})(?:\.?\s?[-–]\s?(?P<last>{_WEEKDAY})\b\.?|\.?(?=,?\s+{MARK}))",
        _say_weekday,
        "MTWFS",
        DIGITS + "-–",
    ),
    Rule(
        "year",
        rf"(?<![\w.,/-])(?:(?P<first>\d+)\s?[-–]\s?)?(?P<n>\d[\d,]*+)\s?(?P<era>{_ERA})(?!\w)",
        _say_era,
        DIGITS,
    ),
    Rule("year", r"\bA\.?\s?D\.?\s(?P<n>\d+)\b", lambda m: f"AD {_era_year(m['n'])}", DIGITS),
    Rule(
        "year",
        rf"{_FREE}(?P<first>{_YEAR})\s?[-–]\s?(?P<last>{_YEAR}|\d\d)(?![\w/%-]|[.,]\d)",
        _say_year_range,
        DIGITS,
    ),
    Rule("decade", r"(?<![\w.,:])'?(?P<century>\d\d)?(?P<decade>\d0)'?s\b", _say_decade, DIGITS),
    Rule("decade", r"(?<![\w.,:])(?P<century>1[89])(?P<decade>\d0)\ss\b(?!')", _say_decade, DIGITS),
    Rule("year", r"(?<!\w)'(?P<year>\d\d)(?![\w'])", _say_short_year, "'", DIGITS),
)
