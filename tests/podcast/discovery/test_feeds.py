"""Feeds, as they are found on the web."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.podcast.discovery.feeds import Entry, is_feed, parse_feed

BASE = "https://example.com/feed.xml"


def only(content: str) -> Entry:
    feed = parse_feed(content.encode(), BASE)
    assert feed is not None
    (entry,) = feed.entries
    return entry


def rss(item: str, head: str = "") -> str:
    return f'<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>{head}<item>{item}</item></channel></rss>'


def test_an_rss_item_gives_address_title_moment_and_author() -> None:
    entry = only(
        rss(
            "<title>Tea &amp;amp; &amp;#129303;</title><link>/tea?utm_source=rss</link><dc:creator>Ann Lee</dc:creator>"
            "<pubDate>Fri, 03 May 2024 10:00:00 +0200</pubDate>"
        )
    )

    assert (entry.url, entry.title) == ("https://example.com/tea", "Tea & 🤗")
    assert (entry.published, entry.author) == ("2024-05-03T10:00:00+02:00", "Ann Lee")
    assert entry.n_words is None


def test_an_atom_entry_without_an_author_has_that_of_the_feed() -> None:
    entry = only(
        '<feed xmlns="http://www.w3.org/2005/Atom"><author><name>Ann Lee</name></author><entry><title>Tea</title><id>x</id>'
        '<link rel="replies" href="/tea#c"/><link rel="alternate" type="text/html" href="/tea"/>'
        "<updated>2024-05-03T10:00:00Z</updated></entry></feed>"
    )

    assert (entry.url, entry.author) == ("https://example.com/tea", "Ann Lee")
    assert (entry.published, entry.updated) == (None, "2024-05-03T10:00:00+00:00")


def test_mail_addresses_are_no_names() -> None:
    assert only(rss("<link>/a</link><author>ann@example.com (Ann Lee)</author>")).author == "Ann Lee"
    assert only(rss("<link>/a</link><author>ann@example.com</author>")).author is None


def test_a_permanent_guid_stands_in_for_a_missing_link() -> None:
    assert only(rss("<title>Tea</title><guid>https://example.com/tea</guid>")).url == "https://example.com/tea"


def test_a_json_feed_is_a_feed() -> None:
    feed = parse_feed(
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "title": "Tea",
                "next_url": "/feed2.json",
                "authors": [{"name": "Ann Lee"}],
                "items": [
                    {
                        "id": 1,
                        "url": "/tea",
                        "title": "Tea",
                        "date_published": "2024-05-03T10:00:00Z",
                        "content_html": "<p>A b c</p>",
                    }
                ],
            }
        ).encode(),
        BASE,
    )

    assert feed is not None
    assert feed.more == ("https://example.com/feed2.json",)
    assert (feed.entries[0].author, feed.entries[0].n_words) == ("Ann Lee", 3)


def test_an_edit_changes_the_digest_and_a_new_time_of_build_does_not() -> None:
    one = only(
        rss("<link>/a</link><title>Tea</title><description>Short</description>", "<lastBuildDate>1</lastBuildDate>")
    )
    same = only(
        rss("<link>/a</link><title>Tea</title><description>Short</description>", "<lastBuildDate>2</lastBuildDate>")
    )
    other = only(rss("<link>/a</link><title>Tea</title><description>Longer</description>"))

    assert one.digest == same.digest != other.digest


@pytest.mark.parametrize(
    "content", [b"", b"<html><body><article>feed</article></body></html>", b"{}", b"[1]", b"\x1f\x8b\x00"]
)
def test_what_is_no_feed_is_none(content: bytes) -> None:
    assert not is_feed(content)
    assert parse_feed(content, BASE) is None


@given(st.binary(max_size=200), st.integers(0, 200))
def test_a_damaged_feed_never_fails(noise: bytes, place: int) -> None:
    whole = rss("<title>Tea</title><link>/tea</link><pubDate>Fri, 03 May 2024 10:00:00 GMT</pubDate>").encode()

    parse_feed(whole[:place] + noise + whole[place:], BASE)
