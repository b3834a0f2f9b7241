"""Regular expressions as words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.reader.pronunciation.regexes import is_regex, say_regex


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (r"^\d{3}-\d{4}$", "caret backslash D three dash backslash D four dollar"),
        ("[a-z]+", "A to Z plus"),
        ("[^abc]", "not A B C"),
        (r"\w{2,}", "backslash W two or more"),
        (r"\w{2,5}", "backslash W two to five"),
        ("(foo|bar)", "foo or bar"),
        ("(?P<year>19)", "year nineteen"),
        (r"/^foo.*\.js$/gi", "slash caret foo dot star backslash dot J S dollar slash G I"),
    ],
)
def test_each_part_of_an_expression_is_named(text: str, words: str) -> None:
    assert say_regex(text) == words


@pytest.mark.parametrize("text", [r"\d+", "^foo$", "[0-9]{4}", ".*?", "[^/]+", r"\.html$", "(a|b)*"])
def test_a_class_an_anchor_or_a_set_makes_an_expression(text: str) -> None:
    assert is_regex(text)


@pytest.mark.parametrize(
    "text", [r"C:\Windows\System32", r"\\server\share", "https://a.b/c", "[1]", "what?", "a*", "\\alpha"]
)
def test_a_path_an_address_or_a_word_is_none(text: str) -> None:
    assert not is_regex(text)


@given(st.text(max_size=60) | st.text(alphabet=r"\\dwb[]^a-z0{}(|)*+?./$", max_size=40))
def test_any_expression_is_read_without_digits_and_signs(text: str) -> None:
    assert not set(say_regex(text)) & set("0123456789\\^$*+?|[]{}()")
