"""Letters to sounds: near enough that words which sound alike come out alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.reader.letter_sounds import pronounce_word, spell
from catwalk.reader.sounds import VOWELS


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("their", "there"), ("colour", "color"), ("knight", "night"), ("wright", "right"), ("two", "too"),
        ("modelling", "modeling"), ("whole", "hole"), ("won", "one"), ("sum", "some"), ("phish", "fish"),
    ],
)  # fmt: skip
def test_words_that_sound_the_same_get_the_same_sounds(one: str, other: str) -> None:
    assert pronounce_word(one) == pronounce_word(other)


@pytest.mark.parametrize(
    ("word", "sounds"),
    [
        ("nation", "nES@n"), ("making", "mEkiN"), ("knife", "nAf"), ("stopped", "stopt"), ("wanted", "wontid"),
        ("played", "plEd"), ("houses", "hWziz"), ("phoneme", "fonIm"), ("thought", "Tot"), ("lamb", "lam"),
    ],
)  # fmt: skip
def test_rules_give_the_sounds_of_regular_words(word: str, sounds: str) -> None:
    assert pronounce_word(word) == sounds


def test_a_word_without_a_vowel_is_spelled() -> None:
    assert pronounce_word("http") == spell("http") == "ECtItIpI"


def test_one_letter_is_said_as_its_name() -> None:
    assert pronounce_word("b") == "bI"


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=30))
def test_any_word_has_sounds_of_the_alphabet_only(word: str) -> None:
    sounds = pronounce_word(word)

    assert set(sounds) <= VOWELS | set("pbtdkgfvszmnlrwyhTSZCJN")
