"""Bare numbers: percentages, fractions, ranges, ratios, dimensions, ordinals, decimals and cardinals."""

from __future__ import annotations

import re
import unicodedata

from catwalk.reader.pronunciation.fractions import FRACTION_RULES
from catwalk.reader.pronunciation.numbers import (
    cardinal,
    decimal,
    digits,
    fraction,
    mixed,
    ordinal,
    pairs,
    plural,
    year,
)  # fmt: skip
from catwalk.reader.pronunciation.passage import DIGITS, MARK, Rule
from catwalk.reader.pronunciation.words import is_word

FRACTION_SIGNS = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"
"""Characters that are a fraction by themselves."""

NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
"""Pattern of an unsigned number with or without grouping commas and decimals."""

_SIGNS = {"-": "minus ", "−": "minus ", "+": "plus ", "±": "plus or minus ", "~": "about ", "≈": "about ",
          "<": "less than ", ">": "more than ", "≤": "at most ", "≥": "at least "}  # fmt: skip
_FREE = r"(?<![\w.,$€£:/])"
_STOP = r"(?![\w]|[.,]\d)"
_SCALE = r"hundred|thousand|million|billion|trillion"
_SCALED = re.compile(rf"\s(?:{_SCALE})\b")
_VERBS = (
    "was is has does as us his this thus its yes always perhaps plus versus across less besides unless towards ours "
    "hers theirs yours whereas"
)
_JOINED_LETTER = re.compile(r"-(?:[A-Z]{1,3}\b|[a-z]{1,2}-)")
_SECRET = re.compile(
    r"(?i)\b(?:(?P<end>end(?:s|ing) (?:in|with))|last (?:three|four|five) digits(?: of)?|otp|passcode|"
    r"dial(?:l?ed|l?ing)?)(?: is| are| was)?:?\s$"
)
"""What stands before digits that are given one by one."""

_NAMED = re.compile(r"\b([A-Z]{2,5}|[A-Z][a-z]+[A-Z]\w*)\s$")
_NO_COUNT = re.compile(r"$|[.,;:!?)]|\s[A-Z]")
_CLAIMED_JOINED = re.compile(rf"(?:{MARK}|[A-Za-z]\d\d?)-$")
_NAME_JOINED = re.compile(r"\b[A-Z]\w*[a-z]\w*-$")
_LETTER_JOINED = re.compile(r"[^\W\d][-/]$|\w-[\w\U000F0000-\U0010FFFD]+[-/]$")
_NOT_PLURAL = frozenset(_VERBS.split())


def say_amount(sign: str | None, text: str) -> str:
    """A number as it stands before a unit: signed, grouped, decimal, mixed or a fraction, never read as a year."""
    spoken_sign = _SIGNS.get((sign or "").strip(), "")
    if text[-1] in FRACTION_SIGNS:
        whole, (top, bottom) = text[:-1].strip(), _sign_parts(text[-1])
    elif "/" in text:
        whole, _, rest = text.rpartition(" ")
        top, bottom = map(int, rest.split("/"))
    else:
        return spoken_sign + decimal(text)
    whole = whole.replace(",", "")
    return spoken_sign + (mixed(int(whole), top, bottom) if whole.isdecimal() else fraction(top, bottom))


def _sign_parts(sign: str) -> tuple[int, int]:
    top, _, bottom = unicodedata.normalize("NFKC", sign).partition("⁄")
    return int(top), int(bottom)


def say_number(text: str, *, noun: bool = False) -> str:
    """A bare number as people read it: four digits from 1000 to 2999 in pairs, as years are.

    Args:
        text: Digits, perhaps with commas and a point.
        noun: A plural noun follows, so that it is a count.
    """
    if text.isdecimal() and len(text) == 4 and text[0] in "12":
        n = int(text)
        if not noun or n % 100 == 0 or 1900 <= n <= 2099:
            return year(n)
    return decimal(text)


def _counts(m: re.Match[str]) -> bool:
    """Whether a plural noun follows the match."""
    word = re.compile(r"\s([a-z]{3,})s\b").match(m.string, m.end())
    return word is not None and f"{word[1]}s" not in _NOT_PLURAL


def _say_percent(m: re.Match[str]) -> str:
    tail = {"%": "percent", "‰": "per mille", "٪": "percent"}[m["sign"][-1]]
    low = f"{say_amount(m['minus'], m['low'])} to " if m["low"] else ""
    return f"{low}{say_amount(None if low else m['minus'], m['n'])} {tail}"


def _say_sign(m: re.Match[str]) -> str:
    return say_amount(None, m.group())


def _ends(low: str, high: str) -> tuple[str, str]:
    """Both ends of a range; years in pairs only where both are."""
    if len(low) == 4 and len(high) == 4:
        return say_number(low), say_number(high)
    return decimal(low), decimal(high)


def _say_range(m: re.Match[str]) -> str | None:
    low, high = m["low"], m["high"]
    scale = f" {m['scale']}" if m["scale"] else ""
    a, b = _ends(low, high)
    small, great = float(low.replace(",", "")), float(high.replace(",", ""))
    if small < great or len(low) == 4 == len(high):
        return f"{a} to {b}{scale}"
    if (low, high) == ("9", "5"):
        return "nine to five"
    if low.isdecimal() and len(low) > 4:
        return f"{digits(low)}, {digits(high)}"
    if small >= 100 and great >= 20 and not m["gap"]:
        return f"{a} to {b}{scale}"
    if m["gap"] and "-" in m["dash"]:
        return f"{a} minus {b}{scale}"
    return f"{a} {b}{scale}"


def _say_dimensions(m: re.Match[str]) -> str:
    sizes = re.split(r"\s?[x×]\s?", m.group())
    if " × " in m.group() and len(sizes) == 2 and min(map(float, sizes)) < 100:
        return " times ".join(decimal(size) for size in sizes)
    return " by ".join(_size(size) for size in sizes)


def _size(text: str) -> str:
    """One side of a picture or screen: "nineteen twenty", "ten twenty-four"."""
    return pairs(text) if text.isdecimal() and len(text) == 4 and text[-3:] != "000" else decimal(text)


def _say_times(m: re.Match[str]) -> str:
    low = f"{say_number(m['low'])} to " if m["low"] else ""
    return f"{low}{say_number(m['n'])} x"


def _say_ratio(m: re.Match[str]) -> str:
    return f"{cardinal(int(m['a']))} to {cardinal(int(m['b']))}"


def _say_ordinal(m: re.Match[str]) -> str:
    """A place in order; a wrong ending, as in "the i+1th", is said as it is written."""
    n = int(m["n"].replace(",", ""))
    if m["end"].isascii() and m["end"].lower() != _ordinal_end(n):
        return f"{cardinal(n, plain=True)} {m['end'].lower()}"
    return plural(ordinal(n)) if m["s"] else ordinal(n)


def _ordinal_end(n: int) -> str:
    return "th" if n // 10 % 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")


def _say_scaled(m: re.Match[str]) -> str | None:
    """``5M users``, ``3.2 billion``, ``10k``."""
    letter = m["letter"]
    if letter in "kK":
        return f"{decimal(m['n'])} K"
    if letter == "B" and "." not in m["n"] and not _counts(m):
        return f"{decimal(m['n'])} B"
    return f"{decimal(m['n'], plain=True)} {'million' if letter == 'M' else 'billion' if letter == 'B' else 'trillion'}"


def _say_scientific(m: re.Match[str]) -> str:
    exponent = m["exp"]
    sign = "minus " if exponent[0] in "-−" else ""
    n = int(exponent.lstrip("+-−"))
    if m["power"]:
        return f"{decimal(m['n'])} times ten to the {sign}{ordinal(n)}"
    return f"{decimal(m['n'])} E {sign}{cardinal(n)}"


def _say_hash_number(m: re.Match[str]) -> str:
    if re.search(r"(?:number|numbers)\s$", m.string[: m.start()]):
        return say_number(m["n"])
    return f"number {say_number(m['n'])}"


def _say_signed(m: re.Match[str]) -> str | None:
    if m["sign"] in "≈~" and re.search(r"(?:\b[^\W\d_]|[)\]\U000F0000-\U0010FFFD]|=)\s?$", m.string[: m.start()]):
        return None
    return (m["about"] or "") + say_amount("" if m["about"] and m["sign"] in "~≈" else m["sign"], m["n"])


def _say_plus(m: re.Match[str]) -> str:
    return f"{say_number(m['n'])} plus"


def _say_grouped(m: re.Match[str]) -> str:
    """A number whose thousands are parted by spaces or underscores."""
    return decimal(re.sub(r"[ _\u202f]", "", m.group()))


def _say_cardinal(m: re.Match[str]) -> str:
    text = m["n"]
    if text.isdecimal() and len(text) >= 5 and (_alone(m) or _is_code(m)):
        return digits(text)
    if text.isdecimal() and len(text) > 2 and _is_secret(m):
        return digits(text)
    if len(text) == 4 and text.isdecimal() and _CLAIMED_JOINED.search(m.string, 0, m.start()):
        return pairs(text)
    if len(text) in {3, 4} and text.isdecimal() and _is_model(m):
        return pairs(text)
    if _JOINED_LETTER.match(m.string, m.end()) or (_LETTER_JOINED.search(m.string, 0, m.start()) and text.isdecimal()):
        if len(text) >= 5:
            return digits(text)
        return (
            pairs(text) if len(text) == 4 or _NAME_JOINED.search(m.string, 0, m.start()) else decimal(text, plain=True)
        )
    if _SCALED.match(m.string, m.end()):
        return decimal(text, plain=True)
    return say_number(text, noun=_counts(m))


def _is_model(m: re.Match[str]) -> bool:
    """Whether a number behind an acronym or a name in two capitals is part of the name: "I B M fifty-one fifty"."""
    named = _NAMED.search(m.string, 0, m.start())
    return (
        named is not None
        and not (named[1].isupper() and is_word(named[1]))
        and _NO_COUNT.match(m.string, m.end()) is not None
    )


def _is_secret(m: re.Match[str]) -> bool:
    """Whether digits are given one by one: "a card ending in 8876", but "the year ending in 2019"."""
    found = _SECRET.search(m.string, 0, m.start())
    return found is not None and not (found["end"] and 1900 <= int(m["n"]) < 2100)


def _alone(m: re.Match[str]) -> bool:
    """Whether a long row of digits is all there is: then it is an identifier, unless it is round."""
    return m.string.strip() == m["n"] and not m["n"].endswith("000")


def _is_code(m: re.Match[str]) -> bool:
    """Whether a long row of digits is a code rather than a count, by the word or the letters before it."""
    before = m.string[: m.start()]
    return bool(
        re.search(
            r"(?i)\b(?:zip|code|pin|id|no|number|account|ticket|case|order|ref|serial|isbn|phone|call|text|dial)[:.]?\s$",
            before,
        )
        or ((name := re.search(r"\b([A-Z]{2,5})\s$", before)) is not None and not is_word(name[1]))
        or (len(m["n"]) == 5 and re.search(r"\b[A-Z][a-z]+,\s$", before) and _NO_COUNT.match(m.string, m.end()))
    )


NUMBER_RULES = (
    Rule(
        "math",
        r"(?<![\w/.])(?P<a>(?!w)[a-z])/(?P<b>\d{1,2})(?![\w/.-])",
        lambda m: f"{m['a'].upper()} over {cardinal(int(m['b']))}",
        "/",
        DIGITS,
    ),
    Rule("number", r"\b1/(?P<letter>[a-z])\b(?!/)", lambda m: f"one over {m['letter'].upper()}", "/", "1"),
    Rule(
        "percent",
        rf"(?<![\w.,])(?P<minus>[-−+±~≈<>]\s?)?(?:(?P<low>{NUMBER})\s?%?\s?[-–—]\s?)?"
        rf"(?P<n>{NUMBER}|\d*[{FRACTION_SIGNS}])(?P<sign>\s?[%‰٪])(?!\w)",
        _say_percent,
        "%‰٪",
    ),
    Rule(
        "number",
        rf"{_FREE}(?P<n>\d+(?:\.\d+)?)\s?[x×·]\s?10(?P<power>\^)(?P<exp>[-−+]?\d+)(?!\w)",
        _say_scientific,
        "^",
    ),
    Rule(
        "number",
        rf"{_FREE}(?P<n>\d+(?:\.\d+)?)[eE](?P<power>(?!x)x)?(?P<exp>[-−+]?\d{{1,3}})(?!\w)",
        _say_scientific,
        DIGITS,
    ),
    Rule(
        "dimensions",
        r"(?<![\w.,])\d+(?:\.\d+)?(?:\s?[x×]\s?\d+(?:\.\d+)?)+(?![\w%]|[.,]\d)",
        _say_dimensions,
        "x×",
        DIGITS,
    ),
    Rule("number", rf"{_FREE}(?:(?P<low>\d+)\s?[-–]\s?)?(?P<n>\d+(?:\.\d+)?)[xX×](?!\w)", _say_times, "xX×", DIGITS),
    *FRACTION_RULES,
    Rule("fraction", rf"(?:(?<![\w.,])\d+\s?)?[{FRACTION_SIGNS}]", _say_sign, FRACTION_SIGNS),
    Rule(
        "ordinal",
        r"(?<![\w.,])(?P<n>\d{1,3}(?:,\d{3})+|\d+)(?P<end>st|nd|rd|th|ST|ND|RD|TH|ˢᵗ|ⁿᵈ|ʳᵈ|ᵗʰ)(?P<s>s)?\b",
        _say_ordinal,
        DIGITS,
    ),
    Rule("ratio", r"(?<![\w.,:])(?P<a>\d{1,4})\s?:\s?(?P<b>\d{1,4})(?![\w:]|[.,]\d)", _say_ratio, ":", DIGITS),
    Rule(
        "range",
        rf"(?<![\w.,/+-])(?<!=\s)(?<!=)(?P<low>{NUMBER})(?P<gap>\s)?(?P<dash>[-–—])\s?(?P<high>{NUMBER})(?:\s(?P<scale>{_SCALE})\b)?(?![\w–-]|[.,]\d|\s?=)",
        _say_range,
        "-–—",
        DIGITS,
    ),
    Rule("number", rf"{_FREE}(?P<n>\d+(?:\.\d+)?)(?P<letter>[kKMBT])(?![\w])", _say_scaled, DIGITS, "kKMBT"),
    Rule("number", r"(?<![\w.,/$€£])(?P<n>\d{1,3})/(?=\s|$)", lambda m: f"{cardinal(int(m['n']))} slash", "/", DIGITS),
    Rule("number", r"(?<![\w#&])#\s?(?P<n>\d[\d,]*)(?![\w])", _say_hash_number, "#", DIGITS),
    Rule("number", r"(?<![\w.,])\d{1,3}(?:[ \u202f]\d{3}){2,}(?![\w]|[.,]\d)", _say_grouped, DIGITS),
    Rule("number", r"(?<![\w.,])\d{1,3}[ \u202f]000(?!\w|[.,]\d)", _say_grouped, DIGITS),
    Rule("number", r"(?<![\w.,])\d{1,3}(?:_\d{3})+(?!\w)", _say_grouped, "_", DIGITS),
    Rule(
        "number",
        rf"(?P<about>\b[Aa]bout\s)?(?<![\w.,\)\]-])(?P<sign>[-−+±~≈])\s?(?P<n>{NUMBER}){_STOP}",
        _say_signed,
        "-−+±~≈",
        DIGITS,
    ),
    Rule("number", rf"(?<![\w.,])(?P<n>{NUMBER})\+(?![\w+=]|\s?\d)", _say_plus, "+", DIGITS),
    Rule("number", rf"(?<![\w,])(?P<n>{NUMBER})(?![\w]|,\d)", _say_cardinal, DIGITS),
)
