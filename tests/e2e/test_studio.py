"""The studio in a real browser, in front of a real server with its real voice and its real listener."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from catwalk.studio.page import STATIC

ROOT = Path(__file__).parents[2]
AXE = ROOT / "studio" / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = [
    "--no-sandbox",  # the tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
PATIENCE_MS = 90_000
"""For a reading on a busy machine with two cores; mostly it takes a tenth of that."""

KETTLES = """<!doctype html><html lang="en"><head><title>Three kettles</title></head><body><article>
<h1>Three kettles</h1><p>There are three kettles in our kitchen. One of them whistles.</p>
<h2>The first one</h2><p>It is made of copper, and it boils fast.</p></article></body></html>"""
HOSTILE = """<!doctype html><html lang="en"><head><title>&lt;img src=x onerror="window.ran=1"&gt; tea</title>
<meta name="author" content="&lt;script&gt;window.ran=2&lt;/script&gt;"></head><body><article>
<h1>&lt;img src=x onerror="window.ran=1"&gt; tea</h1><p>This post calls &lt;svg onload=window.ran=3&gt; by its name.</p>
<h2>&lt;iframe src="javascript:window.ran=4"&gt;</h2><p>Nothing of it should run.</p></article></body></html>"""
POSTS = {"/kettles": KETTLES, "/hostile": HOSTILE}


@pytest.fixture(scope="module")
def blog() -> Iterator[str]:
    class Posts(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = POSTS.get(self.path, "").encode()
            self.send_response(200 if page else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *said: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Posts) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@dataclass
class Served:
    """``catwalk serve`` in a process of its own, which can go away and come back."""

    home: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        environment = os.environ | {"CATWALK_HOME": str(self.home), "CATWALK_FETCH__ALLOW_PRIVATE": '["127.0.0.0/8"]'}
        command = [sys.executable, "-m", "catwalk", "serve", "--port", str(self.port), "--log-level", "warning"]
        self.process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        while not self._answers():
            assert self.process.poll() is None, "the server ended at its start"
            time.sleep(0.05)  # the one wait for a real process to listen

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz").status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    assert (STATIC / "index.html").exists(), "the studio was not built: say make studio"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Served(tmp_path_factory.mktemp("studio"), port)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        if os.environ.get("CI"):
            pytest.fail("there is no chromium: apt-get install chromium")
        pytest.skip("there is no chromium on this machine; CI has one")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield launched
        launched.close()


@dataclass
class Tab:
    page: Page
    complaints: list[str] = field(default_factory=list)
    """Of the browser: what broke, and what the policy stopped."""


@contextmanager
def open_tab(browser: Browser, url: str) -> Iterator[Tab]:
    context = browser.new_context(base_url=url, service_workers="block", permissions=["microphone"])
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    tab = Tab(page)
    page.on("pageerror", lambda error: tab.complaints.append(str(error)))
    page.on("console", lambda said: tab.complaints.append(said.text) if "policy" in said.text.lower() else None)
    yield tab
    context.close()


@pytest.fixture
def tab(browser: Browser, served: Served) -> Iterator[Tab]:
    with open_tab(browser, served.url) as tab:
        yield tab


def have_read(page: Page, address: str, title: str) -> None:
    """Paste an address on the shelf, and wait until its episode can be played."""
    page.goto("/")
    page.get_by_label("Addresses of posts to be read").fill(address)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=f"Play {title}")).to_be_enabled(timeout=PATIENCE_MS)


def test_an_address_that_is_pasted_becomes_an_episode_that_plays_on_every_page(
    tab: Tab, served: Served, blog: str
) -> None:
    page = tab.page

    have_read(page, f"{blog}/kettles", "Three kettles")
    page.get_by_role("button", name="Play Three kettles").click()
    player = page.get_by_role("region", name="Player")
    position = player.get_by_role("slider", name="Position")
    page.wait_for_function("() => Number(document.querySelector('[aria-label=Player] input[type=range]').value) > 0.5")
    page.keyboard.press("g")
    page.keyboard.press("v")
    expect(page.get_by_role("heading", name="Voices", level=1)).to_be_visible()
    heard = position.input_value()
    page.wait_for_function(
        f"() => Number(document.querySelector('[aria-label=Player] input[type=range]').value) > {heard}"
    )

    (episode,) = httpx.get(f"{served.url}/v1/episodes").json()["data"]
    assert float(position.get_attribute("max") or 0) == pytest.approx(episode["duration_s"], abs=0.2)
    assert page.title() == "Voices · catwalk"
    assert tab.complaints == []


def test_where_somebody_stopped_is_where_they_go_on(tab: Tab, blog: str) -> None:
    page = tab.page
    have_read(page, f"{blog}/kettles", "Three kettles")
    page.get_by_role("button", name="Play Three kettles").click()
    page.wait_for_function("() => Number(document.querySelector('[aria-label=Player] input[type=range]').value) > 1.2")
    page.get_by_role("region", name="Player").get_by_role("button", name="Pause").click()

    page.reload()
    page.get_by_role("button", name="Play Three kettles").click()

    page.wait_for_function("() => Number(document.querySelector('[aria-label=Player] input[type=range]').value) > 1")


def test_nothing_that_a_post_says_is_run(tab: Tab, blog: str) -> None:
    page = tab.page
    title = '<img src=x onerror="window.ran=1"> tea'

    have_read(page, f"{blog}/hostile", title)
    page.get_by_role("button", name=f"Play {title}").click()
    expect(page.get_by_role("region", name="Player").get_by_role("link", name=title)).to_be_visible()
    page.goto("/jobs")
    expect(page.get_by_role("link", name=title).first).to_be_visible()

    assert page.evaluate("window.ran") is None
    assert page.locator("img[src=x], svg[onload], iframe").count() == 0
    assert tab.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_fault_that_axe_finds_in_light_and_dark(tab: Tab, blog: str, scheme: str) -> None:
    page = tab.page
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    faults = []

    for place in ("/", "/shows", "/voices", "/models", "/jobs", "/settings", "/welcome", f"/add?url={blog}/kettles"):
        page.goto(place)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_role("status", name="Loading")).to_have_count(0)
        page.evaluate(AXE.read_text())
        found = page.evaluate("axe.run({resultTypes: ['violations']}).then((answer) => answer.violations)")
        faults += [(place, fault["id"], fault["nodes"][0]["html"]) for fault in found]

    assert faults == []
    assert tab.complaints == []


def test_a_server_that_goes_away_and_comes_back_takes_nothing_that_was_typed(tab: Tab, served: Served) -> None:
    page = tab.page
    page.goto("/")
    box = page.get_by_label("Addresses of posts to be read")
    box.fill("https://example.com/a-post-that-i-was-about-to")
    expect(page.get_by_role("heading", name="Episodes")).to_be_visible()

    served.stop()
    expect(page.get_by_text("The server does not answer")).to_be_visible()
    served.start()

    expect(page.get_by_text("The server is back")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("The server does not answer")).to_have_count(0)
    expect(box).to_have_value("https://example.com/a-post-that-i-was-about-to")
