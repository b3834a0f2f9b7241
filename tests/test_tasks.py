"""Sounds that a text names itself."""

from __future__ import annotations

import pytest

from catwalk.tasks import drop_sounds, phonemize_around, split_sounds


def test_a_text_is_parted_where_it_names_sounds() -> None:
    parts = split_sounds("Ask [Siobhan](/ʃɪvˈɔːn/), she knows.")

    assert parts == [("Ask ", None), ("Siobhan", "ʃɪvˈɔːn"), (", she knows.", None)]


@pytest.mark.parametrize(
    "text", ["plain", "[a link](https://example.com)", "[empty](//)", "[a](/b/c/)", "[a](/ b/)", "[](/b/)", ""]
)
def test_other_brackets_name_no_sounds(text: str) -> None:
    assert split_sounds(text) == ([(text, None)] if text else [])
    assert drop_sounds(text) == text


def test_a_voice_without_phonemes_is_given_the_words_alone() -> None:
    assert drop_sounds("Ask [Siobhan](/ʃɪvˈɔːn/) and [Nguyen's](/wɪnz/) son.") == "Ask Siobhan and Nguyen's son."


def test_named_sounds_stand_between_the_phonemes_of_their_neighbours() -> None:
    phonemes = phonemize_around("ask [Siobhan](/ʃɪvˈɔːn/), then go", lambda words: words.upper().strip())

    assert phonemes == "ASK ʃɪvˈɔːn, THEN GO"
