"""The fast form of the quality gate: every figure that can be measured here in a minute or two is above its floor."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from benchmarks.gate.figures import list_fallen, read_floors
from benchmarks.quality import listen, measure_extraction, measure_pronunciation
from conftest import RunningServer


def test_extraction_is_above_its_floors() -> None:
    figures, remarks = measure_extraction()

    assert not list_fallen(figures, read_floors()), "\n".join(remarks)


def test_pronunciation_is_above_its_floors() -> None:
    figures, remarks = measure_pronunciation()

    assert not list_fallen(figures, read_floors()), "\n".join(remarks)


@pytest.mark.models
def test_voice_and_listener_are_above_their_floors(running: RunningServer, tmp_path: Path) -> None:
    figures, remarks = asyncio.run(listen(["roundtrip", "faults"], running.url, tmp_path, fast=True))

    assert not list_fallen(figures, read_floors()), "\n".join(remarks)
