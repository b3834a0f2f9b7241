"""What axe finds on the pages of the studio, as they stand and with what opens over them: nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from browsing import PATIENCE_MS, Served, find_faults, open_tab, serve_posts

pytest_plugins = ["browsers"]

POST = """<!doctype html><html lang="en"><head><title>Two kettles</title><meta name="author" content="Ann"></head>
<body><article><h1>Two kettles</h1><p>There are two kettles in our kitchen. One of them whistles loudly.</p>
<h2>The first</h2><p>It boils fast.</p><ul><li>Copper needs polish.</li></ul></article></body></html>"""
WIDTHS_PX = (390, 1440)
SCHEMES = ("light", "dark")
PLACES = (
    "/",
    "/welcome",
    "/add?url=",
    "/shows",
    "/shows/reading-list",
    "/voices",
    "/models",
    "/jobs",
    "/settings",
)
OPENED = {
    "t": "Takes of the line",
    "v": "Record this line",
    "w": "How a word is said",
    "c": "Voice",
    "P": "Publish",
    "e": "Wording of line 2",
    "x": "What to do with 1 line",
    "?": "Keys",
}
"""What opens over the lines or beside them, by its key."""


@pytest.fixture(scope="module")
def episode(served: Served) -> Iterator[int]:
    """One with a flagged line."""
    with serve_posts({"/kettles": POST}) as blog, httpx.Client(base_url=served.url, timeout=60) as api:
        episode_id: int = api.post("/v1/episodes", json={"url": f"{blog}/kettles"}).json()["id"]
        until = time.monotonic() + PATIENCE_MS / 1000
        while api.get(f"/v1/episodes/{episode_id}").json()["state"] != "ready":
            assert time.monotonic() < until, "the episode is not read"
            time.sleep(0.1)  # the one wait for a real voice
        answer = api.get(f"/v1/episodes/{episode_id}/lines").json()
        lines = {line["text"]: line for line in answer["data"]}
        wrong = api.get(lines["It boils fast."]["take"]["audio"]).content
        given = {"revision": str(answer["revision"]), "origin": "upload"}
        line_id = lines["Copper needs polish."]["id"]
        api.post(f"/v1/lines/{line_id}/takes", data=given, files={"file": ("take.flac", wrong)}).raise_for_status()
        yield episode_id


@pytest.fixture(scope="module")
def page(browser: Browser, served: Served) -> Iterator[Page]:
    with open_tab(browser, served.url) as tab:
        yield tab.page


def find_all_faults(page: Page) -> list[tuple[object, ...]]:
    """What axe finds, narrow and wide, in light and dark; and what is wider than the screen."""
    faults: list[tuple[object, ...]] = []
    for width in WIDTHS_PX:
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
            faults += [(width, scheme, *fault) for fault in find_faults(page)]
        if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            faults.append((width, "is scrolled sideways"))
    return faults


@pytest.mark.parametrize("place", PLACES)
def test_no_page_has_a_fault_that_axe_finds(page: Page, episode: int, place: str) -> None:
    page.goto(place)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("status", name="Loading")).to_have_count(0)

    faults = find_all_faults(page)

    assert faults == []


@pytest.mark.parametrize("key", ["", *OPENED])
def test_the_lines_and_what_opens_over_them_have_no_fault_that_axe_finds(page: Page, episode: int, key: str) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"/episodes/{episode}")
    expect(page.get_by_role("feed", name="Lines")).to_have_attribute("aria-busy", "false")
    page.get_by_role("article").nth(1).focus()
    if key:
        page.keyboard.press(key)
        expect(page.get_by_label(OPENED[key], exact=True).first).to_be_visible()
        expect(page.get_by_role("status", name="Loading")).to_have_count(0)

    faults = find_all_faults(page)

    assert faults == []
