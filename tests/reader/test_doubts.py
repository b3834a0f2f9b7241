"""What a listener is asked about words that it did not hear, and what its answer settles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.reader.alignment import find_differences
from catwalk.reader.doubts import Doubt, choose_likely, find_doubt, list_candidates
from catwalk.reader.wording import split_words
from catwalk.tasks import Weight


def doubts_about(text: str, said: str) -> list[Doubt | None]:
    heard = split_words(said)
    return [find_doubt(difference, heard, said) for difference in find_differences(split_words(text), heard)]


def weights_of(*pairs: tuple[float, float]) -> list[Weight]:
    return [Weight(*pair) for pair in pairs]


@pytest.mark.parametrize(
    ("text", "said", "as_expected"),
    [
        ("a C coder is here", "A coder is here.", "A C coder is here."),
        ("I try to sleep", "I tried to sleep.", "I try to sleep."),
        ("the gnu tools", "The new tools.", "The gnu tools."),
        ("you may go", "May go.", "you May go."),
        ("it is the end", "It is the", "It is the end"),
        ("now I'll let her", "Now while let her", "Now I'll let her"),
        ("a fine-tuned one", "A fine-tune one", "A fine tuned one"),
        ("late, but am sure", "Late, but I'm sure", "Late, but am sure"),
        ("late and is dark", "Late and it's dark", "Late and is dark"),
    ],
)
def test_the_words_that_were_to_be_said_are_put_where_others_were_heard(text: str, said: str, as_expected: str) -> None:
    (doubt,) = doubts_about(text, said)

    assert doubt is not None
    assert (doubt.as_heard, doubt.as_expected) == (said, as_expected)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("we met twice", "We met twice twice"),
        ("it did work", "It did not work"),
        ("it did not work", "It did work"),
        ("in fourteen days", "In forty days"),
        ("I will let her", "We'll let her"),
    ],
)
def test_nothing_is_asked_where_whole_words_were_added_or_the_meaning_turns(text: str, said: str) -> None:
    assert doubts_about(text, said)[0] is None


def test_every_doubt_is_weighed_against_what_was_heard() -> None:
    doubts = [Doubt("a", "x y", "a y"), Doubt("b", "x y", "x b")]

    assert list_candidates(doubts) == ["x y", "a y", "x b"]
    assert choose_likely(doubts, weights_of((-10, -20), (-15.9, -24), (-16.1, -28))) == doubts[:1]
    assert choose_likely(doubts, weights_of((-10, -20), (-9, -19), (-4, -14))) == doubts
    assert choose_likely(doubts, ()) == []


def test_words_that_grammar_alone_makes_likely_stay_in_doubt() -> None:
    doubts = [Doubt("fact", "not the that", "not the fact that")]

    assert choose_likely(doubts, weights_of((-10, -20), (-11, -14))) == []
    assert choose_likely(doubts, weights_of((-10, -20), (-11, -20))) == doubts


@given(
    st.lists(st.sampled_from(["tea", "at", "a", "red", "door", "may", "rise", "by", "tin"]), min_size=1, max_size=8),
    st.data(),
)
def test_what_is_weighed_differs_from_what_was_heard_in_one_stretch_alone(
    words: list[str], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(words) - 1))
    said = " ".join([*words[:at], "zebra", *words[at + 1 :]])

    for doubt in doubts_about(" ".join(words), said):
        assert doubt is not None
        assert split_words(doubt.as_expected) != split_words(said)
        assert [token.key for token in split_words(doubt.as_expected)] == [
            token.key for token in split_words(" ".join(words))
        ]
