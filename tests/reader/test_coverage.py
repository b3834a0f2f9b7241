"""Sound that no word accounts for."""

from __future__ import annotations

import numpy as np
import pytest

from catwalk.audio.waveform import Waveform
from catwalk.reader.coverage import find_unaccounted_s
from catwalk.tasks import Word

RATE = 8_000
TEXT = ["seven", "green", "bottles", "standing", "there"]


def sound(duration_s: float) -> Waveform:
    return Waveform((0.3 * np.sin(np.arange(round(duration_s * RATE)) * 0.5)).astype(np.float32), RATE)


def timed(*, length_s: float = 0.4, probability: float = 0.9) -> list[Word]:
    return [Word(text, at * length_s, (at + 1) * length_s, probability) for at, text in enumerate(TEXT)]


def test_words_that_fill_the_recording_leave_nothing_over() -> None:
    assert find_unaccounted_s(timed(), sound(2.0)) < 0.3


def test_sound_behind_the_last_word_is_left_over() -> None:
    assert find_unaccounted_s(timed(), sound(4.0)) > 0.9


def test_silence_behind_the_last_word_is_not() -> None:
    padded = Waveform.join([sound(2.0), Waveform.silence(2.0, RATE)])

    assert find_unaccounted_s(timed(), padded) < 0.3


@pytest.mark.parametrize("words", [[], timed()[:1], timed(probability=1.0)])
def test_without_timed_words_there_is_no_telling(words: list[Word]) -> None:
    assert find_unaccounted_s(words, sound(4.0)) == 0.0


def test_times_out_of_order_and_out_of_range_are_borne() -> None:
    words = [Word("one", 9.0, 3.0, 0.5), Word("two", -1.0, -2.0, 0.5), Word("three", 1.0, 99.0, 0.5)]

    assert find_unaccounted_s(words, sound(2.0)) >= 0.0
