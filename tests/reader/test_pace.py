"""How long texts take."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.reader.pace import estimate_pace, expect_duration_s


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


def test_pace_is_the_middle_of_the_ratios_once_there_are_enough() -> None:
    assert estimate_pace([1.2] * 7) is None
    assert estimate_pace([1.2, 1.1, 1.3, 1.2, 9.0, 1.2, 1.1, 1.2]) == pytest.approx(1.2)
