"""Posts that are handed in as files: a server with real jobs, and voices that only beep."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import feedparser
import httpx
import pytest

from catwalk.app.server import build
from catwalk.settings import read_settings

pytestmark = pytest.mark.anyio

PAGE = b"""<html lang=en><head><title>Assam</title></head><body><article><h1>Assam</h1><p>Water, leaves and a quarter of
an hour of patience make a pot of it.</p><p>The kettle does the rest of it by itself.</p></article></body></html>"""


@contextlib.asynccontextmanager
async def run(home: Path, *, works: bool = True, **more: Any) -> AsyncIterator[httpx.AsyncClient]:
    settings = read_settings(
        home=home,
        reader={"model": "fake", "listener": "fake", "encoder": None, "cover": "none"},
        jobs={"keep_free": 1},
        **more,
    )
    server = build(settings, works=works)
    async with contextlib.AsyncExitStack() as stack:
        if works:
            await stack.enter_async_context(server.http.router.lifespan_context(server.http))
        transport = httpx.ASGITransport(server.http)
        yield await stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://localhost", timeout=60)
        )
        server.library.close()


async def hand_in(http: httpx.AsyncClient, name: str, content: bytes) -> httpx.Response:
    return await http.post("/v1/uploads", files={"file": (name, content)})


async def until_read(http: httpx.AsyncClient, job: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            found: dict[str, Any] = (await http.get(f"/v1/jobs/{job}")).json()
            if found["state"] in {"done", "failed"}:
                return found
            await asyncio.sleep(0.05)  # the server is a real one, whose work takes the time that it takes


async def test_a_file_is_read_into_the_reading_list_and_again_after_a_restart(tmp_path: Path) -> None:
    async with run(tmp_path) as http:
        asked = (await hand_in(http, "/home/me/assam.html", PAGE)).json()
        job = await until_read(http, asked["job"])
        episode = (await http.get(f"/v1/episodes/{asked['id']}")).json()
        show = (await http.get("/v1/shows/reading-list")).json()
        feed = feedparser.parse((await http.get(show["feed"])).text)
    async with run(tmp_path) as http:
        again = await http.post(f"/v1/episodes/{asked['id']}/read", params={"anew": True})
        job_again = await until_read(http, again.json()["job"])

    assert (job["state"], job_again["state"], job_again["problem"]) == ("done", "done", None)
    assert (episode["state"], episode["title"], episode["url"], episode["show"]) == (
        "ready",
        "Assam",
        None,
        "reading-list",
    )
    assert [(entry.title, entry.get("link")) for entry in feed.entries] == [("Assam", None)]
    assert "urn:" not in str(feed.entries)


async def test_a_file_comes_into_the_list_that_is_named_and_into_no_unknown_one(tmp_path: Path) -> None:
    async with run(tmp_path) as http:
        mornings = (await http.post("/v1/shows", json={"title": "Sunday mornings"})).json()
        files = {"file": ("assam.html", PAGE)}

        taken = await http.post("/v1/uploads", files=files, data={"show": mornings["slug"]})
        refused = await http.post("/v1/uploads", files=files, data={"show": "no-such-list"})
        shows = (await http.get("/v1/shows")).json()["data"]

    assert (taken.status_code, taken.json()["show"]) == (202, "sunday-mornings")
    assert (refused.status_code, [show["slug"] for show in shows]) == (404, ["sunday-mornings"])


async def test_the_same_bytes_are_the_same_episode_whatever_their_name(tmp_path: Path) -> None:
    async with run(tmp_path) as http:
        first = (await hand_in(http, "tea.md", b"# Tea\n\nA pot of it, and another one.\n")).json()
        again = (await hand_in(http, "copy.md", b"# Tea\n\nA pot of it, and another one.\n")).json()
        other = (await hand_in(http, "tea.md", b"# Tea\n\nA cup of it.\n")).json()

    assert first["id"] == again["id"] != other["id"]
    assert first["title"] == "Tea"


async def test_a_post_that_was_withdrawn_comes_back_when_it_is_handed_in_again(tmp_path: Path) -> None:
    async with run(tmp_path) as http:
        asked = (await hand_in(http, "assam.html", PAGE)).json()
        await until_read(http, asked["job"])
        await http.delete(f"/v1/episodes/{asked['id']}")

        again = (await hand_in(http, "assam.html", PAGE)).json()
        await until_read(http, again["job"])
        episode = (await http.get(f"/v1/episodes/{asked['id']}")).json()

    assert episode["state"] == "ready"


@pytest.mark.parametrize(
    ("text", "charset"),
    [("Tée déjà prêt", "utf-8-sig"), ("Tée déjà prêt", "utf-16"), ("A naïve café", "cp1252")],
)
async def test_a_file_is_decoded_as_a_page_of_the_web_is(tmp_path: Path, text: str, charset: str) -> None:
    async with run(tmp_path, works=False) as http:  # kept although nobody reads it now
        await hand_in(http, "note.txt", f"{text}\n\nIt is in the pot.\n".encode(charset))
        (episode,) = (await http.get("/v1/episodes")).json()["data"]

    assert episode["title"] == text


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("post.pdf", b"%PDF-1.7", 422, "unsupported_source"),
        ("post.html", b"%PDF-1.7", 422, "unsupported_source"),
        ("post", b"words", 422, "unsupported_source"),
        ("a://b.txt", b"\0", 422, "no_article"),
        ("empty.md", b"", 422, "no_article"),
        ("long.txt", b"word " * 300, 413, "upload_too_large"),
    ],
)
async def test_what_cannot_be_read_is_refused_at_once_and_leaves_nothing(
    tmp_path: Path, name: str, content: bytes, status: int, code: str
) -> None:
    async with run(tmp_path, works=False, fetch={"max_bytes": 1000}) as http:
        answer = await hand_in(http, name, content)
        shows = (await http.get("/v1/shows")).json()["data"]

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert shows == []


async def test_a_form_without_a_file_is_told_what_is_missing(tmp_path: Path) -> None:
    async with run(tmp_path, works=False) as http:
        answers = [
            await http.post("/v1/uploads", data={"file": "words"}),
            await http.post("/v1/uploads", content=b"words", headers={"Content-Type": "multipart/form-data"}),
            await http.post("/v1/uploads", files=[("file", ("a.txt", b"a")), ("file", ("b.txt", b"b"))]),
        ]

    assert [answer.status_code for answer in answers] == [400, 400, 400]
