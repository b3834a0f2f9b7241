"""Pictures: where they are and what is said of them."""

from __future__ import annotations

import pytest

from catwalk.reader.article import BlockKind
from catwalk.reader.extraction.images import pick_from_set
from extraction.reading import blocks_inside, only

IMAGE = BlockKind.IMAGE
CAT = "https://blog.example.org/img/cat.jpg"
BLANK = "data:image/gif;base64,R0lGODlhAQABAAAAACw="


def test_a_picture_has_its_address_alternative_title_and_caption() -> None:
    html = "<figure><img src='/img/cat.jpg' alt='A  cat' title='Tom'><figcaption>Tom, <em>asleep</em>.</figcaption></figure>"

    block = only(html, IMAGE)

    assert (block.src, block.alt, block.title, block.caption) == (CAT, "A cat", "Tom", "Tom, asleep.")
    assert block.text == ""


def test_no_alternative_is_not_the_same_as_an_empty_one() -> None:
    blocks = blocks_inside("<p><img src='/a.jpg'></p><p><img src='/b.jpg' alt=''></p>", IMAGE)

    assert [block.alt for block in blocks] == [None, ""]


@pytest.mark.parametrize(
    "html",
    [
        "<img data-src='/img/cat.jpg'>",
        f"<img src='{BLANK}' data-src='/img/cat.jpg'>",
        "<img src='/blank.gif' data-original='/img/cat.jpg' class='lazy'>",
        "<img src='/placeholder-small.jpg' data-lazy-src='/img/cat.jpg'>",
        "<img srcset='/img/cat-300.jpg 300w, /img/cat.jpg 1200w, /img/cat-4k.jpg 4000w'>",
        f"<img src='{BLANK}' data-srcset='/img/cat-300.jpg 300w, /img/cat.jpg 1200w'>",
        "<picture><source srcset='/img/cat.jpg' type='image/jpeg'><img alt='x'></picture>",
        "<picture><source srcset='/img/cat.webp' type='image/webp'><img src='/img/cat.jpg'></picture>",
        f"<img src='{BLANK}'><noscript><img src='/img/cat.jpg'></noscript>",
        "<noscript><img src='/img/cat.jpg'></noscript>",
        "<figure><div data-src='/img/cat.jpg' class='js-delayed'></div></figure>",
        "<amp-img src='/img/cat.jpg' width='800' height='600'></amp-img>",
        "<a href='/img/large.jpg'><img src='/img/cat.jpg'></a>",
        "<img src='/img/cat.jpg'><noscript><img src='/img/cat.jpg'></noscript>",
    ],
)
def test_the_real_picture_is_found(html: str) -> None:
    blocks = blocks_inside(f"<p>Look:</p><p>{html}</p><p>Nice.</p>", IMAGE)

    assert [block.src for block in blocks] == [CAT]


@pytest.mark.parametrize(
    "html",
    [
        "<img src='/t.gif' width='1' height='1'>",
        "<img src='/me.jpg' class='avatar' alt='Me'>",
        "<img src='/x.svg' class='icon-share'>",
        f"<img src='{BLANK}'>",
        "<img>",
    ],
)
def test_what_only_counts_visits_or_decorates_is_not_read(html: str) -> None:
    assert blocks_inside(f"<p>Words here.</p><div>{html}</div><p>Words there.</p>", IMAGE) == []


def test_a_picture_in_a_sentence_follows_its_paragraph() -> None:
    blocks = blocks_inside("<p>Look at <img src='/img/cat.jpg' alt='the cat'> over there.</p>")

    assert [(block.kind.value, block.text) for block in blocks] == [("paragraph", "Look at over there."), ("image", "")]


def test_a_picture_at_the_start_of_a_paragraph_comes_first() -> None:
    blocks = blocks_inside("<p><img src='/img/cat.jpg'>A cat.</p>")

    assert [block.kind.value for block in blocks] == ["image", "paragraph"]


@pytest.mark.parametrize(
    "html",
    [
        "<div class='wp-caption'><img src='/img/cat.jpg'><p class='wp-caption-text'>Tom</p></div>",
        "<div><img src='/img/cat.jpg'></div><div class='image-caption'>Tom</div>",
        "<figure><a href='/x'><img src='/img/cat.jpg'></a><figcaption><p>Tom</p></figcaption></figure>",
        "<figure><figcaption>Tom</figcaption><img src='/img/cat.jpg'></figure>",
    ],
)
def test_captions_without_a_figure_are_captions_too(html: str) -> None:
    (block,) = blocks_inside(html)

    assert (block.src, block.caption) == (CAT, "Tom")


def test_every_picture_of_a_gallery_has_its_own_caption() -> None:
    inner = "".join(f"<figure><img src='/{name}.jpg'><figcaption>{name}</figcaption></figure>" for name in "ab")

    blocks = blocks_inside(f"<figure class='gallery'>{inner}</figure>", IMAGE)

    assert [block.caption for block in blocks] == ["a", "b"]


def test_a_drawing_in_the_page_is_a_picture_when_it_is_described() -> None:
    html = "<figure><svg role='img' aria-label='A bar chart of tides'><text>1</text></svg></figure><svg><path/></svg>"

    block = only(html, IMAGE)

    assert (block.src, block.alt) == (None, "A bar chart of tides")


@pytest.mark.parametrize(
    ("srcset", "picked"),
    [
        ("a.jpg 1x, b.jpg 2x", "b.jpg"),
        ("a.jpg", "a.jpg"),
        ("a.jpg 4000w, b.jpg 3000w", "b.jpg"),
        (
            "https://x.org/w_100,h_50/a.jpg 100w, https://x.org/w_900,h_450/a.jpg 900w",
            "https://x.org/w_900,h_450/a.jpg",
        ),
        ("", None),
        (" , ,", None),
    ],
)
def test_the_largest_picture_that_is_not_too_large_is_picked(srcset: str, picked: str | None) -> None:
    assert pick_from_set(srcset) == picked
