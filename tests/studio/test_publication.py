from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.settings import read_settings
from catwalk.studio.publication import Changes, compare
from conftest import RunningServer, run_server
from podcast.library_shows import add_blog, add_post, read_out


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    yield from run_server(read_settings(home=tmp_path_factory.mktemp("publication")))


@pytest.fixture
def http(server: RunningServer) -> Iterator[httpx.Client]:
    with server.http() as client:
        yield client


def test_lines_are_told_apart_by_what_became_of_them() -> None:
    before: list[list[int | None]] = [[1, 10, 100], [2, 20, 200], [3, 30, 300], [4, 40, None]]
    now: list[list[int | None]] = [[3, 30, 301], [1, 11, None], [4, 40, None], [5, 50, 500]]

    assert compare(before, now) == Changes(worded=1, respoken=1, added=1, removed=1, is_reordered=True)


@given(st.lists(st.integers(1, 50), unique=True), st.data())
def test_lines_that_stay_are_not_changed_by_those_that_come_and_go(ids: list[int], data: st.DataObject) -> None:
    before = [[line, line * 10, line * 100] for line in ids]
    gone = data.draw(st.sets(st.sampled_from(ids))) if ids else set()
    now = [row for row in before if row[0] not in gone] + [[99, 990, None]]

    assert compare(before, now) == Changes(worded=0, respoken=0, added=1, removed=len(gone), is_reordered=False)


def test_an_episode_that_was_never_published_has_nothing_to_be_compared_with(
    server: RunningServer, http: httpx.Client
) -> None:
    library = server.server.library()
    episode = add_post(library, add_blog(library))

    found = http.get(f"/v1/episodes/{episode.id}/publication").json()

    assert (found["offered"], found["changes"]) == (None, None)
    assert http.get("/v1/episodes/999999/publication").status_code == 404


def test_what_a_feed_offers_is_told_with_its_changes(server: RunningServer, http: httpx.Client) -> None:
    library = server.server.library()
    episode = add_post(library, add_blog(library, "Published"), 2)
    render = read_out(library, episode)

    found = http.get(f"/v1/episodes/{episode.id}/publication").json()

    assert (found["offered"]["id"], found["offered"]["lufs"]) == (render.id, render.lufs)
    assert found["changes"]["worded"] == 0
