"""Durable jobs: work that survives kill -9 and a reboot, on DBOS, which keeps it in a database.

A job is a kind and its arguments. Its work looks at the library and does what is missing, so it may be broken off
anywhere and begun again; DBOS sees to it that every job is begun again until it has ended, by one process at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sql
from dbos import DBOS, DBOSClient, DBOSConfig, WorkflowStatus

from catwalk.disk import Room, describe_lack, lacks_room
from catwalk.errors import CatwalkError, InvalidRequest, JobNotFound, LibraryUnavailable
from catwalk.podcast import order
from catwalk.podcast.carrying import Carrier, find_dbos
from catwalk.podcast.job import (
    ENDED,
    NAME,
    Job,
    JobState,
    Queue,
    Urgency,
    Work,
    is_passing,
    select,
    to_job,
)
from catwalk.podcast.job_log import Entry, Event, JobLog
from catwalk.podcast.seats import Seat, take_seat

log = logging.getLogger("catwalk.jobs")

FILE_NAME = "jobs.sqlite"
LOGS = "logs/jobs"
_VERSION = "1"
"""Of the arguments that jobs are kept with: a job outlives an upgrade of the program unless this changes."""

_MAX_ATTEMPTS = 5
_FIRST_PAUSE_S = 10.0
_REST_S = 1.0
"""Until it is tried again to write down on a full disk that a job has ended."""


class JobFailed(Exception):
    """Carries the words of an error through the database."""


class Jobs:
    """The jobs of one process. There is one at a time in a process, because DBOS has one."""

    def __init__(self, seat: Seat, loop: asyncio.AbstractEventLoop, queues: Sequence[Queue], room: Room) -> None:
        """See :meth:`start`."""
        self._seat, self._folder = seat, room.folder
        self._queues = {kind: queue for queue in queues for kind in queue.kinds}
        self.log = JobLog(room.folder / LOGS)
        self._carrier = Carrier(loop, room, self.log, self._wake)
        self._lost: set[str] = set()
        self._is_stopping = False
        self._file_in: Path | None = None
        self._changed = threading.Condition()
        self._n_changes = 0

    @classmethod
    async def start(
        cls,
        home: Path,
        database: str | None,
        queues: Sequence[Queue],
        make_work: Callable[[Jobs], Mapping[str, Work]],
        *,
        keep_free_bytes: int = 0,
    ) -> Self:
        """Take up what was broken off, and go on with what is queued.

        Args:
            home: The data folder.
            database: Address of PostgreSQL; a file in the data folder when left out.
            queues: Which kinds wait for which; a kind is in one of them.
            make_work: What to do, by kind; it is done on the event loop that runs now.
            keep_free_bytes: No work begins while the disk of the data folder has less room.

        Raises:
            DiskFull: there is no room even for what a start writes.
            LibraryUnavailable: the database cannot be reached.
        """
        seat = await asyncio.to_thread(take_seat, home / "executors")
        jobs = cls(seat, asyncio.get_running_loop(), queues, Room(home, keep_free_bytes))
        jobs._file_in = None if database else home
        jobs._carrier.work = make_work(jobs)
        await asyncio.to_thread(jobs.log.sweep)
        config: DBOSConfig = {
            "name": "catwalk",
            "system_database_url": database or f"sqlite:///{home / FILE_NAME}",
            "application_version": _VERSION,
            "executor_id": seat.executor_id,
            "log_level": "CRITICAL",  # what fails is said in the job, and in our own log
            "enable_otlp": False,
            "notification_listener_polling_interval_sec": 0.5,
        }
        with jobs._asking():
            await asyncio.to_thread(jobs._launch, config)
        return jobs

    def _launch(self, config: DBOSConfig) -> None:
        DBOS(config=config)

        @DBOS.step(
            name="carry_out",
            retries_allowed=True,
            interval_seconds=_FIRST_PAUSE_S,
            max_attempts=_MAX_ATTEMPTS,
            should_retry=is_passing,
        )
        def carry_out(kind: str, arguments: dict[str, Any]) -> Any:
            try:
                return self._carrier.carry_out(kind, arguments)
            except CatwalkError as error:
                if is_passing(error):
                    self.log.add(str(DBOS.workflow_id), Event.BUSY, str(error))
                raise

        @DBOS.workflow(name=NAME, max_recovery_attempts=1000)
        def _job(kind: str, arguments: dict[str, Any]) -> Any:
            job_id = str(DBOS.workflow_id)
            try:
                result = self._insist(carry_out, kind, arguments)
            except CatwalkError as error:
                self.log.add(job_id, Event.FAILED, str(error))
                raise JobFailed(str(error)) from error
            except Exception as error:  # whatever it is, it must not end the thread that runs all jobs, nor be lost
                if self._is_stopping:  # nothing can be written down any more; the next start takes it up
                    raise
                log.exception("job %s failed: %s %s", job_id, kind, arguments)
                words = f"the program made a mistake, its log says which: {error!r}"
                self.log.add(job_id, Event.FAILED, words)
                raise JobFailed(words) from error
            self.log.add(job_id, Event.DONE)
            return result

        DBOS.launch()
        for queue in {queue.name: queue for queue in self._queues.values()}.values():
            DBOS.register_queue(queue.name, global_concurrency=queue.n_at_once, polling_interval_sec=0.5)
        self.adopt()

    def _insist(self, carry_out: Callable[[str, dict[str, Any]], Any], kind: str, arguments: dict[str, Any]) -> Any:
        """Carry a job out until its end could be written down; the second time there is nothing left to do."""
        while True:
            try:
                return carry_out(kind, arguments)
            except sql.exc.DBAPIError as error:
                if not lacks_room(error, self._file_in):
                    raise
            self._carrier.hinder(str(DBOS.workflow_id), str(describe_lack(self._folder)))
            time.sleep(_REST_S)

    async def stop(self) -> None:
        """Stop; what runs is broken off and taken up by the next start."""
        self._is_stopping = True
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
        self._seat.leave()

    def _asking(self) -> contextlib.AbstractContextManager[None]:
        return _asking(self._folder, self._file_in)

    def adopt(self) -> None:
        """Take up the jobs of processes of this data folder that are gone for good, and what was lost in this one.

        Raises:
            DiskFull: there is no room to write it down.
            LibraryUnavailable: the database cannot be reached.
        """
        with self._asking():
            gone = self._seat.list_left()
            if gone:
                DBOS._recover_pending_workflows(gone)  # the public way asks a conductor in the cloud
            self._take_up_lost()

    def _take_up_lost(self) -> None:
        """Queue again what stands as running here and is not: the disk was full when its end was to be written down.

        What is seen so once may just be beginning or ending.
        """
        running = set(find_dbos()._active_workflows_set.activeList())
        mine = DBOS.list_workflows(
            name=NAME, status="PENDING", executor_id=self._seat.executor_id, load_input=False, load_output=False
        )
        lost = {status.workflow_id: status for status in mine if status.workflow_id not in running}
        for job_id in lost.keys() & self._lost:
            DBOS.resume_workflow(job_id, queue_name=lost[job_id].queue_name)
        self._lost = set(lost)

    # --- what is asked of jobs

    def submit(self, kind: str, arguments: dict[str, Any], *, urgency: Urgency, once: str | None = None) -> str:
        """Queue a job; returns its id.

        Args:
            kind: One that there is work for.
            arguments: What JSON can hold.
            urgency: Which goes first.
            once: A name that one unfinished job at a time may have; the one that has it is returned, and is as urgent
                as this from now on.

        Raises:
            DiskFull: there is no room to write it down.
            LibraryUnavailable: the database cannot be reached.
        """
        with self._asking():
            handle = DBOS.enqueue_workflow_with_options(
                {
                    "workflow_name": NAME,
                    "queue_name": self._queues[kind].name,
                    "priority": order.to_place(urgency),
                    "app_version": _VERSION,
                    "attributes": {"kind": kind, "once": once},
                    **({"deduplication_id": once, "duplication_policy": "return-existing"} if once else {}),  # type: ignore[typeddict-item]  # both or neither
                },
                kind,
                arguments,
            )
            if once and urgency < Urgency.ARCHIVE:
                order.hasten(handle.workflow_id, urgency)
        self._wake()
        return handle.workflow_id

    def list(self, *, state: JobState | None = None, limit: int = 100, offset: int = 0) -> list[Job]:
        """Jobs, the newest first."""
        with self._asking():
            found = DBOS.list_workflows(**select(state), limit=limit, offset=offset)
        jobs = [self._show(status) for status in found]
        return [job for job in jobs if state is None or job.state is state]

    def find(self, job_id: str) -> Job:
        """The job of that id.

        Raises:
            JobNotFound: there is none.
        """
        with self._asking():
            found = DBOS.list_workflows(workflow_ids=[job_id], name=NAME)
        if not found:
            raise JobNotFound(f"there is no job {job_id!r}")
        return self._show(found[0])

    def read_log(self, job_id: str) -> Sequence[Entry]:
        """What has happened to a job, in order.

        Raises:
            JobNotFound: there is none.
        """
        return self.log.read(self.find(job_id).id)

    def pause(self, job_id: str) -> Job:
        """Have a job rest until :meth:`resume`; what it has done stays done.

        Raises:
            JobNotFound: there is none.
            InvalidRequest: it has ended.
        """
        return self._end(job_id, paused=True)

    def cancel(self, job_id: str) -> Job:
        """End a job; what it has done stays done.

        Raises:
            JobNotFound: there is none.
            InvalidRequest: it has ended.
        """
        return self._end(job_id, paused=False)

    def _end(self, job_id: str, *, paused: bool) -> Job:
        job = self.find(job_id)
        if job.state in ENDED:
            raise InvalidRequest(f"job {job_id} is {job.state} already")
        with self._asking():
            DBOS.update_workflow_attributes(job_id, {"paused": paused}, merge=True)
            DBOS.cancel_workflow(job_id)
        self.log.add(job_id, Event.PAUSED if paused else Event.CANCELLED)
        self._wake()
        return self.find(job_id)

    def resume(self, job_id: str) -> Job:
        """Go on with a job that was paused, cancelled, or has failed.

        Raises:
            JobNotFound: there is none.
            InvalidRequest: it runs, waits or is done.
        """
        job = self.find(job_id)
        if job.state in {JobState.PAUSED, JobState.CANCELLED}:
            with self._asking():
                DBOS.update_workflow_attributes(job_id, {"paused": False}, merge=True)
                DBOS.resume_workflow(job_id, queue_name=self._queues[job.kind].name)
        elif job.state is JobState.FAILED:  # DBOS keeps what has ended as it is
            job_id = self.submit(job.kind, job.arguments, urgency=Urgency.PERSON, once=job.once)
        else:
            raise InvalidRequest(f"job {job_id} is {job.state}; jobs that were paused, cancelled or failed can go on")
        self.log.add(job_id, Event.RESUMED)
        self._wake()
        return self.find(job_id)

    def move(self, job_id: str, before: str | None = None) -> Job:
        """Have a waiting job begin before another one, or before all that wait for the same.

        Raises:
            JobNotFound: there is none.
            JobNotWaiting: one of them runs, rests or has ended, or they wait for different things.
        """
        with self._asking():
            order.move(job_id, self._queues[self.find(job_id).kind].name, before)
        self.log.add(job_id, Event.MOVED)
        self._wake()
        return self.find(job_id)

    async def changes(self) -> AsyncIterator[None]:
        """Yields whenever some job has changed, or a second has gone by."""
        seen = -1
        while True:
            seen = await asyncio.to_thread(self._wait, seen)
            yield

    def _wait(self, seen: int) -> int:
        with self._changed:
            self._changed.wait_for(lambda: self._n_changes != seen, timeout=1.0)
            return self._n_changes

    def _wake(self) -> None:
        with self._changed:
            self._n_changes += 1
            self._changed.notify_all()

    def _show(self, status: WorkflowStatus) -> Job:
        carrier, job_id = self._carrier, status.workflow_id
        return to_job(status, progress=carrier.progress.get(job_id), hindrance=carrier.hindrances.get(job_id))


def list_kept(home: Path, database: str | None, *, state: JobState | None = None, limit: int = 100) -> list[Job]:
    """Jobs as their database has them, the newest first; none begins or goes on because of it.

    Raises:
        LibraryUnavailable: the database cannot be read.
    """
    if database is None and not (home / FILE_NAME).is_file():
        return []
    with _asking(home, None if database else home):
        address = database or f"sqlite:///{home / FILE_NAME}"
        client = DBOSClient(system_database_url=address, lazy=True, retry_connection_errors=False)
        try:
            found = client.list_workflows(**select(state), limit=limit)
        finally:
            client.destroy()
    return [job for job in map(to_job, found) if state is None or job.state is state]


@contextlib.contextmanager
def _asking(folder: Path, file_in: Path | None) -> Iterator[None]:
    try:
        yield
    except sql.exc.DBAPIError as error:
        if lacks_room(error, file_in):
            raise describe_lack(folder) from error
        raise LibraryUnavailable(f"the database of jobs does not answer: {error.orig}") from error
