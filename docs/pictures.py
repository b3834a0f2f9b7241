"""Takes pictures of every page of the studio, narrow and wide, in light and dark, with posts of our own in it.

``PYTHONPATH=tests python -m docs.pictures FOLDER`` writes all of them there, to be looked at, and those that the
documentation shows into ``docs/pictures``. It wants the studio built (``make studio``), Chromium and the test tools.
"""

from __future__ import annotations

import contextlib
import io
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from browsing import Served, launch, open_tab, serve_posts

KEPT = Path(__file__).parent / "pictures"
SIZES = {390: 844, 1440: 900}
"""A phone's, and a desk's; in pixels."""
SCHEMES = ("light", "dark")
SHOWN = {"shelf-1440-light", "reading-1440-light", "reading-390-dark"}
PATIENCE_S = 300

BOX = """<p>For a year I paid a company to turn my posts into speech. It worked, but every call began with a wait.
I wanted to <em>listen</em> while I cooked, and not to watch a spinner.</p>
<h2>What I did</h2><p>I put a small box under the desk. It has two cores, it was cheap, and it hums at about 30 dB.
On it runs a server that keeps its models warm.</p>
<p>Three things turned out to matter:</p><ol><li>A voice that starts at once feels like somebody in the room.</li>
<li>Every line must be listened to before I do.</li><li>When a line is wrong, I want to fix that line alone.</li></ol>
<blockquote><p>A tool should be ready before you are.</p></blockquote>
<h2>How it sounds</h2><p>The reader says <code>README.md</code> the way a colleague would.
The fan goes brrr tsk pfft hmm ugh grr psst zzz. It tells you what a block of code does:</p>
<pre><code class="language-python">def greet(name):
    return f"Hello, {name}."</code></pre>
<p>That is all. If you have a box of your own, try it on something that you wrote.</p>"""
POSTS = {
    "A kettle that sings": "<p>Our kettle sings before it boils. Nobody taught it to.</p>",
    "Three ways to lose a bicycle key": "<p>The first way is a coat with a hole. The other two are worse.</p>",
    "What the baker knows about waiting": "<p>Dough tells you when it is ready. You only have to be there.</p>",
    "Letters from a slow train": "<p>It stops wherever somebody waves. So I waved back.</p>",
    "A box under the desk": BOX,
}
RECORDED = "A tool should be ready before you are."


@dataclass(frozen=True)
class Place:
    path: str
    prepare: Callable[[Page], None] | None = None
    """What is done there first."""


def open_lines(page: Page) -> None:
    expect(page.get_by_role("feed", name="Lines")).to_have_attribute("aria-busy", "false")
    page.keyboard.press("f")
    expect(page.locator("article:focus")).to_have_count(1)


def press(key: str) -> Callable[[Page], None]:
    def prepare(page: Page) -> None:
        open_lines(page)
        page.keyboard.press(key)

    return prepare


def play(page: Page) -> None:
    page.get_by_role("button", name="Play A kettle that sings").click()


def find_places(reading: int, other: str) -> dict[str, Place]:
    lines = f"/episodes/{reading}"
    return {
        "shelf": Place("/"),
        "playing": Place("/", play),
        "welcome": Place("/welcome"),
        "add": Place(f"/add?url={other}"),
        "reading": Place(lines, open_lines),
        "wording": Place(lines, press("e")),
        "takes": Place(lines, press("t")),
        "recorder": Place(lines, press("v")),
        "lexicon": Place(lines, press("w")),
        "voice": Place(lines, press("c")),
        "publication": Place(lines, press("P")),
        "source": Place(lines, press("b")),
        "keys": Place(lines, press("?")),
        "voices": Place("/voices"),
        "models": Place("/models"),
        "shows": Place("/shows"),
        "show": Place("/shows/reading-list"),
        "jobs": Place("/jobs"),
        "settings": Place("/settings"),
    }


@contextlib.contextmanager
def serve_studio() -> Iterator[tuple[httpx.Client, Served]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with TemporaryDirectory() as home, httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120) as api:
        server = Served(Path(home), port)
        server.start()
        try:
            yield api, server
        finally:
            server.stop()


def have_all_read(api: httpx.Client, blog: str) -> int:
    """The id of the last post's episode; one line of it is flagged, and one was spoken into a microphone."""
    ids = [api.post("/v1/episodes", json={"url": f"{blog}/{n}"}).json()["id"] for n in range(len(POSTS))]
    until = time.monotonic() + PATIENCE_S
    while any(api.get(f"/v1/episodes/{each}").json()["state"] != "ready" for each in ids):
        if time.monotonic() > until:
            sys.exit("the posts are not read")
        time.sleep(0.5)
    answer = api.get(f"/v1/episodes/{ids[-1]}/lines").json()
    line = next(line for line in answer["data"] if line["text"] == RECORDED)
    sound = api.get(line["take"]["audio"]).content
    given = {"revision": str(answer["revision"]), "origin": "microphone"}
    api.post(f"/v1/lines/{line['id']}/takes", data=given, files={"file": ("take.flac", sound)}).raise_for_status()
    return int(ids[-1])


def take_pictures(browser: Browser, url: str, places: dict[str, Place], folder: Path) -> None:
    for width, height in SIZES.items():
        for scheme in SCHEMES:
            with open_tab(browser, url) as tab:
                tab.page.set_viewport_size({"width": width, "height": height})
                tab.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
                for name, place in places.items():
                    picture = take_picture(tab.page, place)
                    (folder / f"{name}-{width}-{scheme}.png").write_bytes(picture)
                    if f"{name}-{width}-{scheme}" in SHOWN:
                        keep(picture, KEPT / f"{name}-{width}-{scheme}.webp")


def take_picture(page: Page, place: Place) -> bytes:
    page.goto(place.path)
    expect(page.get_by_role("heading", level=1).first).to_be_visible()
    expect(page.get_by_role("status", name="Loading")).to_have_count(0)
    if place.prepare:
        place.prepare(page)
    page.wait_for_timeout(500)  # covers and waveforms come after the text
    return page.screenshot(animations="disabled")


def keep(picture: bytes, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    Image.open(io.BytesIO(picture)).save(path, quality=85, method=6)


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    head = '<!doctype html><html lang="en"><head><meta name="author" content="The catwalk people">'
    pages = {
        f"/{n}": f"{head}<title>{title}</title></head><body><article><h1>{title}</h1>{text}</article></body></html>"
        for n, (title, text) in enumerate(POSTS.items())
    }
    with serve_posts(pages) as blog, serve_studio() as (api, server), launch() as browser:
        reading = have_all_read(api, blog)
        api.post("/v1/shows", json={"title": "Sunday mornings"}).raise_for_status()
        take_pictures(browser, server.url, find_places(reading, f"{blog}/0"), folder)


if __name__ == "__main__":
    main()
