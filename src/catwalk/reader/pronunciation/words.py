"""Single words: acronyms as letters or words, stressed capitals, camelCase, and what the tables respell."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from catwalk.reader.pronunciation.numbers import UNITS, cardinal, digits
from catwalk.reader.pronunciation.tables import read_rows, read_words

_VOWELS = frozenset("aeiouyAEIOUY")
_SOUNDS = frozenset(
    {
        "hmm",
        "hm",
        "shh",
        "sh",
        "psst",
        "pst",
        "brr",
        "pfft",
        "tsk",
        "mm",
        "mmm",
        "nth",
        "grr",
        "zz",
        "ssh",
        "th",
        "rd",
        "st",
        "nd",
    }
)
_SPELLED_LENGTH = 5
"""Longest run of lower-case consonants that is spelled; a longer one is left for the voice to make out."""

_RARE_STARTS = re.compile(
    r"(?:[bcdfghjklmnpqrtvwxz][bcdfgjkmnpqtvxz]|[bcdfghjkmnpqrvwxz][sz]|[jqvwxz][bcdfghjklmnpqrtvwxz]|h[lr]|m[lr]|n[lr]|[lr][lrhw])"
)
_GOOD_STARTS = re.compile(
    r"(?:ch|sc|sk|sp|st|sm|sn|th|sh|kn|gn|ps|wh|wr|gh|ph|sq|sch|scr|spl|spr|str|shr|thr|phr|rh|chr)"
)
_RARE_ENDS = re.compile(r"[bcdfghjkmpqtvwxz][bcdfgjkmnpqrvwxz]$|[jqv]$")
_GOOD_ENDS = re.compile(r"(?:ck|ch|gh|th|ph|sh|wn|wk|wd|wl|ct|pt|ft|tch|bb|gg|dd|ff|gn|mb)$")

_STRETCHED = re.compile(r"(.)\1{2,}")
_CAMEL = re.compile(r"NaN|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[^A-Za-z]+")
_PIECE = re.compile(r"[A-Za-z]+\d+[A-Za-z\d]*|[A-Za-zÀ-ɏ']+|\d+|[^A-Za-zÀ-ɏ'\d]+")
_RUN = re.compile(r"[A-Za-z]+|\d+")


def spell(letters: str) -> str:
    """Letters one by one, capital and parted by spaces, as every voice reads them; digits among them as words."""
    return " ".join(UNITS[int(c)] if c in "0123456789" else c for c in letters.upper())


@cache
def _terms() -> tuple[dict[str, str], dict[str, str]]:
    """The table of terms: as written, and with case folded."""
    exact: dict[str, str] = {}
    folded: dict[str, str] = {}
    for written, spoken, *rest in read_rows("terms.tsv"):
        exact[written] = spoken
        if not rest:
            folded.setdefault(written.lower(), spoken)
    return exact, folded


def find_term(text: str) -> str | None:
    """How the built-in table says ``text``, None where it does not hold it."""
    exact, folded = _terms()
    return exact.get(text) or folded.get(text.lower())


def is_word(text: str) -> bool:
    """Whether letters in capitals are an everyday word, or could be a word by their sound."""
    lower = text.lower()
    words = read_words("words.txt")
    if lower in words:
        return True
    if any(
        lower.endswith(end) and len(lower) - len(end) > 2 and lower.removesuffix(end) in words
        for end in ("s", "ed", "d", "ing", "er", "ly", "es")
    ):
        return True
    return len(text) > _SPELLED_LENGTH and sounds_like_word(_STRETCHED.sub(r"\1", lower))


def sounds_like_word(lower: str) -> bool:
    """Whether lower-case letters can be said as a word: vowels in reach, no impossible start or end."""
    if not _VOWELS.intersection(lower) or re.search(r"[^aeiouy']{5}|(.)\1\1", lower):
        return False
    start = _RARE_STARTS.match(lower) and not _GOOD_STARTS.match(lower)
    end = _RARE_ENDS.search(lower) and not _GOOD_ENDS.search(lower)
    return not start and not end


_TAILS = {"json": "jason", "sql": "sequel", "ctl": "control", "xml": "X M L", "html": "H T M L", "ssl": "S S L",
          "db": "D B", "gpu": "G P U", "cpu": "C P U"}  # fmt: skip
"""What the names of programs and formats end in, where no everyday word does."""


@lru_cache(maxsize=32768)
def say_word(word: str) -> str | None:
    """How a run of letters, with apostrophes perhaps, is said; None where it is said as it is written."""
    term = find_term(word)
    if term is not None:
        return None if term == word or (term == word.lower() and word[1:].islower()) else term
    if word.islower() or not word.isascii():
        return _say_lower(word)
    if word[0].isupper() and word[1:].islower():
        return _say_lower(word) if len(word) > 1 else None
    return _say_mixed(word)


def _say_lower(word: str) -> str | None:
    """A lower-case or capitalised word: spelled where it has no vowel and is short, parted before "json" or "sql"."""
    for tail in (word[-4:], word[-3:], word[-2:]):
        if tail in _TAILS and len(word) - len(tail) > 1:
            stem = word[: -len(tail)]
            return f"{say_word(stem) or stem} {_TAILS[tail]}"
    if "'" in word or len(word) < 2 or not word.isascii() or _VOWELS.intersection(word):
        return _say_possessive(word) if word.endswith("'s") else None
    short = _STRETCHED.sub(r"\1\1", word.lower())
    if short != word.lower() and short in _SOUNDS:
        return short
    if len(word) > _SPELLED_LENGTH or word.lower() in _SOUNDS:
        return None
    return spell(word)


def _say_possessive(word: str) -> str | None:
    said = say_word(word[:-2])
    return None if said is None else f"{said}'s"


def _say_mixed(word: str) -> str | None:
    """A word with capitals beyond the first letter."""
    if word.endswith(("'s", "'S")):
        stem = say_word(word[:-2])
        return f"{stem or word[:-2]}'s" if stem or word[-1] == "S" else None
    if "'" in word:
        return None if any(part[1:] != part[1:].upper() for part in word.split("'")) else word.lower()
    if word.isupper():
        return _say_capitals(word)
    if word[:-1].isupper() and word[-1] == "s" and len(word) > 2:
        return _say_plural(word[:-1])
    if word[:-2].isupper() and word.endswith("es") and len(word) > 3:
        return _say_plural(word[:-2])
    if len(word) < 5 and word[-1].isupper() and word[0].isupper():
        return spell(word)
    if len(word) < 6 and word[0].isupper() and word[-2:-1].isupper() and word[-1] == "s":
        return f"{spell(word[:-1])}'s"
    return _say_camel(word)


def _say_capitals(word: str) -> str:
    if is_word(word):
        return _STRETCHED.sub(r"\1", word.lower())
    return spell(word)


def _say_plural(word: str) -> str:
    """``PDFs``: an apostrophe keeps the plural with its letter, so that no voice reads "S"."""
    said = say_word(word) or word
    return f"{said}'s" if said[-2:-1] in {" ", ""} else f"{said}s"


def _say_camel(word: str) -> str | None:
    """``useState`` in its parts; names such as McDonald and MacLeod stay."""
    if re.fullmatch(r"(?:Mc|Mac|Fitz|De|Di|Le|La|Van|Von|Du|Des|O)[A-Z][a-z]+", word):
        return None
    parts = _CAMEL.findall(word)
    if len(parts) < 2:
        return None
    return " ".join(_say_part(part) for part in parts)


def _say_part(part: str) -> str:
    if len(part) == 1:
        return part.upper()
    if part.upper() in read_words("camel_acronyms.txt"):
        return find_term(part.upper()) or spell(part)
    return say_word(part) or (part if part.isupper() else part.lower())


def say_name(text: str) -> str:
    """An identifier or a part of an address: words, letters and numbers, its other characters left out."""
    term = find_term(text)
    if term is not None:
        return term
    said: list[str] = []
    for piece in _PIECE.findall(text):
        if not piece.isalpha() and piece.isalnum() and not piece.isdecimal():
            term = find_term(piece)
            said += [term] if term else [_say_run(run) for run in _RUN.findall(piece)]
        elif piece[0].isdecimal():
            said.append(say_digits(piece))
        elif piece[0].isalpha():
            letters = "".join(c for c in piece if c.isalpha() or c == "'")
            said.append(say_word(letters) or (letters.upper() if len(letters) == 1 else letters))
    return " ".join(said)


def _say_run(run: str) -> str:
    if run.isdecimal():
        return say_digits(run)
    return say_word(run) or (run.upper() if len(run) == 1 else run)


def say_digits(text: str) -> str:
    """Digits inside a name: one or two as a number, more one by one."""
    return cardinal(int(text)) if len(text) < 3 and (text[0] != "0" or text == "0") else digits(text)
