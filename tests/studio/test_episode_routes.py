from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from catwalk.settings import read_settings
from conftest import RunningServer, run_server
from podcast.library_shows import add_blog, add_post, read_out


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    yield from run_server(read_settings(home=tmp_path_factory.mktemp("episodes")))


@pytest.fixture
def http(server: RunningServer) -> Iterator[httpx.Client]:
    with server.http() as client:
        yield client


def test_an_episode_names_its_show_its_post_and_where_its_files_are(server: RunningServer, http: httpx.Client) -> None:
    library = server.server.library()
    show = add_blog(library)
    episode = add_post(library, show)
    render = read_out(library, episode)

    found = http.get(f"/v1/episodes/{episode.id}").json()

    assert (found["show"], found["url"], found["author"]) == (show.slug, "https://teapots.example/1", "Ben Clay")
    assert found["media"] == f"/media/{show.key}/{render.audio}"
    for name in ("media", "chapters_url", "transcript_url", "cover"):
        assert http.get(found[name]).status_code == 200
    assert [each["id"] for each in http.get("/v1/episodes", params={"title": "pOT"}).json()["data"]] == [episode.id]


def test_every_file_of_an_episode_is_listed_the_newest_first(server: RunningServer, http: httpx.Client) -> None:
    library = server.server.library()
    episode = add_post(library, add_blog(library, "Renders"), 2)
    older, newer = (read_out(library, episode, sound) for sound in (b"one" * 50, b"two" * 50))

    found = http.get(f"/v1/episodes/{episode.id}/renders").json()["data"]

    assert [each["id"] for each in found] == [newer.id, older.id]
    assert [each["is_offered"] for each in found] == [True, False]
    assert [http.get(each["media"]).status_code for each in found] == [200, 200]


def test_a_withdrawn_episode_is_kept_and_in_no_feed(server: RunningServer, http: httpx.Client) -> None:
    library = server.server.library()
    show = add_blog(library, "Withdrawn", public=True)
    episode = add_post(library, show, 3)
    media = f"/media/public/{read_out(library, episode, b'gone' * 50).audio}"

    answer = http.delete(f"/v1/episodes/{episode.id}")

    assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn")
    assert "<item>" not in http.get(f"/feeds/{show.slug}.xml").text
    assert http.get(media).status_code == 404
    assert http.delete("/v1/episodes/999999").status_code == 404


def test_a_refused_choice_is_named_as_the_caller_named_it(http: httpx.Client) -> None:
    error = http.get("/v1/episodes", params={"state": "lost"}).json()["error"]

    assert error["param"] == "state"
    assert error["message"].startswith("state: ")
    assert "not 'lost'" in error["message"]
