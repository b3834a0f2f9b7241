from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from catwalk.errors import JobsNotRunning
from catwalk.library.database import Library, open_library
from catwalk.library.editing import Change, edit_lines, undo
from catwalk.library.episodes import change_episode
from catwalk.library.lines import Recorded, add_take, list_lines
from catwalk.library.tables import Episode, EpisodeState
from catwalk.podcast.jobs import Jobs
from catwalk.studio.events import Bulletin
from libraries import read_post

pytestmark = pytest.mark.anyio


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    opened = open_library(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def episode(library: Library) -> Episode:
    return read_post(library, "The first pot.", "It drips.")


@pytest.fixture
def models() -> dict[str, Any]:
    return {"resident": [], "memory": [], "queue": {}}


@pytest.fixture
def bulletin(library: Library, models: dict[str, Any]) -> Bulletin:
    def no_jobs() -> Jobs:
        raise JobsNotRunning("none")

    return Bulletin(lambda: library, no_jobs, lambda: dict(models))


class Listener:
    """Reads the stream event by event."""

    def __init__(self, stream: AsyncIterator[bytes]) -> None:
        self.stream = stream

    async def next(self, kind: str) -> dict[str, Any]:
        """The next event of a kind."""
        while True:
            fields = dict(line.split(": ", 1) for line in (await self.piece()).decode().strip().splitlines())
            if fields.get("event") == kind:
                assert fields["id"]
                said: dict[str, Any] = json.loads(fields["data"])
                return said

    async def piece(self) -> bytes:
        async with asyncio.timeout(10):
            return await anext(self.stream)


@pytest.fixture
async def listener(bulletin: Bulletin) -> AsyncIterator[Listener]:
    stream = bulletin.listen()
    yield Listener(stream)
    await stream.aclose()


async def test_whoever_comes_is_told_the_present_state(listener: Listener, episode: Episode) -> None:
    told = await listener.next("episode")

    assert told == {"id": episode.id, "revision": 1, "state": "waiting", "lines": 2, "to_speak": 2, "flagged": 0}
    assert await listener.next("models") == {"resident": [], "memory": [], "queue": {}}


async def test_takes_edits_and_states_are_told_whoever_made_them(
    listener: Listener, bulletin: Bulletin, library: Library, episode: Episode
) -> None:
    await listener.next("models")
    with library.write() as session:
        row = list_lines(session, episode.id).items[0]
        add_take(session, Recorded(row.version.id, "a.flac", 1.0, {"accepted": False, "heard": "pods"}))

    spoken = await listener.next("line")
    counted = await listener.next("episode")
    with library.write() as session:
        edit_lines(session, episode.id, {row.line.id: Change(pause_s=3.0)}, revision=1)
    edited = await listener.next("line")
    with library.write() as session:
        bulletin.tell(undo(session, episode.id, revision=2))
    undone = await listener.next("line")
    with library.write() as session:
        change_episode(session, episode.id, state=EpisodeState.READING)
    reading = [await listener.next("episode") for _ in range(1)]

    assert (spoken["line"]["state"], spoken["line"]["take"]["heard"], spoken["revision"]) == ("flagged", "pods", 1)
    assert (counted["to_speak"], counted["flagged"]) == (1, 1)
    assert (edited["line"]["pause_s"], edited["revision"]) == (3.0, 2)
    assert undone["line"]["pause_s"] == 0.3
    assert reading[-1]["id"] == episode.id


async def test_models_are_told_when_they_change(listener: Listener, models: dict[str, Any]) -> None:
    await listener.next("models")
    models["resident"] = ["hibari"]

    while (await listener.next("models"))["resident"] != ["hibari"]:
        pass


async def test_many_listeners_are_told_the_same_and_the_last_one_ends_the_looking(
    bulletin: Bulletin, library: Library, episode: Episode
) -> None:
    streams = [bulletin.listen() for _ in range(20)]
    listeners = [Listener(stream) for stream in streams]
    for listener in listeners:
        await listener.next("models")
    with library.write() as session:
        edit_lines(
            session, episode.id, {list_lines(session, episode.id).items[0].line.id: Change("Ah.", "Ah.")}, revision=1
        )

    told = [await listener.next("line") for listener in listeners]
    for stream in streams:
        await stream.aclose()

    assert {line["line"]["text"] for line in told} == {"Ah."}
    assert not [task for task in asyncio.all_tasks() if "_look_on" in repr(task) and not task.cancelling()]


async def test_the_end_of_the_server_ends_every_stream(listener: Listener, bulletin: Bulletin) -> None:
    await listener.next("models")

    bulletin.close()

    async with asyncio.timeout(10):
        assert [piece async for piece in listener.stream] == []
