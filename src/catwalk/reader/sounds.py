"""How unlike two strings of sounds are, and where.

The sounds are those of :mod:`catwalk.reader.letter_sounds`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

VOWELS = frozenset("aeEiIoOuUAWY@")

# What it costs to take one sound for another, 0 the same to 1 unlike; from the confusions of whisper base on clean
# synthetic speech: voicing first, then place, then manner.
_CLOSE = {
    frozenset(pair): cost
    for cost, pairs in (
        (0.1, "o@ u@ i@ e@ ao uo iI uU oO"),
        (0.2, "bp dt gk vf zs SZ JC a@ ei eE au ae @I Oo @U @O @E aE yI wU T0"),
        (0.3, "Tf ST sS mn nN Td Tt Ts Tz sT td vT aW uO WO AE Ai Yo eI Ei Aa @A OU yu"),
        (0.45, "mN SC ZJ zZ tC dJ sC zJ lr wr wv bv lw rw nl hf"),
        (0.6, "pt tk pk bd dg bg fs hT kC gJ fp vb td mb nd NG dn"),
    )
    for pair in pairs.split()
}

_LOSS = {**dict.fromkeys(VOWELS, 0.5), "@": 0.3, "i": 0.4, "h": 0.4, "t": 0.6, "d": 0.6, "r": 0.5, "y": 0.4}
"""What it costs to lose or add a sound; 0.8 for the others."""


@lru_cache(maxsize=4096)
def _confusion(a: str, b: str) -> float:
    if a == b:
        return 0.0
    both = (a in VOWELS) + (b in VOWELS)
    return min(_CLOSE.get(frozenset(a + b), 9.0), 0.45 if both == 2 else 1.1 if both == 1 else 0.9)


def weigh_sounds(sounds: str) -> float:
    """What it would cost to lose all of them."""
    return sum(map(_loss, sounds))


@dataclass(frozen=True, slots=True)
class SoundAlignment:
    """Two strings of sounds laid over each other."""

    cost: float

    lost: tuple[float, ...]
    """For each expected sound what it cost there; an exchange is charged to both sides."""

    added: tuple[float, ...]
    """The same for each heard sound."""

    is_lost: tuple[bool, ...]
    """For each expected sound whether it stands over no heard sound at all."""

    is_added: tuple[bool, ...]
    """For each heard sound whether it stands under no expected sound."""


def align_sounds(expected: str, heard: str) -> SoundAlignment:
    """Lay two strings of sounds over each other at the lowest cost."""
    n, m = len(expected), len(heard)
    rows = _fill_rows(expected, heard)
    lost, added = [_loss(sound) for sound in expected], [_loss(sound) for sound in heard]
    is_lost, is_added = [True] * n, [True] * m
    i, j = n, m
    while i and j:
        exchange = _confusion(expected[i - 1], heard[j - 1])
        if abs(rows[i][j] - rows[i - 1][j - 1] - exchange) < 1e-9:
            i, j = i - 1, j - 1
            lost[i] = added[j] = exchange
            is_lost[i] = is_added[j] = False
        elif abs(rows[i][j] - rows[i - 1][j] - lost[i - 1]) < 1e-9:
            i -= 1
        else:
            j -= 1
    return SoundAlignment(rows[n][m], tuple(lost), tuple(added), tuple(is_lost), tuple(is_added))


def _fill_rows(expected: str, heard: str) -> list[list[float]]:
    add = [_loss(sound) for sound in heard]
    rows = [[0.0, *accumulate(add)]]
    for sound in expected:
        above, lose = rows[-1], _loss(sound)
        left = above[0] + lose
        row = [left]
        for j, other in enumerate(heard):
            left = min(above[j] + _confusion(sound, other), above[j + 1] + lose, left + add[j])
            row.append(left)
        rows.append(row)
    return rows


def _loss(sound: str) -> float:
    return _LOSS.get(sound, 0.8)


@lru_cache(maxsize=20_000)
def compare_sounds(expected: str, heard: str) -> float:
    """How unlike two strings of sounds are: 0 the same, 1 nothing in common."""
    if expected == heard:
        return 0.0
    whole = max(weigh_sounds(expected), weigh_sounds(heard))
    return min(1.0, _fill_rows(expected, heard)[-1][-1] / whole) if whole else 0.0
