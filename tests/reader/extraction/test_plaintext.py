"""Plain text by the habits of its writers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from catwalk.reader.article import Article
from catwalk.reader.extraction.plaintext import read_plaintext
from extraction.reading import read


def read_text(text: str) -> Article:
    return read(text, url=None, kind="text/plain")


def shape(text: str) -> list[tuple[str, str]]:
    return [(block.kind.value, block.text) for block in read_plaintext(text)]


def test_a_short_line_of_its_own_is_the_title() -> None:
    article = read_text("The Ferry\n\nIt left at noon.\n\nIt was late.\n")

    assert article.title == "The Ferry"
    assert [block.text for block in article.blocks] == ["It left at noon.", "It was late."]


def test_a_text_that_begins_with_a_sentence_keeps_it() -> None:
    article = read_text("It left at noon.\n\nIt was late.\n")

    assert article.title == "It left at noon."
    assert [block.text for block in article.blocks] == ["It left at noon.", "It was late."]


def test_lines_broken_at_a_margin_are_joined() -> None:
    text = "The ferry left the harbour before sunrise, and the gulls,\nwhich had slept on the breakwater, followed it out to sea\nand back again.\n"

    assert shape(text) == [("paragraph", " ".join(text.split()))]


def test_lines_of_a_poem_are_kept() -> None:
    assert shape("The tide comes in,\nthe tide goes out,\nand no one\nasks it why.") == [
        ("paragraph", "The tide comes in,\nthe tide goes out,\nand no one\nasks it why.")
    ]


def test_stars_and_numbers_make_lists() -> None:
    blocks = read_plaintext("We need:\n- rope\n- a lamp\n  with oil\n\n1. Push.\n2. Pull.\n   a. no item\n")

    assert [(block.kind.value, block.text) for block in blocks] == [
        ("paragraph", "We need:"),
        ("list", "rope\na lamp with oil"),
        ("list", "Push.\nPull. a. no item"),
    ]
    assert [item.number for item in blocks[2].items] == [1, 2]


def test_underlined_lines_are_headings_and_rules_are_nothing() -> None:
    assert shape("The Ferry\n=========\n\nPart one\n--------\nText.\n\n* * *\n\nMore.") == [
        ("heading", "The Ferry"),
        ("heading", "Part one"),
        ("paragraph", "Text."),
        ("paragraph", "More."),
    ]


def test_quoted_lines_are_a_quote() -> None:
    assert shape("> He said\n> no.\n\nOh.") == [("quote", "He said\nno."), ("paragraph", "Oh.")]


@given(st.text(alphabet=st.sampled_from("ab .,\n\t->*1)=#\r\f\u00a0"), max_size=200))
def test_no_word_of_any_text_is_lost(text: str) -> None:
    blocks = read_plaintext(text)

    found = "".join(block.text for block in blocks)

    assert found.count("a") == text.count("a")
    assert found.count("b") == text.count("b")
