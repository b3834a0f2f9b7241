"""Bytes of any encoding and shape become a tree that can be walked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.reader.extraction.inline import text_of
from catwalk.reader.extraction.parsing import MAX_DEPTH, decode, dissolve, parse_fragment, parse_html, remove

TEXT = "Füße, café, 日本"


@pytest.mark.parametrize(
    ("content", "charset", "text"),
    [
        (TEXT.encode(), None, TEXT),
        (TEXT.encode(), "utf-8", TEXT),
        (b"\xef\xbb\xbf" + TEXT.encode(), "iso-8859-1", TEXT),
        (TEXT.encode("utf-16"), None, TEXT),
        ("Füße".encode("latin-1"), "iso-8859-1", "Füße"),
        ("“Füße” – 5 €".encode("cp1252"), "iso-8859-1", "“Füße” – 5 €"),
        ("日本語".encode("shift_jis"), "Shift_JIS", "日本語"),
        ("中文".encode("gb18030"), "gb2312", "中文"),
        (b"<meta charset=windows-1251>" + "Паром".encode("cp1251"), None, "<meta charset=windows-1251>Паром"),
        (TEXT.encode(), "no-such-charset", TEXT),
        (b"<meta charset='utf-16'>" + TEXT.encode(), None, "<meta charset='utf-16'>" + TEXT),
        ("Füße".encode("latin-1"), "utf-8", "Füße"),
    ],
)
def test_text_is_decoded_as_its_bytes_its_server_or_its_page_say(
    content: bytes, charset: str | None, text: str
) -> None:
    assert decode(content, charset) == text


def test_a_page_of_two_encodings_keeps_both() -> None:
    content = "<p>日本 Füße</p>".encode() + "<p>Café “noir”</p>".encode("cp1252") + "<p>日本</p>".encode()

    assert decode(content, "utf-8") == "<p>日本 Füße</p><p>Café “noir”</p><p>日本</p>"


def test_a_page_of_nothing_but_wrong_bytes_is_bounded() -> None:
    assert len(decode(b"\xe9\xa0a" * 100_000, "utf-8")) <= 300_000


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 5000 + "<p>deep</p>" + "</div>" * 5000,
        "<font>" * 20000 + "deep",
        "<ul><li>" * 3000 + "deep",
        "<blockquote>" * 5000 + "deep" + "</blockquote>" * 5000,
        "<table><tr><td>" * 1000 + "deep",
        "<b><i><u>" * 3000 + "deep",
    ],
)
def test_no_page_is_too_deep(page: str) -> None:
    root = parse_html(page)

    assert max(sum(1 for _ in element.iterancestors()) for element in root.iter()) <= MAX_DEPTH
    assert text_of(root).strip() == "deep"


@pytest.mark.parametrize(
    "page", ["", " \n", "\0", "\0\x01\x1f", "<", "<>", "</p>", "<!doctype html>", "<html></html>", "<body>", "<!-- x"]
)
def test_next_to_nothing_is_still_a_page(page: str) -> None:
    assert parse_html(page).tag == "html"


def test_null_bytes_and_control_characters_go() -> None:
    assert text_of(parse_html("<p>a\0b\x08c</p>")) == "abc"


@pytest.mark.parametrize(
    "reference", ["&#0;", "&#1;", "&#x1F;", "&#127;", "&#xFFFE;", "&#xD800;", "&#xFFFFFFFF;", "&#999999999"]
)
def test_references_to_what_is_no_character_go(reference: str) -> None:
    fragment = parse_fragment(f"a{reference}<b>b</b>{reference}c")

    remove(next(fragment.iter("b")))

    assert text_of(fragment) == "ac"


def test_references_to_characters_stay() -> None:
    assert text_of(parse_fragment("&#x1F642;&#233;&eacute;&amp;#1;")) == "🙂éé&#1;"


def test_elements_that_hold_nothing_hold_nothing() -> None:
    root = parse_html("<picture><source srcset='a'><source srcset='b'><img src='c'></picture><p>lo<wbr>ng</p>")

    assert [child.tag for child in next(root.iter("picture"))] == ["source", "source", "img"]
    assert text_of(next(root.iter("p"))) == "long"


def test_a_dissolved_element_leaves_what_it_held() -> None:
    fragment = parse_fragment("a<b>b<i>c</i>d</b>e")

    dissolve(next(fragment.iter("b")))

    assert text_of(fragment) == "abcde"
    assert [child.tag for child in fragment] == ["i"]


def test_a_removed_element_leaves_what_followed_it() -> None:
    fragment = parse_fragment("a<b>b</b>c<i>d</i>e")

    remove(next(fragment.iter("i")))
    remove(next(fragment.iter("b")))

    assert text_of(fragment) == "ace"


@given(st.binary(max_size=300), st.sampled_from([None, "utf-8", "latin-1", "utf-16", "gb2312", "x"]))
def test_any_bytes_can_be_decoded_and_parsed(content: bytes, charset: str | None) -> None:
    assert parse_html(decode(content, charset)).tag == "html"
