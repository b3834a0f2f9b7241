"""From a post's address to a corrected episode in a podcast app, in a real browser: once by mouse, once by keyboard alone."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, Protocol

import feedparser
import httpx
import pytest
from mutagen.mp3 import MP3
from playwright.sync_api import Browser, Locator, Page, expect

from browsing import PATIENCE_MS, Served, Tab, launch, pad_speech, serve_posts

pytest_plugins = ["browsers"]

WRONG = "It goes brrr tsk pfft hmm ugh grr psst zzz."
"""What no voice says so that a listener can write it down again."""
RIGHT = "It hums from morning to evening."
SPOKEN = "Nobody cleans it on Fridays."
"""What the microphone hears."""
OPENING = "There is a coffee machine in the hall."
PAGE = f"""<!doctype html><html lang="en"><head><title>{{title}}</title><meta name="author" content="Ann"></head>
<body><article><h1>{{title}}</h1><p>{OPENING} It was bought in the spring.</p>
<p>The hall is on the second floor. It smells of toast in the morning. People meet there before they begin.
Some of them bring a cup from home.</p><p>{SPOKEN} {WRONG}</p></article></body></html>"""
TITLES = {"mouse": "The coffee machine", "keyboard": "The other machine"}

KEEP_SOUNDS = """
window.sounds = []
const play = HTMLMediaElement.prototype.play
HTMLMediaElement.prototype.play = function () {
  window.sounds.push(this)
  return play.call(this)
}
"""
SOUNDS = "() => window.sounds.some((sound) => !sound.paused && sound.currentTime > 0.3)"


@pytest.fixture(scope="module")
def api(served: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def blog() -> Iterator[str]:
    with serve_posts({f"/{hand}": PAGE.format(title=title) for hand, title in TITLES.items()}) as address:
        yield address


@pytest.fixture(scope="module")
def browser(api: httpx.Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One whose microphone hears a line, after as much silence as the countdown takes."""
    wanted = {"model": "hibari", "input": SPOKEN, "voice": "heart", "response_format": "pcm"}
    said = tmp_path_factory.mktemp("microphone") / "said.wav"
    said.write_bytes(pad_speech(api.post("/v1/audio/speech", json=wanted).content, before_s=2.6, after_s=20.0))
    with launch(f"--use-file-for-fake-audio-capture={said}") as launched:
        yield launched


class Hand(Protocol):
    """How somebody goes about it."""

    def paste(self, address: str) -> None:
        """Have a post read, on the shelf."""

    def press(self, button: Locator) -> None:
        """Press a button, or follow a link."""

    def show_flagged(self) -> None:
        """Have the flagged lines come first."""

    def word(self, line: Locator, text: str) -> None:
        """Say something else in a line."""

    def speak_again(self, line: Locator) -> None: ...

    def open_recorder(self, line: Locator) -> None: ...

    def undo(self) -> None: ...

    def open_publication(self) -> None: ...

    def leave_dialog(self) -> None: ...

    def go_to_shelf(self) -> None: ...


class Mouse:
    def __init__(self, page: Page) -> None:
        self.page = page

    def paste(self, address: str) -> None:
        self.page.get_by_label("Addresses of posts to be read").fill(address)
        self.press(self.page.get_by_role("button", name="Read", exact=True))

    def press(self, button: Locator) -> None:
        button.click()

    def show_flagged(self) -> None:
        self.press(self.page.get_by_role("button", name="Flagged first"))

    def word(self, line: Locator, text: str) -> None:
        line.locator(".words").dblclick()
        self.page.get_by_label("Text", exact=True).fill(text)
        self.press(self.page.get_by_role("button", name="Save", exact=True))

    def speak_again(self, line: Locator) -> None:
        line.locator(".words").click()
        self.press(self.page.get_by_role("toolbar").get_by_role("button", name="Speak again"))

    def open_recorder(self, line: Locator) -> None:
        line.locator(".words").click()
        self.press(self.page.get_by_role("button", name="Record it yourself"))

    def undo(self) -> None:
        self.press(self.page.get_by_role("button", name="Undo", exact=True))

    def open_publication(self) -> None:
        self.press(self.page.get_by_role("button", name="Publish", exact=True))

    def leave_dialog(self) -> None:
        self.press(self.page.get_by_role("dialog").get_by_role("button", name="Close"))

    def go_to_shelf(self) -> None:
        self.press(self.page.get_by_role("navigation", name="Pages").get_by_role("link", name="Shelf"))


class Keyboard:
    """Nothing but ``page.keyboard``: the keys that ``?`` lists, and Tab to what has none of its own."""

    MOST_STEPS = 60

    def __init__(self, page: Page) -> None:
        self.page = page
        self.keys = page.keyboard

    def paste(self, address: str) -> None:
        self.keys.press("n")
        self.keys.insert_text(address)
        self.keys.press("Enter")

    def press(self, button: Locator) -> None:
        for _ in range(self.MOST_STEPS):
            if button.evaluate("(it) => it === document.activeElement"):
                break
            self.keys.press("Tab")
        expect(button).to_be_focused()
        self.keys.press("Enter")

    def show_flagged(self) -> None:
        self.keys.press("o")

    def word(self, line: Locator, text: str) -> None:
        self._go_to(line)
        self.keys.press("e")
        expect(self.page.get_by_label("Text", exact=True)).to_be_focused()
        self.keys.press("ControlOrMeta+a")
        self.keys.type(text)
        self.keys.press("Enter")

    def speak_again(self, line: Locator) -> None:
        self._go_to(line)
        self.keys.press("r")

    def open_recorder(self, line: Locator) -> None:
        self._go_to(line)
        self.keys.press("v")

    def undo(self) -> None:
        self.keys.press("ControlOrMeta+z")

    def open_publication(self) -> None:
        self.keys.press("P")

    def leave_dialog(self) -> None:
        self.keys.press("Escape")

    def go_to_shelf(self) -> None:
        self.keys.press("g")
        self.keys.press("s")

    def _go_to(self, line: Locator) -> None:
        n_lines = self.page.get_by_role("article").count()
        self.keys.press("Home")
        for _ in range(n_lines):
            expect(self.page.locator("article:focus")).to_have_count(1)
            if line.evaluate("(it) => it === document.activeElement"):
                return
            self.keys.press("ArrowDown")
        pytest.fail("no key leads to the line")


def row(page: Page, text: str) -> Locator:
    return page.get_by_role("article", name=text, exact=True)


def find_line(api: httpx.Client, episode: int, text: str) -> dict[str, Any]:
    lines = api.get(f"/v1/episodes/{episode}/lines").json()["data"]
    found: dict[str, Any] = next(line for line in lines if line["text"] == text)
    return found


# --- the story, step by step


def hear_what_is_still_being_read(page: Page, hand: Hand, address: str, title: str) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="Episodes")).to_be_visible()

    hand.paste(address)
    listen = page.get_by_role("button", name=f"Listen already to {title}")
    expect(listen).to_be_visible(timeout=PATIENCE_MS)
    hand.press(listen)
    page.wait_for_function(SOUNDS)
    hand.press(page.get_by_role("region", name="Player").get_by_role("button", name="Stop"))
    expect(page.get_by_role("button", name=f"Play {title}")).to_be_enabled(timeout=PATIENCE_MS)
    expect(page.get_by_role("heading", name="Being read")).to_have_count(0)


def correct_what_is_flagged(page: Page, hand: Hand, title: str) -> None:
    hand.press(page.get_by_role("link", name=title, exact=True))
    expect(page.get_by_role("feed", name="Lines")).to_have_attribute("aria-busy", "false")
    wrong, right = row(page, WRONG), row(page, RIGHT)

    hand.show_flagged()
    expect(wrong).to_have_attribute("aria-posinset", "1")
    expect(wrong.get_by_text("flagged")).to_be_visible()
    hand.word(wrong, RIGHT)
    expect(right.get_by_text("not spoken yet")).to_be_visible()
    hand.speak_again(right)

    expect(right.get_by_role("button", name="Play line")).to_be_visible(timeout=PATIENCE_MS)
    expect(right.get_by_text("flagged")).to_have_count(0)
    expect(right.get_by_text("not spoken yet")).to_have_count(0)


def speak_a_line_oneself(page: Page, hand: Hand) -> None:
    line, dialog = row(page, SPOKEN), page.get_by_role("dialog")

    hand.open_recorder(line)
    hand.press(dialog.get_by_role("button", name="Record", exact=True))
    expect(dialog.get_by_role("status")).to_have_text("0:03", timeout=PATIENCE_MS)
    hand.press(dialog.get_by_role("button", name="Stop"))
    hand.press(dialog.get_by_role("button", name="Send it"))
    expect(dialog.get_by_text("It says what it should")).to_be_visible(timeout=PATIENCE_MS)
    hand.press(dialog.get_by_role("button", name="Keep it"))

    expect(line.get_by_text("your recording")).to_be_visible()


def publish(page: Page, hand: Hand) -> str:
    """What is changed; the feed's address."""
    dialog = page.get_by_role("dialog", name="Publish")

    hand.open_publication()
    hand.press(dialog.get_by_role("button", name="Publish", exact=True))
    expect(dialog.get_by_text("The feed has it as it stands here.")).to_be_visible(timeout=PATIENCE_MS)
    feed = dialog.get_by_label("Feed", exact=True).input_value()
    hand.leave_dialog()

    expect(dialog).to_be_hidden()
    return feed


def play_in_the_page(page: Page, hand: Hand, title: str, enclosure: str) -> float:
    """Play the episode from the shelf until it sounds; the length that the player tells, in seconds."""
    hand.go_to_shelf()
    hand.press(page.get_by_role("button", name=f"Play {title}"))

    page.wait_for_function(SOUNDS)
    assert page.evaluate("window.sounds.at(-1).currentSrc") == enclosure
    position = page.get_by_role("region", name="Player").get_by_role("slider", name="Position")
    return float(position.get_attribute("max") or 0)


@pytest.mark.parametrize("hand", [Mouse, Keyboard])
def test_a_post_is_heard_corrected_recorded_published_and_played(
    tab: Tab, api: httpx.Client, blog: str, hand: type[Mouse | Keyboard]
) -> None:
    name = hand.__name__.lower()
    title, page, by = TITLES[name], tab.page, hand(tab.page)
    page.add_init_script(KEEP_SOUNDS)

    hear_what_is_still_being_read(page, by, f"{blog}/{name}", title)
    (before,) = (each for each in api.get("/v1/episodes").json()["data"] if each["title"] == title)
    correct_what_is_flagged(page, by, title)
    speak_a_line_oneself(page, by)
    recorded = find_line(api, before["id"], SPOKEN)
    by.undo()
    expect(row(page, SPOKEN).get_by_text("your recording")).to_have_count(0)
    feed = httpx.get(publish(page, by))
    (item,) = (each for each in feedparser.parse(feed.content).entries if each.title == title)
    (enclosure,) = item.enclosures
    file = httpx.get(enclosure.href)
    told_s = play_in_the_page(page, by, title, enclosure.href)

    assert recorded["take"]["origin"] == "microphone"
    assert find_line(api, before["id"], SPOKEN)["take"]["origin"] == "voice"
    assert not feedparser.parse(feed.content).bozo
    assert before["media"] not in enclosure.href
    assert int(enclosure.length) == len(file.content)
    assert told_s == pytest.approx(MP3(io.BytesIO(file.content)).info.length, abs=0.3)
    assert tab.complaints == []
