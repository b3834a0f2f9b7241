"""What a voice is given for the spoken words."""

from __future__ import annotations

import pytest

from catwalk.reader.pronounce import Change, explain_for_voice, respell_for_voice


@pytest.mark.parametrize(
    ("spoken", "voiced"),
    [
        ("the A P I and the D N A", "the API and the DNA"),
        ("on A W S", "on A-W-S"),
        ("H T T P is fine", "H T T P is fine"),
        ("A P I's", "API's"),
        ("two A plus I saw B", "two eigh plus I saw B"),
        ("plan A, or but A is bound", "plan eigh, or but eigh is bound"),
        ("A: yes. A lamp. What A Day.", "eigh: yes. A lamp. What A Day."),
        ("Redis, and the enum", "reddis, and the ee num"),
        ("I read about a live demo.", "I red about a lyve demo."),
        ("Close the file; we are close.", "Cloze the file; we are cloce."),
        ("a jpeg", "a jay-peg"),
    ],
)
def test_letters_and_hard_words_are_respelled_for_the_voice(spoken: str, voiced: str) -> None:
    assert respell_for_voice(spoken) == voiced


def test_what_a_voice_is_given_is_explained_in_order() -> None:
    changes = explain_for_voice("They live for the A P I of Redis.")

    assert changes == [
        Change("live", "liv", "homograph: verb"),
        Change("A P I", "API", "letters"),
        Change("Redis", "reddis", "respelled"),
    ]


def test_plain_words_are_given_as_they_are() -> None:
    assert explain_for_voice("Nothing to see here.") == []
