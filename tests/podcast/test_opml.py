from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.errors import InvalidRequest
from catwalk.podcast.opml import MAX_BYTES, Subscription, read_opml, write_opml

PLAIN = st.text(st.characters(min_codepoint=0x20, exclude_categories=("Cs", "Cn", "Cc", "Zs", "Zl", "Zp")), max_size=50)


@given(st.lists(st.builds(Subscription, PLAIN.map("https://a.example/".__add__), PLAIN), unique_by=lambda s: s.url))
def test_a_list_is_read_back_as_it_was_written(subscriptions: list[Subscription]) -> None:
    named = [Subscription(each.url, each.title or each.url, None) for each in subscriptions]

    assert read_opml(write_opml(subscriptions)) == named


def test_folders_are_opened_and_every_feed_is_taken_once() -> None:
    content = b"""<?xml version="1.0"?><opml version="1.1"><head/><body>
      <outline text="Pots"><outline text="A" xmlUrl="https://a.example/feed" htmlUrl="https://a.example/"/></outline>
      <outline title="A again" text="x" XMLURL="https://a.example/feed"/><outline text="a note"/>
      <outline text="B" type="rss" xmlurl=" http://b.example/rss "/><outline xmlUrl="file:///etc/passwd"/>
    </body></opml>"""

    assert read_opml(content) == [
        Subscription("https://a.example/feed", "A", "https://a.example/"),
        Subscription("http://b.example/rss", "B", None),
    ]


@pytest.mark.parametrize("content", [b"", b"<rss/>", b"<opml><body>", b"\x00\xff", b" " * (MAX_BYTES + 1)])
def test_what_is_no_list_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidRequest):
        read_opml(content)


def test_entities_are_neither_expanded_nor_fetched() -> None:
    content = b"""<!DOCTYPE opml [<!ENTITY e SYSTEM "file:///etc/passwd">]>
      <opml><body><outline text="x" xmlUrl="https://a.example/"/>&e;</body></opml>"""

    assert read_opml(content) == [Subscription("https://a.example/", "x", None)]
