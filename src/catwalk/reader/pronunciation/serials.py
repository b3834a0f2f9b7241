"""Numbers that are names: telephone and serial numbers, models, ports, rooms, standards."""

from __future__ import annotations

import re

from catwalk.reader.pronunciation.addresses import say_port_number
from catwalk.reader.pronunciation.numbers import cardinal, digits, pairs, plural
from catwalk.reader.pronunciation.passage import DIGITS, INNER_DOT, Rule
from catwalk.reader.pronunciation.words import find_term, is_word, say_name, say_word, spell

_LABELLED = (
    r"RTX|GTX|IEC|MOS|RX|Radeon|GeForce|HTTP|RFC|IEEE|port|Port|status|error|Error|ISO|Boeing|Airbus|Route|Highway|Room|room|Flight|flight|"
    r"Xeon|Ryzen|Threadripper|EPYC|code|Intel|Motorola|Zilog|Apple|Commodore|Atari|Amiga|Quadro|Model|Form|form|Area|Studio|ESP|LM|NE|SN|RP|nRF|MSP|PEP"
)


_REASONS = (
    r"OK\b|Created|Accepted|No Content|Partial|Moved|Found|See Other|Not [AEFIM]|Temporary R|Permanent R|Bad [GR]|"
    r"Unauthorized|Payment|Forbidden|Method|Request [TE]|Conflict\b|Gone\b|Length|Payload|URI|Unsupported|"
    r"Unprocessable|Too Many R|Internal S|Service Un|Gateway|I'm a teapot|errors?\b|response|status"
)
"""How the reason begins that stands behind a status of HTTP."""


def _say_labelled(m: re.Match[str]) -> str | None:
    """A number that a label makes a name: "R T X forty ninety", "port eighty eighty", "Boeing seven forty-seven"."""
    name, number = m["name"], m["n"]
    said = say_word(name) or name
    tail = f" {_say_run(m['tail'][1:]) if m['tail'][0] == '-' else say_name(m['tail'])}" if m["tail"] else ""
    if name.lower() == "port":
        return f"{said} {say_port_number(number)}{tail}"
    if len(number) == 5 and name.lower() in {"code", "error", "form"}:
        return f"{said} {digits(number)}{tail}"
    if len(number) == 5 and number[2] != "0":
        return f"{said} {cardinal(int(number[:2]))} {pairs(number[2:])}{tail}"
    if len(number) == 5:
        return f"{said} {cardinal(int(number), plain=True)}{tail}"
    return f"{said} {pairs(number)}{tail}"


def _say_processor(m: re.Match[str]) -> str:
    """``i7-8700K``: the generation and the rest, "eighty-seven hundred", "thirteen nine hundred"."""
    number = m["n"]
    said = pairs(number) if len(number) == 4 else f"{cardinal(int(number[:2]))} {pairs(number[2:])}"
    return f"{say_name(m['name'])} {said}" + (f" {spell(m['tail'])}" if m["tail"] else "")


def _say_802(m: re.Match[str]) -> str:
    """The network standards of the IEEE: "eight oh two dot eleven A C"."""
    return f"eight oh two dot {cardinal(int(m['n']))}" + (f" {spell(m['tail'])}" if m["tail"] else "")


def _say_recommendation(m: re.Match[str]) -> str:
    """The standards of the ITU: "H dot two sixty-four"."""
    return f"{m['name']} dot {pairs(m['n'])}"


def _say_serial(m: re.Match[str]) -> str | None:
    """Letters and digits in one: each run by itself."""
    text = m.group()
    if any("\u0370" <= c <= "\u03ff" for c in text):
        return None
    term = find_term(text)
    if term is not None:
        return term
    runs = re.findall(r"[^\W\d_]+|\d+", text)
    if len(runs) == 2 and runs[0].islower() and len(runs[1]) == 4 and not runs[1].endswith("00"):
        return f"{_say_letters(runs[0], text)} {digits(runs[1])}"
    return " ".join(_say_run(run) if run.isdecimal() else _say_letters(run, text) for run in runs)


def _say_letters(run: str, text: str) -> str:
    if run[-1] == "v" and len(run) > 2 and not text.endswith(run):
        return f"{_say_letters(run[:-1], text)} V"
    if run.isupper() and len(run) == 2 and find_term(run) is None:
        return spell(run)
    if len(run) < 4 and run.islower() and text[0].isdecimal() and not is_word(run):
        return spell(run)
    if len(run) == 1:
        return run if not run.islower() or text[0] == run else run.upper()
    return say_word(run) or (run if not run.isupper() else spell(run))


def _say_run(run: str) -> str:
    """Digits in a serial number: three and four in pairs, one by one beyond or from a leading zero."""
    if len(run) in {3, 4} and run[0] != "0":
        return pairs(run)
    if len(run) > 4 or (run[0] == "0" and len(run) > 1):
        return digits(run)
    return cardinal(int(run), plain=True)


def _say_phone(m: re.Match[str]) -> str | None:
    """Groups of digits one by one, with a pause between groups; 800 and its like as numbers."""
    groups = re.findall(r"\d+", m.group())
    if len(groups) == 2 and groups[0].endswith("0") and groups[1].endswith("00"):
        return None
    said = [f"{cardinal(int(g[0]))} hundred" if re.fullmatch(r"[2-9]00", g) else digits(g) for g in groups]
    extension = ""
    if m["ext"]:
        extension = f" extension {digits(m['ext'])}"
        said.pop()
    return ("plus " if m.group()[0] == "+" else "") + ", ".join(said) + extension


def _say_groups(m: re.Match[str]) -> str:
    return ", ".join(digits(group) for group in re.findall(r"\d+", m.group()))


def _say_plurals(m: re.Match[str]) -> str:
    """``1s and 0s``, ``groups of 4s and 5s``, ``100s of posts``: numbers of which there are several."""
    said = re.sub(r"(\d+)'?s", lambda n: plural(cardinal(int(n[1]))), m.group())
    return said.removeprefix("one ")


NUMBER_NAME_RULES = (
    Rule(
        "number",
        r"\b[01]'?s\s(?:and|or)\s[01]'?s\b|"
        r"\b(?:groups|multiples|sets|pairs|powers|number|row|string) of \d{1,3}s(?:\s(?:and|or)\s\d{1,3}s)?\b|"
        r"\b(?:10s of (?=thousands|millions|billions)|1000?s of\b)",
        _say_plurals,
        DIGITS,
        "s",
    ),
    Rule("number name", r"(?<![\w.])802\.(?P<n>\d{1,2})(?P<tail>[a-zA-Z]{1,2})?(?![\w.]\d|\w)", _say_802, DIGITS),
    Rule("number name", r"\b(?P<name>[HX])\.(?P<n>\d{3})\b", _say_recommendation, INNER_DOT, DIGITS),
    Rule(
        "number name",
        r"\b(?P<name>(?:Core )?i\d|Ryzen \d)[- ](?P<n>\d{4,5})(?P<tail>[A-Z]{1,3})?(?!\w)",
        _say_processor,
        DIGITS,
        "iR",
    ),
    Rule(
        "number name",
        r"(?<![\w.-])(?P<name>[A-Z]{2,5})-(?P<n>\d{3,4})(?P<tail>[A-Z]{1,3})?(?!\w|-\d|\.\d)",
        _say_labelled,
        "-",
        DIGITS,
    ),
    Rule(
        "number name",
        rf"(?<![\w.,$/-])(?P<n>404(?=\spage)|[1-5]\d\d(?=\s(?:{_REASONS})))",
        lambda m: pairs(m["n"]),
        DIGITS,
    ),
    Rule(
        "number name",
        r"\b(?P<name>chmod|umask)\s(?P<n>\d{3,4})\b",
        lambda m: f"{say_word(m['name']) or m['name']} {digits(m['n'])}",
        DIGITS,
        "cu",
    ),
    Rule(
        "phone",
        r"(?<![\w.-])(?:\+?1[\s.-]?)?(?:\(\d{3}\)[\s-]?|\d{3}[-.])\d{3}[-.]\d{4}(?:,?\s?(?:x|ext\.?|extension)\s?(?P<ext>\d{1,6}))?(?![\w-])",
        _say_phone,
        DIGITS,
        "-.)",
    ),
    Rule(
        "phone",
        r"(?<![\w.])\+\d{1,3}(?:[\s.-]?\(?\d{1,4}\)?){2,5}(?P<ext>(?!x)x)?(?![\w-]|\.\d)",
        _say_phone,
        "+",
        DIGITS,
    ),
    Rule("phone", r"(?<![\w.-])[2-9]\d{2}-\d{4}(?P<ext>(?!x)x)?(?![\w-])", _say_phone, "-", DIGITS),
    Rule(
        "number name",
        rf"\b(?P<name>{_LABELLED})\s?(?P<n>\d{{3,5}})(?P<tail>[A-Z]{{1,3}}|Ti|\sTi|-\d00|-\d(?!\d))?(?![\w]|[.,/:-]\d|%|\s?(?:[kKMG]?[Bb]|m?s|percent)\b)",
        _say_labelled,
        DIGITS,
    ),
    Rule(
        "number name",
        r"\b(?P<n>[45]\d\d)\((?P<part>[a-z])\)(?:\((?P<item>\d)\))?",
        lambda m: f"{pairs(m['n'])} {m['part'].upper()}" + (f" {cardinal(int(m['item']))}" if m["item"] else ""),
        "(",
        "45",
    ),
    Rule("serial", r"(?<![\w.-])\d{3}-\d{2}-\d{4}(?![\w-])", _say_groups, "-", DIGITS),
    Rule("serial", r"(?<![\w.-])\d{4}(?:[ -]\d{4}){2,4}(?![\w-])", _say_groups, DIGITS),
    Rule("serial", r"(?<![\w.-])\d{1,5}(?:-\d{1,7}){3,5}(?![\w-])", _say_groups, "-", DIGITS),
)
"""Numbers whose form or label shows that they are read as names."""

SERIAL_RULES = (Rule("serial", r"(?<!\w)(?=[^\W_]*\d)(?=[^\W_]*[^\W\d_])[^\W_]++(?!\w)", _say_serial, DIGITS),)
"""Letters and digits in one word; they come last among the numbers."""
