"""Names and dates beside a title."""

from __future__ import annotations

import pytest

from catwalk.reader.extraction.bylines import clean_author, find_shown_author, find_shown_date
from catwalk.reader.extraction.parsing import parse_html


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("By Ann Lee", "Ann Lee"),
        ("Posted by:\n Ann  Lee", "Ann Lee"),
        ("Ann Lee, May 3, 2020", "Ann Lee"),
        ("Ann Lee | Example", "Ann Lee"),
        ("Ann Lee (https://example.org)", "Ann Lee"),
        ("Ann Lee <ann@example.org>", "Ann Lee"),
        ("par Anne Lée", "Anne Lée"),
        ("李安", "李安"),
        ("admin", None),
        ("https://example.org/ann", None),
        ("ann@example.org", None),
        ("", None),
        ("a " * 60, None),
    ],
)
def test_a_name_is_freed_from_its_byline(text: str, name: str | None) -> None:
    assert clean_author(text) == name


@pytest.mark.parametrize(
    ("html", "name"),
    [
        ("<div class='article__author'>By\n Ann Lee</div>", "Ann Lee"),
        ("<div class='byline'>By <a href='/author/ann'>Ann Lee</a>, editor of the whole paper</div>", "Ann Lee"),
        ("<p>By Ann Lee</p>", "Ann Lee"),
        ("<p>Published on 5 May 2022 by Ann Lee</p>", "Ann Lee"),
        ("<p>By and large it is so.</p>", None),
        ("<footer><a rel='author'>Bo Ek</a></footer>", None),
        ("<div class='related'><span class='author'>Bo Ek</span></div>", None),
    ],
)
def test_the_author_is_the_one_beside_the_title(html: str, name: str | None) -> None:
    assert find_shown_author(parse_html(f"<h1>The Ferry</h1>{html}")) == name


def test_a_date_among_comments_is_not_the_posts() -> None:
    page = "<div class='comment'><time datetime='2021-01-01'>x</time></div><h1>The Ferry</h1><span class='date'>May 3, 2020</span>"

    assert find_shown_date(parse_html(page)) == "2020-05-03"
