"""A title without the name of its site."""

from __future__ import annotations

import pytest

from catwalk.reader.extraction.parsing import parse_html
from catwalk.reader.extraction.titles import cut_start, find_title, page_title


@pytest.mark.parametrize(
    ("page", "stated", "title"),
    [
        ("<title>The Ferry · Example</title>", None, "The Ferry"),
        ("<title>The Old Ferry - Example Blog</title>", None, "The Old Ferry"),
        ("<title>Ferry - late again</title>", None, "Ferry - late again"),
        ("<title>渡船出港了_频道_网站</title>", None, "渡船出港了"),
        ("<title>x</title><h1>The Ferry¶</h1>", "The Ferry", "The Ferry"),
        ("<title>The Ferry @ Example :: Host ::</title><h1>Host</h1>", None, "The Ferry"),
        ("<title>Example</title><h2>The Ferry</h2>", "The Ferry | Example", "The Ferry"),
        ("<svg><title>Icon</title></svg><title>The Ferry</title>", None, "The Ferry"),
        ("<p>No title.</p>", None, ""),
    ],
)
def test_the_title_is_cut_where_the_site_begins(page: str, stated: str | None, title: str) -> None:
    assert find_title(parse_html(page), stated, ["Example"]) == title


def test_a_title_that_never_ends_is_cut() -> None:
    assert len(page_title(parse_html(f"<title>{'a - ' * 50_000}</title>"))) <= 500


def test_the_start_of_a_text_is_cut_whatever_its_case() -> None:
    assert cut_start("The Ferry - Example", "the ferry") == " - Example"
    assert cut_start("The Ferry", "Example") == ""
