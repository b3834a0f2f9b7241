"""What a voice is given for the spoken words."""

from __future__ import annotations

import pytest

from catwalk.reader.pronounce import respell_for_voice


@pytest.mark.parametrize(
    ("spoken", "voiced"),
    [
        ("the A P I and the D N A", "the API and the DNA"),
        ("on A W S", "on A-W-S"),
        ("H T T P is fine", "H T T P is fine"),
        ("A P I's", "API's"),
        ("two A plus I saw B", "two A plus I saw B"),
        ("Redis, and the enum", "reddis, and the ee num"),
    ],
)
def test_letters_and_hard_words_are_respelled_for_the_voice(spoken: str, voiced: str) -> None:
    assert respell_for_voice(spoken) == voiced
