"""How long a text should take to say."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable
from functools import lru_cache

from catwalk.reader.sounds import VOWELS
from catwalk.reader.wording import split_words

# Seconds: for each line, full vowel, weak vowel, consonant, word, inner comma and inner full stop. Least squares over
# 200 lines of hibari, whose pace is 1; the lines keep within 8 % of it (standard deviation, lines above 3 s).
_LINE_S, _FULL_S, _WEAK_S, _CONSONANT_S, _WORD_S, _COMMA_S, _STOP_S = 0.118, 0.076, 0.061, 0.056, 0.037, 0.067, 0.158


@lru_cache(maxsize=4096)
def expect_duration_s(spoken: str) -> float:
    """Seconds from the first sound to the last when an American voice of middling pace says ``spoken``."""
    tokens = split_words(spoken)
    sounds = "".join(token.sounds for token in tokens)
    n_weak = sum(sound in "@i" for sound in sounds)
    n_vowels = sum(sound in VOWELS for sound in sounds)
    inner = spoken.rstrip(".!?\"' ")
    return (
        _LINE_S
        + _FULL_S * (n_vowels - n_weak)
        + _WEAK_S * n_weak
        + _CONSONANT_S * (len(sounds) - n_vowels)
        + _WORD_S * len(spoken.split())
        + _COMMA_S * len(re.findall(r"[,;]", inner))
        + _STOP_S * len(re.findall(r"[.!?:]", inner))
    )


def estimate_pace(ratios: Iterable[float]) -> float | None:
    """A voice's pace from the duration ratios of its accepted takes; None until there are eight."""
    known = list(ratios)
    return statistics.median(known) if len(known) >= 8 else None
