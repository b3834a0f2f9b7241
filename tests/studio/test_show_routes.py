from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from catwalk.settings import read_settings
from conftest import RunningServer, run_server
from libraries import read_post


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
