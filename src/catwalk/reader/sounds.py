"""How unlike two strings of sounds are, and where.

The sounds are those of :mod:`catwalk.reader.letter_sounds`.
"""

from __future__ import annotations

from functools import lru_cache

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
    return sum(_LOSS.get(sound, 0.8) for sound in sounds)


def align_sounds(expected: str, heard: str) -> tuple[float, list[float], list[float]]:
    """Lay two strings of sounds over each other at the lowest cost.

    Returns:
        The whole cost; and for each expected and each heard sound what it cost there: an exchange is charged to both.
    """
    n, m = len(expected), len(heard)
    lose = [_LOSS.get(sound, 0.8) for sound in expected]
    add = [_LOSS.get(sound, 0.8) for sound in heard]
    rows = [[0.0] * (m + 1)]
    for j in range(m):
        rows[0][j + 1] = rows[0][j] + add[j]
    for i, sound in enumerate(expected):
        above, left = rows[-1], rows[-1][0] + lose[i]
        row = [left]
        for j in range(m):
            left = min(above[j] + _confusion(sound, heard[j]), above[j + 1] + lose[i], left + add[j])
            row.append(left)
        rows.append(row)
    lost, added = [0.0] * n, [0.0] * m
    i, j = n, m
    while i or j:
        cost = rows[i][j]
        if i and j and abs(cost - rows[i - 1][j - 1] - _confusion(expected[i - 1], heard[j - 1])) < 1e-9:
            i, j = i - 1, j - 1
            lost[i] = added[j] = _confusion(expected[i], heard[j])
        elif i and abs(cost - rows[i - 1][j] - lose[i - 1]) < 1e-9:
            i -= 1
            lost[i] = lose[i]
        else:
            j -= 1
            added[j] = add[j]
    return rows[n][m], lost, added


@lru_cache(maxsize=20_000)
def compare_sounds(expected: str, heard: str) -> float:
    """How unlike two strings of sounds are: 0 the same, 1 nothing in common."""
    if expected == heard:
        return 0.0
    whole = max(weigh_sounds(expected), weigh_sounds(heard))
    return min(1.0, align_sounds(expected, heard)[0] / whole) if whole else 0.0
