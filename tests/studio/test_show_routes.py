from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from catwalk.library.episodes import find_episode
from catwalk.settings import read_settings
from conftest import RunningServer, run_server
from libraries import read_post
from podcast.library_shows import add_blog, add_post, read_out


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    yield from run_server(read_settings(home=tmp_path_factory.mktemp("shows")))


@pytest.fixture
def http(server: RunningServer) -> Iterator[httpx.Client]:
    with server.http() as client:
        yield client


@pytest.fixture(scope="module")
def episode_id(server: RunningServer) -> int:
    return read_post(server.server.library(), "The first line.", "The second line.", show="blog").id


def make_list(http: httpx.Client, title: str) -> httpx.Response:
    return http.post("/v1/shows", json={"title": title})


def test_a_reading_list_is_made_listed_changed_and_deleted(http: httpx.Client) -> None:
    made = make_list(http, "For the Train")
    slug = made.json()["slug"]

    assert made.status_code == 201
    assert made.json()["feed"].startswith("/feeds/")
    assert slug in [show["slug"] for show in http.get("/v1/shows").json()["data"]]
    changed = http.patch(f"/v1/shows/{slug}", json={"title": "For the bus", "voice": "heart"}).json()
    assert (changed["title"], changed["choices"]) == ("For the bus", {"voice": "heart"})
    assert http.delete(f"/v1/shows/{slug}").status_code == 204
    assert http.get(f"/v1/shows/{slug}").status_code == 404


def test_two_shows_of_one_title_have_names_of_their_own(http: httpx.Client) -> None:
    slugs = [make_list(http, "Twins").json()["slug"] for _ in range(2)]

    assert len(set(slugs)) == 2


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "a reading list needs a title"),
        ({"title": "x", "follow": True}, "has no feed to follow"),
        ({"title": "x", "nonsense": 1}, "nonsense"),
        ({"title": "x", "archive": {"since": "yesterday"}}, "since"),
    ],
)
def test_a_show_that_cannot_be_is_refused(http: httpx.Client, body: dict[str, object], said: str) -> None:
    answer = http.post("/v1/shows", json=body)

    assert answer.status_code == 400
    assert said in answer.text


def test_episodes_are_listed_with_their_lines_and_found_by_title_state_and_show(
    http: httpx.Client, episode_id: int
) -> None:
    def ids(**params: str) -> list[int]:
        return [each["id"] for each in http.get("/v1/episodes", params=params).json()["data"]]

    found = http.get(f"/v1/episodes/{episode_id}").json()
    assert (found["lines"], found["to_speak"], found["state"]) == (2, 2, "waiting")
    assert ids(show="blog") == ids(state="waiting") == [episode_id]
    assert ids(title="no such title") == ids(state="ready") == []


@pytest.mark.parametrize("path", ["/v1/episodes/999", "/v1/shows/none", "/v1/episodes?show=none"])
def test_what_is_not_there_is_not_found(http: httpx.Client, path: str) -> None:
    answer = http.get(path)

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_in_library"


def test_a_server_without_jobs_says_so_and_serves_the_rest(http: httpx.Client, episode_id: int) -> None:
    answers = [
        http.get("/v1/jobs"),
        http.post(f"/v1/episodes/{episode_id}/read"),
        http.post("/v1/episodes", json={"url": "https://blog.test/new"}),
    ]

    assert [answer.status_code for answer in answers] == [424] * 3
    assert answers[0].json()["error"]["code"] == "jobs_not_running"


def test_a_post_that_is_no_web_address_is_refused(http: httpx.Client, tmp_path: Path) -> None:
    answer = http.post("/v1/episodes", json={"url": f"file://{tmp_path}/secret"})

    assert answer.status_code == 400
    assert "http or https" in answer.text


def test_an_episode_says_where_its_show_its_post_and_its_files_are(http: httpx.Client, episode_id: int) -> None:
    listed = next(each for each in http.get("/v1/episodes").json()["data"] if each["id"] == episode_id)

    assert listed == http.get(f"/v1/episodes/{episode_id}").json()
    assert listed["show"] == "blog"
    assert listed["url"].startswith("http")
    assert listed["media"] is None  # it was never mastered


def test_a_show_with_another_title_and_slug_is_found_at_its_old_addresses(
    http: httpx.Client, server: RunningServer
) -> None:
    show = add_blog(server.server.library(), "Old name", public=True)

    renamed = http.patch(f"/v1/shows/{show.slug}", json={"title": "New name", "slug": "new-name"}).json()

    assert (renamed["title"], renamed["slug"]) == ("New name", "new-name")
    assert http.get(f"/v1/shows/{show.slug}").json()["slug"] == "new-name"
    moved = http.get(f"/feeds/{show.slug}.xml", follow_redirects=False)
    assert (moved.status_code, moved.headers["location"]) == (301, str(http.base_url.join("/feeds/new-name.xml")))
    assert http.patch("/v1/shows/new-name", json={"slug": "No Slug"}).status_code == 400


def test_a_mix_has_the_episodes_of_its_shows_and_takes_no_posts_of_its_own(
    http: httpx.Client, server: RunningServer
) -> None:
    library = server.server.library()
    first, second = add_blog(library, "Pots", public=True), add_blog(library, "Pans", public=True)
    for number, show in enumerate((first, second), start=1):
        read_out(library, add_post(library, show, number), f"sound {number}".encode() * 50)

    made = http.post("/v1/shows", json={"title": "Both", "shows": [first.slug, second.slug]}).json()

    feed = http.get(made["feed"])
    assert (made["kind"], made["shows"], made["n_episodes"]) == ("mix", [second.slug, first.slug], 2)
    assert feed.text.count("<item>") == 2
    fewer = http.patch(f"/v1/shows/{made['slug']}", json={"shows": [first.slug]}).json()
    assert (fewer["shows"], fewer["n_episodes"]) == ([first.slug], 1)
    refused = [
        http.post("/v1/episodes", json={"url": "https://blog.test/x", "show": made["slug"]}),
        http.post(f"/v1/shows/{made['slug']}/posts", json={"posts": [{"url": "https://blog.test/x"}]}),
        http.post(f"/v1/shows/{made['slug']}/reread"),
        http.post("/v1/shows", json={"title": "More", "shows": [made["slug"]]}),
        http.post("/v1/shows", json={"title": "Own", "kind": "mix"}),
    ]
    assert [answer.status_code for answer in refused] == [400] * 5


def test_a_change_of_voice_or_policy_says_how_many_episodes_it_concerns(
    http: httpx.Client, server: RunningServer
) -> None:
    library = server.server.library()
    episode = read_post(library, "Spoken.", url="https://blog.test/concerned", show="concerned")
    with library.write() as session:
        find_episode(session, episode.id).script_id = 1

    def change(**what: object) -> dict[str, Any]:
        answer: dict[str, Any] = http.patch("/v1/shows/concerned", json=what).json()
        return answer

    assert change(voice="tone")["concerned"] == 1
    assert change(voice="tone")["concerned"] == change(title="Other")["concerned"] == 0
    assert change(policy={"code": "skip"})["choices"] == {"voice": "tone", "policy": {"code": "skip"}}
    assert change(policy=None, voice=None)["choices"] == {}
    assert "policy.code" in change(policy={"code": "sing"})["error"]["message"]
    assert "policy.nonsense" in change(policy={"nonsense": 1})["error"]["message"]


def test_a_show_is_made_public_and_private_again_and_says_what_it_is_about(
    http: httpx.Client, server: RunningServer
) -> None:
    show = add_blog(server.server.library(), "Open")
    path = f"/v1/shows/{show.slug}"

    public = http.patch(path, json={"public": True, "description": "All of it.", "category": ["Arts"]}).json()
    feed = http.get(public["feed"])
    private = http.patch(path, json={"public": False}).json()

    assert (public["public"], public["feed"]) == (True, f"/feeds/{show.slug}.xml")
    assert "All of it." in feed.text
    assert private["feed"] != f"/feeds/{show.key}/{show.slug}.xml"
    assert http.get(public["feed"]).status_code == 404
    assert http.patch(path, json={"category": ["Teapots"]}).status_code == 400
