"""Figures with a floor: what was promised, what is pinned, and a file of floors that only ever rises."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

FLOORS = Path(__file__).parents[1] / "floors.json"

PROMISED = {
    "extraction.*.words": 0.995,
    "extraction.*.own": 0.97,
    "extraction.*.metadata": 0.95,
    "extraction.*": 0.95,
    "pronunciation.technical": 1.0,
    "pronunciation.*": 0.98,
    "roundtrip.*": 0.97,
    "faults.fast.accepted": 0.95,  # of 40: one take more or less is 0.025
    "faults.fast.caught": 0.9,  # of 37, one a kind
    "faults.*.accepted": 0.97,
    "faults.*.caught": 0.95,
}
"""What the project promises, by pattern; the first that fits counts. In every figure more is better: ``own`` is the
share of extracted words that belong to the post, ``accepted`` the share of clean takes that cause no alarm."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured share."""

    name: str
    """``SECTION.SET.WHAT``."""

    value: float
    """0 to 1, more is better."""

    n: int
    """Out of how many."""

    slack: float = 0.0
    """How far below what was measured a floor is set: what hangs on a model's arithmetic may differ by machine."""


def find_promise(name: str) -> float:
    """The least that a figure of this name may be.

    Raises:
        KeyError: nothing was promised for it.
    """
    for pattern, least in PROMISED.items():
        if fnmatchcase(name, pattern):
            return least
    raise KeyError(name)


def read_floors(path: Path = FLOORS) -> dict[str, float]:
    """The pinned floors by name."""
    floors: dict[str, float] = json.loads(path.read_text("utf-8"))
    return floors


def find_floor(name: str, floors: Mapping[str, float]) -> float:
    """The pinned floor, or what was promised where that is higher or nothing is pinned."""
    return max(floors.get(name, 0.0), find_promise(name))


def list_fallen(figures: Iterable[Figure], floors: Mapping[str, float]) -> list[str]:
    """What is below its floor, in words."""
    return [
        f"{figure.name} is {figure.value:.4f}, below its floor {floor:.4f}"
        for figure in figures
        if figure.value < (floor := find_floor(figure.name, floors)) - 1e-9
    ]


def raise_floors(figures: Iterable[Figure], floors: Mapping[str, float]) -> dict[str, float]:
    """The floors, each raised to what was measured less its slack where that is higher; none is ever lowered."""
    raised = dict(floors)
    for figure in figures:
        reached = math.floor((figure.value - figure.slack) * 1000) / 1000
        raised[figure.name] = max(find_floor(figure.name, floors), reached)
    return dict(sorted(raised.items()))


def write_floors(floors: Mapping[str, float], path: Path = FLOORS) -> None:
    """Write the file of floors.

    Raises:
        ValueError: a floor would fall below the one that stands there, or below what was promised.
    """
    standing = read_floors(path) if path.exists() else {}
    lowered = [name for name in {*standing, *floors} if floors.get(name, 0.0) < find_floor(name, standing)]
    if lowered:
        raise ValueError(f"floors are never lowered: {', '.join(sorted(lowered))}")
    path.write_text(json.dumps(dict(floors), indent=1) + "\n", "utf-8")
