"""What a transcriber wrote, as it may have been said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from catwalk.reader.pronounce import pronounce
from catwalk.reader.pronunciation.numbers import roman
from catwalk.tasks import Word

_FIGURE = re.compile(r"[^\w\s'’.,;:!?\"-]|\d")
_INNER_DOT = re.compile(r"(?<=[A-Za-z])\.(?=[a-z]{2})")
_POINTED_TIME = re.compile(r"\b(\d{1,2})\.([0-5]\d)(?=\s|[,;:?!]|\.?$)")
_ROMAN = re.compile(r"\b[IVX]{1,5}(?=\b|\d)")


def join_words(words: Sequence[Word]) -> str:
    """The words as one text; with word times, faster-whisper hands over "step-by-step" as "step", "-by", "-step"."""
    return re.sub(r"(?<=\w) (?=[-'’]\w)", "", " ".join(word.text.strip() for word in words))


@lru_cache(maxsize=4096)
def say_figures(text: str) -> str:
    """The text with figures and signs in words, and words of letters as they stand.

    What a transcriber makes of an unknown word ("Nyx") is a spelling of its sounds, and must not be taken for an
    acronym.
    """
    return " ".join(pronounce(word) if _FIGURE.search(word) else word for word in text.split())


def list_ways_to_say(text: str) -> list[str]:
    """Every way in which the text may have been said, likeliest first.

    "10.07" may be a time, "a.b" has a dot, and where a number was heard some transcribers write "Claude III".
    """
    figures = _ROMAN.sub(lambda numeral: str(roman(numeral[0]) or numeral[0]), text) if _ROMAN.search(text) else text
    texts = dict.fromkeys((text, _POINTED_TIME.sub(r"\1:\2", text), _INNER_DOT.sub(" dot ", text), figures))
    return list(dict.fromkeys(say(each) for each in texts for say in (pronounce, say_figures)))
