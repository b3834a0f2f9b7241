"""Lists of posts as JSON."""

from __future__ import annotations

from typing import Any

import pytest

from catwalk.podcast.discovery.interfaces import next_address, read_json, read_posts

BASE = "https://example.com/api/posts?page=2"


def test_wordpress_substack_and_plain_lists_are_read_alike() -> None:
    documents: list[Any] = [
        [
            {
                "link": "/a",
                "title": {"rendered": "Tea"},
                "date_gmt": "2024-05-03T10:00:00",
                "_embedded": {"author": [{"name": "Ann"}]},
            }
        ],
        [
            {
                "canonical_url": "https://example.com/a",
                "title": "Tea",
                "post_date": "2024-05-03T10:00:00Z",
                "publishedBylines": [{"name": "Ann"}],
            }
        ],
        {"data": {"posts": [{"url": "/a", "title": "Tea", "publishedAt": 1714730400000, "author": "Ann"}]}},
    ]

    found = [read_posts(document, BASE) for document in documents]

    assert {(entry.url, entry.title, (entry.published or "")[:10], entry.author) for (entry,) in found} == {
        ("https://example.com/a", "Tea", "2024-05-03", "Ann")
    }


@pytest.mark.parametrize(
    "hidden",
    [{"status": "draft"}, {"type": "page"}, {"content": {"protected": True}}, {"draft": True}, {"is_published": False}],
)
def test_drafts_pages_and_what_a_password_protects_are_left_out(hidden: dict[str, Any]) -> None:
    assert read_posts([{"link": "/a", "title": "Tea", **hidden}], BASE) == []


@pytest.mark.parametrize(
    ("document", "url", "expected"),
    [
        ({"next": "/api/posts?page=9"}, BASE, "https://example.com/api/posts?page=9"),
        ({"nextPage": None}, BASE, None),
        ({"has_more": False}, BASE, None),
        ([], BASE, "https://example.com/api/posts?page=3"),
        ([], "https://example.com/x?offset=20", "https://example.com/x?offset=32"),
        ({"next_cursor": "abc"}, "https://example.com/x", "https://example.com/x?cursor=abc"),
        ([], "https://example.com/x", None),
    ],
)
def test_a_list_goes_on_where_it_says_or_where_the_numbers_lead(document: Any, url: str, expected: str | None) -> None:
    assert next_address(url, document, 12) == expected
    assert next_address(url, document, 0) is None


def test_what_is_no_json_is_none() -> None:
    assert read_json(b"<html>") is None
    assert read_json(b"[" * 100_000) is None
