"""Counting: what was sought, what was found, and what was not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from benchmarks.gate.figures import Figure


@dataclass(slots=True)
class Tally:
    """Hits by what was looked for, and what was missed."""

    hits: Counter[str] = field(default_factory=Counter)
    sought: Counter[str] = field(default_factory=Counter)
    remarks: list[str] = field(default_factory=list)

    def add(self, what: str, hit: bool | int, out_of: int = 1, *, remark: str = "") -> None:
        """Count a look-up; the remark is kept when it failed."""
        self.hits[what] += int(hit)
        self.sought[what] += out_of
        if remark and not hit:
            self.remarks.append(f"{what}: {remark}")

    def figures(self, prefix: str) -> list[Figure]:
        """A share for each thing that was looked for."""
        return [Figure(f"{prefix}.{what}", self.hits[what] / n, n) for what, n in sorted(self.sought.items())]
