"""How long a text should take to say."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable
from functools import lru_cache

from catwalk.audio.acoustics import measure
from catwalk.audio.waveform import Waveform
from catwalk.reader.wording import split_words

# Seconds, by least squares over 700 lines of hibari, whose pace is about 1; other lines of more than 2 s keep within
# 7 % of it (standard deviation).
_LINE_S, _WORD_S, _PAUSE_S = 0.045, 0.017, 0.18
_SOUND_S = {**dict.fromkeys("aEoOuUAWY", 0.11), **dict.fromkeys("eiI@", 0.08), **dict.fromkeys("szSZCJ", 0.086)}
_OTHER_SOUND_S = 0.049

_LETTER_S = 0.05
"""What a letter takes beyond its sounds where several are spelled out, each stressed on its own; 48 letters in eight
lines took 0.04 s longer with hibari and 0.07 s longer with Kokoro."""

N_TELLING = 8
"""Takes that tell a voice's pace."""

TELLING_S = 2.0
"""Expected length below which a take tells nothing."""

_LETTERS = re.compile(r"\b[A-Z](?:[ ,]+[A-Z]\b)+")


@lru_cache(maxsize=4096)
def expect_duration_s(spoken: str) -> float:
    """Seconds from the first sound to the last when an American voice of middling pace says ``spoken``."""
    n_pauses = len(re.findall(r"[,;.!?:]+(?=\s)|\s-\s", spoken.strip()))
    letters = "".join(_LETTERS.findall(spoken))
    n_letters, n_articles = sum(map(str.isalpha, letters)), letters.count("A")
    spelling_s = _LETTER_S * n_letters + (expect_word_s("ay") - expect_word_s("a")) * n_articles
    return _LINE_S + sum(map(expect_word_s, spoken.split())) + _PAUSE_S * n_pauses + spelling_s


@lru_cache(maxsize=20_000)
def expect_word_s(word: str) -> float:
    """Seconds that one word takes within a line, at the same pace."""
    sounds = "".join(token.sounds for token in split_words(word))
    return _WORD_S + sum(_SOUND_S.get(sound, _OTHER_SOUND_S) for sound in sounds)


def measure_pace(spoken: str, take: Waveform) -> float | None:
    """How much longer than expected a take is, from its first sound to its last; None for one too short to tell."""
    expected_s = expect_duration_s(spoken)
    if expected_s < TELLING_S:
        return None
    acoustics = measure(take)
    return (acoustics.end_s - acoustics.start_s) / expected_s


def estimate_pace(ratios: Iterable[float]) -> float | None:
    """A voice's pace from what single takes measure; None until there are eight. Half of them may be spoiled."""
    known = list(ratios)
    return statistics.median(known) if len(known) >= N_TELLING else None
