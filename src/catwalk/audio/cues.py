"""Cues: text that belongs to a stretch of a recording, laid out for a screen, as WebVTT and SubRip."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

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

    word_starts_s: tuple[float, ...] = ()
    """When each word of the text begins, ascending; empty where that is not known."""


def to_vtt(cues: Iterable[Cue]) -> str:
    """A WebVTT file: cues of at most two lines of 65 characters, longer ones split over their time.

    Every word but the first of a cue has its time before it where that is known.
    """
    blocks = [f"{_clock(cue.start_s, '.')} --> {_clock(cue.end_s, '.')}\n{_mark_words(cue)}\n" for cue in lay_out(cues)]
    return "\n".join(["WEBVTT\n", *blocks])


def to_srt(cues: Iterable[Cue]) -> str:
    """A SubRip file: cues of at most two lines of 65 characters, longer ones split over their time."""
    blocks = [
        f"{number}\n{_clock(cue.start_s, ',')} --> {_clock(cue.end_s, ',')}\n{cue.text.replace('-->', '->')}\n"
        for number, cue in enumerate(lay_out(cues), start=1)
    ]
    return "\n".join(blocks)


def lay_out(cues: Iterable[Cue]) -> Iterator[Cue]:
    """Cues that fit a screen: lines broken, long cues split, empty ones left out.

    A cue is split where its words begin, or in proportion to its characters where that is not known.
    """
    for cue in cues:
        words = _split_words(cue.text)
        end_s = max(cue.start_s, cue.end_s)
        starts_s = _find_starts(cue, words, end_s)
        first = 0
        for screen in _break_screens(words):
            last = first + sum(len(line.split()) for line in screen)
            start_s = starts_s[first] if first else cue.start_s
            next_s = starts_s[last] if last < len(words) else end_s
            yield Cue(start_s, next_s, "\n".join(screen), tuple(starts_s[first:last]) if cue.word_starts_s else ())
            first = last


def _find_starts(cue: Cue, words: list[str], end_s: float) -> list[float]:
    """When each word begins, by its place among the characters where that is not known."""
    known = cue.word_starts_s
    if known:
        pieces = [len(_cut_word(word)) for word in cue.text.replace("\0", "").split()]
        if len(pieces) == len(known):
            # The pieces of a word that is longer than a line begin together.
            told = [start_s for start_s, n_pieces in zip(known, pieces, strict=True) for _ in range(n_pieces)]
            return [min(max(start_s, cue.start_s), end_s) for start_s in told]
    ends = list(accumulate(map(len, words), initial=0))
    return [cue.start_s + (end_s - cue.start_s) * chars / max(1, ends[-1]) for chars in ends[:-1]]


def _split_words(text: str) -> list[str]:
    """Words, none longer than a line."""
    return [piece for word in text.replace("\0", "").split() for piece in _cut_word(word)]


def _cut_word(word: str) -> list[str]:
    return [word[start : start + MAX_LINE_CHARS] for start in range(0, len(word), MAX_LINE_CHARS)]


def _mark_words(cue: Cue) -> str:
    """The escaped text of a cue that is laid out, with a time before each word but the first.

    WebVTT wants these times to ascend and to lie within the cue, so a word that does not begin later than the one
    before it has none.
    """
    if not cue.word_starts_s:
        return _escape(cue.text)
    pieces = re.split(r"(\s)", cue.text)
    shown, last_ms, end_ms = [_escape(pieces[0])], _to_ms(cue.start_s), _to_ms(cue.end_s)
    for space, word, start_s in zip(pieces[1::2], pieces[2::2], cue.word_starts_s[1:], strict=True):
        start_ms = _to_ms(start_s)
        is_later = last_ms < start_ms < end_ms
        shown.append(f"{space}<{_clock(start_s, '.')}>{_escape(word)}" if is_later else space + _escape(word))
        last_ms = start_ms if is_later else last_ms
    return "".join(shown)


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


def _to_ms(time_s: float) -> int:
    return max(0, round(time_s * 1000))


def _clock(time_s: float, mark: str) -> str:
    time_ms = _to_ms(time_s)
    return f"{time_ms // 3_600_000:02}:{time_ms // 60_000 % 60:02}:{time_ms // 1000 % 60:02}{mark}{time_ms % 1000:03}"


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
