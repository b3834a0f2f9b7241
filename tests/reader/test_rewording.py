from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.reader.rewording import part_spoken, pause_after, say_text


@pytest.mark.parametrize(("text", "spoken"), [("It costs $5", "It costs five dollars."), ("—", ""), ("", "")])
def test_a_text_is_spoken_as_the_script_would_have_it(text: str, spoken: str) -> None:
    assert say_text(text) == spoken


@pytest.mark.parametrize(
    ("spoken", "first", "second", "parts"),
    [
        ("one two. three four.", "1 2.", "3 4.", ("one two.", "three four.")),
        ("One lid, and a spout.", "One lid", "and a spout.", ("One lid.", "and a spout.")),
        # A person's wording stays on the side that the rules do not know.
        ("The cat is koob cuttle.", "The cat is", "kubectl.", ("The cat is.", "koob cuttle.")),
        ("Koob cuttle is a cat.", "kubectl", "is a cat.", ("Koob cuttle.", "is a cat.")),
        ("All of it is different.", "One", "two", ("One.", "two.")),
    ],
)
def test_what_is_spoken_is_parted_where_the_text_is(
    spoken: str, first: str, second: str, parts: tuple[str, str]
) -> None:
    assert part_spoken(spoken, first, second) == parts


@given(
    words=st.lists(st.sampled_from(["pot", "lid", "drips", "42", "$5", "tea"]), min_size=2, max_size=8), data=st.data()
)
def test_both_parts_say_something_and_together_all_of_it(words: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(words) - 1))
    whole = say_text(" ".join(words))

    parts = part_spoken(whole, " ".join(words[:at]), " ".join(words[at:]))

    assert all(parts)
    said = [word.strip(".").lower() for part in parts for word in part.split()]
    assert said == [word.strip(".").lower() for word in whole.split()]


def test_a_pause_is_shorter_where_no_sentence_ends() -> None:
    assert pause_after("and so") < pause_after("and so.") < pause_after('"And so?"')
