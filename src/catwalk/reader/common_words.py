"""Which English words everybody knows, listeners that were trained on speech among them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

_LEAST = 1000
"""Occurrences in the corpus behind pyspellchecker's dictionary, subtitles of films. "Semicolons" has 50, "gulls" 1,120,
"chart" 7,507; names of products and new words have none."""


def is_common(word: str) -> bool:
    """Whether a word of lower-case letters is met often in everyday English; single letters are not."""
    return len(word) > 1 and _frequencies().get(word, 0) >= _LEAST


@cache
def _frequencies() -> Mapping[str, int]:
    from spellchecker import SpellChecker  # noqa: PLC0415 - reads its dictionary, 0.2 s

    dictionary: Mapping[str, int] = SpellChecker(language="en", distance=1).word_frequency.dictionary
    return dictionary
