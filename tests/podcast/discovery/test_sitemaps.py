"""Sitemaps, packed, broken and plain."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.podcast.discovery.sitemaps import MAX_UNPACKED_BYTES, Place, holds_posts, parse_sitemap, unpack
from sites.writing import write_index, write_urls

BASE = "https://example.com/sitemap.xml"


def test_addresses_and_days_are_read_packed_or_not() -> None:
    plain = write_urls([("https://example.com/tea", "2024-05-03"), ("/coffee", "soon")]).encode()

    expected = (Place("https://example.com/tea", "2024-05-03"), Place("https://example.com/coffee"))
    assert parse_sitemap(plain, BASE).places == expected
    assert parse_sitemap(gzip.compress(plain), BASE).places == expected


def test_an_index_is_told_from_a_list() -> None:
    assert parse_sitemap(write_index(["https://example.com/a.xml"]).encode(), BASE).is_index
    assert not parse_sitemap(write_urls([("/a", "")]).encode(), BASE).is_index


def test_a_text_file_of_addresses_is_a_sitemap() -> None:
    assert [each.url for each in parse_sitemap(b"https://example.com/a\nhttps://example.com/b\n", BASE).places] == [
        "https://example.com/a",
        "https://example.com/b",
    ]


def test_what_unpacks_without_end_is_cut_off() -> None:
    assert len(unpack(gzip.compress(b" " * (MAX_UNPACKED_BYTES + 1000), compresslevel=1))) == MAX_UNPACKED_BYTES


@given(st.binary(max_size=200), st.integers(0, 250))
def test_a_damaged_sitemap_never_fails(noise: bytes, place: int) -> None:
    whole = write_urls([("/tea", "2024-05-03"), ("/coffee", "2024-05-04")]).encode()

    parse_sitemap(whole[:place] + noise + whole[place:], BASE)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("post-sitemap.xml", True),
        ("sitemap-posts.xml", True),
        ("wp-sitemap-posts-post-1.xml", True),
        ("wp-sitemap-posts-page-1.xml", False),
        ("wp-sitemap-taxonomies-post_tag-1.xml", False),
        ("post_tag-sitemap.xml", False),
        ("page-sitemap.xml", False),
        ("sitemap-authors.xml", False),
        ("product-sitemap2.xml", False),
        ("sitemap-0.xml", None),
    ],
)
def test_a_sitemaps_name_says_what_is_in_it(name: str, expected: bool | None) -> None:
    assert holds_posts(f"https://example.com/{name}") is expected
