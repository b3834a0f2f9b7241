"""Distances between strings of sounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.reader.letter_sounds import pronounce_word
from catwalk.reader.sounds import align_sounds, compare_sounds, weigh_sounds

SOUNDS = st.text(alphabet="pbtdkgfvszmnlrwyhTSZCJNaeEiIoOuUAWY@", max_size=14)


def distance(one: str, other: str) -> float:
    return compare_sounds("".join(map(pronounce_word, one.split())), "".join(map(pronounce_word, other.split())))


@given(SOUNDS, SOUNDS)
def test_distance_is_symmetric_and_between_0_and_1(one: str, other: str) -> None:
    there, back = compare_sounds(one, other), compare_sounds(other, one)

    assert there == pytest.approx(back)
    assert 0.0 <= there <= 1.0


@given(SOUNDS)
def test_a_string_is_at_no_distance_from_itself(sounds: str) -> None:
    assert compare_sounds(sounds, sounds) == 0.0


@given(SOUNDS, SOUNDS)
def test_an_alignment_charges_its_whole_cost_to_the_sounds(one: str, other: str) -> None:
    laid = align_sounds(one, other)

    lost, added = sum(laid.lost), sum(laid.added)
    assert (len(laid.lost), len(laid.added)) == (len(one), len(other))
    assert laid.cost <= weigh_sounds(one) + weigh_sounds(other) + 1e-9
    assert max(lost, added) <= laid.cost + 1e-9 <= lost + added + 2e-9


@given(SOUNDS, SOUNDS)
def test_as_many_sounds_are_paired_on_either_side(one: str, other: str) -> None:
    laid = align_sounds(one, other)

    assert len(one) - sum(laid.is_lost) == len(other) - sum(laid.is_added)


@pytest.mark.parametrize(
    ("said", "heard"),
    [("unify", "unified"), ("lisp", "list"), ("chordite", "cordite"), ("norvig", "norvik"), ("atom feed", "adam feed")],
)
def test_what_is_misheard_is_near(said: str, heard: str) -> None:
    assert distance(said, heard) < 0.3


@pytest.mark.parametrize(("said", "heard"), [("dog", "cat"), ("human", "table"), ("always", "never"), ("open", "shut")])
def test_another_word_is_far(said: str, heard: str) -> None:
    assert distance(said, heard) > 0.55


def test_nothing_is_as_far_as_can_be_from_something() -> None:
    assert compare_sounds("kat", "") == 1.0
