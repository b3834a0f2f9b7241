"""The Reading page in a real browser: lines that are heard, worded, spoken again, moved and undone."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from browsing import PATIENCE_MS, Served, Tab, open_tab, serve_posts

pytest_plugins = ["browsers"]

KETTLES = """<!doctype html><html lang="en"><head><title>Two kettles</title><meta name="author" content="Ann"></head>
<body><article><h1>Two kettles</h1><p>There are two kettles in our kitchen. One of them whistles very loudly.</p>
<h2>The first</h2><p>It is made of copper. It boils fast.</p>
<ul><li>Copper needs polish.</li><li>It is heavy.</li></ul></article></body></html>"""

EVIL = '<img src=x onerror="window.ran=1"><svg onload=window.ran=2><script>window.ran=3</script>'
EVIL_LINK = "javascript:window.ran=4"

LISTEN = """() => {
  window.sounds = [];
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () { window.sounds.push(this); return play.call(this); };
}"""


@pytest.fixture(scope="module")
def api(served: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def episode(api: httpx.Client) -> int:
    """One that is read to its end; each test leaves it as it likes."""
    with serve_posts({"/kettles": KETTLES}) as blog:
        episode_id: int = api.post("/v1/episodes", json={"url": f"{blog}/kettles"}).json()["id"]
        until = time.monotonic() + PATIENCE_MS / 1000
        while api.get(f"/v1/episodes/{episode_id}").json()["state"] != "ready":
            assert time.monotonic() < until, "the episode is not read"
            time.sleep(0.1)  # the one wait for a real voice
    return episode_id


def list_lines(api: httpx.Client, episode: int) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = api.get(f"/v1/episodes/{episode}/lines").json()["data"]
    return lines


def open_reading(page: Page, episode: int) -> None:
    page.goto(f"/episodes/{episode}")
    expect(page.get_by_role("feed", name="Lines")).to_have_attribute("aria-busy", "false")


def row(page: Page, text: str) -> Locator:
    return page.get_by_role("article", name=text, exact=True)


def word(page: Page, old: str, new: str) -> None:
    """Say something else in a line, with keys alone."""
    row(page, old).focus()
    page.keyboard.press("e")
    expect(page.get_by_label("Text", exact=True)).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(new)
    page.keyboard.press("Enter")


def texts(page: Page) -> list[str]:
    return page.locator("[data-line] .words").all_inner_texts()


def test_a_click_on_a_word_plays_from_it_on_and_lights_what_sounds(tab: Tab, episode: int) -> None:
    page = tab.page
    page.add_init_script(f"({LISTEN})()")
    open_reading(page, episode)
    line = row(page, "One of them whistles very loudly.")

    line.get_by_text("whistles").click()
    expect(line.locator(".lit")).to_be_visible()
    page.wait_for_function("() => window.sounds.at(-1).currentTime > 0.6")
    expect(row(page, "The first").locator(".lit")).to_be_visible()  # the next line, after the pause
    page.keyboard.press("Space")

    assert page.evaluate("window.sounds.length") >= 2
    assert page.evaluate("window.sounds.every((sound) => sound.paused)")
    expect(page.locator(".lit")).to_have_count(0)
    assert tab.complaints == []


def test_a_line_is_worded_spoken_again_and_undone_with_keys(tab: Tab, api: httpx.Client, episode: int) -> None:
    page = tab.page
    open_reading(page, episode)
    row(page, "It is made of copper.").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("It is made of brass.")

    page.keyboard.press("Control+Enter")
    line = row(page, "It is made of brass.")
    expect(line).to_be_focused()
    expect(line.get_by_role("button", name="Stop line 6")).to_be_visible(timeout=PATIENCE_MS)  # it is heard at once
    (spoken,) = (each for each in list_lines(api, episode) if each["text"] == "It is made of brass.")
    page.keyboard.press("Control+z")

    expect(row(page, "It is made of copper.")).to_be_focused()
    assert spoken["take"]["spoken"] == spoken["spoken"]
    assert tab.complaints == []


def test_a_line_is_split_at_the_caret_and_merged_again_with_the_focus_on_what_came_of_it(
    tab: Tab, episode: int
) -> None:
    page = tab.page
    open_reading(page, episode)
    n = page.get_by_role("article").count()
    row(page, "There are two kettles in our kitchen.").focus()
    page.keyboard.press("e")
    page.keyboard.press("Home")
    for _ in range(len("There are two kettles")):
        page.keyboard.press("ArrowRight")

    page.keyboard.press("Alt+Enter")
    expect(row(page, "in our kitchen.")).to_be_focused()
    expect(page.get_by_role("article")).to_have_count(n + 1)
    page.keyboard.press("ArrowUp")
    expect(row(page, "There are two kettles")).to_be_focused()
    page.keyboard.press("m")

    expect(row(page, "There are two kettles in our kitchen.")).to_be_focused()
    expect(page.get_by_role("article")).to_have_count(n)


def test_lines_are_added_moved_selected_and_left_out_with_keys(tab: Tab, episode: int) -> None:
    page = tab.page
    open_reading(page, episode)
    before = texts(page)
    row(page, "It boils fast.").focus()

    page.keyboard.press("n")
    page.keyboard.type("Now and then it sings.")
    page.keyboard.press("Enter")
    expect(row(page, "Now and then it sings.")).to_be_focused()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("[data-line] .words").nth(before.index("It boils fast."))).to_have_text(
        "Now and then it sings."
    )
    page.keyboard.press("Shift+ArrowDown")
    expect(page.get_by_role("toolbar", name="What to do with 2 lines")).to_be_visible()
    page.keyboard.press("Delete")
    expect(page.get_by_text("2 lines left out.")).to_be_visible()
    expect(row(page, "Copper needs polish.")).to_be_focused()
    for _ in range(3):
        page.keyboard.press("Control+z")

    expect(page.locator("[data-line] .words")).to_have_text(before)


def test_a_line_is_dragged_to_another_place(tab: Tab, episode: int) -> None:
    page = tab.page
    open_reading(page, episode)
    before = texts(page)
    line, target = row(page, "It is heavy."), row(page, "There are two kettles in our kitchen.")
    line.hover()
    line.get_by_role("button", name="Drag line").hover()

    page.mouse.down()
    place = target.bounding_box()
    assert place is not None
    page.mouse.move(place["x"] + 20, place["y"] + 4, steps=5)
    page.mouse.up()

    moved = [*before[:2], "It is heavy.", *before[2:-1]]
    expect(page.locator("[data-line] .words")).to_have_text(moved)
    page.keyboard.press("Control+z")
    expect(page.locator("[data-line] .words")).to_have_text(before)


def test_what_was_not_said_right_is_told_in_words_and_comes_first_when_it_is_asked_for(
    tab: Tab, api: httpx.Client, episode: int
) -> None:
    page = tab.page
    open_reading(page, episode)
    lines = {line["text"]: line for line in list_lines(api, episode)}
    wrong = api.get(lines["It boils fast."]["take"]["audio"]).content
    revision = api.get(f"/v1/episodes/{episode}/lines").json()["revision"]
    line_id = lines["It is heavy."]["id"]
    given = {"revision": str(revision), "origin": "upload"}
    api.post(f"/v1/lines/{line_id}/takes", data=given, files={"file": ("take.flac", wrong)}).raise_for_status()

    line = row(page, "It is heavy.")
    expect(line.get_by_text("flagged")).to_be_visible()
    expect(line.get_by_text("Heard:")).to_contain_text("boils")
    page.keyboard.press("o")
    expect(line).to_have_attribute("aria-posinset", "1")
    expect(line).to_be_focused()
    page.keyboard.press("r")

    expect(line.get_by_text("flagged")).to_have_count(0, timeout=PATIENCE_MS)
    expect(line).to_have_attribute("aria-posinset", "1")  # it stays while it is being worked on
    page.keyboard.press("o")
    expect(line).not_to_have_attribute("aria-posinset", "1")


def test_two_tabs_keep_each_others_edits_and_ask_where_both_changed_one_line(
    browser: Browser, served: Served, episode: int
) -> None:
    with open_tab(browser, served.url) as one, open_tab(browser, served.url) as other:
        other.page.route("**/v1/events", lambda route: route.abort())  # so that it knows of nothing
        open_reading(one.page, episode)
        open_reading(other.page, episode)

        word(one.page, "Copper needs polish.", "Copper needs care.")
        expect(row(one.page, "Copper needs care.")).to_be_focused()
        word(other.page, "It boils fast.", "It boils quickly.")
        expect(row(other.page, "Copper needs care.")).to_be_visible()
        expect(row(one.page, "It boils quickly.")).to_be_visible()

        word(one.page, "It boils quickly.", "It boils at once.")
        expect(row(one.page, "It boils at once.")).to_be_focused()
        word(other.page, "It boils quickly.", "It boils slowly.")
        expect(other.page.get_by_text("Somebody else made this of the line")).to_contain_text("It boils at once.")
        expect(other.page.get_by_label("Text", exact=True)).to_have_value("It boils slowly.")
        other.page.get_by_role("button", name="Keep mine").click()
        expect(row(one.page, "It boils slowly.")).to_be_visible()
        for _ in range(4):
            one.page.keyboard.press("Control+z")
        expect(row(one.page, "It boils fast.")).to_be_visible()


def test_what_is_typed_outlives_a_server_that_goes_away_and_is_sent_when_it_is_back(
    tab: Tab, served: Served, api: httpx.Client, episode: int
) -> None:
    page = tab.page
    open_reading(page, episode)
    row(page, "It is heavy.").focus()
    page.keyboard.press("e")
    page.keyboard.press("End")
    page.keyboard.type(" Very.")

    served.stop()
    page.keyboard.press("Enter")
    expect(page.get_by_text("This is kept here")).to_be_visible()
    expect(page.get_by_label("Text", exact=True)).to_have_value("It is heavy. Very.")
    served.start()

    expect(row(page, "It is heavy. Very.")).to_be_visible(timeout=PATIENCE_MS)
    assert "It is heavy. Very." in [line["text"] for line in list_lines(api, episode)]


def test_the_menu_of_a_line_stands_whole_has_the_keys_to_itself_and_escape_leaves_it_and_then_the_takes(
    tab: Tab, episode: int
) -> None:
    page = tab.page
    open_reading(page, episode)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("t")
    takes = page.get_by_role("button", name="Close the takes")
    expect(takes).to_be_visible()

    page.get_by_role("button", name=re.compile("^More for ")).click()
    menu = page.get_by_role("menu")
    expect(menu.get_by_role("menuitem").first).to_be_focused()
    box = menu.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= page.evaluate("innerHeight")
    page.keyboard.press("x")
    expect(page.get_by_role("button", name="Select nothing")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    page.keyboard.press("Escape")

    expect(takes).to_have_count(0)


def test_going_back_asks_before_a_new_line_is_lost(tab: Tab, episode: int) -> None:
    page = tab.page
    page.goto("/")
    page.get_by_role("link", name="Two kettles", exact=True).click()
    page.get_by_role("article").nth(1).focus()
    page.keyboard.press("n")
    page.keyboard.type("And it is old.")

    with page.expect_event("dialog") as asked:
        page.once("dialog", lambda dialog: dialog.dismiss())
        page.evaluate("void setTimeout(() => history.back())")
    page.wait_for_function("path => location.pathname === path", arg=f"/episodes/{episode}")
    expect(page.get_by_label("Text of the new line")).to_have_value("And it is old.")
    with page.expect_event("dialog"):
        page.once("dialog", lambda dialog: dialog.accept())
        page.evaluate("void setTimeout(() => history.back())")

    expect(page.get_by_role("heading", name="Shelf", level=1)).to_be_visible()
    assert "not on the server yet" in asked.value.message
    assert tab.complaints == []


def test_nothing_runs_of_what_a_post_a_take_or_a_voice_says(tab: Tab, episode: int) -> None:
    page = tab.page

    def poison(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=json.dumps(make_evil(answer.json())))

    page.route("**/v1/episodes/*/lines*", poison)
    page.route("**/v1/episodes/*/source", poison)
    page.route(f"**/v1/episodes/{episode}", poison)
    open_reading(page, episode)

    expect(page.get_by_role("heading", level=1)).to_have_text(EVIL)
    expect(page.locator("[data-line] .words").first).to_have_text(EVIL)
    expect(page.locator("[data-block]").first).to_contain_text("onerror")
    page.locator("[data-line]").first.focus()
    page.keyboard.press("s")
    expect(page.get_by_label("How it is spoken")).to_have_value(EVIL)

    assert page.evaluate("window.ran") is None
    assert page.locator("img[src=x], svg[onload], main script, main iframe, a[href^=javascript]").count() == 0
    assert tab.complaints == []


def make_evil(said: Any, key: str = "") -> Any:
    """The same answer, with something in every text of it that would like to run."""
    if isinstance(said, dict):
        kinds = ("paragraph", "quote", "code", "image", "list", "table", "footnote", "embed", "math", "heading")
        evil = {name: make_evil(value, name) for name, value in said.items()}
        if "lines" not in said and "voice" in said:
            evil |= (
                {"voice": EVIL, "state": "flagged"} if said["object"] == "line" else {"heard": EVIL, "reasons": [EVIL]}
            )
        if key == "" and "blocks" in said:
            rest = {"src": EVIL_LINK, "alt": EVIL, "caption": EVIL, "language": EVIL, "note": EVIL, "rows": [[EVIL]]}
            items = [{"text": EVIL, "depth": 0, "number": None}]
            evil["blocks"] = [
                {"id": f"b{n}", "kind": kind, "text": EVIL, "items": items, **rest} for n, kind in enumerate(kinds)
            ]
            evil["url"] = EVIL_LINK
        return evil
    if isinstance(said, list):
        return [make_evil(each, key) for each in said]
    is_text = key in {"title", "author", "text", "spoken", "heard", "reasons", "problem", "show", "chapter"}
    return EVIL if is_text and isinstance(said, str) else said
