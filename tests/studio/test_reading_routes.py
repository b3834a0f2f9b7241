from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from catwalk.library.tables import Episode
from catwalk.settings import read_settings
from conftest import RunningServer, run_server
from libraries import read_post


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    yield from run_server(read_settings(home=tmp_path_factory.mktemp("readings")))


@pytest.fixture
def http(server: RunningServer) -> Iterator[httpx.Client]:
    with server.http() as client:
        yield client


@pytest.fixture
def episode(server: RunningServer, request: pytest.FixtureRequest) -> Episode:
    """Three lines, at revision 1."""
    url = f"https://blog.test/{request.node.name}"
    return read_post(server.server.library(), "The first pot.", "It has 1 lid.", "It drips.", url=url)


def read_lines(http: httpx.Client, episode: Episode) -> dict[str, Any]:
    answer: dict[str, Any] = http.get(f"/v1/episodes/{episode.id}/lines").json()
    return answer


def ids(http: httpx.Client, episode: Episode) -> list[int]:
    return [line["id"] for line in read_lines(http, episode)["data"]]


def test_lines_are_listed_in_reading_order_with_how_they_stand(http: httpx.Client, episode: Episode) -> None:
    found = read_lines(http, episode)

    assert [line["text"] for line in found["data"]] == ["The first pot.", "It has 1 lid.", "It drips."]
    assert {line["state"] for line in found["data"]} == {"waiting"}
    assert (found["revision"], found["can_undo"], found["can_redo"], found["next"]) == (1, False, False, None)


def test_a_page_of_lines_names_the_next_one(http: httpx.Client, episode: Episode) -> None:
    path = f"/v1/episodes/{episode.id}/lines"
    first = http.get(path, params={"limit": 2}).json()

    rest = http.get(path, params={"limit": 2, "after": first["next"]}).json()

    assert [len(page["data"]) for page in (first, rest)] == [2, 1]
    assert http.get(path, params={"flagged": True}).json()["data"] == []


def test_a_text_is_pronounced_and_a_spoken_form_stays_as_it_is_given(http: httpx.Client, episode: Episode) -> None:
    first, second, _ = ids(http, episode)
    changes = {
        str(first): {"text": "It costs $5"},
        str(second): {"spoken": "it has one LID", "pause_s": 2, "voice": "x"},
    }

    edited = http.patch(f"/v1/episodes/{episode.id}/lines", json={"revision": 1, "changes": changes}).json()

    lines = {line["id"]: line for line in edited["lines"]}
    assert lines[first]["spoken"] == "It costs five dollars."
    assert (lines[second]["spoken"], lines[second]["pause_s"], lines[second]["voice"]) == ("it has one LID", 2, "x")
    assert all(line["is_corrected"] for line in lines.values())
    assert (edited["revision"], edited["can_undo"], edited["order"], edited["removed"]) == (2, True, None, [])


def test_of_two_tabs_that_edit_at_once_one_is_told_the_revision_and_can_go_on(
    http: httpx.Client, episode: Episode
) -> None:
    first, second, _ = ids(http, episode)

    def change(line: int, text: str, revision: int) -> httpx.Response:
        body = {"revision": revision, "changes": {str(line): {"text": text}}}
        return http.patch(f"/v1/episodes/{episode.id}/lines", json=body)

    with ThreadPoolExecutor() as tabs:
        answers = list(tabs.map(change, (first, second), ("One tab.", "Another tab."), (1, 1)))
    late = next(answer for answer in answers if answer.status_code == 409)
    error = late.json()["error"]
    retried = change(second if late is answers[1] else first, "Once more.", error["revision"])

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert (error["code"], error["revision"], late.headers["x-should-retry"]) == ("stale_revision", 2, "false")
    assert retried.json()["revision"] == 3
    texts = {line["text"] for line in read_lines(http, episode)["data"]}
    assert "Once more." in texts
    assert texts & {"One tab.", "Another tab."}


def test_lines_and_pauses_are_added_moved_and_deleted(http: httpx.Client, episode: Episode) -> None:
    first, second, third = ids(http, episode)
    lines = f"/v1/episodes/{episode.id}/lines"

    added = http.post(lines, json={"revision": 1, "after": first, "text": "See 2 pots?"}).json()
    pause = http.post(lines, json={"revision": 2, "pause_s": 1.5}).json()
    moved = http.post(f"{lines}/move", json={"revision": 3, "lines": [third], "after": first}).json()
    gone = http.post(f"{lines}/delete", json={"revision": 4, "lines": [second]}).json()

    (new,), (silence,) = added["lines"], pause["lines"]
    assert (new["text"], new["spoken"], new["state"]) == ("See 2 pots?", "See two pots?", "waiting")
    assert (silence["state"], silence["pause_s"], pause["order"][0]) == ("pause", 1.5, silence["id"])
    assert moved["order"] == [silence["id"], first, third, new["id"], second]
    assert (gone["removed"], gone["lines"], gone["order"]) == ([second], [], [silence["id"], first, third, new["id"]])


def test_a_line_is_split_where_its_text_is_and_merged_again(http: httpx.Client, episode: Episode) -> None:
    _, second, _ = ids(http, episode)

    split = http.post(f"/v1/lines/{second}/split", json={"revision": 1, "at": len("It has 1")}).json()
    merged = http.post(f"/v1/lines/{second}/merge", json={"revision": 2}).json()

    assert [line["text"] for line in sorted(split["lines"], key=lambda line: split["order"].index(line["id"]))] == [
        "It has 1",
        "lid.",
    ]
    assert {line["spoken"] for line in split["lines"]} == {"It has one.", "lid."}
    assert [line["text"] for line in merged["lines"]] == ["It has 1 lid."]
    assert len(merged["removed"]) == 1


def test_undo_takes_edits_back_one_by_one_and_redo_brings_them_again(http: httpx.Client, episode: Episode) -> None:
    first, *_ = ids(http, episode)
    path = f"/v1/episodes/{episode.id}"
    http.patch(f"{path}/lines", json={"revision": 1, "changes": {str(first): {"text": "Another."}}})

    undone = http.post(f"{path}/undo", json={"revision": 2}).json()
    redone = http.post(f"{path}/redo", json={"revision": 3}).json()

    assert [line["text"] for line in undone["lines"]] == ["The first pot."]
    assert (undone["can_undo"], undone["can_redo"]) == (False, True)
    assert [line["text"] for line in redone["lines"]] == ["Another."]
    assert (redone["can_undo"], redone["can_redo"], redone["revision"]) == (True, False, 4)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("PATCH", "episodes/{episode}/lines", {"changes": {"{line}": {"text": "  "}}}, 422, "edit_refused"),
        ("PATCH", "episodes/{episode}/lines", {"changes": {"999999": {"text": "a"}}}, 404, "not_in_library"),
        ("PATCH", "episodes/{episode}/lines", {"changes": {}}, 400, "invalid_request"),
        ("PATCH", "episodes/{episode}/lines", {"changes": {"{line}": {"pause_s": 1e9}}}, 400, "invalid_request"),
        ("PATCH", "episodes/{episode}/lines", {"changes": {"{line}": {"sound": "a"}}}, 400, "invalid_request"),
        ("POST", "episodes/{episode}/lines", {"text": "", "pause_s": 0}, 422, "edit_refused"),
        ("POST", "episodes/{episode}/lines", {"text": "—"}, 422, "edit_refused"),
        ("POST", "episodes/{episode}/lines/move", {"lines": ["{line}"], "after": "{line}"}, 422, "edit_refused"),
        ("POST", "episodes/{episode}/lines/delete", {"lines": []}, 400, "invalid_request"),
        ("POST", "lines/{line}/split", {"at": 0}, 422, "edit_refused"),
        ("POST", "lines/99999999999999999999/split", {"at": 0}, 400, "invalid_request"),
        ("POST", "lines/{last}/merge", {}, 422, "edit_refused"),
        ("POST", "episodes/{episode}/undo", {}, 422, "edit_refused"),
        ("POST", "episodes/{episode}/redo", {}, 422, "edit_refused"),
        ("POST", "episodes/999999/undo", {}, 404, "not_in_library"),
    ],
)
def test_an_edit_that_cannot_be_is_refused_and_changes_nothing(
    http: httpx.Client, episode: Episode, method: str, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    before = read_lines(http, episode)
    first, _, last = (line["id"] for line in before["data"])
    names = {"{episode}": str(episode.id), "{line}": str(first), "{last}": str(last)}
    text = httpx.Request("POST", "http://x", json=body | {"revision": 1}).content.decode()
    for name, number in names.items():
        path, text = path.replace(name, number), text.replace(name, number)

    answer = http.request(method, f"/v1/{path}", content=text, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert read_lines(http, episode) == before


def test_control_characters_and_line_breaks_go_out_of_what_a_person_writes(
    http: httpx.Client, episode: Episode
) -> None:
    first, *_ = ids(http, episode)
    body = {"revision": 1, "changes": {str(first): {"text": "Two\x00\n lines\u202e. <b>&"}}}

    edited = http.patch(f"/v1/episodes/{episode.id}/lines", json=body).json()

    assert edited["lines"][0]["text"] == "Two lines. <b>&"


def test_the_source_is_the_post_as_it_was_kept(http: httpx.Client, episode: Episode) -> None:
    found = http.get(f"/v1/episodes/{episode.id}/source").json()

    assert found["url"].startswith("https://blog.test/")
    assert found["lines"] == ["The first pot.", "It has 1 lid.", "It drips."]
    assert http.get("/v1/episodes/999999/source").status_code == 404
