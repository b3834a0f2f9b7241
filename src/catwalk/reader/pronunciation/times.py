"""Times of day and durations: "three o five PM", "ten o'clock UTC", "two hours thirty minutes and fifteen seconds"."""

from __future__ import annotations

import re

from catwalk.reader.pronunciation.numbers import cardinal, digits, plural
from catwalk.reader.pronunciation.passage import DIGITS, INNER_DOT, MARK, Rule
from catwalk.reader.pronunciation.words import spell

_ZONE = (
    r"(?<=[mM][.\s])[ecmp][sd]t|[ECMPecmp]\.[SDsd]?\.?[Tt](?:\.(?!\w))?|UTC|GMT|BST|CES?T|EES?T|WES?T|"
    r"[ECMP][SD]?T|AK[SD]T|HST|A[EWC][SD]T|NZ[SD]T|IST|JST|KST|SGT|HKT|MSK|Z"
)
_JOINED_ZONES = frozenset({"UTC", "GMT", "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT"})
"""Zones whose letters every voice reads as letters when they stand together."""

_HALF = r"[ap]\.?\s?m\b\.?|[AP]\.?\s?M\b\.?"
_CLOCK = r"(?:[01]?\d|2[0-4])[:.][0-5]\d"
_RATIO_BEFORE = re.compile(r"\b(?:scale|ratio|odds|proportions?|diluted)\b[^.;:]{0,15}$")
_RATIO_AFTER = re.compile(r"\s(?:scale|ratio|odds|mix|aspect|leverage|scale model)\b")
_FREE = r"(?<![\w.:,/$€£-])"
_STOP = r"(?![\w/]|[:.,]\d|%)"
_PARTS = (
    ("d", "day"), ("h", "hour"), ("m", "minute"), ("s", "second"), ("ms", "millisecond"),
)  # fmt: skip


def _half(text: str | None) -> str:
    return f" {text[0].upper()}M" if text else ""


def _zone(text: str | None) -> str:
    if not text:
        return ""
    if text == "Z":
        return " UTC"
    text = text.replace(".", "").upper()
    return f" {text}" if text in _JOINED_ZONES else f" {spell(text)}"


def _clock(text: str, half: bool) -> str:
    """``hh:mm`` or ``hh``; on the full hour "o'clock" unless AM or PM follows."""
    hour, _, minute = text.replace(".", ":").partition(":")
    words = cardinal(int(hour))
    if not minute:
        return words
    if minute == "00":
        return words if half else f"{words} o'clock"
    return f"{words} o {cardinal(int(minute))}" if minute[0] == "0" else f"{words} {cardinal(int(minute))}"


def _say_time(m: re.Match[str]) -> str | None:
    half, zone = m["half"], m["zone"]
    if not half and (
        "." in m["clock"] or _RATIO_BEFORE.search(m.string, 0, m.start()) or _RATIO_AFTER.match(m.string, m.end())
    ):
        return None
    return _clock(m["clock"], bool(half)) + _half(half) + _zone(zone)


def _say_hour(m: re.Match[str]) -> str | None:
    if int(m["hour"]) > 12:
        return None
    return cardinal(int(m["hour"])) + _half(m["half"]) + _zone(m["zone"])


def _say_range(m: re.Match[str]) -> str | None:
    """Two times joined by a dash; AM or PM behind the second may serve for both."""
    first, last, half = m["first"], m["last"], m["half"]
    if not half and (":" not in first or ":" not in last):
        return None
    clock = bool(half)
    return f"{_clock(first, clock)}{_half(m['fhalf'])} to {_clock(last, clock)}{_half(half)}{_zone(m['zone'])}"


def _count(n: int, unit: str) -> str:
    return f"{cardinal(n)} {unit if n == 1 else plural(unit)}"


def _say_long(m: re.Match[str]) -> str:
    """``h:mm:ss``: a time of day behind a date or before AM, PM or a zone, otherwise a duration."""
    hours, minutes, seconds = int(m["h"]), int(m["m"]), int(m["s"])
    fraction = f" point {digits(m['part'])}" if m["part"] else ""
    if m["half"] or m["zone"] or m["offset"] or m["t"]:
        tail = f" and {_count(seconds, 'second')}" if seconds and not fraction else ""
        words = _clock(f"{hours}:{m['m']}", bool(m["half"])) + tail + _half(m["half"]) + _zone(m["zone"])
        return (", " if m["t"] == "T" else "") + words + (f" {_offset(m['offset'])}" if m["offset"] else "")
    last = f"{cardinal(seconds)}{fraction} {'second' if seconds == 1 and not fraction else 'seconds'}"
    return f"{_count(hours, 'hour')} {_count(minutes, 'minute')} and {last}"


def _offset(text: str) -> str:
    hours, minutes = int(text[1:3]), int(text[-2:])
    return f"{'plus' if text[0] == '+' else 'minus'} {cardinal(hours)}" + (f" {cardinal(minutes)}" if minutes else "")


def _say_stamp(m: re.Match[str]) -> str:
    """The time part of an ISO 8601 stamp without seconds."""
    return f", {_clock(m['clock'], False)}{_zone(m['zone'])}"


def _say_compound(m: re.Match[str]) -> str | None:
    """``5h30m``, ``2h 15m 30s``, ``1d 4h``: at least two parts."""
    return " ".join(_count(int(m[key]), unit) for key, unit in _PARTS if m[key])


def _say_zone_offset(m: re.Match[str]) -> str:
    sign = "plus" if m["sign"] == "+" else "minus"
    minutes = f" {cardinal(int(m['minutes']))}" if m["minutes"] and m["minutes"] != "00" else ""
    return f"{m['zone']} {sign} {cardinal(int(m['hours']))}{minutes}"


TIME_RULES = (
    Rule(
        "time",
        r"\b(?P<when>[Nn]oon|[Mm]idnight)\s?[-–—]\s?(?=\d{1,2}(?::\d\d)?\s?[ap]\.?m)",
        lambda m: f"{m['when']} to ",
        DIGITS,
        "-–—",
    ),
    Rule(
        "time",
        rf"{_FREE}(?P<first>(?:[01]?\d|2[0-4])(?:[:.][0-5]\d)?)\s?(?P<fhalf>{_HALF})?\s?[-–—]\s?"
        rf"(?P<last>(?:[01]?\d|2[0-4])(?:[:.][0-5]\d)?)(?:\s?(?P<half>{_HALF}))?(?:\s?(?P<zone>{_ZONE})\b)?{_STOP}",
        _say_range,
        DIGITS,
        "-–—",
    ),
    Rule(
        "time",
        rf"(?:(?<={MARK})\s?(?P<t>T|,?\s)|{_FREE})(?P<h>\d\d?):(?P<m>[0-5]\d):(?P<s>[0-5]\d)(?:[.,](?P<part>\d+))?"
        rf"(?:\s?(?P<half>{_HALF}))?(?:\s?(?P<zone>{_ZONE})\b|(?P<offset>[+-]\d\d:?\d\d))?(?![\w:])",
        _say_long,
        ":",
        DIGITS,
    ),
    Rule("time", rf"(?<={MARK})T(?P<clock>{_CLOCK})(?P<zone>Z|UTC)?(?![\w:])", _say_stamp, ":", DIGITS),
    Rule(
        "time",
        rf"{_FREE}(?P<clock>{_CLOCK})(?:\s?(?P<half>{_HALF}))?(?:\s?(?P<zone>{_ZONE})\b)?{_STOP}",
        _say_time,
        DIGITS,
        ":" + INNER_DOT,
    ),
    Rule(
        "time",
        rf"{_FREE}(?P<hour>\d\d?)\s?(?P<half>{_HALF})(?:\s?(?P<zone>{_ZONE})\b)?{_STOP}",
        _say_hour,
        DIGITS,
        "mM",
    ),
    Rule(
        "time",
        r"\b(?P<zone>UTC|GMT)\s?(?P<sign>[+\-−])(?P<hours>\d\d?)(?::?(?P<minutes>\d\d))?\b",
        _say_zone_offset,
        DIGITS,
        "UG",
    ),
    Rule(
        "duration",
        r"(?<![\w.])(?=\d+(?:ms|[dhms])\s?\d)(?:(?P<d>\d+)d\s?)?(?:(?P<h>\d+)h\s?)?(?:(?P<m>\d+)m(?!s)\s?)?"
        r"(?:(?P<s>\d+)s\s?)?(?:(?P<ms>\d+)ms)?(?<!\s)(?![\w])",
        _say_compound,
        DIGITS,
    ),
)
