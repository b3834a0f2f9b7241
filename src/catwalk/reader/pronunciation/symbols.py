"""Signs by name: mathematics, Greek letters, arrows, emoji; and the signs that are not spoken."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from catwalk.reader.pronunciation.greek import name_greek
from catwalk.reader.pronunciation.numbers import cardinal, integer, ordinal
from catwalk.reader.pronunciation.operators import name_operator
from catwalk.reader.pronunciation.passage import DIGITS, FOREIGN, MARK, Passage, Rule
from catwalk.reader.pronunciation.tables import read_rows, read_words
from catwalk.reader.pronunciation.technical import say_term
from catwalk.reader.pronunciation.words import say_word, spell


@cache
def _names() -> tuple[dict[str, str], dict[str, str]]:
    """What signs are called inside a line (empty where they are only seen), and when they are the whole line."""
    inside: dict[str, str] = {}
    alone: dict[str, str] = {}
    for sign, name, *rest in read_rows("symbols.tsv"):
        if name != "?":
            inside[sign] = "" if name == "-" else name
        if rest:
            alone[sign] = rest[0]
    return inside, alone


def name_alone(sign: str) -> str | None:
    """What a sign is called when it is the whole line, None for what is no sign."""
    return _names()[1].get(sign)


_SUPERSCRIPTS = {"⁰": "0", "¹": "1", "²": "2", "³": "3", "⁴": "4", "⁵": "5", "⁶": "6", "⁷": "7", "⁸": "8", "⁹": "9",
                 "⁻": "-", "⁺": "+", "ⁿ": "n", "ⁱ": "i", "ᵏ": "k", "ᵐ": "m", "ˣ": "x", "ᵗ": "t"}  # fmt: skip
_RAISED = "".join(_SUPERSCRIPTS)
_OPERAND = rf"(?:{MARK}|(?<![^\W\d_])[^\W\d_]|[)\]])"
_NEXT = rf"(?={MARK}|[^\W\d_](?![^\W\d_])|[(\[√∛]|[A-Za-z]\()"
_FUNCTIONS = {"sin": "sine", "cos": "cosine", "tan": "tangent", "log": "log", "ln": "natural log", "exp": "exp",
              "sqrt": "square root",
              "max": "max", "min": "min", "f": "F", "g": "G", "h": "H", "P": "P", "p": "P"}  # fmt: skip


def _say_power(m: re.Match[str]) -> str:
    raised = m.groupdict().get("raised") or "".join(
        _SUPERSCRIPTS.get(c, c) for c in m.groupdict().get("sup") or m.group()
    )
    return f" {say_power(raised.strip('{}()'))}"


def say_power(exponent: str) -> str:
    """What follows the base: "squared", "to the tenth", "to the minus one", "to the N"."""
    if exponent in {"2", "3"}:
        return {"2": "squared", "3": "cubed"}[exponent]
    sign = "minus " if exponent[:1] in "-−" else ""
    rest = exponent.lstrip("+-−")
    if rest.isdecimal():
        from_words = ordinal(int(rest))
        return f"to the {sign}{from_words}"
    return f"to the {sign}{say_term(rest)}"


def _say_note(m: re.Match[str]) -> str:
    """Raised digits behind a word point to a footnote, except in a formula such as E = mc²."""
    return _say_power(m) if "=" in m.string and m.group() in "²³" else ""


def _say_raised(m: re.Match[str]) -> str:
    """Raised or lowered digits that belong to nothing."""
    return f" {integer(''.join(str(unicodedata.digit(c)) for c in m.group()))} "


def _say_ion(m: re.Match[str]) -> str:
    """``Ca²⁺``: "C A two plus"."""
    count = f" {integer(_SUPERSCRIPTS[m['count']])}" if m["count"] else ""
    return f"{spell(m['formula'])}{count} {'plus' if m['charge'] == '⁺' else 'minus'}"


def _say_log(m: re.Match[str]) -> str:
    return f"log {cardinal(int(m['base']))} of {say_term(m['of'])}"


def _say_function(m: re.Match[str]) -> str:
    return f"{_FUNCTIONS[m['name']]}{' prime' if m['prime'] else ''} of {_say_argument(m['of'])}"


def _say_argument(text: str) -> str:
    """What stands between the brackets of a function: "X given Y"; a longer word stays as it is."""
    if len(text) > 3 and text.isalpha():
        return text
    said = [_say_argument_piece(piece) for piece in _ARGUMENT.findall(text)]
    return re.sub(r"\s+,", ",", " ".join(filter(None, said)))


def _say_argument_piece(piece: str) -> str:
    if piece.isdecimal():
        return integer(piece)
    if piece.isascii() and piece.isalpha():
        return say_word(piece) or (piece.upper() if len(piece) < 3 else piece)
    return name_greek(piece) or _ARGUMENT_SIGNS.get(piece) or _BINARY.get(piece) or ""


_ARGUMENT = re.compile(r"[A-Za-z]+|\d+|\S")
_ARGUMENT_SIGNS = {"|": "given", ",": ",", ";": ",", ".": "dot", "-": "minus", "!": "factorial", "²": "squared"}


def _say_norm(m: re.Match[str]) -> str:
    power = {"²": " squared", "³": " cubed"}.get(m["sup"] or "", "")
    return f"norm of {_say_argument(m['of'])}{power}"


def _say_sum(m: re.Match[str]) -> str:
    """A sum, product or integral with its bounds: "sum from I equals one to N of"."""
    low, high = _say_argument(m["low"].strip("{}")), _say_argument(m["high"].strip("{}"))
    return f"{_names()[0][m['sign']].removesuffix(' of')} from {low} to {high} of "


def _say_sign(m: re.Match[str]) -> str:
    return f" {_BINARY[m['sign']]} "


_BINARY = {"+": "plus", "-": "minus", "–": "minus", "−": "minus", "*": "times",
           "×": "times", "·": "times", "∗": "times",
           "/": "over", "÷": "divided by", "=": "equals", "<": "less than",
           ">": "greater than", "^": "to the"}  # fmt: skip


def _say_letter_sign(m: re.Match[str]) -> str:
    return f"{m['_a']} {_BINARY[m['sign']]} "


def _say_quotient(m: re.Match[str]) -> str:
    return " divided by "


def _say_equals(m: re.Match[str]) -> str:
    return " equals "


_EITHER = frozenset(
    {"he", "his", "him", "she", "her", "hers", "man", "men", "yes", "true", "male", "himself", "boys", "girls",
     "mother", "father", "mom", "dad", "husband", "wife"}
)  # fmt: skip
"""Words before a stroke that there means "or"."""


@cache
def _pairs() -> frozenset[tuple[str, str]]:
    """Two words that are said as one, without the stroke between them."""
    found = (word.split("/") for word in read_words("pairs.txt"))
    return frozenset((first, second) for first, second in found)


def _say_slash(m: re.Match[str]) -> str:
    """A stroke between two plain words is named, but not in a fixed pair; between he and she it means "or"."""
    before, after = re.search(r"[A-Za-z]+$", m.string[: m.start()]), re.match(r"[A-Za-z]+", m.string[m.end() :])
    if not before or not after:
        return " "
    first, second = before[0].lower(), after[0].lower()
    if first in _EITHER:
        return " or "
    plain = before[0][1:].islower() and after[0].islower() and len(first) > 2 < len(second)
    return " slash " if plain and (first, second) not in _pairs() else " "


def _say_stars(m: re.Match[str]) -> str:
    """A mark in stars: "three out of five stars"."""
    given = len(m.group()) - m.group().count("☆")
    return f" {cardinal(given)} {'stars' if '☆' not in m.group() else f'out of {cardinal(len(m.group()))} stars'} "


def _say_soup(m: re.Match[str]) -> str:
    """Signs in a heap, each by its name."""
    return f" {' '.join(name_operator(sign) or _names()[0].get(sign, '') for sign in m.group())} "


def _say_greek(m: re.Match[str]) -> str | None:
    """A Greek letter that is not part of a Greek word."""
    name = name_greek(m.group())
    return f" {name} " if name else None


@lru_cache(maxsize=4096)
def _emoji_name(char: str) -> str:
    code = ord(char)
    if 0x1F1E6 <= code <= 0x1F1FF:
        return chr(code - 0x1F1E6 + ord("A"))
    name = unicodedata.name(char, "").lower()
    name = re.sub(r"^(?:white |black |heavy )+(?=\w)|\b(?:sign|symbol|button)$|with (?:open|no) .*$", "", name).strip()
    name = re.sub(r"\bsquared\b|\bnegative\b|\bcircled\b", "", name)
    return re.sub(r"\d", "", name.replace("-", " ")).strip()


def _say_emoji(m: re.Match[str]) -> str:
    """Each sort of emoji once, with a pause around; skin tones, joiners and variation selectors are not spoken."""
    found: list[str] = []
    flag = ""
    for char in m.group():
        code = ord(char)
        if (
            0x1F3FB <= code <= 0x1F3FF
            or code in {0xFE0F, 0xFE0E, 0x200D, 0x20E3}
            or 0xE0000 <= code <= 0xE007F
            or char == " "
        ):
            continue
        name = _emoji_name(char)
        if 0x1F1E6 <= code <= 0x1F1FF:
            flag += name
        elif name and name not in found:
            found.append(name)
    if flag:
        found.append(f"flag {' '.join(flag)}")
    return f", {' and '.join(found)}, " if found else " "


_EMOJI = (
    "[\U0001f000-\U0001faff\u2600-\u266c\u2670-\u26ff\u2702-\u2712\u2716\u271d-\u2730\u2734-\u275f\u2763-\u2767\u2795-\u2797\u27b0\u27bf"
    "\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u231a\u231b\u23e9-\u23fa\u2705\u203c\u2049\u3030\u303d\u24c2]"
)

FOOTNOTE_RULES = (Rule("footnote", r"\[\^[^\]\s]{1,40}\]", lambda m: "", "^"),)

POWER_RULES = (
    Rule("math", r"‖(?P<of>[^‖]{1,20})‖(?P<sup>[²³])?", _say_norm, "‖"),
    Rule("math", r"(?P<sign>[∑∏∫])_(?P<low>\{[^{}]{1,30}\}|\w)\^(?P<high>\{[^{}]{1,30}\}|[\w∞])", _say_sum, "∑∏∫"),
    Rule("math", rf"(?<=[\u0391-\u03c9])/(?=\d|{MARK})", lambda m: " over ", "/", FOREIGN),
    Rule(
        "chemistry",
        r"(?<![^\W_])(?P<formula>(?:[A-Z][a-z]?\d*){1,6})(?P<count>[²³⁴]?)(?P<charge>[⁺⁻])(?!\w)",
        _say_ion,
        "⁺⁻",
    ),
    Rule("math", r"(?<![^\W_])log(?P<base>2|10)\((?P<of>[^()]{1,20})\)", _say_log, "(", DIGITS),
    Rule("math", r"(?<![\w'])(?P<n>[nkm])!(?![\w!])", lambda m: f"{m['n'].upper()} factorial", "!", "nkm"),
    Rule(
        "math",
        r"(?<=[\w)\]])\^(?P<raised>[-−+]?\d+|[A-Za-z]|\{[\w +*/-]{1,20}\}|\([\w +*/-]{1,20}\))(?P<sup>(?!x)x)?",
        _say_power,
        "^",
    ),
    Rule(
        "math",
        rf"(?:(?<=[\d)\]])|(?<=(?<![^\W_])[^\W\d_]))(?P<raised>(?!x)x)?(?P<sup>[{_RAISED}]+)",
        _say_power,
        _RAISED,
    ),
    Rule("footnote", r"(?<=[^\W\d_][^\W\d_])[¹²³⁰⁴-⁹]+|(?<=[.,;:!?\"'])[¹²³⁰⁴-⁹]+(?=\s|$)", _say_note, "¹²³⁰⁴⁵⁶⁷⁸⁹"),
    Rule("number", r"[¹²³⁰⁴-⁹₀-₉]+", _say_raised, "¹²³⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉"),
)

_ACCENTS = {"\u0304": "bar", "\u0302": "hat", "\u0303": "tilde", "\u0307": "dot"}

MATH_RULES = (
    Rule(
        "math",
        r"(?<![^\W_])(?P<name>[A-Za-z])(?P<accent>[\u0302-\u0304\u0307])(?!\w)",
        lambda m: f"{m['name'].upper()} {_ACCENTS[m['accent']]}",
        FOREIGN,
    ),
    Rule("math", r"(?<!\S)[-−](?=(?:[Ii]nf(?:inity)?|NaN)\b|∞)", lambda m: "minus ", "-−"),
    Rule("math", r"(?:(?<=[=±+*/] )|(?<=[=(]))[-−](?=[A-Za-z](?![A-Za-z]))", lambda m: "minus ", "-−"),
    Rule(
        "math",
        r"\b(?P<name>sin|cos|tan|log|ln|exp|sqrt|[fghpP])(?P<prime>[′'])?\((?P<of>[^()]{1,20})\)",
        _say_function,
        "(",
    ),
    Rule("math", rf"(?<={MARK})(?:\s?÷\s?|\s/\s|/(?={MARK}\s?=))(?={MARK})", _say_quotient, "/÷"),
    Rule(
        "math",
        r"(?<=[\w)\]\U000F0000-\U0010FFFD\"'])\s?=\s?(?=[\w(\[\U000F0000-\U0010FFFD\"'√∛∞π−+\-])",
        _say_equals,
        "=",
    ),
    Rule("math", rf"(?<={MARK})\s?(?P<sign>[+*×·])\s?{_NEXT}", _say_sign, "+*×·"),
    Rule("math", rf"(?<={MARK})\s(?P<sign>[-–−<>])\s{_NEXT}", _say_sign, "-–−<>"),
    Rule("math", rf"(?<={MARK})(?P<sign>[<>−]|-(?=\s?{MARK}(?:\s?=|{MARK})))\s?{_NEXT}", _say_sign, "<>−-"),
    Rule(
        "math",
        rf"(?<![^\W_])(?<![^\W\d_])(?P<_a>[A-Za-z])\s?(?P<sign>[+×·÷<>*]|(?<=\s)[-−/](?=\s))\s?{_NEXT}",
        _say_letter_sign,
        "+×·÷<>-−*/",
    ),
)


SYMBOL_RULES = (
    Rule("symbol", r"[★☆⭐]{2,10}", _say_stars, "★☆⭐"),
    Rule("symbol", r"(?=[#%&@/*]*[$€£¥₩])[#%&@/*$€£¥₩]{2,}", _say_soup, "$€£¥₩"),
    Rule("symbol", r"(?<=[a-z])#(?=[a-z])", lambda m: " hash ", "#"),
    Rule("symbol", rf"(?<=[a-z])#(?={MARK})", lambda m: " number ", "#"),
    Rule(
        "emoji",
        rf"{_EMOJI}[\ufe0f\ufe0e\u200d\u20e3\U000E0020-\U000E007F]*(?:\s?{_EMOJI}[\ufe0f\ufe0e\u200d]*)*",
        _say_emoji,
        FOREIGN,
    ),
    Rule(
        "greek",
        r"(?<![\u0370-\u03ff\u1f00-\u1fff])[\u0391-\u03c9µ](?![\u0370-\u03ff\u1f00-\u1fff])",
        _say_greek,
        FOREIGN,
    ),
    Rule("slash", r"(?<=[A-Za-z])\s?/\s?(?=[A-Za-z])", _say_slash, "/"),
    Rule("colon", rf"(?<=[^\W\d_]):(?=[^\W\d_]|{MARK})|(?<={MARK}):(?=[^\W\d_]|{MARK})", lambda m: " colon ", ":"),
    Rule("point", rf"(?<={MARK})\.(?={MARK})|(?<=\b[A-Za-z])\.(?=[A-Za-z]\b)", lambda m: " dot ", "."),
)

_SIGN = re.compile(r"[^\w\s,.;:?!'\"()\-–—/\U000F0000-\U0010FFFD]")


def say_signs(passage: Passage) -> None:
    """Claim every sign that is left: by its name where it has one, otherwise as nothing."""
    passage.replace(_SIGN, _say_leftover, "symbol")


def _say_leftover(m: re.Match[str]) -> str:
    char = m.group()
    if (name := _names()[0].get(char)) is not None:
        return f" {name} " if name else " "
    category = unicodedata.category(char)
    if category in {"So", "Sm"} and (
        0x2200 <= ord(char) <= 0x22FF or 0x2600 <= ord(char) <= 0x27BF or ord(char) >= 0x1F000
    ):
        name = _emoji_name(char)
        return f" {name} " if name else " "
    return char if category[0] in "LM" else " "
