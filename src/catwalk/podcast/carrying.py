"""Carries out jobs: says how far each is, stops it where somebody said so, waits where the disk is full.

What is asked for here runs on the threads of DBOS, the work itself on the event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import TimeoutError as FutureTimeout
from typing import TYPE_CHECKING, Any

import sqlalchemy as sql
from dbos import DBOS
from dbos import error as dbos_error

from catwalk.disk import Room, describe_lack, lacks_room
from catwalk.podcast.job_log import Event, JobLog

if TYPE_CHECKING:
    from catwalk.podcast.job import Work

log = logging.getLogger("catwalk.jobs")

_LOOK_S = 0.5
"""How often a running job looks whether it was paused or cancelled."""

_TELL_S = 1.0
"""How often progress is written down."""

_FIRST_REST_S, _LONGEST_REST_S = 1.0, 60.0
"""Of a job that found the disk full; each rest is twice as long as the one before."""


class Carrier:
    """Does the work of jobs, and knows how far each is that runs."""

    def __init__(self, loop: asyncio.AbstractEventLoop, room: Room, job_log: JobLog, wake: Callable[[], None]) -> None:
        """Make one.

        Args:
            loop: Where the work is done.
            room: No work begins without it.
            job_log: Where it is written down what happens to jobs.
            wake: Called when a job has something new to tell.
        """
        self.work: Mapping[str, Work] = {}
        self.progress: dict[str, dict[str, Any]] = {}
        self.hindrances: dict[str, str] = {}
        """What jobs wait for, in words, by their ids."""

        self._loop, self._room, self._log, self._wake = loop, room, job_log, wake
        self._told_s: dict[str, float] = {}

    def carry_out(self, kind: str, arguments: dict[str, Any]) -> Any:
        """Do the work of the job that DBOS runs on this thread."""
        job_id = str(DBOS.workflow_id)
        self._log.add(job_id, Event.BEGUN)
        # Not in this thread's context: there DBOS takes every call for a part of this very step, and queues nothing.
        work = self._do(job_id, kind, arguments)
        future = contextvars.Context().run(asyncio.run_coroutine_threadsafe, work, self._loop)
        try:
            while True:
                try:
                    return future.result(_LOOK_S)
                except FutureTimeout:
                    if future.done():  # the work itself has run out of time
                        raise
                    self._look(job_id)
        except BaseException:
            future.cancel()
            raise
        finally:
            self._write_down(job_id)
            self.progress.pop(job_id, None)
            self._told_s.pop(job_id, None)
            self._wake()

    async def _do(self, job_id: str, kind: str, arguments: dict[str, Any]) -> Any:
        """Work until it is done; a full disk is waited out, because everything else would find it full as well."""

        def tell(stage: str, n_done: int, n_total: int) -> None:
            if self.progress.get(job_id, {}).get("stage") != stage:
                self._log.add(job_id, Event.STAGE, stage)
            self.progress[job_id] = {"stage": stage, "done": n_done, "total": n_total}
            self._wake()

        rest_s = _FIRST_REST_S
        try:
            while True:
                await self._wait_for_room(job_id)
                try:
                    return await self.work[kind](arguments, tell)
                except Exception as error:  # libraries wrap a full disk in errors of their own; all others go on up
                    if not lacks_room(error):
                        raise
                    self.hinder(job_id, str(describe_lack(self._room.folder)))
                    await asyncio.sleep(rest_s)
                    rest_s = min(2 * rest_s, _LONGEST_REST_S)
        finally:
            self.hindrances.pop(job_id, None)

    async def _wait_for_room(self, job_id: str) -> None:
        while lack := self._room.find_lack():
            self.hinder(job_id, lack)
            await asyncio.sleep(_FIRST_REST_S)
        self.hindrances.pop(job_id, None)

    def hinder(self, job_id: str, lack: str) -> None:
        """Say what a job waits for."""
        if job_id not in self.hindrances:
            log.warning("job %s waits: %s", job_id, lack)
            self._log.add(job_id, Event.WAITS, lack)
        self.hindrances[job_id] = lack
        self._wake()

    def _look(self, job_id: str) -> None:
        """Write progress down, and stop where somebody said so."""
        if time.monotonic() - self._told_s.get(job_id, 0.0) < _TELL_S:
            return
        self._told_s[job_id] = time.monotonic()
        self._write_down(job_id)
        found = DBOS.list_workflows(workflow_ids=[job_id], load_input=False, load_output=False)
        if found and found[0].status == "CANCELLED":
            raise dbos_error.DBOSWorkflowCancelledError(f"job {job_id} was stopped")

    def _write_down(self, job_id: str) -> None:
        progress = self.progress.get(job_id)
        # What cannot be written down now is told from memory, and no reason to break work off.
        with contextlib.suppress(sql.exc.DBAPIError):
            if progress:
                find_dbos()._sys_db.update_workflow_attributes(job_id, {"progress": progress}, merge=True)


def find_dbos() -> Any:
    """What DBOS is made of, for the little that it does not offer."""
    from dbos._dbos import _get_dbos_instance  # noqa: PLC0415 - within a step the public way would record another step

    return _get_dbos_instance()
