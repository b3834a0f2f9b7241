"""Faults of the sound: each kind spoils a take in its own way, and the same way each time."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from benchmarks.gate.damage import DAMAGES, Recording
from catwalk.audio.waveform import Waveform
from catwalk.tasks import Word

RATE = 24_000


def take(seed: int = 0) -> Waveform:
    """Two seconds of syllables between two rests."""
    rng = np.random.default_rng(seed)
    times = np.arange(2 * RATE) / RATE
    voice = 0.2 * np.sin(2 * np.pi * (120 + 40 * np.sin(times)) * times) * np.abs(np.sin(2 * np.pi * 2 * times))
    voice += 0.01 * rng.standard_normal(len(times))
    rest = np.zeros(RATE // 4)
    return Waveform(np.concatenate([rest, voice, rest]).astype(np.float32), RATE)


def recording() -> Recording:
    words = [Word(f"word{i}", 0.25 + 0.25 * i, 0.5 + 0.25 * i, 0.9) for i in range(8)]
    return Recording(take(), words, take(1))


@pytest.mark.parametrize("kind", DAMAGES)
def test_every_damage_changes_the_take_and_the_same_way_each_time(kind: str) -> None:
    spoiled = [DAMAGES[kind](recording(), Random(3)) for _ in range(2)]

    assert spoiled[0] is not None
    assert spoiled[1] is not None
    assert spoiled[0].dtype == np.float32
    assert np.array_equal(spoiled[0], spoiled[1])
    assert not np.array_equal(spoiled[0], take().samples)


@pytest.mark.parametrize("kind", ["cut off at the end", "cut at the start", "word cut out", "babble inside"])
def test_a_take_that_is_too_short_is_not_spoiled(kind: str) -> None:
    short = Waveform(take().samples[: RATE // 2], RATE)

    assert DAMAGES[kind](Recording(short, [], take(1)), Random(3)) is None


@pytest.mark.parametrize(
    "kind", ["cut off at the end", "cut at the start", "word cut out", "end missing, then silence"]
)
def test_what_is_cut_is_shorter(kind: str) -> None:
    spoiled = DAMAGES[kind](recording(), Random(3))

    assert spoiled is not None
    assert len(spoiled) < len(take().samples)


def test_clipping_flattens_peaks() -> None:
    spoiled = DAMAGES["clipping"](recording(), Random(3))

    assert spoiled is not None
    assert np.mean(np.abs(spoiled) > 0.99 * np.abs(spoiled).max()) > 0.05


def test_the_take_itself_is_left_alone() -> None:
    spoiled = recording()
    before = spoiled.samples.copy()

    for damage in DAMAGES.values():
        damage(spoiled, Random(3))

    assert np.array_equal(spoiled.samples, before)
