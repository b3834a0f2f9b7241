"""How words that were read are counted beside those that stand in a picture."""

from __future__ import annotations

from benchmarks.ocr import compare_words


def test_a_word_counts_as_often_as_it_stands_there_whatever_its_case_and_place() -> None:
    found = compare_words("Tea, tea and SCONES", "scones tea tea? and")

    assert (found["words"], found["read"], found["share"]) == (4, 4, 1.0)


def test_what_was_missed_and_what_was_read_instead_is_named() -> None:
    found = compare_words("Tea at five", "Tca at")

    assert (found["read"], found["missed"], found["extra"], found["instead"]) == (1, "five tea", 1, "tca")


def test_a_picture_without_words_is_wholly_read() -> None:
    assert compare_words("", "")["share"] == 1.0
