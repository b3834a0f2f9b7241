"""Which names, roles and styles say that something is not the post."""

from __future__ import annotations

import pytest
from lxml.etree import _Element as Element

from catwalk.reader.extraction.clutter import is_clutter, is_hidden, name_of, remove_hidden, weigh
from catwalk.reader.extraction.inline import text_of
from catwalk.reader.extraction.parsing import parse_fragment


def element(attributes: str) -> Element:
    return parse_fragment(f"<section {attributes}>x</section>")[0]


@pytest.mark.parametrize(
    "attributes",
    [
        "class='comments'",
        "id='commentList'",
        "class='site-footer'",
        "class='post-nav'",
        "class='post-comments'",
        "class='related-posts'",
        "class='RecommendedPosts'",
        "class='sidebar widget'",
        "class='ad'",
        "class='ad_slot'",
        "class='author-bio'",
        "class='cookie-banner'",
        "role='navigation'",
        "role='contentinfo'",
    ],
)
def test_what_surrounds_a_post_is_clutter(attributes: str) -> None:
    assert is_clutter(element(attributes))


@pytest.mark.parametrize(
    "attributes",
    [
        "",
        "class='post'",
        "class='entry-content'",
        "class='content-with-sidebar'",
        "class='post tag-comments category-social'",
        "class='article has-comments'",
        "class='admonition'",
        "class='commentary'",
        "class='shadow'",
        "class='navy'",
        "class='footnotes'",
        "role='main'",
    ],
)
def test_what_may_be_the_post_is_not_clutter(attributes: str) -> None:
    assert not is_clutter(element(attributes))


def test_names_are_read_as_words() -> None:
    assert name_of(element("class='RelatedPosts big_box' id='sideBar'")) == "related-posts big-box side-bar"


@pytest.mark.parametrize(
    ("attributes", "weight"),
    [
        ("class='article'", 25),
        ("class='article' id='content'", 50),
        ("class='sidebar'", -25),
        ("class='sidebar' id='main'", 0),
        ("", 0),
    ],
)
def test_class_and_id_weigh_alike(attributes: str, weight: int) -> None:
    assert weigh(element(attributes)) == weight


@pytest.mark.parametrize(
    "attributes", ["hidden", "style='display:none'", "aria-hidden='true'", "class='sr-only'", "class='visuallyHidden'"]
)
def test_what_is_not_shown_is_hidden(attributes: str) -> None:
    assert is_hidden(element(attributes))


@pytest.mark.parametrize(
    "attributes",
    [
        "hidden='until-found'",
        "style='display:block'",
        "aria-hidden='false'",
        "class='hidden-gem'",
        "class='fallback-image' aria-hidden='true'",
    ],
)
def test_what_is_shown_is_not_hidden(attributes: str) -> None:
    assert not is_hidden(element(attributes))


def test_hidden_elements_leave_the_text_around_them() -> None:
    fragment = parse_fragment("a<b hidden>b<i hidden>c</i></b>d<u>e</u>")

    remove_hidden(fragment)

    assert text_of(fragment) == "ade"
