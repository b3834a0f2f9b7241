"""Texts as rows of comparable words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.reader.wording import split_words


def keys(text: str) -> list[str]:
    return [token.key for token in split_words(text)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("I'm sure it's fine", "I am sure it is fine"),
        ("We can't, and won't", "we cannot and will not"),
        ("They’re here", "they are here"),
        ("OK, let's go", "Okay let us go"),
        ("an e-mail", "an e mail"),
        ("Um, pretty good?", "pretty good"),
        ("gonna", "going to"),
        ("naïve café", "naive cafe"),
        ("alright", "all right"),
    ],
)
def test_ways_to_write_the_same_words_have_the_same_keys(one: str, other: str) -> None:
    assert keys(one) == keys(other)


@pytest.mark.parametrize(
    ("words", "digits"),
    [
        ("twenty twenty-three", "2023"),
        ("two thousand twenty-three", "2023"),
        ("two thousand and twenty three", "2023"),
        ("nineteen hundred", "1900"),
        ("nineteen ninety nine", "1999"),
        ("one oh five", "105"),
        ("a hundred and five", "105"),
        ("one hundred twenty-three thousand four hundred fifty-six", "123456"),
        ("three million two hundred thousand", "3200000"),
        ("one two three", "123"),
        ("a thousand", "1000"),
        ("zero", "0"),
    ],
)
def test_number_words_become_one_token_of_digits(words: str, digits: str) -> None:
    tokens = split_words(words)

    assert [token.key for token in tokens] == [digits]
    assert tokens[0].is_number


@given(st.integers(0, 999_999_999))
def test_every_whole_number_in_words_is_its_digits(number: int) -> None:
    assert keys(in_words(number)) == [str(number)]


def test_numbers_stay_apart_when_words_stand_between_them() -> None:
    assert keys("fifty of a hundred things and two") == ["50", "of", "100", "things", "and", "2"]


def test_number_words_stay_single_where_folding_is_not_wanted() -> None:
    assert [token.key for token in split_words("two thousand", fold_numbers=False)] == ["two", "thousand"]


def test_a_line_of_fillers_alone_keeps_them() -> None:
    assert keys("Um, uh.") == ["um", "uh"]


def test_a_token_remembers_the_written_word_that_it_comes_from() -> None:
    tokens = split_words("Well, it's two hundred e-mails")

    assert [(token.key, token.source) for token in tokens] == [
        ("well", 0), ("it", 1), ("is", 1), ("200", 2), ("e", 4), ("mails", 4),
    ]  # fmt: skip


def test_capitals_may_be_spelled() -> None:
    (acronym,) = split_words("GUI")
    (word,) = split_words("gui")

    assert acronym.spelled != acronym.sounds
    assert word.spelled == word.sounds


@given(st.text(max_size=80))
def test_any_text_can_be_split(text: str) -> None:
    tokens = split_words(text)

    assert all(token.key and token.key.isascii() for token in tokens)


SMALL = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def in_words(number: int) -> str:
    for size, name in ((10**6, "million"), (10**3, "thousand"), (100, "hundred")):
        if number >= size:
            rest = f" {in_words(number % size)}" if number % size else ""
            return f"{in_words(number // size)} {name}{rest}"
    if number < 20:
        return SMALL[number]
    return TENS[number // 10 - 2] + (f"-{SMALL[number % 10]}" if number % 10 else "")
