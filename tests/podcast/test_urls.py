"""Which addresses are one post, and which are two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.podcast.urls import Scope, clean_url, fold_url
from sites.wordpress import make_wordpress
from sites.writing import write_posts

_words = st.text("abcXYZ019-_.~%é /", max_size=12)
_urls = st.builds(
    lambda scheme, host, path, query, tail: f"{scheme}://{host}/{'/'.join(path)}{tail}{query}",
    st.sampled_from(["http", "https", "HTTP"]),
    st.sampled_from(
        ["example.com", "www.example.com", "WWW.Example.com:443", "127.0.0.1:8900", "localhost:8900", "[::1]:80"]
    ),
    st.lists(
        st.one_of(_words, st.sampled_from(["amp", "page", "2", "print", "index.html", "..", "%41", "www."])), max_size=5
    ),
    st.sampled_from(["", "?utm_source=x", "?p=12&utm_a=1", "?amp", "?b=2&a=1#top", "#frag", "?page=1", "?q=%2F%2f"]),
    st.sampled_from(["", "/", "/amp/", "/page/2/", ".amp.html", "/index.php", "/?amp=1"]),
)


@given(_urls)
def test_folding_a_key_again_changes_nothing(url: str) -> None:
    key = fold_url(url)

    assert fold_url(key) == key


@given(_urls)
def test_cleaning_an_address_keeps_its_key(url: str) -> None:
    cleaned = clean_url(url)

    assert cleaned is None or fold_url(cleaned) == fold_url(url)


@pytest.mark.parametrize(
    "variant",
    [
        "http://example.com/2024/05/tea/",
        "https://www.example.com/2024/05/tea",
        "https://example.com:443/2024/05/tea/#comments",
        "https://example.com/2024/05/tea/?utm_source=rss&utm_medium=feed",
        "https://example.com/2024/05/tea/?share=twitter&fbclid=1",
        "https://example.com/2024/05/tea/amp/",
        "https://example.com/2024/05/tea/?amp=1",
        "https://example.com/2024/05/tea/print/",
        "https://example.com/2024/05/tea/page/2/",
        "https://example.com/2024/05//tea/index.html",
        "https://EXAMPLE.com/2024/x/../05/t%65a/",
        "https://example.com/2024/05/tea/comment-page-3/#comment-9",
    ],
)
def test_variants_of_a_post_have_one_key(variant: str) -> None:
    assert fold_url(variant) == "example.com/2024/05/tea"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.com/?p=12", "https://example.com/?p=13"),
        ("https://example.com/tea", "https://example.com/Tea"),
        ("https://example.com/2023/links", "https://example.com/2024/links"),
        ("https://example.com/view.php?id=1", "https://example.com/view.php?id=2"),
        ("https://a.example.com/tea", "https://b.example.com/tea"),
        ("http://127.0.0.1:8900/tea", "http://127.0.0.1:8901/tea"),
        ("https://example.com/part/2", "https://example.com/part/3"),
        ("https://example.com/a%2Fb", "https://example.com/a/b"),
    ],
)
def test_different_posts_have_different_keys(one: str, other: str) -> None:
    assert fold_url(one) != fold_url(other)


def test_no_two_posts_of_the_written_blogs_have_one_key() -> None:
    paths = [truth.path for truth in make_wordpress().truth]
    slugs = [post.slug for seed in range(5) for post in write_posts(60, ("A",), seed)]

    assert len({fold_url(f"http://example.com{path}") for path in paths}) == len(paths)
    assert len({fold_url(f"http://example.com/{slug}") for slug in slugs}) == len(set(slugs))


@given(st.text(max_size=60))
def test_any_text_can_be_asked_for_its_key(text: str) -> None:
    assert fold_url(fold_url(text)) == fold_url(text)


def test_a_blog_in_a_folder_does_not_reach_beyond_it() -> None:
    scope = Scope(("example.com",), "/blog/", origin="https://example.com")

    assert scope.place("/blog/tea", "https://example.com/blog/") == "https://example.com/blog/tea"
    assert scope.place("http://www.example.com/blog/tea") == "https://example.com/blog/tea"
    assert scope.place("https://example.com/pricing") is None
    assert scope.place("https://example.com/blogs/tea") is None
    assert scope.place("mailto:ann@example.com") is None


def test_a_copy_on_this_machine_stands_for_the_host_that_it_names() -> None:
    scope = Scope(("127.0.0.1:80",), origin="http://127.0.0.1:8900", mirrors=("example.com",))

    assert scope.place("https://www.example.com/tea?a=1") == "http://127.0.0.1:8900/tea?a=1"
