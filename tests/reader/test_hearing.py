"""What a transcriber wrote, as it may have been said."""

from __future__ import annotations

from catwalk.reader.hearing import join_words, list_ways_to_say, say_figures
from catwalk.tasks import Word


def test_parts_of_hyphenated_words_are_joined_again() -> None:
    words = [Word(text, 0.0, 0.1, 0.9) for text in (" A", " step", "-by", "-step", " guide", " - really")]

    assert join_words(words) == "A step-by-step guide - really"


def test_figures_are_said_and_words_are_left_alone() -> None:
    assert say_figures("Nyx costs $5 in 2023.") == "Nyx costs five dollars in twenty twenty-three."


def test_a_text_of_plain_words_can_be_said_in_one_way() -> None:
    assert list_ways_to_say("A plain line, isn't it?") == ["A plain line, isn't it?"]


def test_nothing_is_one_way_to_say_nothing() -> None:
    assert list_ways_to_say("") == [""]


def test_a_time_written_with_a_point_may_be_said_as_a_time() -> None:
    assert "It was ten oh seven." in {way.replace(" o ", " oh ") for way in list_ways_to_say("It was 10.07.")}


def test_a_numeral_may_be_how_a_number_was_written_down() -> None:
    assert "Claude three and Lama three point one." in list_ways_to_say("Claude III and Lama III.1.")
