"""Faults of the words: each kind changes a line in its own way, and the same way each time."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.gate.lines import read_lines
from benchmarks.gate.misreadings import MISREADINGS

LINE = [
    "The",
    "old",
    "mill",
    "is",
    "not",
    "for",
    "sale,",
    "and",
    "forty",
    "people",
    "came",
    "to",
    "see",
    "it.",
    "Nobody",
    "bought",
    "it.",
]
OTHERS = [
    "Bread needs time more than it needs skill.",
    "Every morning the baker leaves a crate outside the door.",
    "The water was cold and the walk was long.",
]


def misread(kind: str, words: list[str] = LINE, seed: int = 1) -> list[str] | None:
    return MISREADINGS[kind](list(words), Random(seed), OTHERS)


@pytest.mark.parametrize(("kind", "n_more"), [("word missing", -1), ("small word missing", -1), ("word repeated", 1)])
def test_one_word_more_or_less(kind: str, n_more: int) -> None:
    words = misread(kind)

    assert words is not None
    assert len(words) == len(LINE) + n_more


@pytest.mark.parametrize(
    ("said", "faulty"),
    [
        ("It is not here", "It is here"),
        ("We can't go", "We can go"),
        ("They won't stay", "They will stay"),
        ("He doesn't know", "He does know"),
        ("Nobody knew why", "somebody knew why"),
    ],
)
def test_a_negation_is_dropped(said: str, faulty: str) -> None:
    assert misread("negation dropped", said.split()) == faulty.split()


def test_a_line_without_negation_has_none_to_drop() -> None:
    assert misread("negation dropped", ["It", "is", "here"]) is None


def test_a_negation_is_added_only_where_there_is_none() -> None:
    assert misread("negation added", ["The", "mill", "is", "for", "sale"]) == [
        "The",
        "mill",
        "is",
        "not",
        "for",
        "sale",
    ]
    assert misread("negation added", ["The", "mill", "is", "not", "for", "sale"]) is None


def test_a_number_becomes_another_of_its_kind() -> None:
    words = misread("number changed")

    assert words is not None
    assert words[:8] + words[9:] == LINE[:8] + LINE[9:]
    assert words[8] in ["twenty", "thirty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def test_a_ten_becomes_its_teen() -> None:
    assert misread("teen for ten", ["It", "took", "forty", "days."]) == ["It", "took", "fourteen", "days."]


def test_one_of_two_sentences_is_dropped() -> None:
    assert {tuple(misread("sentence dropped", seed=seed) or ()) for seed in range(8)} == {
        tuple(LINE[:-3]),
        tuple(LINE[-3:]),
    }


def test_a_mark_stays_when_its_word_goes() -> None:
    faulty = {
        " ".join(misread("word missing", ["Two", "days,", "three", "nights,", "four", "weeks."], seed) or [])
        for seed in range(20)
    }

    assert "Two, three nights, four weeks." in faulty


@given(st.sampled_from(sorted(MISREADINGS)), st.sampled_from(read_lines()), st.integers(0, 5))
def test_every_misreading_says_something_else_and_the_same_each_time(kind: str, line: object, seed: int) -> None:
    words = str(getattr(line, "spoken", "")).split()

    once, again = misread(kind, words, seed), misread(kind, words, seed)

    assert once == again
    assert once != words or kind == "words swapped"
