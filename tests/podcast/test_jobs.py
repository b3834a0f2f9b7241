from __future__ import annotations

import asyncio
import contextlib
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sql

from catwalk.disk import measure_free
from catwalk.errors import (
    DiskFull,
    FetchTimeout,
    InvalidRequest,
    JobNotFound,
    JobNotWaiting,
    NoArticle,
    RemoteUnavailable,
)
from catwalk.podcast.carrying import find_dbos
from catwalk.podcast.job import ENDED, Job, JobState, Queue, Tell, Urgency, Work, is_passing, may_pass
from catwalk.podcast.jobs import Jobs
from disks import Disk

PROCESS = Path(__file__).with_name("job_process.py")
QUEUES = (Queue("counts", frozenset({"count", "hold", "fail", "break", "late"}), 1),)


class Stage:
    """Work that waits until a test opens the gate, and what was done in which order."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.begun: list[str] = []

    def works(self) -> Mapping[str, Work]:
        return {"count": self.count, "hold": self.hold, "fail": self.fail, "break": self.stumble, "late": self.late}

    async def count(self, arguments: dict[str, Any], tell: Tell) -> Any:
        self.begun.append(arguments["name"])
        tell("counting", 1, 1)
        return {"name": arguments["name"]}

    async def hold(self, arguments: dict[str, Any], tell: Tell) -> Any:
        self.begun.append(arguments["name"])
        tell("holding", 3, 7)
        await self.gate.wait()
        return None

    async def fail(self, arguments: dict[str, Any], tell: Tell) -> Any:
        raise NoArticle("there is nothing to read out")

    async def late(self, arguments: dict[str, Any], tell: Tell) -> Any:
        raise TimeoutError("a minute is over")

    async def stumble(self, arguments: dict[str, Any], tell: Tell) -> Any:
        raise ZeroDivisionError("by mistake")


@contextlib.asynccontextmanager
async def running(home: Path, stage: Stage, database: str | None = None) -> AsyncIterator[Jobs]:
    jobs = await Jobs.start(home, database, QUEUES, lambda _: stage.works())
    try:
        yield jobs
    finally:
        await jobs.stop()


async def submit(jobs: Jobs, kind: str, name: str = "", urgency: Urgency = Urgency.NEW, once: str | None = None) -> str:
    return await asyncio.to_thread(jobs.submit, kind, {"name": name}, urgency=urgency, once=once)


async def until(jobs: Jobs, holds: Callable[[Sequence[Job]], bool]) -> list[Job]:
    """The jobs once something holds of them, the oldest first."""
    async with asyncio.timeout(60):
        async for _ in jobs.changes():
            found = await asyncio.to_thread(jobs.list)
            if holds(found):
                return found[::-1]
    raise AssertionError("unreachable")


def all_ended(jobs: Sequence[Job]) -> bool:
    return bool(jobs) and all(job.state in ENDED for job in jobs)


def some(state: JobState) -> Callable[[Sequence[Job]], bool]:
    return lambda jobs: any(job.state is state for job in jobs)


pytestmark = pytest.mark.anyio


async def test_the_most_urgent_job_goes_first_and_all_are_done(tmp_path: Path) -> None:
    stage = Stage()
    async with running(tmp_path, stage) as jobs:
        await submit(jobs, "hold", "first")
        await until(jobs, some(JobState.RUNNING))
        await submit(jobs, "count", "archive", Urgency.ARCHIVE)
        await submit(jobs, "count", "news", Urgency.NEW)
        await submit(jobs, "count", "person", Urgency.PERSON)
        stage.gate.set()

        found = await until(jobs, all_ended)

    assert stage.begun == ["first", "person", "news", "archive"]
    assert [job.state for job in found] == [JobState.DONE] * 4
    assert found[1].result == {"name": "archive"}


@pytest.mark.parametrize("is_on_server", [False, True], ids=["sqlite", "postgresql"])
async def test_a_waiting_job_is_moved_and_all_others_keep_their_order(
    tmp_path: Path, request: pytest.FixtureRequest, is_on_server: bool
) -> None:
    stage = Stage()
    database = request.getfixturevalue("postgresql_url") if is_on_server else None
    async with running(tmp_path, stage, database) as jobs:
        await submit(jobs, "hold", "running")
        await until(jobs, some(JobState.RUNNING))
        await submit(jobs, "count", "person", Urgency.PERSON)
        a, b, c, d = [await submit(jobs, "count", name, Urgency.ARCHIVE) for name in "abcd"]
        await asyncio.to_thread(jobs.move, d, b)
        moved = await asyncio.to_thread(jobs.move, a, c)
        await asyncio.to_thread(jobs.move, c)
        await submit(jobs, "count", "late", Urgency.ARCHIVE)
        await submit(jobs, "count", "later person", Urgency.PERSON)
        stage.gate.set()
        await until(jobs, all_ended)

    assert stage.begun == ["running", "c", "person", "later person", "d", "b", "a", "late"]
    assert moved.urgency == Urgency.ARCHIVE


async def test_the_log_says_what_happened_to_a_job(tmp_path: Path) -> None:
    stage = Stage()
    async with running(tmp_path, stage) as jobs:
        held = await submit(jobs, "hold", "held")
        await until(jobs, some(JobState.RUNNING))
        await asyncio.to_thread(jobs.pause, held)
        await until(jobs, some(JobState.PAUSED))
        stage.gate.set()
        await asyncio.to_thread(jobs.resume, held)
        failed = await submit(jobs, "fail")
        await until(jobs, all_ended)

        found = [await asyncio.to_thread(jobs.read_log, job) for job in (held, failed)]

    logs = [[(each.event.value, each.detail) for each in entries] for entries in found]

    assert logs[0][:3] == [("begun", ""), ("stage", "holding"), ("paused", "")]
    assert sorted(logs[0][3:]) == [("begun", ""), ("done", ""), ("resumed", ""), ("stage", "holding")]
    assert logs[1] == [("begun", ""), ("failed", "there is nothing to read out")]


async def test_places_are_kept_when_the_process_ends(tmp_path: Path) -> None:
    stage = Stage()
    async with running(tmp_path, stage) as jobs:
        await submit(jobs, "hold", "running")
        await until(jobs, some(JobState.RUNNING))
        ids = [await submit(jobs, "count", name) for name in "ab"]
        await asyncio.to_thread(jobs.move, ids[1])
    again = Stage()
    again.gate.set()

    async with running(tmp_path, again) as jobs:
        await until(jobs, all_ended)

    assert [name for name in again.begun if name in "ab"] == ["b", "a"]


async def test_a_job_that_does_not_wait_keeps_its_place(tmp_path: Path) -> None:
    stage = Stage()
    async with running(tmp_path, stage) as jobs:
        held = await submit(jobs, "hold", "running")
        await until(jobs, some(JobState.RUNNING))
        waiting = await submit(jobs, "count", "a")
        with pytest.raises(JobNotWaiting, match=held):
            await asyncio.to_thread(jobs.move, held)
        with pytest.raises(JobNotWaiting, match=held):
            await asyncio.to_thread(jobs.move, waiting, held)
        with pytest.raises(JobNotFound):
            await asyncio.to_thread(jobs.move, "nothing")
        stage.gate.set()
        await until(jobs, all_ended)


async def test_a_job_says_how_far_it_is(tmp_path: Path) -> None:
    stage = Stage()
    async with running(tmp_path, stage) as jobs:
        await submit(jobs, "hold", "a")
        [job] = await until(jobs, lambda found: bool(found and found[0].progress))
        stage.gate.set()
        await until(jobs, all_ended)

    assert job.progress == {"stage": "holding", "done": 3, "total": 7}
    assert job.state is JobState.RUNNING


async def test_one_unfinished_job_at_a_time_has_a_name_that_is_asked_for_once(tmp_path: Path) -> None:
    stage = Stage()
    async with running(tmp_path, stage) as jobs:
        await submit(jobs, "hold", "first")
        await until(jobs, some(JobState.RUNNING))
        first = await submit(jobs, "count", "a", once="a")
        same = await submit(jobs, "count", "a", once="a")
        stage.gate.set()
        await until(jobs, all_ended)
        later = await submit(jobs, "count", "a", once="a")
        await until(jobs, all_ended)

    assert first == same != later
    assert stage.begun == ["first", "a", "a"]


async def test_a_job_that_is_asked_for_again_by_somebody_who_waits_becomes_as_urgent(tmp_path: Path) -> None:
    stage = Stage()
    async with running(tmp_path, stage) as jobs:
        await submit(jobs, "hold", "first")
        await until(jobs, some(JobState.RUNNING))
        await submit(jobs, "count", "of the night", Urgency.ARCHIVE, once="a")
        await submit(jobs, "count", "wanted", Urgency.ARCHIVE, once="b")
        await submit(jobs, "count", "news", Urgency.NEW, once="c")
        await submit(jobs, "count", "wanted", Urgency.PERSON, once="b")
        await submit(jobs, "count", "news", Urgency.ARCHIVE, once="c")  # whoever asks for less takes nothing away
        stage.gate.set()
        await until(jobs, all_ended)

    assert stage.begun == ["first", "wanted", "news", "of the night"]


async def test_a_job_that_was_paused_rests_until_it_is_resumed(tmp_path: Path) -> None:
    stage = Stage()
    async with running(tmp_path, stage) as jobs:
        job_id = await submit(jobs, "hold", "a")
        await until(jobs, some(JobState.RUNNING))

        paused = await asyncio.to_thread(jobs.pause, job_id)
        await submit(jobs, "count", "other")  # the queue is free again
        await until(jobs, some(JobState.DONE))
        stage.gate.set()
        await asyncio.to_thread(jobs.resume, job_id)
        found = await until(jobs, all_ended)

    assert paused.state is JobState.PAUSED
    assert [job.state for job in found] == [JobState.DONE] * 2
    assert stage.begun == ["a", "other", "a"]


async def test_a_cancelled_job_is_ended_and_can_only_be_taken_up_on_purpose(tmp_path: Path) -> None:
    stage = Stage()
    async with running(tmp_path, stage) as jobs:
        job_id = await submit(jobs, "hold", "a")
        await until(jobs, some(JobState.RUNNING))

        cancelled = await asyncio.to_thread(jobs.cancel, job_id)

        assert cancelled.state is JobState.CANCELLED
        with pytest.raises(InvalidRequest, match="is cancelled already"):
            await asyncio.to_thread(jobs.pause, job_id)


async def test_a_failed_job_says_why_and_may_be_tried_again(tmp_path: Path) -> None:
    async with running(tmp_path, Stage()) as jobs:
        job_id = await submit(jobs, "fail")
        [job] = await until(jobs, all_ended)
        again = await asyncio.to_thread(jobs.resume, job_id)
        found = await until(jobs, lambda found: len(found) == 2 and all_ended(found))

    assert (job.state, job.problem) == (JobState.FAILED, "there is nothing to read out")
    assert again.id != job_id
    assert [each.state for each in found] == [JobState.FAILED] * 2


async def test_a_failed_job_that_is_tried_again_twice_is_one_job(tmp_path: Path) -> None:
    stage = Stage()
    async with running(tmp_path, stage) as jobs:
        failed = await submit(jobs, "fail", once="a")
        await until(jobs, all_ended)
        await submit(jobs, "hold", "first")
        await until(jobs, some(JobState.RUNNING))

        again = await asyncio.to_thread(jobs.resume, failed)
        same = await asyncio.to_thread(jobs.resume, failed)
        asked = await submit(jobs, "fail", once="a")
        stage.gate.set()
        await until(jobs, all_ended)

    assert again.id == same.id == asked != failed


async def test_a_mistake_of_the_program_ends_one_job_and_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(tmp_path, Stage()) as jobs:
        await submit(jobs, "break")
        await submit(jobs, "count", "a")
        broken, counted = await until(jobs, lambda found: len(found) == 2 and all_ended(found))

    assert "ZeroDivisionError" in str(broken.problem)
    assert "by mistake" in caplog.text
    assert counted.state is JobState.DONE


async def test_work_that_runs_out_of_time_has_failed(tmp_path: Path) -> None:
    async with running(tmp_path, Stage()) as jobs:
        await submit(jobs, "late")
        [job] = await until(jobs, all_ended)

    assert job.state is JobState.FAILED
    assert "a minute is over" in str(job.problem)


async def test_a_job_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    async with running(tmp_path, Stage()) as jobs:
        for ask in (jobs.find, jobs.pause, jobs.cancel, jobs.resume):
            with pytest.raises(JobNotFound, match="no job 'x'"):
                await asyncio.to_thread(ask, "x")


async def test_jobs_outlive_the_process_in_which_they_were_asked_for(tmp_path: Path) -> None:
    stage = Stage()
    async with running(tmp_path, stage) as jobs:
        await submit(jobs, "hold", "a")
        await submit(jobs, "count", "b")
        await until(jobs, some(JobState.RUNNING))

    stage.gate.set()
    async with running(tmp_path, stage) as jobs:
        found = await until(jobs, all_ended)

    assert [job.state for job in found] == [JobState.DONE] * 2
    assert stage.begun == ["a", "a", "b"]


async def test_a_job_whose_end_cannot_be_written_down_has_ended_once_there_is_room(disk: Disk) -> None:
    stage = Stage()
    async with running(disk.folder, stage) as jobs:
        job_id = await submit(jobs, "hold", "a")
        await until(jobs, some(JobState.RUNNING))
        disk.fill()
        stage.gate.set()
        with pytest.raises(DiskFull, match="make room"):
            await submit(jobs, "count", "b")
        [held] = await until(jobs, lambda found: found[0].problem is not None)
        disk.empty()
        [job] = await until(jobs, all_ended)

    assert (held.id, held.state) == (job_id, JobState.RUNNING)
    assert (job.state, job.problem) == (JobState.DONE, None)
    assert stage.begun == ["a", "a"]


async def test_a_job_rests_while_the_disk_has_too_little_room_and_says_so(disk: Disk) -> None:
    stage, room = Stage(), 1 << 20
    jobs = await Jobs.start(disk.folder, None, QUEUES, lambda _: stage.works(), keep_free_bytes=room)
    try:
        with (disk.folder / "large").open("wb") as file:
            file.write(b"x" * ((measure_free(disk.folder) or 0) - room // 2))
        await submit(jobs, "count", "a")
        [waiting] = await until(jobs, lambda found: bool(found[0].problem))
        (disk.folder / "large").unlink()
        [job] = await until(jobs, all_ended)
    finally:
        await jobs.stop()

    assert (waiting.state, job.state, job.problem) == (JobState.RUNNING, JobState.DONE, None)
    assert "has 0.5 MB free, and 1.0 MB are to stay free" in str(waiting.problem)


async def test_what_stands_as_running_and_is_not_is_taken_up_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise sql.exc.OperationalError("UPDATE", {}, sqlite3.OperationalError("disk I/O error"))

    stage = Stage()
    async with running(tmp_path, stage) as jobs:
        database = find_dbos()._sys_db
        with monkeypatch.context() as broken:
            broken.setattr(database, "update_workflow_outcome", fail)
            await submit(jobs, "count", "a")
            await until(jobs, lambda found: bool(stage.begun) and not find_dbos()._active_workflows_set.activeList())
        lost = (await asyncio.to_thread(jobs.list))[0]
        for _ in range(2):
            await asyncio.to_thread(jobs.adopt)
        [job] = await until(jobs, all_ended)

    assert (lost.state, job.state) == (JobState.RUNNING, JobState.DONE)


def test_a_host_that_does_not_answer_is_tried_again_later_and_not_in_the_same_job() -> None:
    assert not is_passing(FetchTimeout("slow"))
    assert not is_passing(NoArticle("empty"))
    assert is_passing(RemoteUnavailable("away"))


def test_only_what_may_pass_is_tried_again() -> None:
    assert may_pass(FetchTimeout("slow"))
    assert not may_pass(NoArticle("empty"))
    assert not may_pass(ValueError("no error of ours"))


# --- processes


@contextlib.contextmanager
def process(home: Path, *database: str) -> Iterator[Callable[[], str]]:
    """A process with jobs of its own, which is killed at the end; tells what it says next."""
    command = [sys.executable, str(PROCESS), str(home), *database]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        assert started.stdout.readline() == "ready\n"
        yield lambda: str(started.stdout.readline()).strip()  # type: ignore[union-attr]  # said so above
        started.send_signal(signal.SIGKILL)


async def test_a_job_whose_process_was_killed_is_begun_again_by_the_next(tmp_path: Path) -> None:
    stage = Stage()
    async with running(tmp_path, stage) as jobs:
        await submit(jobs, "hold", "before")
        await until(jobs, some(JobState.RUNNING))
        for name in ("a", "b"):
            arguments = {"name": name, "waits": True}
            await asyncio.to_thread(jobs.submit, "count", arguments, urgency=Urgency.ARCHIVE)
        await asyncio.to_thread(jobs.cancel, (await asyncio.to_thread(jobs.list))[-1].id)
        await until(jobs, lambda found: stage.begun[-1] == "a")

    with process(tmp_path) as hear:
        first = hear()
    with process(tmp_path) as hear:
        again = hear()

    assert first == again == "b"


async def test_two_processes_on_one_database_share_the_jobs_and_do_none_twice(
    tmp_path: Path, postgresql_url: str
) -> None:
    stage, names = Stage(), [f"job{number}" for number in range(12)]
    own = await Jobs.start(tmp_path / "one", postgresql_url, QUEUES, lambda _: stage.works())
    try:
        with process(tmp_path / "two", postgresql_url) as hear:
            for name in names:
                await submit(own, "count", name)
            await until(own, all_ended)
            elsewhere = [hear() for _ in range(len(names) - len(stage.begun))]
    finally:
        await own.stop()

    assert sorted([*stage.begun, *elsewhere]) == sorted(names)
