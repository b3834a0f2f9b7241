"""What happened to a job, when: lines of JSON in a file of its own, which outlives whatever kills the server."""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from catwalk.errors import DiskFull
from catwalk.library.blobs import write_atomically

MAX_ENTRIES = 1000
"""The older ones go."""

KEPT_S = 30 * 86_400.0
"""A log goes when nothing was added to it for so long."""

_MAX_BYTES = 256 * MAX_ENTRIES
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")


class Event(StrEnum):
    """What happened."""

    BEGUN = "begun"
    """Also after the server was killed or stopped meanwhile."""

    STAGE = "stage"
    WAITS = "waits"
    """For room on the disk."""

    BUSY = "busy"
    """What it works with was busy or away; it is tried again some times."""

    MOVED = "moved"
    PAUSED = "paused"
    RESUMED = "resumed"
    CANCELLED = "cancelled"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened."""

    at: datetime
    event: Event
    detail: str = ""
    """Which stage, what it waits for, why it failed."""


class JobLog:
    """The logs of all jobs, in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, job_id: str, event: Event, detail: str = "") -> None:
        """Write down what happened; what cannot be written down is lost, and no reason to break work off."""
        path = self._path(job_id)
        entry = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, "detail": detail[:2000]}
        line = f"\n{json.dumps(entry, ensure_ascii=False)}".encode()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # One write to the end, so that lines of two processes do not mix; the break before it ends a line that a
            # kill cut off.
            file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(file, line)
                n_bytes = os.fstat(file).st_size
            finally:
                os.close(file)
            if n_bytes > _MAX_BYTES:
                write_atomically(path, b"\n".join(path.read_bytes().splitlines()[-MAX_ENTRIES // 2 :]))
        except (OSError, DiskFull):
            return

    def read(self, job_id: str) -> list[Entry]:
        """What has happened to a job, in order; empty before it began, and where it was long ago."""
        try:
            return list(_parse(self._path(job_id).read_bytes()))[-MAX_ENTRIES:]
        except FileNotFoundError:
            return []

    def sweep(self) -> None:
        """Remove the logs of jobs that nothing has happened to for long."""
        for path in self._folder.glob("*.jsonl"):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < time.time() - KEPT_S:
                    path.unlink()

    def _path(self, job_id: str) -> Path:
        if not _ID.fullmatch(job_id):
            raise ValueError(f"{job_id!r} is no id of a job")
        return self._folder / f"{job_id}.jsonl"


def _parse(content: bytes) -> Iterator[Entry]:
    for line in content.splitlines():
        try:
            said = json.loads(line)
            yield Entry(datetime.fromisoformat(said["at"]), Event(said["event"]), str(said["detail"]))
        except (ValueError, KeyError, TypeError):  # cut off by a kill
            continue
