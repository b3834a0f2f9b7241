"""What becomes of jobs when the web misbehaves: one server with real jobs, blogs of our own, voices that only beep."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from catwalk.app import works
from catwalk.app.server import build
from catwalk.settings import read_settings
from sites.blog_server import Answer, BlogServer, Site, redirect, serve_blog
from sites.writing import write_rss, write_urls

pytestmark = pytest.mark.anyio

PAGE = (
    "<html lang=en><head><title>{0}</title></head><body><article><h1>{0}</h1><p>Water, leaves and a quarter of an hour"
    " of patience make a pot of {0}.</p><p>The kettle does the rest of it by itself.</p></article></body></html>"
)
Ask = Callable[..., Any]


def page(title: str) -> Answer:
    return Answer(PAGE.replace("{0}", title))


def feed(root: str, *slugs: str, changed: str = "") -> Answer:
    items = [
        f"<item><title>{slug}</title><link>{root}/{slug}</link><guid>{slug}</guid>"
        f"<description>A pot of {slug}. {changed}</description></item>"
        for slug in slugs
    ]
    return Answer(write_rss("Tea", f"{root}/", items), "application/rss+xml")


@pytest.fixture
def blog() -> Iterator[BlogServer]:
    site = Site("tea", {f"/{name}": page(name) for name in ("assam", "ceylon", "darjeeling")}, [])
    with serve_blog(site) as server:
        server.site.answers["/feed"] = feed(server.root, "assam")
        yield server


@pytest.fixture
async def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ask]:
    """Asks a server that has jobs, and looks every moment for what is due."""
    monkeypatch.setattr(works, "_TICK_S", 0.2)
    settings = read_settings(
        home=tmp_path / "box",
        reader={"model": "fake", "listener": "fake", "encoder": None, "cover": "none"},
        fetch={"allow_private": ("127.0.0.0/8",), "timeout_s": 0.3},
        crawl={"pause_s": 0},
        jobs={"keep_free": 1, "follow_every_h": 0.5 / 3600},
    )
    server = build(settings, works=True)
    async with (
        server.http.router.lifespan_context(server.http),
        httpx.AsyncClient(transport=httpx.ASGITransport(server.http), base_url="http://box", timeout=60) as client,
    ):

        async def send(method: str, path: str, json: Any = None) -> Any:
            answer = await client.request(method, path, json=json)
            return answer.json() | {"status": answer.status_code}

        yield send


async def until(ask: Ask, path: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            found: dict[str, Any] = await ask("GET", path)
            if holds(found):
                return found
            await asyncio.sleep(0.05)  # the server is a real one, whose work takes the time that it takes


def has_ended(job: dict[str, Any]) -> bool:
    return job["state"] in {"done", "failed"}


async def read(ask: Ask, url: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Have a post read; its episode and its job when that has ended."""
    added = await ask("POST", "/v1/episodes", {"url": url})
    job = await until(ask, f"/v1/jobs/{added['job']}", has_ended)
    return await ask("GET", f"/v1/episodes/{added['id']}"), job


async def test_a_host_that_never_answers_holds_up_no_other_and_its_post_waits(ask: Ask, blog: BlogServer) -> None:
    blog.site.answers["/slow"] = Answer(hangs=True)

    slow, job = await read(ask, f"{blog.root}/slow")
    other, _ = await read(ask, f"{blog.root}/assam")

    assert (job["state"], slow["state"], other["state"]) == ("failed", "waiting", "ready")
    assert job["problem"] == f"{blog.root}/slow did not send the whole page within 0.3 s"
    assert slow["problem"] == f"{job['problem']}; it is tried again by itself"


async def test_a_redirect_to_a_private_address_is_refused_with_what_would_allow_it(ask: Ask, blog: BlogServer) -> None:
    blog.site.answers["/inside"] = redirect("http://10.0.0.1/admin")

    episode, job = await read(ask, f"{blog.root}/inside")

    assert (job["state"], episode["state"]) == ("failed", "failed")
    assert "10.0.0.1" in episode["problem"]
    assert "[fetch] allow_private" in episode["problem"]


async def test_a_post_that_is_gone_says_so_and_what_was_read_of_it_stays(ask: Ask, blog: BlogServer) -> None:
    before, _ = await read(ask, f"{blog.root}/assam")
    blog.site.answers["/assam"] = Answer(status=404)

    asked = await ask("POST", f"/v1/episodes/{before['id']}/read?anew=true")
    job = await until(ask, f"/v1/jobs/{asked['job']}", has_ended)
    after = await ask("GET", f"/v1/episodes/{before['id']}")

    assert (job["state"], after["state"]) == ("failed", "failed")
    assert "404" in after["problem"]
    assert "goes on offering what was read before" in after["problem"]
    assert after["audio"] == before["audio"] is not None


async def follow(ask: Ask, url: str) -> str:
    """Follow a feed; the show, once the feed was looked at."""
    show = await ask("POST", "/v1/shows", {"url": url, "follow": True})
    await until(ask, "/v1/jobs", lambda found: any(map(has_ended, found["data"])))
    return str(show["slug"])


def polls(job: dict[str, Any], show: dict[str, Any]) -> bool:
    return bool(job["state"] == "done" and job["arguments"] == {"show": show["slug"]})


async def test_a_feed_that_breaks_is_said_of_its_show_and_other_blogs_are_followed_on(
    ask: Ask, blog: BlogServer
) -> None:
    broken = await follow(ask, f"{blog.root}/feed")
    blog.site.answers["/feed"] = Answer("<rss><channel><title>Tea</title><item><ti", "application/rss+xml")
    blog.site.answers["/other"] = feed(blog.root, "ceylon")

    found = await until(ask, f"/v1/shows/{broken}", lambda found: bool(found["trouble"]))
    other = await ask("GET", f"/v1/shows/{await follow(ask, f'{blog.root}/other')}")
    jobs = await until(ask, "/v1/jobs", lambda found: any(polls(job, other) for job in found["data"]))

    assert found["trouble"] == f"{blog.root}/feed holds no posts any more"
    assert found["followed"]
    assert [job["problem"] for job in jobs["data"] if polls(job, other)][-1] is None


async def test_a_sitemap_bomb_costs_an_archive_nothing_but_that_sitemap(ask: Ask, blog: BlogServer) -> None:
    head = write_urls([("/2024/05/03/tea", "2024-05-03")]).encode().removesuffix(b"</urlset>")
    bomb = gzip.compress(head + b" " * 200_000_000 + b"</urlset>", compresslevel=1)
    blog.site.answers = {
        "/": Answer('<html><body><ul><li><a href="/2024/05/03/tea">Tea</a></li></ul></body></html>'),
        "/2024/05/03/tea": page("Tea"),
        "/robots.txt": Answer(f"User-agent: *\nSitemap: {blog.root}/bomb.xml.gz\n", "text/plain"),
        "/bomb.xml.gz": Answer(bomb, "application/gzip"),
    }

    show = await ask("POST", "/v1/shows", {"url": f"{blog.root}/", "title": "Tea", "archive": {}})
    job = await until(ask, f"/v1/jobs/{show['jobs'][0]}", has_ended)
    found = await ask("GET", f"/v1/episodes?show={show['slug']}")

    assert (job["state"], job["result"]["posts"]) == ("done", 1)
    assert [episode["title"] for episode in found["data"]] == ["Tea"]
