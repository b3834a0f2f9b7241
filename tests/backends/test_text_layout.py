"""Lines found in a picture come out in the order in which a person reads them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from catwalk.backends.text_layout import TextBox, write_paragraphs


def line(text: str, left: float, top: float, width: float = 300, height: float = 20) -> TextBox:
    return TextBox(text, left, top, left + width, top + height)


def test_nothing_found_is_nothing_said() -> None:
    assert write_paragraphs([]) == ""


def test_lines_that_run_on_are_one_paragraph_and_a_gap_begins_another() -> None:
    boxes = [line("The kettle is on", 0, 0), line("and the tea is out.", 0, 22), line("The cake is not.", 0, 80)]

    assert write_paragraphs(boxes) == "The kettle is on and the tea is out.\nThe cake is not."


def test_the_order_in_which_lines_were_found_does_not_matter() -> None:
    boxes = [line("one", 0, 0), line("two", 0, 60), line("three", 0, 120)]

    assert write_paragraphs(boxes[::-1]) == write_paragraphs(boxes) == "one\ntwo\nthree"


def test_columns_come_one_after_the_other_below_their_heading() -> None:
    boxes = [
        line("A heading over both", 0, 0, 800),
        line("left one", 0, 80), line("left two", 0, 102),
        line("right one", 500, 81), line("right two", 500, 103),
        line("A footer under both", 0, 200, 800),
    ]  # fmt: skip

    said = write_paragraphs(boxes).split("\n")

    assert said == ["A heading over both", "left one left two", "right one right two", "A footer under both"]


def test_words_of_one_row_stand_side_by_side_though_one_is_lower() -> None:
    boxes = [line("fine", 104, 4, 60), line("That is", 0, 0, 100), line("over all of it", 0, 30, 170)]

    assert write_paragraphs(boxes) == "That is fine over all of it"


def test_a_word_that_was_parted_at_the_end_of_a_line_is_whole_again() -> None:
    assert write_paragraphs([line("a hand-", 0, 0), line("some cat", 0, 22)]) == "a handsome cat"
    assert write_paragraphs([line("the F-", 0, 0), line("Number", 0, 22)]) == "the F- Number"


def test_a_short_line_ends_its_paragraph_and_a_larger_one_is_a_heading() -> None:
    boxes = [line("Tea", 0, 0, 300, 40), line("Green", 0, 44, 60), line("Black", 0, 66, 60), line("All of them", 0, 88)]

    assert write_paragraphs(boxes).split("\n") == ["Tea", "Green", "Black", "All of them"]


boxes = st.builds(
    line,
    st.text("abc", min_size=1, max_size=5),
    *[st.floats(0, 2000, width=32)] * 2,
    *[st.floats(0, 500, width=32)] * 2,
)


@given(st.lists(boxes, max_size=30))
def test_every_line_is_said_once_wherever_it_stands(found: list[TextBox]) -> None:
    said = write_paragraphs(found)

    assert sorted(said.split()) == sorted(box.text for box in found)
