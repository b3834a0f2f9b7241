"""The fast form of the quality gate: every figure that can be measured here in a minute or two is above its floor."""

from __future__ import annotations

from benchmarks.gate.figures import list_fallen, read_floors
from benchmarks.quality import measure_extraction, measure_pronunciation


def test_extraction_is_above_its_floors() -> None:
    figures, remarks = measure_extraction()

    assert not list_fallen(figures, read_floors()), "\n".join(remarks)


def test_pronunciation_is_above_its_floors() -> None:
    figures, remarks = measure_pronunciation()

    assert not list_fallen(figures, read_floors()), "\n".join(remarks)
