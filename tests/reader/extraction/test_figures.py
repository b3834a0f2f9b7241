"""Captions find what they are captions of."""

from __future__ import annotations

import pytest

from extraction.reading import blocks_inside


@pytest.mark.parametrize(
    ("html", "kind"),
    [
        ("<img src='/a.jpg'>", "image"),
        ("<pre><code>x</code></pre>", "code"),
        ("<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", "table"),
        ("<iframe src='https://www.youtube.com/embed/a'></iframe>", "embed"),
        ("<math display='block'><mi>x</mi></math>", "math"),
    ],
)
def test_a_caption_goes_to_what_it_stands_under(html: str, kind: str) -> None:
    (block,) = blocks_inside(f"<figure>{html}<figcaption>A caption</figcaption></figure>")

    assert (block.kind.value, block.caption) == (kind, "A caption")


def test_a_caption_and_its_credit_are_two_words() -> None:
    (block,) = blocks_inside(
        "<figure><img src='/a.jpg'><figcaption><span>A cat.</span><span>Ann Lee</span></figcaption></figure>"
    )

    assert block.caption == "A cat. Ann Lee"


def test_a_figure_whose_picture_is_missing_keeps_its_caption() -> None:
    (block,) = blocks_inside("<figure><img><figcaption>A cat</figcaption></figure>")

    assert (block.kind.value, block.src, block.caption) == ("image", None, "A cat")


def test_a_figure_of_words_is_a_paragraph() -> None:
    (block,) = blocks_inside("<figure><figcaption>Only words</figcaption></figure>")

    assert (block.kind.value, block.text) == ("paragraph", "Only words")


def test_a_footnote_in_a_caption_is_joined() -> None:
    html = "<figure><img src='/a.jpg'><figcaption>A cat<sup><a href='#f1'>1</a></sup></figcaption></figure><ol><li id='f1'>Tom.</li></ol>"

    image, note = blocks_inside(html)

    assert (image.caption, note.note, note.text) == ("A cat[^1]", "1", "Tom.")
