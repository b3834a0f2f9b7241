"""What the routes of jobs answer, as JSON, with an example."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from catwalk.podcast.job import Job
from catwalk.podcast.job_log import Entry

JOB_ID = "1f0c2a77-6d0e-4c1e-9a53-0f5e1a2b3c4d"
JOB: dict[str, Any] = {
    "id": JOB_ID,
    "kind": "read",
    "arguments": {"episode": 12},
    "state": "running",
    "urgency": 1,
    "created_at": "2026-01-01T00:00:00+00:00",
    "place": 1000000,
    "progress": {"stage": "speaking", "done": 12, "total": 53},
    "problem": None,
    "result": None,
}
"""An example for the description of the API."""


class JobProgress(BaseModel):
    """How far a job is."""

    stage: str | None = None
    """What goes on; null before it has begun."""

    done: int = 0
    total: int = 0


class JobObject(BaseModel):
    """Work that goes on by itself."""

    model_config = ConfigDict(json_schema_extra={"example": JOB})

    id: str
    kind: str
    """``read``, ``archive``, ``poll`` or ``discover``."""

    arguments: dict[str, Any]
    state: Literal["queued", "running", "paused", "done", "failed", "cancelled"]
    urgency: int
    """The lower number goes first."""

    created_at: str
    place: int
    """Of those that wait in one queue the lower goes first, of one place the older."""

    progress: JobProgress
    problem: str | None
    """Why it failed, or what it waits for."""

    result: Any
    """What came of it; lists in it, such as the posts that were found, only where one job is asked for."""


LOG: dict[str, Any] = {
    "object": "list",
    "data": [{"at": "2026-01-01T00:00:01.250+00:00", "event": "stage", "detail": "speaking"}],
}


class LogEntry(BaseModel):
    """One thing that happened to a job."""

    at: str
    event: Literal["begun", "stage", "waits", "busy", "moved", "paused", "resumed", "cancelled", "done", "failed"]
    detail: str
    """Which stage, what it waits for, why it failed; empty where there is nothing to say."""


class JobLogObject(BaseModel):
    """What has happened to a job, in order; the last thousand things, kept for thirty days after the last."""

    model_config = ConfigDict(json_schema_extra={"example": LOG})

    object: Literal["list"] = "list"
    data: list[LogEntry]


class Move(BaseModel):
    """Where a waiting job goes."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"before": JOB_ID}})

    before: str | None = None
    """The waiting job that begins after it; left out, all that wait for the same do."""


class JobList(BaseModel):
    """Jobs, the newest first."""

    object: Literal["list"] = "list"
    data: list[JobObject]


def to_job(job: Job, *, is_whole: bool = False) -> JobObject:
    """A job as JSON.

    Args:
        job: Which.
        is_whole: Whether lists in its result come with it; a thousand posts are nothing to be told twice a second.
    """
    result = job.result
    if not is_whole and isinstance(result, dict):
        result = {name: value for name, value in result.items() if not isinstance(value, list)}
    return JobObject(
        id=job.id,
        kind=job.kind,
        arguments=job.arguments,
        state=job.state.value,
        urgency=job.urgency,
        created_at=job.created_at.isoformat(),
        place=job.place,
        progress=JobProgress(**job.progress),
        problem=job.problem,
        result=result,
    )


def to_log(entries: Iterable[Entry]) -> JobLogObject:
    """A log as JSON."""
    return JobLogObject(
        data=[LogEntry(at=each.at.isoformat(), event=each.event.value, detail=each.detail) for each in entries]
    )
