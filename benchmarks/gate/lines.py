"""The lines that are spoken, spoiled and listened to: ``tests/data/lines.tsv``, in two halves."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from catwalk.reader.pronounce import pronounce

LINES = Path(__file__).parents[2] / "tests" / "data" / "lines.tsv"
HALVES = ("held", "tuning")
"""The verifier's limits were set on the second half; the first one is what the floors are about."""


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """One line as a post has it."""

    kind: str
    text: str
    spoken: str

    @property
    def half(self) -> str:
        """Which half it belongs to, by its hash, so that a new line moves no other."""
        return HALVES[rank("half", self.text) % 2]


def rank(*names: str) -> int:
    """A number that looks random and stays the same on every machine."""
    return int.from_bytes(hashlib.sha256("\n".join(names).encode()).digest()[:8])


def read_lines(half: str | None = None) -> list[SpokenLine]:
    """The lines of one half, or all, in the order of the file."""
    rows = (row.split("\t") for row in LINES.read_text("utf-8").splitlines() if not row.startswith("# "))
    lines = [SpokenLine(kind, text, pronounce(text)) for kind, text in rows]
    return [line for line in lines if half in {None, line.half}]
