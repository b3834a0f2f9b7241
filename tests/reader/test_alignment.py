"""Words laid over words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from catwalk.reader.alignment import Difference, find_differences, match_words
from catwalk.reader.wording import split_words

WORDS = st.lists(st.sampled_from(["the", "cat", "sat", "on", "a", "mat", "not", "twelve"]), max_size=14)


def differences(expected: str, heard: str) -> list[Difference]:
    return find_differences(split_words(expected), split_words(heard))


def only(expected: str, heard: str) -> tuple[list[str], list[str]]:
    (difference,) = differences(expected, heard)
    return [token.key for token in difference.missing], [token.key for token in difference.extra]


@given(WORDS, WORDS)
def test_matched_pairs_are_equal_words_in_order(expected: list[str], heard: list[str]) -> None:
    a, b = split_words(" ".join(expected), fold_numbers=False), split_words(" ".join(heard), fold_numbers=False)

    pairs = match_words(a, b)

    assert all(a[i].key == b[j].key for i, j in pairs)
    assert pairs == sorted(set(pairs))
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)


@given(WORDS)
def test_equal_texts_have_no_difference(words: list[str]) -> None:
    assert differences(" ".join(words), " ".join(words)) == []


@given(WORDS, WORDS)
def test_differences_cover_every_word_that_is_not_matched(expected: list[str], heard: list[str]) -> None:
    a, b = split_words(" ".join(expected), fold_numbers=False), split_words(" ".join(heard), fold_numbers=False)
    found = find_differences(a, b)

    left_over = len(a) - len(match_words(a, b))

    assert sum(len(each.expected) for each in found) <= left_over


def test_words_joined_or_split_are_no_difference() -> None:
    assert differences("the web site has an A P I", "The website has an API.") == []


def test_a_lost_word_is_missing() -> None:
    assert only("it was not built on sand", "it was built on sand") == (["not"], [])


def test_a_word_too_many_is_extra() -> None:
    assert only("it was built on sand", "it was really built on sand") == ([], ["really"])


def test_a_repeated_phrase_is_extra_once() -> None:
    assert only("based on our talks", "based on based on our talks") == ([], ["based", "on"])


def test_another_word_is_missing_and_extra() -> None:
    assert only("the human stood up", "the table stood up") == (["human"], ["table"])


def test_a_word_that_sounds_alike_is_neither() -> None:
    (difference,) = differences("Norvig built it", "Norvik built it")

    assert (difference.missing, difference.extra) == ((), ())
    assert difference.distance < 0.1


def test_two_like_consonants_in_a_row_are_said_once() -> None:
    assert only("pic of figure three", "pick a figure three") == ([], [])
    assert only("pic of apples", "pick a apples") == (["of"], [])


def test_a_word_without_a_counterpart_is_swallowed_by_its_stretch() -> None:
    (swallowed,) = differences("impressions of Smalltalk", "impressions small tuck")
    (split,) = differences("borderline irrelevant", "borderline ear relevant")

    assert swallowed.swallowed
    assert not split.swallowed


def test_an_acronym_may_be_heard_spelled_or_as_a_word() -> None:
    (difference,) = differences("the GUI works", "the gooey works")

    assert difference.distance < 0.2


def test_a_negation_on_one_side_alone_is_told() -> None:
    (flipped,) = differences("we do not", "we do now")
    (kept,) = differences("we do not see", "we do not sea")

    assert flipped.negates
    assert not kept.negates


def test_a_very_long_stretch_is_taken_as_wholly_different() -> None:
    (difference,) = differences("table " * 150, "cat " * 150)

    assert difference.distance == 1.0
