"""How much of one text is in another."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.gate.coverage import Runs, count_in_order, split_words

WORDS = st.lists(st.sampled_from(["one", "two", "three", "four", "five", "six"]), max_size=12)


def test_words_are_split_without_marks_and_case() -> None:
    assert split_words("It’s “Noon”, x_2!") == ["it", "s", "noon", "x", "2"]


def test_every_character_of_a_script_without_spaces_is_a_word() -> None:
    assert split_words("留学生 go") == ["留", "学", "生", "go"]


def test_a_text_covers_itself_and_nothing_else() -> None:
    runs = Runs(["the quick brown fox jumps"], 3)

    assert runs.cover(["the", "quick", "brown", "fox", "jumps"]) == 1.0
    assert runs.cover(["a", "slow", "green", "frog", "sits"]) == 0.0


def test_words_count_only_in_runs() -> None:
    runs = Runs(["the quick brown fox jumps"], 3)

    assert runs.cover(["quick", "brown", "fox", "sleeps"]) == 0.75
    assert runs.cover(["fox", "brown", "quick", "the"]) == 0.0


def test_runs_do_not_cross_from_one_text_into_the_next() -> None:
    runs = Runs(["one two", "three four"], 3)

    assert runs.cover(["two", "three", "four"]) == 0.0


def test_a_short_text_counts_whole_or_not_at_all() -> None:
    runs = Runs(["one two three"], 4)

    assert (runs.cover(["two", "three"]), runs.cover(["two", "one"])) == (1.0, 0.0)


def test_words_out_of_order_do_not_count() -> None:
    assert count_in_order(["a", "b", "c"], ["a", "c", "b"]) == 2


@given(WORDS, WORDS)
def test_shares_lie_between_none_and_all(wanted: list[str], found: list[str]) -> None:
    assert 0.0 <= Runs([" ".join(found)], 3).cover(wanted) <= 1.0
    assert 0 <= count_in_order(wanted, found) <= min(len(wanted), len(found))
