from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from lxml import etree
from starlette.testclient import TestClient

from catwalk.api import problems
from catwalk.podcast.opml import read_opml
from catwalk.podcast.show import Media
from catwalk.studio.media import build_router
from podcast.shows import Shelf, a_show, an_episode

SOUND = bytes(range(256)) * 40
KEY, OTHER = "cw-this-is-the-key", "cw-this-is-another"
FOR_EVER = "max-age=31536000, immutable"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """A public show of five episodes, a private one, and media of each."""
    shelf = Shelf(tmp_path)
    sound = shelf.add_file(SOUND, ".mp3")
    shelf.add_show(a_show(), [an_episode(number, audio=sound) for number in range(5)])
    secret = shelf.add_file(SOUND[::-1], ".mp3", is_public=False, keys=(KEY, OTHER))
    shelf.add_show(a_show(slug="secret", title="Secret", key=KEY, is_own=False), [an_episode(9, audio=secret)])
    return shelf


@pytest.fixture
def app(shelf: Shelf) -> FastAPI:
    app = FastAPI()
    problems.install(app)
    app.include_router(build_router(shelf, page_episodes=2))
    return app


@pytest.fixture
def http(app: FastAPI) -> TestClient:
    return TestClient(app, base_url="https://box.example")


def path_of(media: Media, key: str = "public") -> str:
    return f"/media/{key}/{media.name}"


@pytest.fixture
def sound(shelf: Shelf) -> str:
    return path_of(shelf.episodes["teapots"][0].audio)


@pytest.fixture
def secret(shelf: Shelf) -> Media:
    return shelf.episodes["secret"][0].audio


def test_a_public_feed_comes_page_by_page(http: TestClient) -> None:
    pages = [etree.fromstring(http.get(f"/feeds/teapots.xml?page={page}").content) for page in (1, 2, 3)]

    assert [page.xpath("//guid/text()") for page in pages] == [
        ["episode-0", "episode-1"], ["episode-2", "episode-3"], ["episode-4"],
    ]  # fmt: skip


def test_a_feed_names_the_host_that_was_asked(http: TestClient) -> None:
    answer = http.get("/feeds/teapots.xml")

    assert answer.headers["content-type"] == "application/rss+xml; charset=utf-8"
    assert b'url="https://box.example/media/public/' in answer.content


def test_a_feed_that_has_not_changed_costs_a_304(http: TestClient, shelf: Shelf) -> None:
    first = http.get("/feeds/teapots.xml")

    tagged = http.get("/feeds/teapots.xml", headers={"If-None-Match": f'W/"x", {first.headers["etag"]}'})
    dated = http.get("/feeds/teapots.xml", headers={"If-Modified-Since": first.headers["last-modified"]})
    shelf.shows["teapots"] = a_show(title="Retitled")
    changed = http.get("/feeds/teapots.xml", headers={"If-None-Match": first.headers["etag"]})

    assert [tagged.status_code, dated.status_code, changed.status_code] == [304, 304, 200]
    assert (tagged.content, tagged.headers["etag"]) == (b"", first.headers["etag"])
    assert first.headers["cache-control"] == "public, no-cache"


def test_a_tag_outweighs_a_date(http: TestClient) -> None:
    asked = {"If-None-Match": '"other"', "If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}

    assert http.get("/feeds/teapots.xml", headers=asked).status_code == 200


def test_a_private_feed_opens_with_its_key_alone(http: TestClient) -> None:
    paths = [f"/feeds/{KEY}/secret.xml", "/feeds/secret.xml", f"/feeds/{OTHER}/secret.xml", f"/feeds/{KEY}x/secret.xml"]

    answers = [http.get(path) for path in paths]

    assert [answer.status_code for answer in answers] == [200, 404, 404, 404]
    assert answers[0].headers["cache-control"] == "private, no-cache"
    assert answers[0].headers["x-robots-tag"] == "noindex"


def test_whoever_has_the_wrong_key_cannot_tell_a_private_show_from_none(http: TestClient) -> None:
    wrong, unknown = http.get("/feeds/guess/secret.xml"), http.get("/feeds/guess/nothing.xml")

    assert wrong.status_code == unknown.status_code == 404
    assert wrong.json() == unknown.json()


def test_a_public_show_has_no_keyed_address(http: TestClient) -> None:
    assert http.get(f"/feeds/{KEY}/teapots.xml").status_code == 404


def test_a_page_that_is_not_there_is_a_404_and_page_zero_a_400(http: TestClient) -> None:
    assert http.get("/feeds/teapots.xml?page=4").status_code == 404
    assert http.get("/feeds/teapots.xml?page=0").status_code == 400


def test_the_list_of_feeds_holds_public_shows_only(http: TestClient) -> None:
    found = read_opml(http.get("/feeds.opml").content)

    assert [each.url for each in found] == ["https://box.example/feeds/teapots.xml"]


@pytest.mark.parametrize("suffix", [".mp3", ".m4a", ".opus", ".vtt", ".json", ".jpg", ".png"])
def test_every_kind_of_media_has_its_type_and_may_be_kept_for_ever(http: TestClient, shelf: Shelf, suffix: str) -> None:
    media = shelf.add_file(b"something", suffix)

    answer = http.get(path_of(media))

    assert (answer.status_code, answer.content) == (200, b"something")
    assert answer.headers["content-type"].split(";")[0] == media.media_type
    assert answer.headers["cache-control"] == f"public, {FOR_EVER}"
    assert answer.headers["etag"] == f'"{hashlib.sha256(b"something").hexdigest()}"'
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_private_media_open_with_any_key_of_a_show_that_has_them(http: TestClient, secret: Media) -> None:
    keys = (KEY, OTHER, "public", "cw-guess", "-")

    answers = [http.get(path_of(secret, key)) for key in keys]

    assert [answer.status_code for answer in answers] == [200, 200, 404, 404, 404]
    assert answers[0].headers["cache-control"] == f"private, {FOR_EVER}"


@pytest.mark.parametrize(
    "name", ["passwd", "..%2f..%2fetc%2fpasswd", "a" * 64 + ".exe", "A" * 64 + ".mp3", "a" * 64 + ".mp3", "a" * 64]
)
def test_what_is_no_published_file_is_a_404(http: TestClient, name: str) -> None:
    assert http.get(f"/media/public/{name}").status_code == 404


def test_a_file_that_is_gone_from_disk_is_a_404(http: TestClient, shelf: Shelf, sound: str) -> None:
    next(iter(shelf.files.values())).path.unlink()

    assert http.get(sound).status_code == 404


@pytest.mark.parametrize("address", ["/feeds/teapots.xml", "/feeds.opml", "sound"])
def test_head_says_what_get_would_and_sends_nothing(http: TestClient, sound: str, address: str) -> None:
    address = sound if address == "sound" else address

    asked, got = http.head(address), http.get(address)

    assert (asked.status_code, asked.content) == (200, b"")
    assert dict(asked.headers) == dict(got.headers)
    assert int(asked.headers["content-length"]) == len(got.content)


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        ("bytes=100-", 100, 10240),
        ("bytes=-100", 10140, 10240),
        ("bytes=-99999", 0, 10240),
        ("bytes=10239-99999", 10239, 10240),
        ("Bytes = 5-9", 5, 10),
    ],
)
def test_a_range_is_answered_with_that_part(http: TestClient, sound: str, asked: str, start: int, end: int) -> None:
    answer = http.get(sound, headers={"Range": asked})

    assert (answer.status_code, answer.content) == (206, SOUND[start:end])
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/10240"
    assert answer.headers["content-length"] == str(end - start)
    assert answer.headers["access-control-allow-origin"] == "*"


def test_several_ranges_come_as_parts_of_one_answer(http: TestClient, sound: str) -> None:
    answer = http.get(sound, headers={"Range": "bytes=0-1,500-501"})

    assert answer.status_code == 206
    assert answer.headers["content-type"].startswith("multipart/byteranges; boundary=")
    assert b"Content-Range: bytes 0-1/10240\r\n\r\n\x00\x01\r\n" in answer.content
    assert b"Content-Range: bytes 500-501/10240\r\n\r\n\xf4\xf5\r\n" in answer.content


@pytest.mark.parametrize(
    "asked", ["bytes=10240-", "bytes=99999-100000", "bytes=-0", "bytes=abc", "bytes=9-5", "bytes=", "bytes=1-2,99999-"]
)
def test_a_range_that_is_not_there_is_a_416_that_tells_the_size(http: TestClient, sound: str, asked: str) -> None:
    answer = http.get(sound, headers={"Range": asked})

    assert (answer.status_code, answer.content) == (416, b"")
    assert answer.headers["content-range"] == "bytes */10240"
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_range_of_another_version_is_answered_with_the_whole_file(http: TestClient, sound: str) -> None:
    tag = http.head(sound).headers["etag"]

    same = http.get(sound, headers={"Range": "bytes=0-9", "If-Range": tag})
    other = http.get(sound, headers={"Range": "bytes=99999-", "If-Range": '"older"'})

    assert (same.status_code, same.content) == (206, SOUND[:10])
    assert (other.status_code, other.content) == (200, SOUND)


def test_a_unit_other_than_bytes_is_passed_over(http: TestClient, sound: str) -> None:
    answer = http.get(sound, headers={"Range": "seconds=1-2"})

    assert (answer.status_code, answer.content) == (200, SOUND)


def test_a_file_that_is_known_costs_a_304(http: TestClient, sound: str) -> None:
    first = http.head(sound)

    tagged = http.get(sound, headers={"If-None-Match": first.headers["etag"], "Range": "bytes=0-9"})
    dated = http.get(sound, headers={"If-Modified-Since": first.headers["last-modified"]})
    odd = http.get(sound, headers={"If-Modified-Since": "yesterday"})

    assert [tagged.status_code, dated.status_code, odd.status_code] == [304, 304, 200]


def test_a_page_of_another_site_is_told_that_it_may_ask_for_ranges(http: TestClient, sound: str) -> None:
    asked = {"Origin": "https://player.example", "Access-Control-Request-Headers": "range"}

    answer = http.options(sound, headers=asked)

    assert answer.status_code == 204
    assert "Range" in answer.headers["access-control-allow-headers"]
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"


@pytest.fixture
def served(app: FastAPI) -> Iterator[str]:
    """A real server on a socket: its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join()


def curl(*arguments: str) -> tuple[str, bytes]:
    """The head and the body of what curl gets."""
    done = subprocess.run(["curl", "-sS", "-i", *arguments], capture_output=True, check=True, timeout=10)
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    return head.decode().lower(), body


def test_curl_gets_head_ranges_304_and_416_from_a_real_server(served: str, sound: str, tmp_path: Path) -> None:
    url = served + sound
    tag = f'"{hashlib.sha256(SOUND).hexdigest()}"'

    head, _ = curl("-I", url)
    middle = curl("-r", "100-199", url)
    suffix = curl("-r", "-5", url)
    unchanged, _ = curl("-H", f"If-None-Match: {tag}", url)
    outside, _ = curl("-r", "99999-", url)
    half = tmp_path / "half.mp3"
    half.write_bytes(SOUND[:5000])
    subprocess.run(["curl", "-sS", "-C", "-", "-o", half, url], check=True, timeout=10)

    assert head.startswith("http/1.1 200")
    assert "content-length: 10240" in head
    assert "accept-ranges: bytes" in head
    assert middle[0].startswith("http/1.1 206")
    assert (middle[1], suffix[1]) == (SOUND[100:200], SOUND[-5:])
    assert unchanged.startswith("http/1.1 304")
    assert outside.startswith("http/1.1 416")
    assert "content-range: bytes */10240" in outside
    assert half.read_bytes() == SOUND


def test_curl_gets_a_feed_and_then_a_304_by_its_tag(served: str, tmp_path: Path) -> None:
    url, kept = f"{served}/feeds/teapots.xml", tmp_path / "tag"

    first, body = curl("--etag-save", os.fspath(kept), url)
    again, _ = curl("--etag-compare", os.fspath(kept), url)

    assert first.startswith("http/1.1 200")
    assert f'url="{served}/media/public/'.encode() in body
    assert again.startswith("http/1.1 304")


def test_every_route_is_described_once_with_a_summary_and_an_example(app: FastAPI) -> None:
    paths = app.openapi()["paths"]

    assert set(paths) == {"/feeds.opml", "/feeds/{slug}.xml", "/feeds/{key}/{slug}.xml", "/media/{key}/{name}"}
    assert all(set(item) == {"get"} for item in paths.values())
    assert all(item["get"]["summary"] and "'example'" in str(item) for item in paths.values())


def test_a_show_without_a_date_has_no_last_modified(http: TestClient, shelf: Shelf) -> None:
    shelf.shows["teapots"] = replace(a_show(), updated=None)

    assert "last-modified" not in http.get("/feeds/teapots.xml").headers
