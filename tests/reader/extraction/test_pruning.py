"""Boxes inside a post that are not the post."""

from __future__ import annotations

import pytest

from extraction.reading import blocks_inside

LINKS = "".join(f"<li><a href='/{n}'>a link to page {n}</a></li>" for n in range(5))


@pytest.mark.parametrize(
    "html",
    [
        f"<div><ul>{LINKS}</ul></div>",
        f"<ul class='links'>{LINKS}</ul>",
        "<div class='share-buttons'>Share it</div>",
        "<form><p>Your name</p><input></form>",
        "<footer><p>All rights are someone's.</p></footer>",
        f"<aside class='more'><p>See also</p><ul>{LINKS}</ul></aside>",
        "<div><a href='/a'>a</a></div>",
        "<p><a class='btn' href='/x'>Subscribe to us today</a></p>",
    ],
)
def test_a_box_of_links_or_fields_is_left_out(html: str) -> None:
    assert [block.text for block in blocks_inside(f"{html}<p>The end.</p>")] == ["The end."]


@pytest.mark.parametrize(
    "html",
    [
        "<div><p>See <a href='/a'>this</a> for what the captain said that day.</p></div>",
        "<aside><p>A word of the author, aside.</p></aside>",
        "<blockquote><footer>someone</footer><p>said.</p></blockquote>",
        "<div class='callout'><p>Mind the gap.</p></div>",
        "<section><h2>Part</h2><p>Words.</p></section>",
    ],
)
def test_a_part_of_the_text_is_kept(html: str) -> None:
    assert len(blocks_inside(f"{html}<p>The end.</p>")) > 1
