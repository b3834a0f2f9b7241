"""Everyday words and others."""

from __future__ import annotations

import pytest

from catwalk.reader.common_words import is_common


@pytest.mark.parametrize("word", ["when", "second", "chart", "gulls"])
def test_words_of_every_day_are_common(word: str) -> None:
    assert is_common(word)


@pytest.mark.parametrize("word", ["kubectl", "dataset", "petg", "n", "semicolons", ""])
def test_names_letters_and_rare_words_are_not(word: str) -> None:
    assert not is_common(word)
