"""How long texts take."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.audio.waveform import Waveform
from catwalk.reader.pace import estimate_pace, expect_duration_s, expect_word_s, measure_pace


def sound_of(duration_s: float) -> Waveform:
    rng = np.random.default_rng(1)
    return Waveform(rng.uniform(-0.2, 0.2, round(duration_s * 16_000)).astype(np.float32), 16_000)


def test_a_sentence_takes_three_to_four_and_a_half_words_a_second() -> None:
    text = "It was a bright cold day, and the clocks in every tower of the town were striking thirteen."

    assert 18 / 4.5 < expect_duration_s(text) < 18 / 3.0


@given(st.lists(st.sampled_from(["the", "cat", "sat", "down,", "nation.", "A B C", "twelve"]), min_size=1, max_size=30))
def test_every_word_adds_time(words: list[str]) -> None:
    assert expect_duration_s(" ".join(words)) > expect_duration_s(" ".join(words[:-1]))


def test_punctuation_adds_a_pause() -> None:
    assert expect_duration_s("Well, yes. Go on.") > expect_duration_s("Well yes go on.") + 0.3


def test_spelled_letters_take_as_long_as_their_names() -> None:
    assert expect_duration_s("W W W") > 2 * expect_duration_s("won")


def test_letters_that_are_spelled_out_take_longer_than_the_same_sounds_in_words() -> None:
    assert expect_duration_s("The X M L is here.") > expect_duration_s("The eks em el is here.") + 0.1
    assert expect_duration_s("Of A P I") - expect_duration_s("Of P I") > expect_word_s("a")
    assert expect_duration_s("I had A plan.") == expect_duration_s("I had a plan.")


def test_the_pace_of_a_take_is_its_length_beside_the_expected_one() -> None:
    text = "The lamp in the hall was lit all night, as always."
    spoken = sound_of(2 * expect_duration_s(text))

    assert measure_pace(text, spoken) == pytest.approx(2.0, rel=0.1)
    assert measure_pace("Tea.", spoken) is None


def test_pace_is_the_middle_of_the_ratios_once_there_are_enough() -> None:
    assert estimate_pace([1.2] * 7) is None
    assert estimate_pace([1.2, 1.1, 1.3, 1.2, 9.0, 1.2, 1.1, 1.2]) == pytest.approx(1.2)
