"""The studio in a real browser, in front of a real server with its real voice and its real listener."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import expect

from browsing import PATIENCE_MS, Served, Tab, have_read, serve_posts

pytest_plugins = ["browsers"]

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
    with serve_posts(POSTS) as address:
        yield address


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
    player = page.get_by_role("region", name="Player")
    expect(player.get_by_role("link", name="Three kettles")).to_be_visible()
    player.get_by_role("button", name="Play", exact=True).click()

    page.wait_for_function("() => Number(document.querySelector('[aria-label=Player] input[type=range]').value) > 1")


def test_what_is_no_address_is_named_and_a_pasted_text_is_read_itself(tab: Tab, served: Served, blog: str) -> None:
    page = tab.page
    page.goto("/")
    box = page.get_by_label("Addresses of posts to be read")

    box.fill(f"{blog}/nothing-here htp://mistyped {blog}/nor-here")
    box.press("Enter")
    expect(page.get_by_text("2 posts will be read. Left out, being no address: htp://mistyped")).to_be_visible()
    box.fill("# Our copper kettle\n\nIt was never on the web, so its whole story is pasted here, word for word.")
    page.get_by_role("button", name="Read text").click()

    expect(page.get_by_role("link", name="Our copper kettle").first).to_be_visible()
    assert "Our copper kettle" in [each["title"] for each in httpx.get(f"{served.url}/v1/episodes").json()["data"]]
    assert tab.complaints == []


def test_a_post_that_failed_is_tried_again_where_it_says_so(tab: Tab, served: Served, blog: str) -> None:
    page = tab.page
    asked = httpx.post(f"{served.url}/v1/episodes", json={"url": f"{blog}/lost"}).json()
    page.goto(f"/episodes/{asked['id']}")
    trouble = page.get_by_role("alert").filter(has_text="This post could not be read")
    expect(trouble).to_contain_text("answers 404", timeout=PATIENCE_MS)

    trouble.get_by_role("button", name="Try again").click()

    expect(page.get_by_text("It will be read.")).to_be_visible()
    expect(page.get_by_text("The post could not be fetched.")).to_be_visible()


def test_a_refused_setting_says_so_beside_its_field_and_changes_nothing(tab: Tab, served: Served) -> None:
    page = tab.page
    page.goto("/settings")
    speed = page.get_by_label("Speed", exact=True)

    speed.fill("9")
    speed.press("Tab")

    expect(speed).to_have_accessible_description(re.compile("less than or equal to 2"))
    assert httpx.get(f"{served.url}/v1/settings").json()["speed"] == 1


def test_a_choice_of_a_show_goes_back_to_what_the_settings_say(tab: Tab, served: Served) -> None:
    page = tab.page
    show = httpx.post(f"{served.url}/v1/shows", json={"title": "Slow evenings", "model": "hibari"}).json()
    page.goto(f"/shows/{show['slug']}")
    page.get_by_text("What is read, and how").click()
    code = page.get_by_label("Code", exact=True)

    code.select_option("read out")
    with page.expect_response("**/v1/shows/*"):
        code.select_option("as the settings say")
    with page.expect_response("**/v1/shows/*"):
        page.get_by_label("Model", exact=True).select_option("as the settings say")

    assert httpx.get(f"{served.url}/v1/shows/{show['slug']}").json()["choices"] == {}


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


def test_the_first_link_leads_past_the_navigation(tab: Tab) -> None:
    page = tab.page
    page.goto("/voices")
    expect(page.get_by_role("heading", name="Voices", level=1)).to_be_visible()

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_role("main")).to_be_focused()
    page.go_back()
    expect(page.get_by_role("heading", name="Voices", level=1)).to_be_visible()
    assert tab.complaints == []


def test_an_address_that_is_none_is_a_page_of_the_studio_that_says_so(tab: Tab) -> None:
    page = tab.page

    answer = page.goto("/episodes/12/nothing")

    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", name="No such page", level=1)).to_be_visible()
    assert page.title() == "No such page · catwalk"
    assert tab.complaints == []
    page.get_by_role("link", name="Go to the shelf").click()
    expect(page.get_by_role("heading", name="Episodes")).to_be_visible()


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


def test_a_model_that_was_never_loaded_tells_its_voices_after_it_is(tab: Tab) -> None:
    page = tab.page
    page.goto("/voices")
    unheard = page.get_by_text("What voices it has is known once it has been loaded.")

    expect(unheard).to_have_count(1)
    page.get_by_role("button", name="Load", exact=True).click()

    expect(page.get_by_role("heading", name=re.compile(r"kokoro \(\d\d\)"))).to_be_visible(timeout=PATIENCE_MS)
    expect(unheard).to_have_count(0)
    assert tab.complaints == []


def test_what_waits_is_read_in_the_order_that_a_person_gives_and_says_what_happened(tab: Tab, served: Served) -> None:
    page = tab.page
    start, end = "<!doctype html><html lang='en'><body><article><h1>The kettles</h1><p>", "</p></article></body></html>"
    posts = {f"/{name}": f"{start}Kettle {name} sings. Nobody knows why it does.{end}" for name in "bcd"}
    posts["/a"] = start + " ".join(f"Kettle number {number} sings." for number in range(400)) + end
    with serve_posts(posts) as blog, httpx.Client(base_url=served.url, timeout=60) as api:
        first, *waiting = [api.post("/v1/episodes", json={"url": f"{blog}/{name}"}).json()["job"] for name in "abcd"]
        page.goto("/")
        rows = page.get_by_role("region", name="Being read").get_by_role("listitem")
        earlier = page.get_by_role("button", name=re.compile(r"\Wd earlier$"))
        expect(rows).to_have_text([re.compile(rf"\W{name}\b|The kettles") for name in "abcd"])
        earlier.focus()
        page.keyboard.press("Enter")
        expect(rows).to_have_text([re.compile(rf"\W{name}\b|The kettles") for name in "abdc"])
        expect(earlier).to_be_focused()
        page.keyboard.press("Enter")
        expect(rows).to_have_text([re.compile(rf"\W{name}\b|The kettles") for name in "adbc"])
        expect(earlier).to_be_disabled()
        api.post(f"/v1/jobs/{first}/cancel").raise_for_status()
        expect(page.get_by_role("heading", name="Being read")).to_have_count(0, timeout=PATIENCE_MS)

        logs = [api.get(f"/v1/jobs/{job}/log").json()["data"] for job in waiting]
        begun = [next(entry["at"] for entry in entries if entry["event"] == "begun") for entries in logs]
        assert begun[2] < begun[0] < begun[1]
        page.goto("/jobs")
        page.get_by_label("What happened to The kettles").first.click()

        said = page.locator("details[open]").get_by_role("listitem")
        expect(said.filter(has_text="Speaking")).to_have_count(1)
        expect(said.last).to_contain_text("Done")
        assert tab.complaints == []
