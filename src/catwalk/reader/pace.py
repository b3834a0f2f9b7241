"""How long a text should take to say."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable
from functools import lru_cache

from catwalk.reader.wording import split_words

# Seconds, by least squares over 700 lines of hibari, whose pace is about 1; other lines of more than 2 s keep within
# 7 % of it (standard deviation).
_LINE_S, _WORD_S, _PAUSE_S = 0.045, 0.017, 0.18
_SOUND_S = {**dict.fromkeys("aEoOuUAWY", 0.11), **dict.fromkeys("eiI@", 0.08), **dict.fromkeys("szSZCJ", 0.086)}
_OTHER_SOUND_S = 0.049


@lru_cache(maxsize=4096)
def expect_duration_s(spoken: str) -> float:
    """Seconds from the first sound to the last when an American voice of middling pace says ``spoken``."""
    n_pauses = len(re.findall(r"[,;.!?:]+(?=\s)|\s-\s", spoken.strip()))
    return _LINE_S + sum(map(expect_word_s, spoken.split())) + _PAUSE_S * n_pauses


@lru_cache(maxsize=20_000)
def expect_word_s(word: str) -> float:
    """Seconds that one word takes within a line, at the same pace."""
    sounds = "".join(token.sounds for token in split_words(word))
    return _WORD_S + sum(_SOUND_S.get(sound, _OTHER_SOUND_S) for sound in sounds)


def estimate_pace(ratios: Iterable[float]) -> float | None:
    """A voice's pace from the duration ratios of its accepted takes; None until there are eight."""
    known = list(ratios)
    return statistics.median(known) if len(known) >= 8 else None
