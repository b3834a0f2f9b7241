"""Shows of a library as a whole server publishes them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import feedparser
import httpx
import pytest
from starlette.testclient import TestClient

from catwalk.api.auth import add_key
from catwalk.app.server import build
from catwalk.errors import InvalidRequest
from catwalk.library.database import Library, open_library
from catwalk.library.tables import Episode, Render, Show
from catwalk.podcast.lexicons import find_lexicon
from catwalk.podcast.publications import rename_show
from catwalk.settings import Settings
from conftest import RunningServer, run_server
from podcast.library_shows import add_blog, add_post, read_out

SOUND = bytes(range(256)) * 40


@pytest.fixture
def library(own_home: Path) -> Iterator[Library]:
    """The library that the server of a test publishes."""
    opened = open_library(own_home)
    yield opened
    opened.close()


@pytest.fixture
def show(library: Library) -> Show:
    """A private one."""
    return add_blog(library)


@pytest.fixture
def episode(library: Library, show: Show) -> Episode:
    return add_post(library, show)


@pytest.fixture
def render(library: Library, episode: Episode) -> Render:
    return read_out(library, episode, SOUND)


@pytest.fixture
def served(settings: Callable[..., Settings]) -> Iterator[RunningServer]:
    yield from run_server(settings(models={}))


def path_of(name: str | None, show: Show) -> str:
    return f"/media/{show.key}/{name}"


def test_a_feed_and_its_media_come_from_the_library(served: RunningServer, show: Show, render: Render) -> None:
    with served.http() as http:
        answer = http.get(f"/feeds/{show.key}/{show.slug}.xml")
        feed = feedparser.parse(answer.content)
        sound = http.get(feed.entries[0].enclosures[0].href)
        cover = http.get(feed.feed.image.href)
        unchanged = http.get(answer.url, headers={"If-None-Match": answer.headers["etag"]})

    assert (answer.status_code, unchanged.status_code) == (200, 304)
    assert (sound.content, sound.headers["content-type"]) == (SOUND, "audio/mpeg")
    assert cover.headers["content-type"] == "image/jpeg"
    assert len(cover.content) == int(cover.headers["content-length"]) > 0


def test_after_a_correction_the_enclosure_is_new_and_the_old_one_still_there(
    served: RunningServer, library: Library, show: Show, episode: Episode, render: Render
) -> None:
    feed = f"{served.url}/feeds/{show.key}/{show.slug}.xml"
    before = feedparser.parse(httpx.get(feed).content).entries[0]

    read_out(library, episode, b"corrected")
    after = feedparser.parse(httpx.get(feed).content).entries[0]

    assert before.id == after.id
    assert httpx.get(before.enclosures[0].href).content == SOUND
    assert httpx.get(after.enclosures[0].href).content == b"corrected"


def test_a_show_of_another_slug_is_still_found_at_its_old_address(
    served: RunningServer, library: Library, show: Show, render: Render
) -> None:
    lexicon = find_lexicon(library.home, show.slug)
    lexicon.parent.mkdir()
    lexicon.write_text("[words]\n")
    with served.http() as http:
        before = feedparser.parse(http.get(f"/feeds/{show.key}/{show.slug}.xml").content)

        rename_show(library, show.slug, "pots")
        moved = http.get(f"/feeds/{show.key}/{show.slug}.xml?page=1")
        wrong = http.get(f"/feeds/wrong/{show.slug}.xml")
        followed = http.get(f"/feeds/{show.key}/{show.slug}.xml", follow_redirects=True)

    address = f"{served.url}/feeds/{show.key}/pots.xml"
    after = feedparser.parse(followed.content)
    assert (moved.status_code, moved.headers["location"], wrong.status_code) == (301, address, 404)
    assert f"<itunes:new-feed-url>{address}</itunes:new-feed-url>" in followed.text
    assert after.feed.podcast_guid == before.feed.podcast_guid
    assert [entry.id for entry in after.entries] == [entry.id for entry in before.entries]
    assert [entry.enclosures for entry in after.entries] == [entry.enclosures for entry in before.entries]
    assert find_lexicon(library.home, "pots").is_file()


def test_a_slug_is_one_that_addresses_can_hold(library: Library, show: Show) -> None:
    for wrong in ("", "Tea Pots", "../etc", "a" * 61):
        with pytest.raises(InvalidRequest, match="a slug is"):
            rename_show(library, show.slug, wrong)


def test_a_private_show_opens_with_its_own_key_alone(
    served: RunningServer, library: Library, show: Show, render: Render
) -> None:
    other = add_blog(library, "Other")
    with served.http() as http:
        media = [http.get(f"/media/{key}/{render.audio}").status_code for key in (show.key, other.key, "public", "x")]
        feeds = [http.get(f"/feeds/{key}{show.slug}.xml").status_code for key in (f"{show.key}/", f"{other.key}/", "")]
        listed = http.get("/feeds.opml").text

    assert (media, feeds) == ([200, 404, 404, 404], [200, 404, 404])
    assert show.slug not in listed


def test_heads_ranges_and_what_is_known_already(served: RunningServer, show: Show, render: Render) -> None:
    with served.http() as http:
        path = path_of(render.audio, show)
        head = http.head(path)
        ranges = ("bytes=100-199", "bytes=-5", "bytes=99999-", "bytes=abc")
        middle, suffix, outside, broken = (http.get(path, headers={"Range": each}) for each in ranges)
        known = http.get(path, headers={"If-None-Match": head.headers["etag"]})

    assert (head.status_code, head.headers["content-length"], head.content) == (200, "10240", b"")
    assert (middle.status_code, middle.content) == (206, SOUND[100:200])
    assert (suffix.status_code, suffix.content) == (206, SOUND[-5:])
    assert [outside.status_code, broken.status_code, known.status_code] == [416, 416, 304]
    assert outside.headers["content-range"] == "bytes */10240"


def test_curl_takes_up_a_download_that_broke_off(
    served: RunningServer, show: Show, render: Render, tmp_path: Path
) -> None:
    half = tmp_path / "half.mp3"
    half.write_bytes(SOUND[:5000])

    subprocess.run(
        ["curl", "-sSf", "-C", "-", "-o", half, served.url + path_of(render.audio, show)], check=True, timeout=10
    )

    assert half.read_bytes() == SOUND


def test_addresses_begin_with_what_the_settings_say(
    settings: Callable[..., Settings], show: Show, render: Render
) -> None:
    http = TestClient(build(settings(podcast={"base_url": "https://pods.example/"})).http)

    feed = feedparser.parse(http.get(f"/feeds/{show.key}/{show.slug}.xml").content)

    assert feed.entries[0].enclosures[0].href == f"https://pods.example{path_of(render.audio, show)}"


def test_podcast_apps_need_no_key_of_the_api(
    settings: Callable[..., Settings], own_home: Path, show: Show, render: Render
) -> None:
    add_key(own_home / "keys", "laptop")
    http = TestClient(build(settings(), host="0.0.0.0").http)

    paths = (f"/feeds/{show.key}/{show.slug}.xml", path_of(render.audio, show), "/feeds.opml", "/v1/models", "/feedsx")

    assert [http.get(path).status_code for path in paths] == [200, 200, 200, 401, 401]


def test_an_application_that_nobody_asks_for_a_feed_opens_no_library(
    settings: Callable[..., Settings], own_home: Path
) -> None:
    http = TestClient(build(settings()).http)

    assert http.get("/v1/models").status_code == 200
    assert not (own_home / "library.sqlite").exists()


def test_a_library_that_cannot_be_opened_does_not_take_the_models_down(
    settings: Callable[..., Settings], tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("buy tea " * 200)
    http = TestClient(build(settings(library={"database": str(tmp_path / "notes.txt")})).http)

    feed, models = http.get("/feeds/teapots.xml"), http.get("/v1/models")

    assert (feed.status_code, feed.json()["error"]["code"]) == (503, "library_unavailable")
    assert models.status_code == 200
