from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from catwalk.library.matching import match

TEXTS = st.lists(st.sampled_from(["", "one cat", "one dog", "two cats sat here", "two cats sat there"]), max_size=12)


@given(TEXTS, TEXTS)
def test_every_line_of_both_is_there_once_and_in_order(old: list[str], new: list[str]) -> None:
    pairs = match(old, new)

    assert [i for i, _ in pairs if i is not None] == list(range(len(old)))
    assert [j for _, j in pairs if j is not None] == list(range(len(new)))


@given(TEXTS)
def test_a_script_matches_itself(texts: list[str]) -> None:
    assert match(texts, texts) == [(i, i) for i in range(len(texts))]


def test_a_changed_line_is_told_from_a_new_one_beside_it() -> None:
    old = ["Tea is ready.", "The cat sat on the red mat.", "Good night."]
    new = ["Tea is ready.", "An altogether different sentence.", "The cat sat on the blue mat.", "Good night."]

    assert match(old, new) == [(0, 0), (None, 1), (1, 2), (2, 3)]


def test_a_line_that_became_quite_another_one_is_no_changed_line() -> None:
    assert match(["The cat sat on a mat."], ["Of the prices that rose, one fell."]) == [(0, None), (None, 0)]
