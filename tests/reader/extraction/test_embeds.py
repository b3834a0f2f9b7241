"""What a page brings in from elsewhere."""

from __future__ import annotations

import pytest

from catwalk.reader.article import BlockKind
from extraction.reading import blocks_inside, only

EMBED = BlockKind.EMBED


@pytest.mark.parametrize(
    ("html", "src"),
    [
        (
            "<iframe src='https://www.youtube.com/embed/abc' title='A ferry'></iframe>",
            "https://www.youtube.com/embed/abc",
        ),
        ("<iframe data-src='//player.vimeo.com/video/1'></iframe>", "https://player.vimeo.com/video/1"),
        ("<video src='/v.mp4'>No video here.</video>", "https://blog.example.org/v.mp4"),
        ("<video controls><source src='/v.webm'><p>No video here.</p></video>", "https://blog.example.org/v.webm"),
        ("<audio controls src='/a.mp3'></audio>", "https://blog.example.org/a.mp3"),
        ("<script src='https://gist.github.com/me/123.js'></script>", "https://gist.github.com/me/123"),
        ("<lite-youtube videoid='dQw4w9WgXcQ'></lite-youtube>", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
        ("<object data='https://www.youtube.com/v/abc'></object>", "https://www.youtube.com/v/abc"),
    ],
)
def test_an_embed_has_its_address(html: str, src: str) -> None:
    blocks = blocks_inside(f"<p>Watch:</p><div>{html}</div><p>Done.</p>")

    assert [block.kind.value for block in blocks] == ["paragraph", "embed", "paragraph"]
    assert blocks[1].src == src


def test_an_embed_has_title_and_caption() -> None:
    html = "<figure><iframe src='https://www.youtube.com/embed/abc' title='A ferry'></iframe><figcaption>Leaving.</figcaption></figure>"

    block = only(html, EMBED)

    assert (block.title, block.caption) == ("A ferry", "Leaving.")


def test_a_post_of_a_social_network_keeps_its_text_and_author() -> None:
    html = (
        "<blockquote class='twitter-tweet'><p>The ferry is late.</p>&mdash; Ann (@ann) "
        "<a href='https://twitter.com/ann/status/1'>May 1, 2020</a></blockquote><script src='https://platform.twitter.com/widgets.js'></script>"
    )

    block = only(html, EMBED)

    assert (block.text, block.caption) == ("The ferry is late.", "Ann (@ann) May 1, 2020")
    assert block.src == "https://twitter.com/ann/status/1"


@pytest.mark.parametrize(
    "html",
    [
        "<iframe src='https://googleads.g.doubleclick.net/x'></iframe>",
        "<iframe src='https://www.facebook.com/plugins/like.php?x'></iframe>",
        "<iframe src='https://tracker.example.com/p' width='0' height='0'></iframe>",
        "<iframe src='about:blank'></iframe>",
        "<iframe>Nothing</iframe>",
        "<object data='movie.swf'></object>",
    ],
)
def test_advertisements_and_counters_are_no_embeds(html: str) -> None:
    assert blocks_inside(f"<p>Before.</p><div>{html}</div><p>After.</p>", EMBED) == []
