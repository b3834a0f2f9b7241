from __future__ import annotations

import asyncio
import io

import pytest
from PIL import Image

from catwalk.podcast.artwork import check_artwork
from catwalk.podcast.discovery.feeds import Feed, parse_feed
from catwalk.podcast.portrait import find_portrait, list_pictures
from sites.blog_server import Answer, BlogServer, Site, serve_blog
from sites.crawling import HandClock, make_web
from sites.writing import write_rss

HOME = """<html><head><link rel="apple-touch-icon" sizes="180x180" href="/small.png">
<link rel="apple-touch-icon-precomposed" sizes="1024x1024" href="/large.png"><link rel="icon" href="/favicon.ico">
<meta property="og:image" content="/card.png"></head><body>Tea</body></html>"""


def picture(side_px: int, colour: str) -> Answer:
    file = io.BytesIO()
    Image.new("RGB", (side_px, side_px), colour).save(file, "PNG")
    return Answer(file.getvalue(), "image/png")


def site(**answers: Answer) -> Site:
    return Site("tea", {"/": Answer(HOME), **{f"/{name}.png": answer for name, answer in answers.items()}}, [])


def bring(server: BlogServer, image: str | None = None) -> tuple[int, ...] | None:
    """The colour of the picture that was found."""
    feed = Feed(image=f"{server.root}{image}" if image else None)
    content = asyncio.run(find_portrait(make_web(HandClock()), feed, f"{server.root}/"))
    if content is None:
        return None
    check_artwork(content)
    with Image.open(io.BytesIO(content)) as found:
        pixel = found.getpixel((700, 700))
    assert isinstance(pixel, tuple)
    return tuple(round(level / 255) for level in pixel)


def test_the_picture_that_the_feed_names_goes_first() -> None:
    with serve_blog(site(logo=picture(1500, "red"), large=picture(1024, "lime"))) as server:
        found = bring(server, "/logo.png")

    assert found == (1, 0, 0)
    assert server.paths == ["/robots.txt", "/logo.png"]


@pytest.mark.parametrize("logo", [picture(100, "red"), Answer("<svg/>", "image/svg+xml"), Answer(status=404)])
def test_the_home_pages_largest_icon_stands_for_one_that_would_not_do(logo: Answer) -> None:
    with serve_blog(site(logo=logo, large=picture(1024, "lime"), card=picture(1400, "blue"))) as server:
        assert bring(server, "/logo.png") == (0, 1, 0)


def test_the_picture_for_previews_is_the_last_resort_and_a_blog_may_have_none() -> None:
    with serve_blog(site(card=picture(1400, "blue"))) as server:
        assert bring(server) == (0, 0, 1)
    with serve_blog(site()) as server:
        assert bring(server) is None


def test_robots_that_are_not_wanted_ask_for_no_picture() -> None:
    unwanted = site(logo=picture(1500, "red"))
    unwanted.answers["/robots.txt"] = Answer("User-agent: *\nDisallow: /\n", "text/plain")

    with serve_blog(unwanted) as server:
        assert bring(server, "/logo.png") is None

    assert server.paths == ["/robots.txt"]


def test_pages_name_pictures_in_any_order() -> None:
    assert list_pictures(HOME.encode(), "https://blog.test/") == [
        "https://blog.test/large.png",
        "https://blog.test/small.png",
        "https://blog.test/card.png",
    ]


@pytest.mark.parametrize(
    "named",
    [
        "<image><url>https://blog.test/a.png</url></image>",
        '<itunes:image xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" href="https://blog.test/a.png"/>',
    ],
)
def test_feeds_name_a_picture(named: str) -> None:
    text = write_rss("Tea", "https://blog.test/", []).replace("<title>Tea</title>", f"<title>Tea</title>{named}", 1)

    feed = parse_feed(text.encode(), "https://blog.test/feed")

    assert feed is not None
    assert feed.image == "https://blog.test/a.png"
