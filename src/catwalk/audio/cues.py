"""Cues: text that belongs to a stretch of a recording, laid out for a screen, as WebVTT and SubRip."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MAX_LINE_CHARS = 65
"""Longest line of a cue (Podcasting 2.0, ``podcast:transcript``)."""

MAX_CUE_LINES = 2

PAUSES = (re.compile(r"[.!?…;:][)\]”’\"]*$"), re.compile(r"[,)\]”’\"—–]$"))
"""How a word ends after which a cue may well end, the better ends first."""


@dataclass(frozen=True, slots=True)
class Cue:
    """What is said in one stretch of a recording."""

    start_s: float
    end_s: float
    text: str
    """White space means nothing; lines are broken when the cue is laid out."""


def to_vtt(cues: Iterable[Cue]) -> str:
    """A WebVTT file: cues of at most two lines of 65 characters, longer ones split over their time."""
    blocks = [
        f"{_clock(cue.start_s, '.')} --> {_clock(cue.end_s, '.')}\n{_escape(cue.text)}\n" for cue in lay_out(cues)
    ]
    return "\n".join(["WEBVTT\n", *blocks])


def to_srt(cues: Iterable[Cue]) -> str:
    """A SubRip file: cues of at most two lines of 65 characters, longer ones split over their time."""
    blocks = [
        f"{number}\n{_clock(cue.start_s, ',')} --> {_clock(cue.end_s, ',')}\n{cue.text.replace('-->', '->')}\n"
        for number, cue in enumerate(lay_out(cues), start=1)
    ]
    return "\n".join(blocks)


def lay_out(cues: Iterable[Cue]) -> Iterator[Cue]:
    """Cues that fit a screen: lines broken, long cues split in proportion to their characters, empty ones left out."""
    for cue in cues:
        screens = _break_screens(_split_words(cue.text))
        n_chars = sum(map(_count_chars, screens))
        shown, length_s = 0, max(0.0, cue.end_s - cue.start_s)
        for screen in screens:
            start_s = cue.start_s + length_s * shown / n_chars
            shown += _count_chars(screen)
            yield Cue(start_s, cue.start_s + length_s * shown / n_chars, "\n".join(screen))


def _split_words(text: str) -> list[str]:
    """Words, none longer than a line."""
    return [
        word[start : start + MAX_LINE_CHARS]
        for word in text.replace("\0", "").split()
        for start in range(0, len(word), MAX_LINE_CHARS)
    ]


def _break_screens(words: list[str]) -> list[list[str]]:
    """Words as screens of lines; screens of about the same length that end where the sentence pauses, if they can."""
    screens: list[list[str]] = []
    while words:
        n_taken = _count_fitting(words)
        if n_taken < len(words):
            n_taken = _choose_end(words, n_taken)
        screens.append(_break_lines(words[:n_taken]))
        words = words[n_taken:]
    return screens


def _count_fitting(words: list[str]) -> int:
    """How many words go on one screen."""
    lines, used = 1, 0
    for index, word in enumerate(words):
        wanted = used + bool(used) + len(word)
        if wanted > MAX_LINE_CHARS:
            lines, wanted = lines + 1, len(word)
            if lines > MAX_CUE_LINES:
                return index
        used = wanted
    return len(words)


def _choose_end(words: list[str], n_fitting: int) -> int:
    """The last word at which the sentence pauses, in the second half of what fits and leaving more than a scrap."""
    earliest = max(1, min(n_fitting // 2, len(words) // 2))
    latest = min(n_fitting, len(words) - 2)
    for pause in PAUSES:
        for n_taken in range(latest, earliest, -1):
            if pause.search(words[n_taken - 1]):
                return n_taken
    n_screens = -(-len(words) // n_fitting)
    return min(n_fitting, max(1, -(-len(words) // n_screens)))


def _break_lines(words: list[str]) -> list[str]:
    """One line where the words fit on one, else two that are as even as they can be."""
    whole = " ".join(words)
    if len(whole) <= MAX_LINE_CHARS:
        return [whole]
    pairs = [(" ".join(words[:cut]), " ".join(words[cut:])) for cut in range(1, len(words))]
    return list(min(pairs, key=lambda pair: max(map(len, pair))))


def _count_chars(screen: list[str]) -> int:
    return sum(map(len, screen))


def _clock(time_s: float, mark: str) -> str:
    time_ms = max(0, round(time_s * 1000))
    return f"{time_ms // 3_600_000:02}:{time_ms // 60_000 % 60:02}:{time_ms // 1000 % 60:02}{mark}{time_ms % 1000:03}"


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
