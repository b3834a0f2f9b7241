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


def texts(html: str) -> str:
    return "\n".join(block.text for block in blocks_inside(html))


@pytest.mark.parametrize(
    "html",
    [
        f"<section><h2>See also</h2><div class='section-content'><ul>{LINKS}</ul></div></section><p>The end.</p>",
        f"<h2>Further reading</h2><ul>{LINKS}</ul><p>The end.</p>",
        f"<ul><li>It is short.</li><li>In progress: <ul>{LINKS}</ul></li></ul><p>The end.</p>",
        f"<h3>Thanks</h3><ul><li>Ann <a href='/a'>a link to page 4</a>, which took her a week of her holidays</li>{LINKS}</ul><h3>x</h3><p>y</p>",
    ],
)
def test_a_list_of_links_that_the_author_made_is_kept(html: str) -> None:
    assert "a link to page 4" in texts(html)


def test_teasers_of_other_posts_are_left_out() -> None:
    html = (
        "<p>The end.</p><h2>More from the harbour</h2><h2>Ten gulls you should know</h2><p>And one you should not.</p>"
    )

    assert texts(html) == "The end."


def test_a_heading_that_could_begin_teasers_is_kept_where_much_follows() -> None:
    html = f"<h2>Related work</h2><p>{'Others have tried this before us. ' * 20}</p>"

    assert "Related work" in texts(html)


def test_the_sign_beside_a_term_that_links_to_it_is_left_out() -> None:
    html = "<dl><dt>tries<a class='headerlink' href='#tries'>¶</a></dt><dd><p>How often it is sent.</p></dd></dl>"

    assert texts(html) == "tries\nHow often it is sent."
