"""Roman numerals: "Henry the eighth", "chapter four", "World War two", "the nineteenth century"."""

from __future__ import annotations

import re

from catwalk.reader.pronunciation.numbers import cardinal, ordinal, roman
from catwalk.reader.pronunciation.passage import NUMERAL, Rule
from catwalk.reader.pronunciation.words import find_term

_RULERS = (
    "Alexander|Alfonso|Baldwin|Benedict|Boniface|Carlos|Catherine|Charles|Christian|Clement|Constantine|Cosimo|Darius|"
    "Edward|Elizabeth|Eric|Felipe|Ferdinand|Francis|Franz|Frederick|Friedrich|Fyodor|George|Gregory|Gustav|Harald|Henri|"
    "Henry|Innocent|Isabella|Ivan|James|Joan|John|Juan|Julius|Karl|Leo|Leopold|Louis|Ludwig|Margaret|Margrethe|Maria|"
    "Mary|Maximilian|Mehmed|Murad|Mustafa|Napoleon|Nero|Nicholas|Olaf|Otto|Paul|Pedro|Peter|Philip|Philippe|Pius|"
    "Ptolemy|Rama|Ramesses|Ramses|Richard|Robert|Rudolf|Selim|Sixtus|Stephen|Thutmose|Tiberius|Umberto|Urban|Victor|"
    "Victoria|Vittorio|Wilhelm|Willem|William|Xerxes"
)
_TITLES = r"King|Queen|Pope|Emperor|Empress|Tsar|Tsarina|Czar|Prince|Princess|Kaiser|Sultan|Saint|St\.|Duke|Pharaoh"
_GIVEN = (
    "Adam|Alan|Albert|Andrew|Anthony|Arthur|Benjamin|Daniel|David|Donald|Edgar|Frank|Harry|Howard|Jack|Joseph|Kenneth|"
    "Larry|Mark|Martin|Michael|Patrick|Ralph|Raymond|Ronald|Samuel|Steven|Theodore|Thomas|Thurston|Walter"
)
_LABELS = (
    r"[Cc]hapter|[Pp]art|[Vv]olume|[Vv]ol\.|[Ss]ection|[Aa]rticle|[Aa]ct|[Ss]cene|[Bb]ook|[Pp]hase|[Tt]ype|[Ss]tage|"
    r"[Ll]evel|[Ll]esson|[Cc]lass|[Cc]anto|[Aa]ppendix|[Tt]itle|[Gg]rade|[Ff]igure|[Tt]able|[Dd]ivision|[Gg]roup|[Ss]tep|"
    r"[Uu]nit|[Ee]pisode|[Ss]eason|[Ss]chedule|[Tt]ier|[Cc]ategory|[Aa]mendment|[Pp]age|[Nn]o\.|World\sWar|Super\sBowl|"
    r"CHAPTER|PART|VOLUME|SECTION|ARTICLE|ACT|SCENE|BOOK|PHASE|APPENDIX|TITLE|Final\sFantasy|Mark|Mk|Symphony|Opus|WrestleMania|UFC|Schedule|Factor|Pentium|Apple|Saturn|Rocky|Article|Episode|Version"
)
_WORDS = frozenset(
    {
        "MIX",
        "DIM",
        "MILD",
        "MID",
        "LID",
        "DID",
        "CD",
        "DC",
        "CV",
        "DM",
        "CC",
        "MC",
        "DI",
        "MD",
        "MM",
        "ID",
        "XL",
        "XXL",
        "XXX",
    }
)
_AFTER_NUMERAL = frozenset(
    {"of", "is", "was", "ended", "begins", "began", "covers", "in", "and", "to", "or", "has", "had", "were", "started"}
)
_NUMERAL = r"[IVXLCDM]+"
_SMALL = r"(?:x{0,3}(?:ix|iv|v?i{0,3}))"


def _say_ruler(m: re.Match[str]) -> str | None:
    value = roman(m["n"])
    return None if value is None else f"{m['name']} the {ordinal(value)}"


def _say_label(m: re.Match[str]) -> str | None:
    if m["n"] == "I" and _is_pronoun(m):
        return None
    value = roman(m["n"].upper())
    if value is None:
        return None
    label = m["label"]
    return f"{label.lower() if len(label) > 3 and label.isupper() else label}{cardinal(value)}"


def _is_pronoun(m: re.Match[str]) -> bool:
    """Whether the "I" behind a label is the writer: "the part I like", not "Part I of the story"."""
    after = re.compile(r"\s([a-z]+)").match(m.string, m.end())
    return after is not None and (m["label"][0].islower() or after[1] not in _AFTER_NUMERAL)


def _say_century(m: re.Match[str]) -> str | None:
    value = roman(m["n"])
    if value is None:
        return None
    last = roman(m["last"]) if m["last"] else None
    return ordinal(value) + (f" to {ordinal(last)}" if last else "") + f" {m['noun']}"


def _say_plain(m: re.Match[str]) -> str | None:
    value = roman(m["n"].upper())
    return None if value is None else cardinal(value)


def _say_alone(m: re.Match[str]) -> str | None:
    """A numeral that is the whole line; letters that are rather a word or an acronym stay."""
    text = m["n"]
    if text in _WORDS or find_term(text) or (len(text) < 4 and not set(text) <= set("IVX")):
        return None
    return _say_plain(m)


ROMAN_RULES = (
    Rule(
        "roman",
        rf"(?<=\b)(?P<name>(?:{_TITLES})\s(?:[A-Z][a-z]+\s)?[A-Z][a-z]+)\s(?P<n>[IVXLC]+)\b(?!\.\w)",
        _say_ruler,
        NUMERAL,
    ),
    Rule("roman", rf"\b(?P<name>(?:{_RULERS}))\s(?P<n>[IVXLC]{{2,}}|[VX])\b(?!\.\w|')", _say_ruler, NUMERAL),
    Rule(
        "roman",
        rf"\b(?P<name>(?:{_RULERS}))\s(?P<n>I)(?=\s(?:of|ruled|reigned|died|became|succeeded|ascended|signed|ordered|was|who)\b|,|\.\s*$|$|'s|\))",
        _say_ruler,
        NUMERAL,
    ),
    Rule(
        "roman",
        rf"\b(?P<name>(?:{_RULERS}|{_GIVEN})(?:\s[A-Z]\.)?(?:\s[A-Z][a-z]+)?)\s(?P<n>II|III|IV)\b",
        _say_ruler,
        NUMERAL,
    ),
    Rule("roman", rf"\b(?P<label>(?:{_LABELS})\s)(?P<n>{_NUMERAL}|{_SMALL})(?<!\s)\b(?![.'-]\w)", _say_label, NUMERAL),
    Rule(
        "roman",
        r"\b(?P<n>[IVX]+)(?:th|st|nd|rd)?(?:\s?[-–]\s?(?P<last>[IVX]+)(?:th|st|nd|rd)?)?\s(?P<noun>[Cc]entury|[Cc]enturies|Olympi\w+|dynasty|Dynasty)\b",
        _say_century,
        NUMERAL,
    ),
    Rule(
        "roman",
        r"(?<=[A-Za-z]\s)(?P<n>(?:X{0,3}(?:IX|IV|VI{1,3}|I{2,3})|X{1,3}I{1,3}|X{1,3}V|XX))\b(?![.'-]\w|\+)",
        _say_plain,
        NUMERAL,
    ),
    Rule("roman", r"^\s*(?P<n>[IVX]+)(?=[.)]\s)", _say_plain, NUMERAL),
    Rule("roman", r"^(?P<n>[IVXLCDM]{2,})$", _say_alone, NUMERAL),
    Rule("roman", rf"(?:(?<=^\()|(?<=\s\())(?P<n>(?=[ivx]){_SMALL})(?=\))", _say_plain, NUMERAL),
)
