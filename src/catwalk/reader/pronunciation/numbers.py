"""Numbers as words: cardinals, ordinals, decimals, fractions, years, digits and roman numerals.

The wording follows NVIDIA's NeMo text normalisation where there is a choice, so that pairs made for it hold here too:
"one hundred and five", but "one hundred five thousand" and "one hundred fifth"; 1905 is "nineteen oh five".
"""

from __future__ import annotations

import re
from functools import lru_cache

UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
SCALES = (
    "", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion", "sextillion", "septillion",
    "octillion", "nonillion", "decillion",
)  # fmt: skip
MAX_WORDS_DIGITS = 3 * len(SCALES)
"""A whole number with more digits than this has no name here and is read digit by digit."""

_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip
_ROMAN = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_DENOMINATORS = {2: ("half", "halves"), 4: ("quarter", "quarters")}


def _below_hundred(n: int) -> str:
    if n < 20:
        return UNITS[n]
    tens, unit = divmod(n, 10)
    return TENS[tens] + (f"-{UNITS[unit]}" if unit else "")


def _below_thousand(n: int, joiner: str) -> str:
    hundreds, rest = divmod(n, 100)
    if not hundreds:
        return _below_hundred(rest)
    return f"{UNITS[hundreds]} hundred" + (joiner + _below_hundred(rest) if rest else "")


@lru_cache(maxsize=4096)
def cardinal(n: int, *, plain: bool = False) -> str:
    """``n`` in words.

    Args:
        n: Any whole number; one with more than ``MAX_WORDS_DIGITS`` digits is read digit by digit.
        plain: Without the "and" before the last two digits, as in ordinals and serial numbers.
    """
    if n < 0:
        return f"minus {cardinal(-n, plain=plain)}"
    if n >= 10**MAX_WORDS_DIGITS:
        return digits(str(n))
    joiner = " " if plain else " and "
    groups: list[int] = []
    rest = n
    while rest:
        rest, group = divmod(rest, 1000)
        groups.append(group)
    words = [f"{_below_thousand(groups[i], ' ')} {SCALES[i]}" for i in range(len(groups) - 1, 0, -1) if groups[i]]
    last = groups[0] if groups else 0
    if last or not words:
        tail = _below_thousand(last, joiner)
        if words and last < 100 and groups[1] and not plain:
            tail = f"and {tail}"
        words.append(tail)
    return " ".join(words)


def ordinal(n: int) -> str:
    """``n`` as a place in order: "twenty-first"."""
    words = cardinal(n, plain=True)
    cut = max(words.rfind(" "), words.rfind("-")) + 1
    return words[:cut] + _ordinal_word(words[cut:])


def _ordinal_word(word: str) -> str:
    if word in _ORDINALS:
        return _ORDINALS[word]
    return f"{word[:-1]}ieth" if word.endswith("y") else f"{word}th"


def digits(text: str, zero: str = "zero") -> str:
    """The digits of ``text`` one by one; everything else in it is passed over."""
    return " ".join(zero if c == "0" else UNITS[int(c)] for c in text if c in "0123456789")


def decimal(text: str, *, plain: bool = False) -> str:
    """A number written with digits and perhaps a sign, grouping commas and a point: "minus three point one four".

    Args:
        text: The number as written.
        plain: Without "and", as before "million".
    """
    sign = ""
    if text[:1] in "+-−–":
        sign, text = ("plus " if text[0] == "+" else "minus "), text[1:]
    whole, point, part = text.replace(",", "").replace("_", "").partition(".")
    if not point:
        return sign + integer(whole, plain=plain)
    return " ".join(filter(None, [sign.strip(), integer(whole, plain=plain) if whole else "", "point", digits(part)]))


def integer(text: str, *, plain: bool = False) -> str:
    """A row of digits: as a cardinal, or one by one when it starts with a zero or is too long to be named."""
    if len(text) > MAX_WORDS_DIGITS or (len(text) > 1 and text[0] == "0"):
        return digits(text)
    return cardinal(int(text or "0"), plain=plain)


def pairs(text: str) -> str:
    """Three or four digits as people say model and room numbers: "four oh four", "forty ninety", "twelve oh five"."""
    if len(text) not in {3, 4} or text[0] == "0":
        return digits(text, zero="oh") if text.startswith("0") else integer(text)
    if text[1:3] == "00" and len(text) == 4:
        return cardinal(int(text), plain=True)
    head, tail = int(text[:-2]), int(text[-2:])
    if not tail:
        return f"{cardinal(head)} hundred"
    return f"{cardinal(head)} {_low_pair(tail)}"


def _low_pair(n: int) -> str:
    return f"oh {UNITS[n]}" if n < 10 else _below_hundred(n)


def year(n: int) -> str:
    """A year: "nineteen ninety-nine", "nineteen oh five", "two thousand five", "twenty twenty-four"."""
    century, rest = divmod(n, 100)
    if not 1000 <= n <= 9999 or not n % 1000:
        return cardinal(n, plain=not 1000 <= n <= 9999)
    if not rest:
        return f"{_below_hundred(century)} hundred"
    if not century % 10 and rest < 10:
        return cardinal(n, plain=True)
    return f"{_below_hundred(century)} {_low_pair(rest)}"


def plural(words: str) -> str:
    """The plural of the last word: "nineties", "hundreds", "sixes", "halves"."""
    if words.endswith("y"):
        return f"{words[:-1]}ies"
    return f"{words}es" if words.endswith(("x", "s", "ch", "sh")) else f"{words}s"


def fraction(numerator: int, denominator: int) -> str:
    """A fraction: "one half", "three quarters", "twenty-one one hundredths"."""
    one, many = _DENOMINATORS.get(denominator, ("", ""))
    count = cardinal(numerator, plain=True)
    if denominator <= 1:
        return f"{count} over {cardinal(denominator)}"
    if not one:
        one = ordinal(denominator)
        many = f"{one}s"
    return f"{count} {one if numerator == 1 else many}"


def mixed(whole: int, numerator: int, denominator: int) -> str:
    """A whole number with a fraction: "three and a half", "two and three quarters"."""
    part = "a half" if (numerator, denominator) == (1, 2) else fraction(numerator, denominator)
    return f"{cardinal(whole)} and {part}"


def roman(text: str) -> int | None:
    """The value of an upper-case roman numeral from 1 to 3999, None where ``text`` is not a well-formed one."""
    if not text or not _ROMAN.fullmatch(text):
        return None
    values = [_ROMAN_VALUES[c] for c in text]
    return sum(-v if i + 1 < len(values) and v < values[i + 1] else v for i, v in enumerate(values))
