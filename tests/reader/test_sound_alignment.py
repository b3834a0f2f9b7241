from __future__ import annotations

import numpy as np
import pytest

from catwalk.audio.waveform import Waveform
from catwalk.reader.sound_alignment import SpokenWord, locate_words

RATE_HZ = 16_000


def buzz(duration_s: float) -> Waveform:
    at = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    tones = np.sum([np.sin(2 * np.pi * 130 * k * at) / k for k in range(1, 20)], axis=0)
    return Waveform((0.1 * tones).astype(np.float32), RATE_HZ)


def hiss(duration_s: float) -> Waveform:
    """What an s sounds like: noise without its low frequencies."""
    noise = np.random.default_rng(0).normal(0, 0.05, round(duration_s * RATE_HZ) + 2)
    return Waveform(np.diff(noise, 2).astype(np.float32), RATE_HZ)


def silence(duration_s: float) -> Waveform:
    return Waveform.silence(duration_s, RATE_HZ)


def test_a_hiss_belongs_to_the_word_that_is_spelled_with_one() -> None:
    take = Waveform.join([silence(0.2), buzz(0.25), hiss(0.2), buzz(0.25), silence(0.2)])

    hissing_second = locate_words([SpokenWord("ma"), SpokenWord("sa")], take)
    hissing_first = locate_words([SpokenWord("mas"), SpokenWord("la")], take)

    assert hissing_second is not None
    assert hissing_first is not None
    assert hissing_second[1][0] == pytest.approx(0.45, abs=0.05)
    assert hissing_first[1][0] == pytest.approx(0.65, abs=0.05)


@pytest.mark.parametrize(("stop", "n_before"), [(0, 1), (1, 2)])
def test_a_pause_is_laid_at_punctuation_rather_than_elsewhere(stop: int, n_before: int) -> None:
    take = Waveform.join([silence(0.2), buzz(0.45), silence(0.4), buzz(0.45), silence(0.2)])
    words = [SpokenWord("mO", pauses_after=index == stop) for index in range(3)]

    located = locate_words(words, take)

    assert located is not None
    assert sum(end_s < 0.8 for _, end_s in located) == n_before
    assert sum(start_s > 0.9 for start_s, _ in located) == 3 - n_before


def test_the_rate_of_the_take_does_not_matter() -> None:
    slow = Waveform.join([silence(0.3), buzz(0.4), silence(0.3)])
    fast = Waveform(np.repeat(slow.samples, 3), 3 * RATE_HZ)

    located = [locate_words([SpokenWord("lama")], take) for take in (slow, fast)]

    assert located[0] is not None
    assert located[1] is not None
    assert located[0][0] == pytest.approx(located[1][0], abs=0.03)


def test_a_word_without_sounds_has_no_length() -> None:
    located = locate_words([SpokenWord("ma"), SpokenWord(""), SpokenWord("la")], buzz(0.6))

    assert located is not None
    assert located[1][0] == located[1][1] == located[0][1]


@pytest.mark.parametrize("words", [[], [SpokenWord("")], [SpokenWord("lama" * 50)]])
def test_words_that_cannot_lie_in_the_take_are_not_located(words: list[SpokenWord]) -> None:
    assert locate_words(words, buzz(0.3)) is None
