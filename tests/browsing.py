"""What tests in a browser share: a server in a process of its own, posts to be read, and pages that are watched."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parents[1]
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
SETTLED = """() => Promise.allSettled(
  document.getAnimations().filter((each) => each instanceof CSSTransition).map((each) => each.finished))"""
PATIENCE_MS = 90_000
"""For a reading on a busy machine with two cores; mostly it takes a tenth of that."""


@contextmanager
def serve_posts(posts: Mapping[str, str]) -> Iterator[str]:
    """Posts by their paths, on a server of their own; its address."""

    class Posts(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = posts.get(self.path, "").encode()
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


@contextmanager
def launch(*flags: str) -> Iterator[Browser]:
    """A browser of its own; without chromium the test is skipped, except in CI."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        if os.environ.get("CI"):
            pytest.fail("there is no chromium: apt-get install chromium")
        pytest.skip("there is no chromium on this machine; CI has one")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, *flags])
        yield launched
        launched.close()


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
        environment = os.environ | {
            "CATWALK_HOME": str(self.home),
            "CATWALK_FETCH__ALLOW_PRIVATE": '["127.0.0.0/8"]',
            "CATWALK_READER__UNDERSTUDY": "",  # what comes out wrong is to stay so
        }
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


def have_read(page: Page, address: str, title: str) -> None:
    """Paste an address on the shelf, and wait until its episode can be played."""
    page.goto("/")
    page.get_by_label("Addresses of posts to be read").fill(address)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=f"Play {title}")).to_be_enabled(timeout=PATIENCE_MS)


def find_faults(page: Page) -> list[tuple[str, str]]:
    """What axe finds on a page as it stands: rule and place."""
    page.evaluate(AXE.read_text())
    page.evaluate(SETTLED)  # a colour on its way to another would be one that nobody sees
    found = page.evaluate("axe.run({resultTypes: ['violations']}).then((answer) => answer.violations)")
    return [(fault["id"], fault["nodes"][0]["html"]) for fault in found]


def pad_speech(samples: bytes, *, before_s: float, after_s: float) -> bytes:
    """A wav file of samples (16 bit, 24 kHz, mono) with silence around them."""
    padded = io.BytesIO()
    with wave.open(padded, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24_000)
        file.writeframes(bytes(2 * round(before_s * 24_000)) + samples + bytes(2 * round(after_s * 24_000)))
    return padded.getvalue()
