"""Parts of speech by the neighbours of a word."""

from __future__ import annotations

import pytest

from catwalk.reader.pronunciation.parts import Part, Place, find_part, fits_part, read_words_of


def place_of(word: str, text: str) -> Place:
    words, _ = read_words_of(text)
    return Place(words, words.index(word))


@pytest.mark.parametrize(
    ("word", "part", "text"),
    [
        ("record", Part.VERB, "I want to record a song."),
        ("record", Part.VERB, "They never record anything."),
        ("record", Part.NOUN, "It is the record of the year."),
        ("record", Part.NOUN, "his father's record"),
        ("record", Part.VERB, "Record the call."),
        ("record", Part.VERB, "Studios record the band live."),
        ("put", Part.PAST, "Have you put it back?"),
        ("put", Part.PAST, "She has just put it back."),
        ("live", Part.ADJECTIVE, "The site is live."),
        ("record", None, "World record"),
    ],
)
def test_a_part_of_speech_follows_from_the_words_around(word: str, part: Part | None, text: str) -> None:
    assert find_part(place_of(word, text)) == part


def test_a_noun_before_a_noun_fits_as_an_adjective_too() -> None:
    place = place_of("live", "We saw a live demo.")

    assert fits_part(place, Part.ADJECTIVE)
    assert fits_part(place, Part.NOUN)
    assert not fits_part(place, Part.VERB)


def test_a_word_knows_whether_it_opens_or_ends_its_clause() -> None:
    place = place_of("read", "Yes, read.")

    assert (place.opens, place.ends, place.before, place.after) == (True, True, ",", ".")


def test_adverbs_are_passed_over_on_the_way_to_the_head() -> None:
    assert place_of("read", "I have never really read it.").head == "have"
