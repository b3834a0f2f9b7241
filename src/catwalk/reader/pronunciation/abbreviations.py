"""Abbreviations, initials and postal addresses: "doctor Smith", "for example", "J R R Tolkien", "Elm Street"."""

from __future__ import annotations

import re
from functools import cache

from catwalk.reader.pronunciation.numbers import cardinal, digits, pairs
from catwalk.reader.pronunciation.passage import CAPITALS, DIGITS, INNER_DOT, MARK, SHORTENED, Rule
from catwalk.reader.pronunciation.tables import read_pairs, read_rows

STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "FL": "Florida", "GA": "Georgia", "HI": "Hawaii", "ID": "Idaho",
    "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine",
    "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota", "MS": "Mississippi", "MO": "Missouri",
    "MT": "Montana", "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico",
    "NY": "New York", "NC": "North Carolina", "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon",
    "PA": "Pennsylvania", "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee",
    "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VA": "Virginia", "WA": "Washington", "WV": "West Virginia",
    "WI": "Wisconsin", "WY": "Wyoming", "DC": "DC",
}  # fmt: skip
_AMBIGUOUS_STATES = frozenset(
    {"OK", "OR", "IN", "ME", "HI", "OH", "ID", "PA", "MA", "LA", "DE", "CO", "AL", "MD", "MS"}
)
_STREETS = {
    "St": "Street", "Ave": "Avenue", "Av": "Avenue", "Rd": "Road", "Blvd": "Boulevard", "Dr": "Drive", "Ln": "Lane",
    "Ct": "Court", "Pl": "Place", "Sq": "Square", "Hwy": "Highway", "Pkwy": "Parkway", "Ter": "Terrace",
    "Cir": "Circle", "Expy": "Expressway", "Expwy": "Expressway", "Fwy": "Freeway", "Tpke": "Turnpike",
    "hwy": "Highway", "ave": "Avenue", "blvd": "Boulevard", "pkwy": "Parkway", "expy": "Expressway",
    "Street": "Street", "Avenue": "Avenue", "Road": "Road", "Boulevard": "Boulevard", "Drive": "Drive", "Lane": "Lane",
    "Terrace": "Terrace", "Court": "Court", "Place": "Place", "Way": "Way", "Parkway": "Parkway", "Circle": "Circle",
    "Crescent": "Crescent", "Plaza": "Plaza", "Trail": "Trail",
}  # fmt: skip
_DIRECTIONS = {"N": "North", "S": "South", "E": "East", "W": "West", "NE": "Northeast", "NW": "Northwest",
               "SE": "Southeast", "SW": "Southwest"}  # fmt: skip
TITLES = {
    "Dr": "doctor",
    "Mr": "mister",
    "Mrs": "misses",
    "Prof": "professor",
    "Mt": "mount",
    "St": "saint",
    "Ft": "fort",
}
"""Titles that some writers put without a point; they stand before a name."""

_UNSPACED = frozenset({"US", "USA", "UK", "AM", "PM", "BC", "AD", "BCE", "CE"})
"""Initials that every voice reads as letters when they stand together."""


@cache
def _places() -> dict[str, str]:
    return {row[0]: row[2] if len(row) > 2 else "" for row in read_rows("abbreviations.tsv")}


def _say_abbreviation(m: re.Match[str]) -> str | None:
    name = m["name"]
    words = read_pairs("abbreviations.tsv").get(name)
    if words is None:
        return None
    place = _places()[name]
    after = m.string[m.end() :]
    if place == "C" and not re.match(r"\s?[A-Z]|\sand (?:Mrs?|Ms|Dr)\b", after):
        return None
    if place == "n" and not re.match(rf"\s?(?:[#\d]|{MARK}|[IVXL]+\b)", after):
        return None
    return words + _stop(after, m.string)


def _stop(after: str, text: str) -> str:
    """The full stop that an abbreviation shares with its sentence."""
    ends = not after.strip("\"')] ") and " " in text.strip()
    return "." if ends else ""


def _say_initials(m: re.Match[str]) -> str:
    letters = re.findall(r"[A-Za-z]", m.group())
    joined = "".join(letters).upper()
    after = m.string[m.end() :]
    return (joined if joined in _UNSPACED else " ".join(joined)) + _stop(after, m.string)


def _say_initial(m: re.Match[str]) -> str:
    return m["letter"]


def _say_street(m: re.Match[str]) -> str | None:
    heading = f" {_DIRECTIONS[m['dir']]}" if m["dir"] else ""
    return f"{_say_house(m['n'])}{heading} {m['name']} {_STREETS[m['street']]}" + (
        _stop(m.string[m.end() :], m.string) if m["stop"] else ""
    )


def _say_house(number: str) -> str:
    if len(number) == 3 and number[1] == "0" != number[2]:
        return digits(number)
    return pairs(number) if len(number) in {3, 4} else cardinal(int(number))


def _say_heading(m: re.Match[str]) -> str | None:
    """The house and the heading before a numbered street: "twelve South first Street"."""
    said = [_say_house(m["n"]) if m["n"] else "", _DIRECTIONS.get(m["dir"] or m["only"], "")]
    return " ".join(filter(None, said)) or None


def _say_numbered_street(m: re.Match[str]) -> str:
    return _STREETS[m["street"] if m["street"] in _STREETS else m["street"].title()] + (
        _stop(m.string[m.end() :], m.string) if m["stop"] else ""
    )


def _say_named_street(m: re.Match[str]) -> str:
    return m["name"] + _say_numbered_street(m)


def _say_state(m: re.Match[str]) -> str | None:
    code = m["state"]
    if code in _AMBIGUOUS_STATES and not m["zip"]:
        return None
    return STATES[code] + (f", {', '.join(digits(group) for group in m['zip'].split('-'))}" if m["zip"] else "")


_STATE = "|".join(STATES)

ABBREVIATION_RULES = (
    Rule(
        "street",
        rf"(?<![\w.,$])(?P<n>\d{{1,5}})\s(?:(?P<dir>[NSEW]|[NS][EW])\.?\s)?(?P<name>(?:[A-Z][a-z]+\s?){{1,3}}(?<!\s))\s"
        rf"(?P<street>{'|'.join(_STREETS)})\b(?P<stop>\.)?",
        _say_street,
        DIGITS,
    ),
    Rule(
        "street",
        rf"(?:(?<![\w.,$-])(?P<n>\d{{1,5}})(?:\s(?P<dir>[NSEW]|[NS][EW])\.?)?|\b(?P<only>[NSEW]|[NS][EW])\.?)(?=\s\d+(?:st|nd|rd|th)\s(?:{'|'.join(_STREETS)}|st)\b)",
        _say_heading,
        DIGITS,
        "SABRDLCPHTEFsabhpe",
    ),
    Rule(
        "street",
        rf"(?<=\d[snrt][tdh]\s)(?P<street>{'|'.join(_STREETS)}|st)\b(?P<stop>\.)?",
        _say_numbered_street,
        DIGITS,
        "SABRDLCPHTEFsabhpe",
    ),
    Rule(
        "street",
        r"(?<=\b(?:on|at|to|of)\s)(?P<name>(?:[A-Z][a-z]+\s){1,2})(?P<street>St|Dr|Rd|Ave|Blvd|Ln)\b(?P<stop>\.)?(?!\s[A-Z])",
        _say_named_street,
        "SDRABL",
        "onta",
    ),
    Rule(
        "state",
        rf"(?<=[a-z],\s)(?P<state>{_STATE})(?:,?\s(?P<zip>\d{{5}}(?:-\d{{4}})?))?(?=[,.\s]|$)",
        _say_state,
        ",",
        CAPITALS,
    ),
    Rule(
        "abbreviation",
        r"(?<![\w.])(?P<name>e\.g|i\.e|a\.k\.a|w\.r\.t|n\.b|N\.B|p\.s|P\.S|Ph\.D|D\.Phil|M\.D|B\.A|R\.S\.V\.P)(?:\.|\b(?!\.?\w))",
        _say_abbreviation,
        INNER_DOT,
    ),
    Rule(
        "initials",
        r"(?<![\w.])(?:[A-Z]\.){2,}(?:[A-Z]\b(?!\.))?(?:(?='s)|(?!\w))|(?<![\w.])(?:[a-z]\.){2,}(?!\w)",
        _say_initials,
        INNER_DOT,
    ),
    Rule(
        "abbreviation",
        r"\b(?P<name>Hwy|Rte|Rt)\.?\s(?=\d)",
        lambda m: f"{'highway' if m['name'] == 'Hwy' else 'route'} ",
        "HR",
        DIGITS,
    ),
    Rule("initial", r"(?<![\w.'])(?P<letter>[A-Z])\.(?=\s?(?:[A-Z]\.|[A-Z][a-z]))(?<!I\.)", _say_initial, SHORTENED),
    Rule("abbreviation", r"(?<![\w.'])(?P<name>[A-Za-z]{1,7})\.(?!\w)", _say_abbreviation, SHORTENED),
)
