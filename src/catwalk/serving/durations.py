"""Durations as people write them."""

from __future__ import annotations

import math

from catwalk.errors import InvalidRequest

_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def parse_duration_s(value: float | str, *, param: str | None = None) -> float:
    """Seconds from a number or from text such as ``90s``, ``10m``, ``1.5h``; anything negative is forever.

    Args:
        value: What was given.
        param: Name of the field, for the error.

    Raises:
        InvalidRequest: it is neither.
    """
    text = str(value).strip()
    unit = next((unit for unit in sorted(_UNITS_S, key=len, reverse=True) if text.endswith(unit)), "")
    try:
        seconds = float(text.removesuffix(unit)) * _UNITS_S.get(unit, 1.0)
    except ValueError:
        seconds = math.nan
    if math.isnan(seconds):
        message = f"a duration is a number of seconds or such as 90s, 10m, 1.5h, not {value!r}"
        raise InvalidRequest(f"{param}: {message}" if param else message, param=param)
    return seconds if seconds >= 0 else math.inf
