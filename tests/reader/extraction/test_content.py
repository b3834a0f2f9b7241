"""The post is found in frames of many kinds, and the frame is left out."""

from __future__ import annotations

import pytest

from catwalk.reader.extraction.content import find_content
from catwalk.reader.extraction.parsing import parse_html
from extraction.reading import read

TEXT = "the ferry left the harbour early, and the gulls, which had slept on the pier, followed it far out to the sea"
LINKS = "".join(f"<li><a href='/{n}'>junk link number {n}</a></li>" for n in range(8))
TALK = "".join(f"<div class='comment'><p>junk: {TEXT}, and so on, and so on.</p></div>" for _ in range(12))

BROKEN = (
    "<BLOCKQUOTE>I rs that are s/mjx-container>, and it sounds no different when it ><div >Filed to a quarter of an hour, "
    'and it does not an hose"/dice">Dicev></div><div >3 replies to How Long Is a Coas><div >e90E><p>'
    'Isplay="inlchildren thinKKK'
)
"""What a fuzzer made of a page: body, quote and boxes are almost equally good."""


def post(n_paragraphs: int = 4) -> str:
    return "".join(f"<p>keep{n}: {TEXT}.</p>" for n in range(n_paragraphs))


FRAMES = {
    "blog engine": (
        "<body class='single single-post'><header id='masthead'><p>junk</p></header><div id='content'><main>"
        f"<article class='post type-post tag-comments category-social'><div class='entry-content'>{post()}"
        f"<div class='sharedaddy'>junk</div><div class='related-posts'><h3>junk</h3><ul>{LINKS}</ul></div></div></article>"
        f"<nav class='post-navigation'><a href='/'>junk</a></nav><div id='comments' class='comments-area'>{TALK}</div></main>"
        f"<aside class='widget-area'><p>junk: {TEXT}.</p></aside></div><footer id='colophon'><p>junk: {TEXT}.</p></footer>"
    ),
    "names that a machine made": (
        f"<div class='x1'><div class='x2'><ul>{LINKS}</ul></div><div class='x3'>"
        + "".join(f"<div class='y'><div><div>keep{n}: {TEXT}.</div></div></div>" for n in range(4))
        + f"</div><div class='x4'><ul>{LINKS}</ul></div></div>"
    ),
    "tables for layout": (
        f"<table><tr><td colspan=2>junk</td></tr><tr><td><a href='/a'>junk</a><br><a href='/b'>junk</a></td>"
        f"<td><h1>The Ferry</h1>{post()}</td></tr></table>"
    ),
    "breaks instead of paragraphs": (
        "<div><a href='/'>junk</a></div><div class='post-body'>"
        + "<br><br>".join(f"keep{n}: {TEXT}." for n in range(4))
        + "</div>"
    ),
    "sections": (
        f"<nav>{LINKS}</nav><article>"
        + "".join(f"<section><h2>Part {n}</h2><p>keep{n}: {TEXT}.</p></section>" for n in range(4))
        + f"</article><aside class='sidebar'><ul>{LINKS}</ul></aside>"
    ),
    "a forum": "".join(
        f"<div class='post' id='p{n}'><dl class='postprofile'><dt>junk</dt></dl><div class='content'>keep{n}: {TEXT}, {TEXT}.</div></div>"
        for n in range(4)
    ),
    "documentation": (
        f"<nav class='side'>{LINKS}</nav><div role='main'><div itemprop='articleBody'>{post()}</div></div><div role='contentinfo'><p>junk</p></div>"
    ),
    "a box in the middle": (
        f"<article><p>keep0: {TEXT}.</p><div class='newsletter-signup'><p>junk: {TEXT}.</p><form><input></form></div>"
        f"<p>keep1: {TEXT}.</p><aside class='more'><h3>junk</h3><ul>{LINKS}</ul></aside><p>keep2: {TEXT}.</p><p>keep3: {TEXT}.</p></article>"
    ),
    "everything in a form": f"<form id='aspnetForm'><div><ul>{LINKS}</ul></div><div class='article'>{post()}</div></form>",
}


@pytest.mark.parametrize("frame", FRAMES)
def test_all_of_the_post_and_nothing_of_its_frame_is_found(frame: str) -> None:
    article = read(FRAMES[frame])

    text = " ".join(f"{block.text} {block.caption or ''}" for block in article.blocks)
    assert [f"keep{n}" in text for n in range(4)] == [True] * 4
    assert "junk" not in text


def test_a_short_post_is_not_drowned_in_its_comments() -> None:
    article = read(
        f"<article class='post'><h1>The Ferry</h1><p>keep: it was late.</p></article><div id='comments'>{TALK * 5}</div>"
    )

    assert [block.text for block in article.blocks] == ["keep: it was late."]


def test_the_picture_over_the_text_belongs_to_the_post() -> None:
    page = f"<article><h1>The Ferry</h1><figure><img src='/lead.jpg'><figcaption>keep</figcaption></figure><div class='article-body'>{post()}</div></article>"

    article = read(page)

    assert article.blocks[0].caption == "keep"


def test_a_page_without_text_is_all_content() -> None:
    body = next(parse_html("<body><ul></ul></body>").iter("body"))

    content = find_content(body)

    assert (content.parts, content.n_chars) == ([body], 0)


def test_the_share_of_links_is_told() -> None:
    body = next(parse_html(f"<body><ul>{LINKS}</ul></body>").iter("body"))

    content = find_content(body)

    assert content.link_density == pytest.approx(1.0)


def test_text_that_is_spread_over_the_body_is_not_looked_for_above_it() -> None:
    body = parse_html(BROKEN).find("body")
    assert body is not None

    content = find_content(body)

    assert content.n_chars > 0
