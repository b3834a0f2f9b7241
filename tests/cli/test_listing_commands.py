"""What is kept, as commands list and change it where no server runs: nothing of it is told otherwise by a server."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from catwalk.cli import catwalk
from catwalk.errors import NotInLibrary
from catwalk.library.database import open_library
from catwalk.library.episodes import change_episode
from catwalk.library.tables import EpisodeState
from catwalk.podcast.job import Queue, Tell, Urgency
from catwalk.podcast.jobs import Jobs
from catwalk.settings import read_settings
from conftest import RunningServer, run_server
from libraries import read_post


def run(*arguments: str) -> list[dict[str, Any]]:
    result = CliRunner().invoke(catwalk, [*arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def home(own_home: Path) -> Path:
    """Two shows, an episode of each that has failed or waits, and a word."""
    library = open_library(own_home)
    read_post(library, "A GOEWS satellite.", show="teapots")
    failed = read_post(library, "Another one.", url="https://blog.test/other", show="kettles")
    with library.write() as session:
        change_episode(session, failed.id, state=EpisodeState.FAILED, problem="nobody knows")
    library.close()
    (own_home / "lexicon.toml").write_text('# said so by Ann\n[words]\nGOEWX = "goes"\nnginx = "engine x"\n')
    return own_home


@pytest.fixture
def server(home: Path) -> Iterator[RunningServer]:
    yield from run_server(read_settings(home=home))


@pytest.mark.parametrize(
    "arguments",
    [["shows"], ["episodes"], ["episodes", "teapots"], ["episodes", "--state", "failed"], ["lexicon", "list"]],
    ids=" ".join,
)
def test_a_list_is_the_same_with_a_server_and_without_one(
    arguments: list[str], server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = run(*arguments)
    monkeypatch.setenv("CATWALK_URL", server.url)
    asked = run(*arguments)

    assert asked == without
    assert without != []


def test_lists_longer_than_a_page_are_whole(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catwalk.cli.listing._PAGE", 1)

    assert {episode["show"] for episode in run("episodes")} == {"kettles", "teapots"}


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("arguments", [["episodes", "saucers"], ["lexicon", "list", "--show", "saucers"]], ids=" ".join)
def test_a_show_that_is_not_there_is_said(arguments: list[str]) -> None:
    result = CliRunner().invoke(catwalk, arguments)

    assert isinstance(result.exception, NotInLibrary)
    assert "saucers" in str(result.exception)


def test_nothing_is_listed_where_nothing_is_kept(own_home: Path) -> None:
    assert [run("shows"), run("episodes"), run("jobs"), run("lexicon", "list")] == [[], [], [], []]


def test_jobs_are_listed_as_they_were_left_and_none_begins(own_home: Path) -> None:
    own_home.mkdir()
    begun = threading.Event()
    asyncio.run(leave_jobs(own_home, begun))
    begun.clear()

    listed = run("jobs")

    assert [(job["kind"], job["arguments"], job["state"]) for job in listed] == [
        ("read", {"episode": 3}, "paused"),
        ("read", {"episode": 2}, "queued"),
        ("read", {"episode": 1}, "running"),
    ]
    assert run("jobs", "--state", "paused") == listed[:1]
    assert run("jobs", "--limit", "2") == listed[:2]
    assert [(entry["event"], entry["detail"]) for entry in run("jobs", "log", listed[2]["id"][:8])] == [
        ("begun", ""),
        ("stage", "speaking"),
    ]
    assert [entry["event"] for entry in run("jobs", "log", listed[0]["id"])] == ["paused"]
    assert not begun.is_set()


@pytest.mark.usefixtures("home")
def test_a_job_that_is_not_there_has_no_log() -> None:
    result = CliRunner().invoke(catwalk, ["jobs", "log", "nothing"])

    assert "there is no job 'nothing'" in str(result.exception)


async def leave_jobs(home: Path, begun: threading.Event) -> None:
    """One that runs, one that waits for it, one that rests."""

    async def read(_: dict[str, Any], tell: Tell) -> Any:
        begun.set()
        tell("speaking", 1, 2)
        await asyncio.Event().wait()

    queues = (Queue("readings", frozenset({"read"}), 1),)
    jobs = await Jobs.start(home, None, queues, lambda _: {"read": read})
    await asyncio.to_thread(jobs.submit, "read", {"episode": 1}, urgency=Urgency.PERSON)
    assert await asyncio.to_thread(begun.wait, 30)
    await asyncio.to_thread(jobs.submit, "read", {"episode": 2}, urgency=Urgency.ARCHIVE)
    last = await asyncio.to_thread(jobs.submit, "read", {"episode": 3}, urgency=Urgency.ARCHIVE)
    await asyncio.to_thread(jobs.pause, last)
    await jobs.stop()


def test_a_word_is_forgotten_and_the_rest_of_the_file_stays(home: Path) -> None:
    removed = run("lexicon", "remove", "GOEWX")

    assert removed == [{"show": None, "lines": [], "episodes": {}}]
    assert run("lexicon", "list") == [{"written": "nginx", "spoken": "engine x"}]
    assert (home / "lexicon.toml").read_text().startswith("# said so by Ann\n")


@pytest.mark.usefixtures("home")
def test_a_word_that_is_not_there_cannot_be_forgotten() -> None:
    result = CliRunner().invoke(catwalk, ["lexicon", "remove", "kettle"])

    assert "no entry 'kettle'" in str(result.exception)


@pytest.mark.usefixtures("home")
def test_a_mix_has_the_episodes_of_its_shows() -> None:
    made = run("shows", "mix", "All I read", "teapots", "kettles", "--public")

    assert [(show["kind"], show["slug"], show["shows"], show["n_episodes"], show["public"]) for show in made] == [
        ("mix", "all-i-read", ["kettles", "teapots"], 2, True)
    ]
    assert {show["slug"] for show in run("shows")} == {"all-i-read", "kettles", "teapots"}


@pytest.mark.usefixtures("home")
def test_a_mix_of_a_show_that_is_not_there_is_not_made() -> None:
    result = CliRunner().invoke(catwalk, ["shows", "mix", "All I read", "teapots", "saucers"])

    assert "saucers" in str(result.exception)
    assert {show["slug"] for show in run("shows")} == {"kettles", "teapots"}
