"""When each word of a line is said in its take, and where that is in the finished recording."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from catwalk.audio.waveform import Waveform
from catwalk.library.takes import TimedWord
from catwalk.reader.alignment import match_words
from catwalk.reader.pronounce import pronounce
from catwalk.reader.sound_alignment import SpokenWord, locate_words
from catwalk.reader.wording import Token, split_words
from catwalk.tasks import drop_sounds

_EARLY_S = 0.04
"""By which the boundaries in running speech are found late, against a transcriber's."""

_PAUSE = re.compile(r"[.,;:!?…—–)]+[\"'”’)\]]*$")
_Span = tuple[float, float]


def time_words(text: str, spoken: str, take: Waveform) -> tuple[TimedWord, ...]:
    """When each word of a line is said.

    Args:
        text: The line as it is shown.
        spoken: The same as the voice was given it.
        take: The recording of ``spoken``.

    Returns:
        One for each word of ``text``, as white space parts them; in order, and inside the take. What is not spoken (a
        dash) has no length.
    """
    spoken = drop_sounds(spoken)
    shown, written = text.split(), spoken.split()
    tokens = split_words(spoken, fold_numbers=False)
    by_word: list[list[Token]] = [[] for _ in written]
    for token in tokens:
        by_word[token.source].append(token)
    spans = _locate(written, by_word, take)
    if shown != written:
        times = [
            part
            for own, span in zip(by_word, spans, strict=True)
            for part in _share([token.sounds for token in own], span)
        ]
        spans = _place(shown, _match(shown, tokens), times, take.duration_s)
    return tuple(TimedWord(word, start_s, end_s) for word, (start_s, end_s) in zip(shown, spans, strict=True))


def shift_words(words: Sequence[TimedWord], by_s: float, *, start_s: float, end_s: float) -> tuple[TimedWord, ...]:
    """The words later by ``by_s``, none of them before ``start_s`` or after ``end_s``."""

    def move(at_s: float) -> float:
        return min(max(at_s + by_s, start_s), end_s)

    return tuple(TimedWord(word.text, move(word.start_s), move(word.end_s)) for word in words)


def spread_words(text: str, start_s: float, end_s: float) -> tuple[TimedWord, ...]:
    """The words of a text over a stretch of time, each in proportion to its length."""
    words = text.split()
    spans = _share(words, (start_s, end_s))
    return tuple(TimedWord(word, *span) for word, span in zip(words, spans, strict=True))


def _locate(written: Sequence[str], tokens: Sequence[Sequence[Token]], take: Waveform) -> list[_Span]:
    """When each word of the spoken text is said."""
    words = [_to_spoken(word, own) for word, own in zip(written, tokens, strict=True)]
    located = locate_words(words, take) or _share([word.sounds for word in words], (0.0, take.duration_s))
    spans: list[_Span] = []
    last_start_s = last_s = 0.0
    for start_s, end_s in located:
        runs_on = bool(spans) and start_s - last_s < _EARLY_S
        spans.append((max(last_start_s, start_s - _EARLY_S) if runs_on else start_s, end_s))
        last_start_s, last_s = start_s, end_s
    return _straighten(spans, take.duration_s)


def _to_spoken(word: str, tokens: Sequence[Token]) -> SpokenWord:
    sounds = "".join(token.sounds for token in tokens)
    if not sounds:  # in a script whose sounds are not known, each letter stands for one
        sounds = "@" * sum(character.isalnum() for character in word)
    return SpokenWord(sounds, bool(_PAUSE.search(word)))


def _match(shown: Sequence[str], spoken: Sequence[Token]) -> list[list[int]]:
    """For each word shown the spoken tokens that it stands for, ascending over all; none where that cannot be told."""
    tokens: list[Token] = []
    owners: list[int] = []
    for index, word in enumerate(shown):
        own = split_words(pronounce(word), fold_numbers=False)
        tokens += own
        owners += [index] * len(own)
    matched: list[list[int]] = [[] for _ in shown]
    for i, j in match_words(tokens, spoken):
        matched[owners[i]].append(j)
    return matched


def _place(
    shown: Sequence[str], matched: Sequence[Sequence[int]], times: Sequence[_Span], duration_s: float
) -> list[_Span]:
    """Words that match at their times, runs of others over the tokens that are left between them."""
    spans: list[_Span] = []
    free = 0  # the first token that nobody has yet
    for first, last in _list_runs(matched):
        if matched[first]:
            own = matched[first]
            spans.append((times[own[0]][0], times[own[-1]][1]))
            free = own[-1] + 1
            continue
        until = matched[last][0] if last < len(matched) else len(times)
        here_s = spans[-1][1] if spans else 0.0
        left = times[free:until]
        spans += _share(shown[first:last], (left[0][0], left[-1][1]) if left else (here_s, here_s))
    return _straighten(spans if times else _share(shown, (0.0, duration_s)), duration_s)


def _list_runs(matched: Sequence[Sequence[int]]) -> Iterator[tuple[int, int]]:
    """Each word that matches by itself, and the others in runs."""
    first = 0
    while first < len(matched):
        last = first + 1
        while not matched[first] and last < len(matched) and not matched[last]:
            last += 1
        yield first, last
        first = last


def _share(words: Sequence[str], span: _Span) -> list[_Span]:
    """A stretch of time parted among words by their lengths; what has neither letters nor digits gets none of it."""
    start_s, end_s = span
    weights = [sum(character.isalnum() or character == "@" for character in word) for word in words]
    total = sum(weights) or 1
    spans, done = [], 0
    for weight in weights:
        at_s = start_s + (end_s - start_s) * done / total
        done += weight
        spans.append((at_s, start_s + (end_s - start_s) * done / total))
    return spans


def _straighten(spans: Sequence[_Span], duration_s: float) -> list[_Span]:
    """The same in order, none over the next, all inside the take."""
    straight: list[_Span] = []
    last_s = 0.0
    for index, (start_s, end_s) in enumerate(spans):
        start_s = min(max(start_s, last_s), duration_s)  # noqa: PLW2901  # its straightened form
        limit_s = spans[index + 1][0] if index + 1 < len(spans) else duration_s
        last_s = min(max(start_s, min(end_s, limit_s)), duration_s)
        straight.append((start_s, last_s))
    return straight
