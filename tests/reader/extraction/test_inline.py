"""Text is folded, and addresses are made whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.reader.extraction.inline import Run, fold, is_web_url, lower_text, raise_text, resolve_url


@given(st.text(max_size=60))
def test_folding_twice_is_folding_once(text: str) -> None:
    once = fold(text)

    assert fold(once) == once
    assert "  " not in once


def test_literals_keep_their_spaces_and_breaks_their_lines() -> None:
    run = Run()
    run.add(" a  b ")
    run.add_literal("`x  y`")
    run.add_break()
    run.add("  c")

    assert run.read() == "a b `x  y`\nc"


def test_a_run_of_spaces_and_breaks_is_blank() -> None:
    run = Run()
    run.add(" \u200b ")
    run.add_break()

    assert run.is_blank()


@pytest.mark.parametrize(
    ("base", "url", "whole"),
    [
        ("https://example.org/a/b", "c", "https://example.org/a/c"),
        ("https://example.org/a", "//cdn.org/x", "https://cdn.org/x"),
        ("https://example.org/a", " /x\n y ", "https://example.org/x y"),
        (None, "/x", "/x"),
        ("https://example.org", "http://[bad", "http://[bad"),
    ],
)
def test_an_address_is_seen_from_its_page(base: str | None, url: str, whole: str) -> None:
    assert resolve_url(base, url) == whole


@pytest.mark.parametrize(
    ("url", "whole"), [("https://a.org/b", True), ("ftp://a.org", False), ("/b", False), ("http://[bad", False)]
)
def test_only_http_addresses_are_of_the_web(url: str, *, whole: bool) -> None:
    assert is_web_url(url) is whole


def test_what_has_no_raised_form_stays() -> None:
    assert (raise_text("2"), raise_text("st"), raise_text("a.b"), lower_text("2"), lower_text("Q")) == (
        "²",
        "st",
        "a.b",
        "₂",
        "Q",
    )
