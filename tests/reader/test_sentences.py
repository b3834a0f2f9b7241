"""Sentences and clauses: where a full stop ends something, and where it does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.reader.sentences import split_clauses, split_sentences


@pytest.mark.parametrize(
    "text",
    [
        "He lives in the U.S. and likes it.",
        "I met Dr. Smith at 5 p.m. on Monday.",
        "Pi is 3.14 or so, e.g. in school, i.e. roughly.",
        "Use Node.js, Vue.js or v2.0.1.rc1 of it.",
        "See https://a.example/b.c?d=e.f for more.",
        "`foo. Bar` is code.",
        "J. R. R. Tolkien wrote it.",
        "Apples, pears, etc. are fruit.",
        "(It has many parts, etc.) and more.",
        'He said "Stop!" and left.',
        '"Is it?" she asked.',
        "Well... maybe not.",
        "Yahoo! is a site.",
        "No. 5 is alive in Fig. 3 on p. 12.",
        "Smith et al. showed it.",
        "1. Install it",
        "Mr. T. is here.",
        "Acme Inc. makes it.",
    ],
)
def test_a_point_inside_a_sentence_does_not_end_it(text: str) -> None:
    assert split_sentences(text) == [text]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("What?! Really.", ["What?!", "Really."]),
        ('He said "No." Then he left.', ['He said "No."', "Then he left."]),
        ("(This is one.) So is this.", ["(This is one.)", "So is this."]),
        ("Well... Maybe.", ["Well...", "Maybe."]),
        ("I live in the U.S. It is big.", ["I live in the U.S.", "It is big."]),
        ("Fruit, nuts, etc. The rest is gone.", ["Fruit, nuts, etc.", "The rest is gone."]),
        ("It needs vitamin C. The rest is easy.", ["It needs vitamin C.", "The rest is easy."]),
        ("It ends here.[^1] And starts.[2] Again.", ["It ends here.[^1]", "And starts.[2]", "Again."]),
        ("Use `x.y`. Then `z`.", ["Use `x.y`.", "Then `z`."]),
        ("He came at 5 p.m. He left.", ["He came at 5 p.m.", "He left."]),
        ("no capitals here. they write so.", ["no capitals here.", "they write so."]),
        ("One line\n\nanother", ["One line", "another"]),
        ("“Quoted.” Next.", ["“Quoted.”", "Next."]),
        ("一句。两句。", ["一句。", "两句。"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_a_text_is_cut_where_sentences_end(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences


@given(st.text(max_size=200) | st.text(alphabet="aB1 .!?\"'()`[]^\n…", max_size=80))
def test_the_sentences_hold_every_character_but_white_space(text: str) -> None:
    sentences = split_sentences(text)

    assert "".join("".join(sentences).split()) == "".join(text.split())


def test_a_long_sentence_is_cut_at_its_strongest_pause() -> None:
    sentence = "It has two parts; the first is short, and the second goes on."

    assert split_clauses(sentence, 45) == ["It has two parts;", "the first is short, and the second goes on."]


def test_a_sentence_without_pauses_is_cut_before_a_conjunction() -> None:
    sentence = "The server keeps every model warm because nobody likes to wait"

    assert split_clauses(sentence, 40) == ["The server keeps every model warm", "because nobody likes to wait"]


def test_a_short_sentence_stays_whole() -> None:
    assert split_clauses("Short, and sweet.", 250) == ["Short, and sweet."]


def test_max_chars_must_be_positive() -> None:
    with pytest.raises(ValueError, match="max_chars must be positive"):
        split_clauses("Text.", 0)


@given(st.text(alphabet="ab ,;:—()and", max_size=300), st.integers(1, 60))
def test_no_clause_is_longer_than_allowed_and_none_is_lost(text: str, max_chars: int) -> None:
    clauses = split_clauses(text, max_chars)

    assert all(0 < len(clause) <= max_chars for clause in clauses)
    assert "".join("".join(clauses).split()) == "".join(text.split())
