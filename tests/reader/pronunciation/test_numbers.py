"""Numbers as words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.reader.pronunciation.numbers import (
    MAX_WORDS_DIGITS,
    cardinal,
    decimal,
    digits,
    fraction,
    mixed,
    ordinal,
    pairs,
    plural,
    roman,
    year,
)


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (0, "zero"),
        (21, "twenty-one"),
        (105, "one hundred and five"),
        (110_000, "one hundred ten thousand"),
        (1_001, "one thousand and one"),
        (1_000_001, "one million one"),
        (-7, "minus seven"),
        (10**MAX_WORDS_DIGITS, "one" + " zero" * MAX_WORDS_DIGITS),
    ],
)
def test_a_cardinal_has_and_before_its_last_two_digits(n: int, words: str) -> None:
    assert cardinal(n) == words


@pytest.mark.parametrize(
    ("n", "words"),
    [(1, "first"), (12, "twelfth"), (30, "thirtieth"), (101, "one hundred first"), (1000, "one thousandth")],
)
def test_an_ordinal_ends_as_ordinals_do(n: int, words: str) -> None:
    assert ordinal(n) == words


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (1900, "nineteen hundred"),
        (1905, "nineteen oh five"),
        (2000, "two thousand"),
        (2005, "two thousand five"),
        (2024, "twenty twenty-four"),
        (79, "seventy-nine"),
    ],
)
def test_a_year_is_read_in_pairs(n: int, words: str) -> None:
    assert year(n) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("3.14", "three point one four"),
        ("-0.5", "minus zero point five"),
        (".5", "point five"),
        ("1,234", "one thousand two hundred and thirty-four"),
    ],
)
def test_a_decimal_has_its_part_digit_by_digit(text: str, words: str) -> None:
    assert decimal(text) == words


def test_fractions_have_halves_and_quarters() -> None:
    words = [fraction(1, 2), fraction(3, 4), fraction(2, 3), mixed(3, 1, 2), mixed(2, 3, 4)]

    assert words == ["one half", "three quarters", "two thirds", "three and a half", "two and three quarters"]


def test_names_that_are_numbers_go_in_pairs() -> None:
    words = [pairs("404"), pairs("4090"), pairs("1205"), pairs("3000"), pairs("9001"), digits("007")]

    assert words == [
        "four oh four",
        "forty ninety",
        "twelve oh five",
        "three thousand",
        "nine thousand one",
        "zero zero seven",
    ]


def test_a_plural_follows_the_last_word() -> None:
    assert [plural("ninety"), plural("six"), plural("hundred")] == ["nineties", "sixes", "hundreds"]


@pytest.mark.parametrize(("text", "value"), [("XIV", 14), ("MCMXCIX", 1999), ("IIII", None), ("VX", None), ("", None)])
def test_only_well_formed_roman_numerals_have_a_value(text: str, value: int | None) -> None:
    assert roman(text) == value


@given(st.integers(0, 10**30))
def test_different_numbers_have_different_words(n: int) -> None:
    assert cardinal(n) != cardinal(n + 1)
