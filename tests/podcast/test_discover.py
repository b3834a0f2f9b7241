"""The posts of a blog, from any address of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sites.blog_server import Site, serve_blog
from sites.crawling import HandClock, crawl_site, make_web, score
from sites.feed_only import make_feed_only
from sites.paginated import make_paginated
from sites.substack import make_substack
from sites.wordpress import make_wordpress

SITES: dict[str, Callable[[], Site]] = {
    "wordpress": make_wordpress,
    "wordpress-rest": lambda: make_wordpress(rest=True),
    "substack": make_substack,
    "substack-closed": lambda: make_substack(interface=False),
    "paginated": make_paginated,
    "feed-only": make_feed_only,
}


@pytest.mark.parametrize("name", SITES)
def test_every_post_is_found_exactly_once_with_its_date_and_author(name: str) -> None:
    clock = HandClock()

    with serve_blog(SITES[name](), clock.now) as server:
        found = crawl_site(server, web=make_web(clock))

    result = score(found.posts, server.site.truth, server.root)
    assert result.faults == {}
    assert [hit.path for hit in server.hits if hit.path.startswith(server.site.forbidden)] == []
