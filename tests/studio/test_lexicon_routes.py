from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from catwalk.podcast.corrections import add_word
from catwalk.podcast.lexicons import find_lexicon
from catwalk.settings import read_settings
from conftest import RunningServer, run_server
from libraries import read_post


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    yield from run_server(read_settings(home=tmp_path_factory.mktemp("lexicon")))


@pytest.fixture
def http(server: RunningServer) -> Iterator[httpx.Client]:
    with server.http() as client:
        yield client


def test_words_are_listed_for_all_shows_and_for_one(server: RunningServer, http: httpx.Client) -> None:
    library = server.server.library()
    read_post(library, "Nothing.", show="pots")
    add_word(find_lexicon(library.home, None), "nginx", "engine x")
    add_word(find_lexicon(library.home, "pots"), "GOEWS", "/ɡoʊz/")

    everywhere = http.get("/v1/lexicon").json()["data"]
    here = http.get("/v1/lexicon", params={"show": "pots"}).json()["data"]

    assert everywhere == [{"written": "nginx", "spoken": "engine x"}]
    assert here == [{"written": "GOEWS", "spoken": "/ɡoʊz/"}]
    assert http.get("/v1/lexicon", params={"show": "none"}).status_code == 404


def test_a_word_that_is_not_there_cannot_be_forgotten(http: httpx.Client) -> None:
    answer = http.delete("/v1/lexicon", params={"written": "nobody"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_in_library")


def test_the_lines_that_a_word_concerns_are_listed_those_of_the_episode_first(
    server: RunningServer, http: httpx.Client
) -> None:
    library = server.server.library()
    first = read_post(library, "Kubectl here.", "No.", url="https://blog.test/k1")
    second = read_post(library, "And kubectl there.", url="https://blog.test/k2", show="other")

    found = http.get(f"/v1/episodes/{second.id}/concerned", params={"word": "kubectl"}).json()["data"]
    here = http.get("/v1/lexicon/concerned", params={"word": "kubectl", "show": "blog"}).json()["data"]

    assert [(line["episode"], line["text"]) for line in found] == [
        (second.id, "And kubectl there."),
        (first.id, "Kubectl here."),
    ]
    assert [line["episode"] for line in here] == [first.id]
    assert http.get("/v1/lexicon/concerned", params={"word": " "}).status_code == 400
