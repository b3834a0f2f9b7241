"""What an address alone says."""

from __future__ import annotations

import pytest

from catwalk.podcast.discovery.shapes import Kind, find_prefix, is_narrow, judge_address, shape_of
from catwalk.podcast.urls import Scope

SCOPE = Scope(("example.com",), origin="https://example.com")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", Kind.LISTING),
        ("/page/3/", Kind.LISTING),
        ("/?page=2", Kind.LISTING),
        ("/2024/", Kind.LISTING),
        ("/2024/05/", Kind.LISTING),
        ("/archive.html", Kind.LISTING),
        ("/search?updated-max=2024-05-03", Kind.LISTING),
        ("/tag/tea/", Kind.TOPIC),
        ("/category/tea/page/2", Kind.TOPIC),
        ("/author/ann", Kind.TOPIC),
        ("/2024/05/tea/", Kind.POST),
        ("/2024/05/03/tea.html", Kind.POST),
        ("/2024-05-03-tea", Kind.POST),
        ("/tea", Kind.OPEN),
        ("/p/tea", Kind.OPEN),
        ("/?p=12", Kind.OPEN),
        ("/posts/tea.html", Kind.OPEN),
        ("/about/", Kind.OTHER),
        ("/wp-login.php", Kind.OTHER),
        ("/shop/mug", Kind.OTHER),
        ("/drafts/tea", Kind.OTHER),
        ("/?p=12&preview=true", Kind.OTHER),
        ("/2024/05/tea/feed/", Kind.OTHER),
        ("/tea.pdf", Kind.OTHER),
    ],
)
def test_an_address_says_what_it_may_be(path: str, kind: Kind) -> None:
    assert judge_address(f"https://example.com{path}", SCOPE) is kind


@pytest.mark.parametrize(
    ("path", "prefix"),
    [
        ("/", "/"),
        ("/blog/page/2", "/blog/"),
        ("/blog/feed.xml", "/blog/"),
        ("/archive/", "/"),
        ("/~ann/blog", "/~ann/blog/"),
    ],
)
def test_a_page_of_a_blog_tells_its_folder(path: str, prefix: str) -> None:
    assert find_prefix(path) == prefix


def test_tags_and_years_are_some_of_a_blogs_posts_only() -> None:
    assert [
        is_narrow(f"https://example.com{path}")
        for path in ("/tag/tea/", "/tag/tea/feed/", "/2023/", "/blog/", "/feed/")
    ] == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_posts_of_one_blog_have_one_shape() -> None:
    assert shape_of("https://example.com/2024/05/tea.html") == shape_of("https://example.com/2019/11/milk.html")
    assert shape_of("https://example.com/posts/tea") != shape_of("https://example.com/tea")
