"""What was to be said laid over what was heard: which words agree, sound alike, are missing or are extra."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from catwalk.reader.letter_sounds import pronounce_word
from catwalk.reader.sounds import VOWELS, align_sounds, compare_sounds, weigh_sounds
from catwalk.reader.wording import NEGATIONS, Token

_T = TypeVar("_T")

MAX_SOUNDS = 240
"""Longer stretches are not compared by sound: they cost their lengths' product, and nothing that long is misheard."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A stretch in which what was heard is not what was to be said, word for word."""

    expected: tuple[Token, ...]
    heard: tuple[Token, ...]

    at: int
    """Index among the expected words at which it stands."""

    at_heard: int
    """Index among the heard words."""

    distance: float
    """How unlike both sides sound, 0 the same to 1 nothing in common."""

    missing: tuple[Token, ...]
    """Expected words of which nothing near was heard."""

    extra: tuple[Token, ...]
    """Heard words that resemble nothing expected."""

    swallowed: bool
    """Whether a word on one side has no counterpart at all, though the stretch as a whole may sound alike."""

    @property
    def negates(self) -> bool:
        """Whether a negation stands on one side and not on the other."""
        before = sorted(token.key for token in self.expected if token.key in NEGATIONS)
        after = sorted(token.key for token in self.heard if token.key in NEGATIONS)
        return before != after

    @property
    def changes_number(self) -> bool:
        """Whether another number stands on either side; "forty" is much like "fourteen" and no mishearing of it."""
        before = "".join(token.key for token in self.expected if token.is_number)
        after = "".join(token.key for token in self.heard if token.is_number)
        return bool(before) and bool(after) and before != after


def match_words(expected: Sequence[Token], heard: Sequence[Token]) -> list[tuple[int, int]]:
    """Pairs of indices of equal words along the cheapest alignment, in order."""
    start, n, m = 0, len(expected), len(heard)
    while start < min(n, m) and expected[start].key == heard[start].key:
        start += 1
    tail = 0
    while tail < min(n, m) - start and expected[n - 1 - tail].key == heard[m - 1 - tail].key:
        tail += 1
    inner = _match_inner(expected[start : n - tail], heard[start : m - tail])
    return [
        *((i, i) for i in range(start)),
        *((start + i, start + j) for i, j in inner),
        *((n - k, m - k) for k in range(tail, 0, -1)),
    ]


def _match_inner(expected: Sequence[Token], heard: Sequence[Token]) -> list[tuple[int, int]]:
    n, m = len(expected), len(heard)
    rows = [[float(j) for j in range(m + 1)]]
    for i, wanted in enumerate(expected):
        above, left = rows[-1], float(i + 1)
        row = [left]
        for j, got in enumerate(heard):
            left = min(above[j] + _exchange(wanted, got), above[j + 1] + 1, left + 1)
            row.append(left)
        rows.append(row)
    pairs = []
    i, j = n, m
    while i and j:
        cost = rows[i][j]
        if abs(cost - rows[i - 1][j - 1] - _exchange(expected[i - 1], heard[j - 1])) < 1e-9:
            i, j = i - 1, j - 1
            if expected[i].key == heard[j].key:
                pairs.append((i, j))
        elif abs(cost - rows[i - 1][j] - 1) < 1e-9:
            i -= 1
        else:
            j -= 1
    return pairs[::-1]


def _exchange(wanted: Token, got: Token) -> float:
    if wanted.key == got.key:
        return 0.0
    # Below 1 for like sounds, so that a misheard word lies over its own hearing and not over its neighbour's; above
    # for unlike ones, but below the 2 of a loss and an addition.
    return 0.4 + compare_sounds(wanted.sounds, got.sounds)


def find_differences(expected: Sequence[Token], heard: Sequence[Token]) -> list[Difference]:
    """Every stretch between equal words, in order; those that are alike letter for letter are left out.

    So "web site" is "website" and "A P I" is "API".
    """
    differences = []
    i = j = 0
    for next_i, next_j in [*match_words(expected, heard), (len(expected), len(heard))]:
        if (i, j) != (next_i, next_j):
            wanted, got = tuple(expected[i:next_i]), tuple(heard[j:next_j])
            if _join(wanted) != _join(got):
                follow = expected[next_i].sounds if next_i < len(expected) else ""
                differences.append(_weigh(wanted, got, i, j, follow))
        i, j = next_i + 1, next_j + 1
    return differences


def _join(tokens: Sequence[Token]) -> str:
    return "".join(token.key for token in tokens)


def _weigh(expected: tuple[Token, ...], heard: tuple[Token, ...], at: int, at_heard: int, follow: str) -> Difference:
    if not expected or not heard:
        return Difference(expected, heard, at, at_heard, 1.0, expected, heard, swallowed=True)
    ways = [
        ([_sounds(token, spelled=a) for token in expected], [_sounds(token, spelled=b) for token in heard])
        for a in {False, any(token.spelled != token.sounds for token in expected)}
        for b in {False, any(token.spelled != token.sounds for token in heard)}
    ]
    if max(len("".join(side)) for side in ways[0]) > MAX_SOUNDS:
        return Difference(expected, heard, at, at_heard, 1.0, expected, heard, swallowed=True)
    ways += [(_run_on(wanted, follow), _run_on(got, follow)) for wanted, got in ways]
    scored = [(compare_sounds("".join(wanted), "".join(got)), wanted, got) for wanted, got in ways]
    distance, wanted, got = min(scored)
    if not any(token.is_number for token in (*expected, *heard)):
        # As one word, in case a word was taken apart where its letters sound otherwise ("some want" for "somewhat").
        distance = min(distance, compare_sounds(pronounce_word(_join(expected)), pronounce_word(_join(heard))))
    laid = align_sounds("".join(wanted), "".join(got))
    return Difference(
        expected,
        heard,
        at,
        at_heard,
        distance,
        missing=_pick(expected, wanted, laid.lost),
        extra=_pick(heard, got, laid.added),
        swallowed=any(_is_whole(wanted, laid.is_lost)) or any(_is_whole(got, laid.is_added)),
    )


_ALIKE = 0.35
"""Consonants that differ in voice alone, as "f" and "v", are no further apart."""


def _run_on(words: Sequence[str], follow: str) -> list[str]:
    """The words as they run into the sounds after them: two like consonants are said once, as in "of figure"."""
    *before, last = words
    if len(last) < 2 or not follow or last[-1] in VOWELS or compare_sounds(last[-1], follow[0]) > _ALIKE:
        return list(words)
    return [*before, last[:-1]]


_LOST = 0.6
"""Share of a word's sounds above which it counts as not heard."""


def _pick(tokens: Sequence[Token], sounds: Sequence[str], costs: Sequence[float]) -> tuple[Token, ...]:
    """The words that lost most of what they weigh."""
    shares = (sum(part) / max(weigh_sounds(word), 1e-6) for word, part in zip(sounds, _cut(costs, sounds), strict=True))
    return tuple(token for token, share in zip(tokens, shares, strict=True) if share > _LOST)


def _is_whole(sounds: Sequence[str], flags: Sequence[bool]) -> Iterator[bool]:
    """For each word whether none, or next to none, of its sounds has a counterpart."""
    return (bool(part) and sum(part) >= 0.75 * len(part) for part in _cut(flags, sounds))


def _cut(values: Sequence[_T], words: Sequence[str]) -> Iterator[Sequence[_T]]:
    at = 0
    for sounds in words:
        yield values[at : at + len(sounds)]
        at += len(sounds)


def _sounds(token: Token, *, spelled: bool) -> str:
    return token.spelled if spelled else token.sounds
