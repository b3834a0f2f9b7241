"""Sounds that come twice in a row."""

from __future__ import annotations

import numpy as np
import pytest

from catwalk.audio.waveform import Waveform
from catwalk.reader.repetition import find_repetition, repeats_itself

RATE = 16_000


def speech_like(duration_s: float, *, seed: int) -> Waveform:
    """Tones that change twenty times a second, never twice the same."""
    rng = np.random.default_rng(seed)
    n = RATE // 20
    t = np.arange(n) / RATE
    pieces = [
        sum(np.sin(2 * np.pi * hz * t) for hz in rng.uniform(150, 5000, 4)) * np.hanning(n)
        for _ in range(round(duration_s * 20))
    ]
    return Waveform((0.1 * np.concatenate(pieces)).astype(np.float32), RATE)


@pytest.mark.parametrize("length_s", [0.25, 0.6, 1.3])
def test_a_doubled_stretch_is_found_where_it_is(length_s: float) -> None:
    samples = speech_like(3.0, seed=1).samples
    end = round(1.5 * RATE)
    start = end - round(length_s * RATE)
    doubled = Waveform(np.concatenate([samples[:end], samples[start:]]), RATE)

    found = find_repetition(doubled)

    assert found is not None
    assert found.length_s == pytest.approx(length_s, abs=0.02)
    assert found.start_s == pytest.approx(start / RATE, abs=0.1)


@pytest.mark.parametrize("pitch_hz", [180.0, 240.0])
def test_a_sound_that_is_held_is_no_repetition(pitch_hz: float) -> None:
    around = speech_like(1.0, seed=3).samples
    t = np.arange(RATE // 2) / RATE
    vowel = sum(0.05 / n * np.sin(2 * np.pi * n * pitch_hz * (1 + 0.02 * t) * t) for n in range(1, 12))
    held = np.concatenate([around, vowel, around[::-1]]).astype(np.float32)

    assert find_repetition(Waveform(held, RATE)) is None


@pytest.mark.parametrize("seed", range(5))
def test_sound_that_moves_on_has_no_repetition(seed: int) -> None:
    assert find_repetition(speech_like(4.0, seed=seed)) is None


@pytest.mark.parametrize("n_samples", [0, 10, 2_000])
def test_silence_and_shreds_have_no_repetition(n_samples: int) -> None:
    assert find_repetition(Waveform(np.zeros(n_samples, np.float32), RATE)) is None
    assert find_repetition(Waveform(np.full(n_samples, 0.1, np.float32), RATE)) is None


def test_the_same_words_apart_are_not_a_repetition() -> None:
    refrain = speech_like(0.5, seed=1)
    between = speech_like(1.0, seed=2)

    assert find_repetition(Waveform.join([refrain, between, refrain])) is None


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("very very good", True),
        ("row your boat row your boat", True),
        ("row your boat row the boat", False),
        ("", False),
    ],
)
def test_a_text_says_whether_it_repeats_itself(text: str, answer: bool) -> None:
    assert repeats_itself(text.split()) is answer
