"""Takes of a line in a real browser: spoken, recorded, chosen; words said otherwise; voices; and publishing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from browsing import PATIENCE_MS, Served, Tab, find_faults, launch, open_tab, pad_speech, serve_posts

pytest_plugins = ["browsers"]

SPOKEN = "Copper needs polish."
POST = f"""<!doctype html><html lang="en"><head><title>Two kettles</title><meta name="author" content="Ann"></head>
<body><article><h1>Two kettles</h1><p>{SPOKEN} One of them whistles very loudly.</p>
<p>We run zork on the other one. It boils fast.</p></article></body></html>"""


@pytest.fixture(scope="module")
def api(served: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def episode(api: httpx.Client) -> int:
    """One that is read to its end; each test leaves it as it likes."""
    with serve_posts({"/kettles": POST}) as blog:
        episode_id: int = api.post("/v1/episodes", json={"url": f"{blog}/kettles"}).json()["id"]
        wait_until_ready(api, episode_id)
    return episode_id


def wait_until_ready(api: httpx.Client, episode: int) -> None:
    until = time.monotonic() + PATIENCE_MS / 1000
    while api.get(f"/v1/episodes/{episode}").json()["state"] != "ready":
        assert time.monotonic() < until, "the episode is not read"
        time.sleep(0.1)  # the one wait for a real voice


@pytest.fixture(scope="module")
def browser(api: httpx.Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One whose microphone hears a line, after as much silence as the countdown takes."""
    wanted = {"model": "hibari", "input": SPOKEN, "voice": "heart", "response_format": "pcm"}
    said = tmp_path_factory.mktemp("microphone") / "said.wav"
    said.write_bytes(pad_speech(api.post("/v1/audio/speech", json=wanted).content, before_s=2.6, after_s=20.0))
    with launch(f"--use-file-for-fake-audio-capture={said}") as launched:
        yield launched


def find_line(api: httpx.Client, episode: int, text: str) -> dict[str, Any]:
    lines = api.get(f"/v1/episodes/{episode}/lines").json()["data"]
    found: dict[str, Any] = next(line for line in lines if line["text"] == text)
    return found


def go_to(page: Page, episode: int, text: str) -> None:
    page.goto(f"/episodes/{episode}")
    expect(page.get_by_role("feed", name="Lines")).to_have_attribute("aria-busy", "false")
    page.get_by_role("article", name=text, exact=True).focus()


def test_takes_are_made_compared_and_chosen_by_keyboard(tab: Tab, api: httpx.Client, episode: int) -> None:
    page = tab.page
    go_to(page, episode, "It boils fast.")
    first = find_line(api, episode, "It boils fast.")["take"]["id"]

    page.keyboard.press("t")
    takes = page.get_by_role("region", name="Takes of the line")
    takes.get_by_role("button", name="Speak another").press("Enter")
    expect(takes.get_by_role("heading", name="2 takes")).to_be_visible(timeout=PATIENCE_MS)
    newer = takes.get_by_role("group", name="Take 2 of 2")
    expect(newer).to_have_attribute("aria-current", "true")
    newer.focus()
    page.keyboard.press("ArrowRight")
    older = takes.get_by_role("group", name="Take 1 of 2")
    expect(older).to_be_focused()
    page.keyboard.press("Enter")

    expect(older).to_have_attribute("aria-current", "true")
    assert find_line(api, episode, "It boils fast.")["take"]["id"] == first
    assert find_faults(page) == []
    page.keyboard.press("Escape")
    expect(takes).to_be_hidden()
    expect(page.get_by_role("article", name="It boils fast.", exact=True)).to_be_focused()
    assert tab.complaints == []


def test_a_line_is_recorded_checked_and_kept(tab: Tab, api: httpx.Client, episode: int) -> None:
    page = tab.page
    go_to(page, episode, SPOKEN)

    page.keyboard.press("v")
    dialog = page.get_by_role("dialog", name="Record this line")
    expect(dialog.get_by_role("button", name="Record", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("status")).to_have_text("0:03", timeout=PATIENCE_MS)
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="Send it")).to_be_focused()
    assert find_faults(page) == []
    page.keyboard.press("Enter")

    judged = page.get_by_role("dialog", name="Your recording")
    expect(judged.get_by_text("It says what it should")).to_be_visible(timeout=PATIENCE_MS)
    expect(judged.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Enter")
    take = find_line(api, episode, SPOKEN)["take"]
    assert (take["origin"], take["accepted"]) == ("microphone", True)
    assert take["duration_s"] < 3
    assert tab.complaints == []


def test_a_file_that_says_something_else_is_told_word_by_word_and_taken_back(
    tab: Tab, api: httpx.Client, episode: int, tmp_path: Path
) -> None:
    page = tab.page
    wrong = tmp_path / "wrong.mp3"
    wanted = {"model": "hibari", "input": "One of them whistles very sweetly indeed.", "voice": "heart"}
    wrong.write_bytes(api.post("/v1/audio/speech", json=wanted).content)
    text = "One of them whistles very loudly."
    go_to(page, episode, text)
    before = find_line(api, episode, text)["take"]["id"]

    page.keyboard.press("v")
    page.locator("dialog input[type=file]").set_input_files(wrong)

    judged = page.get_by_role("dialog", name="Your recording")
    expect(judged.get_by_text("Something is not as it should be")).to_be_visible(timeout=PATIENCE_MS)
    expect(judged.locator("del")).to_have_text(["loudly."])
    expect(judged.locator("ins")).to_contain_text("sweetly")
    judged.get_by_role("button", name="Rather the one before").click()
    expect(judged).to_be_hidden()
    assert find_line(api, episode, text)["take"]["id"] == before
    assert tab.complaints == []


def test_without_a_microphone_the_dialog_says_so(browser: Browser, served: Served, episode: int) -> None:
    with open_tab(browser, served.url) as tab:
        page = tab.page
        page.add_init_script(
            "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))"
        )
        go_to(page, episode, SPOKEN)

        page.keyboard.press("v")
        page.keyboard.press("Enter")

        expect(page.get_by_role("alert")).to_contain_text("may not use the microphone")
        assert find_faults(page) == []


def test_a_word_is_said_otherwise_after_its_lines_were_shown(tab: Tab, api: httpx.Client, episode: int) -> None:
    page = tab.page
    text = "We run zork on the other one."
    go_to(page, episode, text)

    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("w")
    dialog = page.get_by_role("dialog", name="How a word is said")
    expect(dialog.get_by_label("Written")).to_have_value("zork")
    expect(dialog.get_by_label("Spoken")).to_be_focused()
    page.keyboard.type("zee ork")
    expect(dialog.get_by_role("region", name="Lines concerned")).to_contain_text(text)
    with page.expect_response(lambda answer: "/sample" in answer.url) as heard:
        dialog.get_by_role("button", name="Play the word in voice heart").click()
    assert heard.value.ok
    assert find_faults(page) == []
    page.get_by_role("button", name="Save and speak 1 line").click()

    expect(dialog).to_be_hidden()
    expect(page.get_by_role("article", name=text, exact=True)).to_contain_text("zee ork", timeout=PATIENCE_MS)
    wait_until_ready(api, episode)
    show = api.get(f"/v1/episodes/{episode}").json()["show"]
    entries = api.get("/v1/lexicon", params={"show": show}).json()["data"]
    assert [(entry["written"], entry["spoken"]) for entry in entries] == [("zork", "zee ork")]
    assert tab.complaints == []


def test_what_changed_is_published_and_the_old_file_stays_until_then(tab: Tab, api: httpx.Client, episode: int) -> None:
    page = tab.page
    wait_until_ready(api, episode)
    before = api.get(f"/v1/episodes/{episode}").json()["audio"]
    lines = api.get(f"/v1/episodes/{episode}/lines").json()
    line = find_line(api, episode, "It boils fast.")
    change = {"revision": lines["revision"], "changes": {str(line["id"]): {"text": "It boils in no time."}}}
    api.patch(f"/v1/episodes/{episode}/lines", json=change).raise_for_status()
    go_to(page, episode, "It boils in no time.")

    page.keyboard.press("P")
    dialog = page.get_by_role("dialog", name="Publish")
    expect(dialog.get_by_text("1 line to be spoken first")).to_be_visible()
    assert api.get(f"/v1/episodes/{episode}").json()["audio"] == before
    assert find_faults(page) == []
    dialog.get_by_role("button", name="Publish", exact=True).press("Enter")

    expect(dialog.get_by_text("The feed has it as it stands here.")).to_be_visible(timeout=PATIENCE_MS)
    expect(dialog.get_by_role("definition").filter(has_text="LUFS")).to_be_visible()
    expect(dialog.get_by_role("button", name="Publish", exact=True)).to_be_disabled()
    assert api.get(f"/v1/episodes/{episode}").json()["audio"] != before
    assert len(api.get(f"/v1/episodes/{episode}/renders").json()["data"]) >= 2
    assert tab.complaints == []


def test_a_kind_of_lines_gets_a_voice_and_loses_it(tab: Tab, api: httpx.Client, episode: int) -> None:
    page = tab.page
    text = "One of them whistles very loudly."
    go_to(page, episode, text)

    page.keyboard.press("c")
    dialog = page.get_by_role("dialog", name="Voice")
    dialog.get_by_label("Voice", exact=True).select_option("heart")
    assert find_faults(page) == []
    dialog.get_by_role("button", name="Use this voice").click()

    expect(dialog).to_be_hidden()
    expect(page.get_by_role("article", name=text, exact=True)).to_contain_text("voice: heart")
    assert find_line(api, episode, text)["voice"] == "heart"
    page.keyboard.press("ControlOrMeta+z")
    expect(page.get_by_role("article", name=text, exact=True)).not_to_contain_text("voice: heart")
    assert tab.complaints == []
