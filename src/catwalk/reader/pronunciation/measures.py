"""Measures: "three point five gigahertz", "sixty miles per hour", "five feet ten inches", "ten square meters"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from catwalk.reader.pronunciation.numbers import cardinal, decimal
from catwalk.reader.pronunciation.passage import DIGITS, Rule
from catwalk.reader.pronunciation.quantities import FRACTION_SIGNS, NUMBER, say_amount
from catwalk.reader.pronunciation.tables import read_rows


@dataclass(frozen=True, slots=True)
class Unit:
    """What a unit is called, and where its symbol is one."""

    one: str
    many: str
    where: str
    """``t``: only right behind the number or behind a decimal; ``p``: only in a power or behind a stroke; ``b``: only
    behind a prefix such as kilo; or empty."""


@cache
def units() -> dict[str, Unit]:
    """The units by symbol."""
    found: dict[str, Unit] = {}
    for row in read_rows("units.tsv"):
        symbol, one, many, where = (*row, "", "", "")[:4]
        found[symbol] = Unit(one, many or f"{one}s", where)
    return found


_PREFIXES = {
    "p": "pico", "n": "nano", "µ": "micro", "u": "micro", "m": "milli", "c": "centi", "d": "deci", "k": "kilo",
    "M": "mega", "G": "giga", "T": "tera",
}  # fmt: skip
_BASES = {
    "m": "pnµumck", "g": "pnµumk", "s": "pnµum", "L": "pnµumcd", "l": "pnµumcd", "V": "nµumkM", "A": "pnµumk",
    "W": "µumkMGT", "Hz": "mkMGT", "F": "pnµum", "Ω": "mkMG", "J": "µumkMG", "N": "mkM", "Pa": "mkMG", "mol": "pnµumk",
    "eV": "mkMGT", "Wh": "mkMGT", "Ah": "mk", "bit": "kMGT", "bps": "kMGT", "bp": "kMG", "Sv": "µum", "Gy": "mc",
    "Bq": "kMGT", "T": "nµum", "M": "pnµum", "K": "mµu", "cal": "k", "VA": "kM", "rad": "mµu",
}  # fmt: skip
"""Units, and the prefixes that they are met with."""


@cache
def find_unit(symbol: str) -> Unit | None:
    """The unit of a symbol: from the table, or a prefix of the metric system before one of it."""
    symbol = symbol.replace("μ", "µ")
    unit = units().get(symbol)
    if unit is not None:
        return None if unit.where == "b" else unit
    base = units().get(symbol[1:])
    if base is None or not symbol.startswith(tuple(_BASES.get(symbol[1:], ""))):
        return None
    prefix = _PREFIXES[symbol[0]]
    return Unit(prefix + base.one, prefix + base.many, "t" if symbol.isalpha() and symbol.islower() else "")


_POWERS = {"2": "square", "²": "square", "^2": "square", "3": "cubic", "³": "cubic", "^3": "cubic"}
_POWERED = {"km", "m", "cm", "mm", "dm", "ft", "in", "mi", "yd", "nm", "µm"}
_DIVISORS = {
    "s", "sec", "second", "min", "minute", "h", "hr", "hour", "d", "day", "wk", "week", "mo", "month", "yr", "year",
    "user", "request", "core", "node", "m", "km", "kg", "g", "l", "L", "ml", "m2", "m3", "m²", "m³", "cm", "cm2", "cm3",
    "s2", "s²", "GB", "MB", "KB", "TB", "kB", "B", "lb", "mi", "gal", "dl", "dL", "in", "ft", "sq", "person", "kWh",
    "MTok", "token", "µs", "ms", "ns", "us", "Hz", "V", "A", "W", "K", "mol", "Wh", "bit", "MHz", "GHz",
}  # fmt: skip
_SPELLED_DIVISORS = {"d": "day", "mo": "month", "B": "byte", "dL": "deciliter", "MTok": "million tokens"}

_SYMBOL = r"[A-Za-zµΩ°º℃℉]+"
_AMOUNT = rf"(?P<sign>[-−+±~≈<>]\s?)?(?P<n>(?:{NUMBER}\s)?\d+/\d+|(?:{NUMBER}\s?)?[{FRACTION_SIGNS}]|{NUMBER})"
_RANGE = rf"(?P<low>{NUMBER})(?:\s?[-–—]\s?|\s?(?P<by>[x×])\s?)"
_TURN = re.compile(r"\s(?:angle|turn|rotation|field|view|video|spin|arc|bend)\b")
_FREE = r"(?<![\w.,$€£:^])(?<!\d[-–])(?<!\d/)(?<!\s/)"


def _name(symbol: str, power: str | None, *, single: bool) -> str | None:
    """The name of a unit with its power; None where there is no such unit."""
    if symbol[-1:] in "23" and symbol[:-1] in _POWERED:
        symbol, power = symbol[:-1], symbol[-1]
    unit = find_unit(symbol)
    if unit is None or (power and symbol not in _POWERED):
        return None
    name = unit.one if single else unit.many
    return f"{_POWERS[power]} {name}" if power else name


def _divisor(text: str) -> str:
    """What stands behind "per"."""
    if text in _SPELLED_DIVISORS:
        return _SPELLED_DIVISORS[text]
    if text in {"s2", "s²"}:
        return "second squared"
    power = text[-1] if text[-1] in "23²³" else None
    return _name(text.rstrip("23²³"), power, single=True) or text


def _fits(unit: Unit, m: re.Match[str]) -> bool:
    """Whether a symbol that may also be a word is meant as a unit here."""
    if unit.where == "p":
        return bool(m["per"] or m["power"])
    if m["unit"] == "in" and m["gap"] and m.string.startswith(".", m.end()):
        return True
    return unit.where != "t" or not m["gap"] or "." in m["n"]


def _is_one(amount: str) -> bool:
    return amount == "1" or (len(amount) == 1 and amount in FRACTION_SIGNS) or bool(re.fullmatch(r"\d+/\d+", amount))


def _before_noun(m: re.Match[str]) -> bool:
    """Whether the measure stands before a noun, as in "a 16 GB card" or "5-km run"."""
    if m["gap"] == "-":
        return True
    before, after = m.string[: m.start()], m.string[m.end() : m.end() + 2]
    if m["unit"] == "°" and _TURN.match(m.string, m.end()):
        return True
    if not after or not (after[0] == "-" or (after[0] == " " and after[1:].isalpha())):
        return False
    return before.endswith((" a ", " an ")) or before in {"a ", "an ", "A ", "An "}


def _say_measure(m: re.Match[str]) -> str | None:
    symbol = m["unit"]
    unit = find_unit(symbol)
    if unit is None or not _fits(unit, m) or (m["gap"] == "-" and len(symbol) == 1):
        return None
    low = m["low"]
    pressure = symbol == "mmHg" and "/" in m["n"]
    single = (_is_one(m["n"]) and not pressure and not low) or _before_noun(m)
    name = _name(symbol, m["power"], single=single)
    if name is None:
        return None
    amount = " over ".join(map(decimal, m["n"].split("/"))) if pressure else say_amount(m["sign"], m["n"])
    if low:
        amount = f"{say_amount('', low)} {'by' if m['by'] else 'to'} {amount}"
    per = f" per {_divisor(m['per'])}" if m["per"] else ""
    return f"{amount} {name}{per}"


def _say_area(m: re.Match[str]) -> str | None:
    name = _name(m["unit"], None, single=False)
    kind = "square" if m["kind"].startswith("sq") else "cubic"
    return f"{say_amount('', m['n'])} {kind} {name or m['unit']}"


def _say_height(m: re.Match[str]) -> str:
    feet = f"{cardinal(int(m['feet']))} {'foot' if m['feet'] == '1' else 'feet'}"
    if not m["inches"]:
        return feet
    return f"{feet} {say_amount('', m['inches'])} {'inch' if m['inches'] == '1' else 'inches'}"


def _say_feet(m: re.Match[str]) -> str | None:
    """A straight single quote behind a number before a noun: "a thirty foot ladder"."""
    if re.search(r"(?<!\w)'\w", m.string[: m.start()]):
        return None
    return f"{say_amount('', m['n'])} {'foot' if _followed_by_noun(m) or m['n'] == '1' else 'feet'}"


def _say_inches(m: re.Match[str]) -> str | None:
    """A straight quote behind a number is an inch sign unless it closes a quotation."""
    if m.string.count('"', 0, m.start()) % 2:
        return None
    return f"{say_amount('', m['n'])} {'inch' if _is_one(m['n']) or _followed_by_noun(m) else 'inches'}"


def _followed_by_noun(m: re.Match[str]) -> bool:
    before = m.string[: m.start()]
    return before.endswith((" a ", " an ")) and m.string[m.end() : m.end() + 1] == " "


def _say_rate(m: re.Match[str]) -> str:
    """A counted thing per something: "40 tokens/s"."""
    return f"{say_amount('', m['n'])} {m['what']} per {_divisor(m['per'])}"


def _say_scaled(m: re.Match[str]) -> str | None:
    """A great number of units: "one hundred million kilograms"."""
    unit = find_unit(m["unit"])
    if unit is None or unit.where:
        return None
    name = _name(m["unit"], m["power"], single=False)
    return f"{say_amount('', m['n'])} {m['scale']} {name}" if name else None


def _say_prime(m: re.Match[str]) -> str:
    """An end of a strand: "three prime"."""
    return f"{cardinal(int(m['n']))} prime"


def _say_bare_rate(m: re.Match[str]) -> str | None:
    """``MB/s`` without a number: "megabytes per second"."""
    unit = find_unit(m["unit"])
    return f"{unit.many} per {_divisor(m['per'])}" if unit and not unit.where else None


def _say_density(m: re.Match[str]) -> str:
    """``12/kg``: a number per unit."""
    return f"{say_amount('', m['n'])} per {_divisor(m['per'])}"


_PER = "|".join(sorted(map(re.escape, _DIVISORS), key=len, reverse=True))

MEASURE_RULES = (
    Rule("chemistry", r"\b(?P<n>[35])[′'](?=(?:-|\s)(?:UTR|end|cap|to|exonuclease)\b)", _say_prime, "′'", "35"),
    Rule("measure", rf"(?<![\w/.])(?<!\d\s)(?P<unit>[A-Za-zµ]{{2,5}})/(?P<per>{_PER})(?![\w/.-])", _say_bare_rate, "/"),
    Rule(
        "measure",
        r"(?<![\w.])(?P<feet>\d+)\s?(?:ft|feet|foot)\.?,?\s(?P<inches>\d+(?:\.\d+)?)\s?(?:in|inches|inch)\b",
        _say_height,
        DIGITS,
        "f",
    ),
    Rule(
        "measure",
        r"(?<![\w.])(?P<feet>\d+)\s?['′]\s?(?P<inches>\d+(?:\.\d+)?)\s?(?:\"|″|'')(?!\w)",
        _say_height,
        "'′",
        DIGITS,
    ),
    Rule("measure", r"(?<![\w.'])(?P<feet>\d+)(?P<inches>)′(?!\w)", _say_height, "′"),
    Rule("measure", r"(?<![\w.'])(?P<n>\d+)'(?=\s(?!and\b|or\b)[a-z])", _say_feet, "'", DIGITS),
    Rule("measure", rf"(?<![\w.,:/$\"-])(?P<n>\d+\s\d+/\d+|\d+/\d+|{NUMBER})\s?[\"″](?!\w)", _say_inches, '"″', DIGITS),
    Rule(
        "measure",
        rf"{_FREE}(?P<n>{NUMBER})\s?(?P<kind>sq|cu)\.?\s(?P<unit>ft|km|mi|m|in|yd|cm)\b\.?",
        _say_area,
        DIGITS,
        "qu",
    ),
    Rule(
        "measure",
        rf"{_FREE}(?P<n>{NUMBER})\s(?P<scale>thousand|million|billion|trillion)\s(?P<unit>{_SYMBOL})(?P<power>\^[23]|[²³])?(?![\w²³/]|\.\w)",
        _say_scaled,
        DIGITS,
    ),
    Rule("measure", rf"{_FREE}(?P<n>{NUMBER})/(?P<per>{_PER})(?![\w/.-])", _say_density, "/", DIGITS),
    Rule(
        "measure",
        rf"{_FREE}(?P<n>{NUMBER})\s(?P<what>[a-z]{{3,}}s)/(?P<per>{_PER})\b",
        _say_rate,
        "/",
        DIGITS,
    ),
    Rule(
        "measure",
        rf"{_FREE}(?:{_RANGE})?{_AMOUNT}(?P<gap>\s|-)?(?P<unit>fl oz|{_SYMBOL})(?P<power>\^[23]|[²³]|(?<=m)[23])?"
        rf"(?:\s?(?:/|p(?=s\b))\s?(?P<per>{_PER})|·h)?(?:\.(?=\s[a-z]))?(?![\w²³]|/[A-Za-z]|\.\w)",
        _say_measure,
        DIGITS + FRACTION_SIGNS,
    ),
)
