from __future__ import annotations

import pytest

from catwalk.reader.article import Block, BlockKind
from catwalk.reader.scripting.embed_speech import describe_embed


def embed(src: str | None, title: str | None = None) -> Block:
    return Block(id="b1", kind=BlockKind.EMBED, text="", src=src, title=title)


@pytest.mark.parametrize(
    ("src", "sentence"),
    [
        ("https://www.youtube.com/embed/abc", "A video from youtube.com is embedded here."),
        ("https://www.youtube-nocookie.com/embed/abc", "A video from youtube.com is embedded here."),
        ("https://player.vimeo.com/video/1", "A video from vimeo.com is embedded here."),
        ("https://twitter.com/fox/status/1", "A post from twitter.com is embedded here."),
        ("https://netflix.com/a", "Content from netflix.com is embedded here."),
        ("https://gist.github.com/fox/1.js", "A piece of code from gist.github.com is embedded here."),
        ("https://w.soundcloud.com/player", "A recording from w.soundcloud.com is embedded here."),
        ("https://www.google.com/maps/embed?pb=1", "A map from google.com is embedded here."),
        ("https://den.example/fox.mp3", "A recording from den.example is embedded here."),
        ("http://[", "Something is embedded here."),
        (None, "Something is embedded here."),
    ],
)
def test_an_embed_is_announced_with_its_sort_and_its_host(src: str | None, sentence: str) -> None:
    assert describe_embed(embed(src)) == sentence


def test_the_title_of_an_embed_is_told() -> None:
    sentence = describe_embed(embed("https://vimeo.com/1", "Foxes at night"))

    assert sentence == "A video from vimeo.com is embedded here: Foxes at night"


def test_a_title_that_only_names_the_player_is_not_told() -> None:
    assert describe_embed(embed("https://youtube.com/embed/1", "YouTube video player")).endswith("here.")
