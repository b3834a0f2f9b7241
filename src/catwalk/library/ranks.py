"""Ranks: texts that order lines, so that one can be put between any two without touching the others.

A rank is a fraction between 0 and 1 in base 62, written without its "0." and without zeros at its end; compared byte by
byte, texts are in the order of the fractions.
"""

from __future__ import annotations

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE = len(_DIGITS)


def spread(low: str | None, high: str | None, n: int) -> list[str]:
    """``n`` ranks in order between two, evenly apart and as short as that allows.

    Args:
        low: Below all of them; None for the beginning.
        high: Above all of them; None for the end.
        n: How many.
    """
    width = max(len(low or ""), len(high or ""))
    while True:
        below = _value(low or "", width)
        above = _value(high, width) if high is not None else _BASE**width
        if above - below > n:
            return [_write(below + (above - below) * count // (n + 1), width) for count in range(1, n + 1)]
        width += 1


def _value(rank: str, width: int) -> int:
    value = 0
    for digit in rank.ljust(width, _DIGITS[0]):
        value = value * _BASE + _DIGITS.index(digit)
    return value


def _write(value: int, width: int) -> str:
    digits = []
    for _ in range(width):
        value, digit = divmod(value, _BASE)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits)).rstrip(_DIGITS[0])
