"""Words of two sounds, by their sense in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.reader.pronunciation.homographs import respell_homographs

TABLE = Path(__file__).parents[2] / "data" / "pronunciation" / "homographs.tsv"


def read_table() -> list[tuple[str, str, str]]:
    rows = [row.split("\t") for row in TABLE.read_text("utf-8").splitlines() if not row.startswith("# ")]
    return [(word, sense, sentence) for word, sense, sentence in rows]


@pytest.mark.parametrize(("word", "sense", "sentence"), read_table())
def test_a_word_of_two_sounds_is_given_by_its_sense(word: str, sense: str, sentence: str) -> None:
    senses = [c.rule.removeprefix("homograph: ") for _, c in respell_homographs(sentence) if c.written.lower() == word]

    assert senses[:1] == ([] if sense == "-" else [sense])


def test_a_capital_stays() -> None:
    [(start, change)] = respell_homographs("Read the docs.")

    assert (start, change.written, change.spoken) == (0, "Read", "Reed")


def test_every_place_is_named() -> None:
    text = "They live where the live show is."

    found = respell_homographs(text)

    assert [text[start : start + 4] for start, _ in found] == ["live", "live"]
    assert [change.spoken for _, change in found] == ["liv", "lyve"]


WORDS = ["read", "live", "lead", "wind", "tear", "close", "the", "to", "a", ".", "of", "up", "is", ",", "we", "have"]


@given(st.text(max_size=60) | st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_any_text_has_its_words_where_they_are_said_to_be(text: str) -> None:
    found = respell_homographs(text)

    assert all(text[start : start + len(change.written)] == change.written for start, change in found)
