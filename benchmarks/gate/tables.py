"""Pronunciation: the pairs of written and spoken words in ``tests/data/pronunciation``, by class."""

from __future__ import annotations

from pathlib import Path

from benchmarks.gate.tally import Tally
from catwalk.reader.pronounce import pronounce

TABLES = Path(__file__).parents[2] / "tests" / "data" / "pronunciation"


def measure() -> Tally:
    """Pronounce every pair; hits by table, and by table and class."""
    tally = Tally()
    for path in (TABLES / "ordinary.tsv", TABLES / "technical.tsv"):  # homographs are sentences for the voice
        for row in path.read_text("utf-8").splitlines():
            if not row.startswith("# "):
                kind, written, wanted = row.split("\t")
                spoken = pronounce(written)
                tally.add(path.stem, spoken == wanted, remark=f"{kind}: {written!r} as {spoken!r}, not {wanted!r}")
    return tally
