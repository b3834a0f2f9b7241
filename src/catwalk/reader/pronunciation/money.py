"""Sums of money: "three dollars fifty cents", "one point five million pounds", "fifty US dollars"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from catwalk.reader.pronunciation.numbers import cardinal, decimal
from catwalk.reader.pronunciation.passage import CAPITALS, DIGITS, Rule


@dataclass(frozen=True, slots=True)
class Currency:
    """What a currency and its hundredth are called."""

    one: str
    many: str
    cent: str = ""
    cents: str = ""


_DOLLAR = ("dollar", "dollars", "cent", "cents")
SYMBOLS = {
    "$": Currency(*_DOLLAR),
    "€": Currency("euro", "euros", "cent", "cents"),
    "£": Currency("pound", "pounds", "penny", "pence"),
    "¥": Currency("yen", "yen"),
    "₩": Currency("won", "won"),
    "₹": Currency("rupee", "rupees", "paisa", "paise"),
    "₽": Currency("ruble", "rubles", "kopek", "kopeks"),
    "₪": Currency("shekel", "shekels", "agora", "agorot"),
    "₺": Currency("lira", "lira", "kurush", "kurush"),
    "₴": Currency("hryvnia", "hryvnias", "kopek", "kopeks"),
    "₫": Currency("dong", "dong"),
    "₦": Currency("naira", "naira", "kobo", "kobo"),
    "₱": Currency("peso", "pesos", "centavo", "centavos"),
    "฿": Currency("baht", "baht", "satang", "satang"),
    "₿": Currency("bitcoin", "bitcoins"),
    "₡": Currency("colon", "colones"),
}
CODES = {
    "USD": Currency("US dollar", "US dollars", "cent", "cents"),
    "CAD": Currency("Canadian dollar", "Canadian dollars", "cent", "cents"),
    "AUD": Currency("Australian dollar", "Australian dollars", "cent", "cents"),
    "NZD": Currency("New Zealand dollar", "New Zealand dollars", "cent", "cents"),
    "HKD": Currency("Hong Kong dollar", "Hong Kong dollars", "cent", "cents"),
    "SGD": Currency("Singapore dollar", "Singapore dollars", "cent", "cents"),
    "EUR": SYMBOLS["€"],
    "GBP": SYMBOLS["£"],
    "JPY": SYMBOLS["¥"],
    "KRW": SYMBOLS["₩"],
    "INR": SYMBOLS["₹"],
    "RUB": SYMBOLS["₽"],
    "CNY": Currency("yuan", "yuan"),
    "RMB": Currency("yuan", "yuan"),
    "CHF": Currency("Swiss franc", "Swiss francs"),
    "SEK": Currency("Swedish krona", "Swedish kronor"),
    "NOK": Currency("Norwegian krone", "Norwegian kroner"),
    "DKK": Currency("Danish krone", "Danish kroner"),
    "PLN": Currency("zloty", "zloty"),
    "BRL": Currency("real", "reais"),
    "MXN": Currency("Mexican peso", "Mexican pesos"),
    "ZAR": Currency("rand", "rand"),
    "BTC": Currency("bitcoin", "bitcoins"),
    "ETH": Currency("ether", "ether"),
}
PREFIXES = {
    "US": "USD", "USD": "USD", "A": "AUD", "AU": "AUD", "AUD": "AUD", "C": "CAD", "CA": "CAD", "CAD": "CAD",
    "NZ": "NZD", "HK": "HKD", "S": "SGD", "SG": "SGD", "R": "BRL", "MX": "MXN",
}  # fmt: skip
SCALES = {
    "k": "thousand", "thousand": "thousand", "m": "million", "mn": "million", "mm": "million", "mln": "million",
    "million": "million", "b": "billion", "bn": "billion", "bln": "billion", "billion": "billion", "t": "trillion",
    "tn": "trillion", "trn": "trillion", "trillion": "trillion", "hundred": "hundred", "quadrillion": "quadrillion",
}  # fmt: skip
PERIODS = {
    "s": "second", "sec": "second", "min": "minute", "h": "hour", "hr": "hour", "d": "day", "wk": "week",
    "mo": "month", "mth": "month", "y": "year", "yr": "year", "kg": "kilogram", "lb": "pound", "sqft": "square foot",
    "gb": "gigabyte", "tb": "terabyte", "mb": "megabyte", "kwh": "kilowatt hour", "mwh": "megawatt hour", "l": "liter",
    "gal": "gallon", "oz": "ounce", "g": "gram", "km": "kilometer", "mi": "mile", "pp": "person", "ea": "each",
}  # fmt: skip

_NUM = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"
_SYMBOL = "[" + "".join(SYMBOLS) + "]"
_SCALE = (
    r"(?:\s?(?P<scale>[kK]|[mM](?:illion|n|ln|M)?|[bB](?:illion|n|ln)?|[tT](?:rillion|n|rn)?)|"
    r"\s(?P<word>thousand|hundred|quadrillion))(?![\w])"
)
_WORDS_AFTER = (
    r"(?!\s(?:a|an|and|as|at|but|by|each|every|extra|for|from|higher|if|in|into|is|it|less|lower|more|of|off|on|or|"
    r"out|over|per|plus|so|than|that|the|then|to|total|under|up|was|when|which|while|with|worth|would)\b)"
)
_PER = r"(?:\s?/\s?(?P<per>[A-Za-z]+)\b)?"


def _scale(m: re.Match[str]) -> str:
    word = (m["scale"] or m["word"] or "").lower()
    return f" {SCALES[word]}" if word else ""


def _per(m: re.Match[str]) -> str:
    word = m["per"]
    return f" per {PERIODS.get(word.lower(), word)}" if word else ""


def _amount(text: str, currency: Currency, scale: str, *, single: bool = False) -> str:
    """A sum in words; one or two decimals are cents, more are a decimal number of the main unit."""
    whole, _, part = text.replace(",", "").partition(".")
    if len(part) > 2 and not part[2:].strip("0"):
        part = part[:2]
    many = currency.one if single else currency.many
    if scale or (not currency.cents and part.strip("0")) or len(part) > 2:
        return f"{decimal(text, plain=bool(scale))}{scale} {many}"
    n, cents = int(whole or "0"), int((part + "00")[:2])
    spoken_cents = f"{cardinal(cents)} {currency.cent if cents == 1 else currency.cents}"
    if not n and cents:
        return spoken_cents
    spoken = f"{cardinal(n)} {currency.one if n == 1 else many}"
    return f"{spoken} {spoken_cents}" if cents else spoken


def _sign(m: re.Match[str]) -> str:
    sign = (m["sign"] or "").strip()
    return {"-": "minus ", "−": "minus ", "+": "plus ", "~": "about ", "<": "less than ", ">": "more than "}.get(
        sign, ""
    )


def _currency(m: re.Match[str]) -> Currency | None:
    prefix = m["prefix"]
    if prefix and m["symbol"] == "$":
        return CODES[PREFIXES[prefix]] if prefix in PREFIXES else None
    return SYMBOLS[m["symbol"]] if not prefix else None


def _say_sum(m: re.Match[str]) -> str | None:
    currency = _currency(m)
    if currency is None:
        return None
    plus = " plus" if m["plus"] else ""
    return f"{_sign(m)}{_amount(m['n'], currency, _scale(m))}{plus}{_per(m)}"


def _say_single(m: re.Match[str]) -> str | None:
    """A sum that stands before a noun: "a twenty dollar bill"."""
    currency = _currency(m)
    if currency is None or ("." in m["n"] and not _scale(m)):
        return None
    return _amount(m["n"], currency, _scale(m), single=True)


def _say_range(m: re.Match[str]) -> str:
    """Two sums joined by a dash; a scale behind the second holds for both."""
    currency, scale = SYMBOLS[m["symbol"]], _scale(m)
    low, high = m["n"], m["high"]
    if m["again"] and not scale:
        return f"{_amount(low, currency, '')} to {_amount(high, currency, '')}{_per(m)}"
    return f"{decimal(low)} to {decimal(high)}{scale} {currency.many}{_per(m)}"


def _say_after(m: re.Match[str]) -> str:
    return _sign(m) + _amount(m["n"], SYMBOLS[m["symbol"]], _scale(m))


def _say_code(m: re.Match[str]) -> str:
    return _amount(m["n"], CODES[m["code"]], _scale(m))


def _say_cents(m: re.Match[str]) -> str:
    return f"{decimal(m['n'])} {'cent' if m['n'] == '1' else 'cents'}"


_CODE = "|".join(CODES)
_BEFORE = rf"(?<![\w.])(?P<sign>[-−+~<>]\s?)?(?P<prefix>{'|'.join(PREFIXES)})?(?P<symbol>{_SYMBOL})\s?-?(?P<n>{_NUM})"

MONEY_RULES = (
    Rule(
        "money",
        rf"(?P<symbol>{_SYMBOL})\s?(?P<n>{_NUM})\s?(?:[kKmMbB])?\s?[-–—]\s?(?P<again>{_SYMBOL}\s?)?(?P<high>{_NUM})(?:{_SCALE})?{_PER}"
        r"(?![\w]|[,.]\d)",
        _say_range,
        "".join(SYMBOLS),
    ),
    Rule(
        "money",
        rf"(?<=\b[Aa]\s)(?P<prefix>)(?P<symbol>{_SYMBOL})(?P<n>{_NUM})(?:{_SCALE})?(?:-(?=[a-z])|(?=\s[a-z]){_WORDS_AFTER})",
        _say_single,
        "".join(SYMBOLS),
    ),
    Rule(
        "money",
        rf"(?P<prefix>)(?P<symbol>{_SYMBOL})(?P<n>{_NUM})(?P<scale>)(?P<word>)(?=[\s-](?:bill|note|coin|fine|tip|deposit)s?\b)-?",
        _say_single,
        "".join(SYMBOLS),
    ),
    Rule("money", rf"{_BEFORE}(?:{_SCALE})?(?P<plus>\+(?!\d))?{_PER}(?![\d])", _say_sum, "".join(SYMBOLS)),
    Rule(
        "money",
        rf"(?<![\w.,])(?P<sign>[-−+~])?(?P<n>{_NUM})(?:{_SCALE})?\s?(?P<symbol>{_SYMBOL})(?![\w])",
        _say_after,
        "".join(SYMBOLS),
    ),
    Rule("money", rf"(?<![\w.])(?P<code>{_CODE})\s?(?P<n>{_NUM})(?:{_SCALE})?(?![\w])", _say_code, DIGITS, CAPITALS),
    Rule("money", rf"(?<![\w.,])(?P<n>{_NUM})(?:{_SCALE})?\s?(?P<code>{_CODE})\b", _say_code, DIGITS, CAPITALS),
    Rule("money", rf"(?<![\w.,])(?P<n>{_NUM})\s?¢", _say_cents, "¢"),
)
