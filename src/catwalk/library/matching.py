"""Which lines of a new script are which lines of the old one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

Pair = tuple[int | None, int | None]
"""Index in the old and in the new sequence; None where one has no counterpart."""

_ALIKE = 0.3
"""Share of words in common from which a line counts as a changed one and not as another."""

_MAX_PAIRS = 40_000
"""Of a stretch in which more lines could be paired than this, the first is paired with the first, and so on."""


def match(old: Sequence[str], new: Sequence[str]) -> list[Pair]:
    """Pair two sequences of texts in order: equal ones first, and between them those that are most alike.

    Every index of both is in the result once; those of each sequence are in order.
    """
    pairs: list[Pair] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pairs += zip(range(i1, i2), range(j1, j2), strict=True)
        else:
            pairs += _pair_alike(old, new, range(i1, i2), range(j1, j2))
    return pairs


def _pair_alike(old: Sequence[str], new: Sequence[str], here: range, there: range) -> Iterator[Pair]:
    at, to = here.start, there.start
    for i, j in _find_alike(old, new, here, there):
        yield from ((gone, None) for gone in range(at, i))
        yield from ((None, come) for come in range(to, j))
        yield i, j
        at, to = i + 1, j + 1
    yield from ((gone, None) for gone in range(at, here.stop))
    yield from ((None, come) for come in range(to, there.stop))


def _find_alike(old: Sequence[str], new: Sequence[str], here: range, there: range) -> list[tuple[int, int]]:
    """The pairs in order whose likeness adds up to most."""
    if len(here) * len(there) > _MAX_PAIRS:
        return list(zip(here, there, strict=False))
    words = {i: set(old[i].lower().split()) for i in here}
    others = {j: set(new[j].lower().split()) for j in there}
    # best[a][b]: the most that the lines from a and from b on can add up to
    best = [[0.0] * (len(there) + 1) for _ in range(len(here) + 1)]
    for a, i in reversed(list(enumerate(here))):
        for b, j in reversed(list(enumerate(there))):
            paired = best[a + 1][b + 1] + _likeness(words[i], others[j])
            best[a][b] = max(best[a + 1][b], best[a][b + 1], paired)
    found, a, b = [], 0, 0
    while a < len(here) and b < len(there):
        if best[a][b] == best[a + 1][b]:
            a += 1
        elif best[a][b] == best[a][b + 1]:
            b += 1
        else:
            found.append((here[a], there[b]))
            a, b = a + 1, b + 1
    return found


def _likeness(words: set[str], others: set[str]) -> float:
    """Share of words in common, 0 where it is too small to mean anything."""
    share = len(words & others) / max(1, len(words | others))
    return share if share >= _ALIKE else 0.0
