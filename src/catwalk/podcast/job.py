"""A job: what it is, how it stands, and how DBOS keeps it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any

from catwalk.disk import lacks_room
from catwalk.errors import CatwalkError, FetchTimeout, HostResting
from catwalk.podcast import order

if TYPE_CHECKING:
    from dbos import WorkflowStatus

NAME = "job"
"""Of the one workflow that all jobs are."""


class Urgency(IntEnum):
    """Which job goes first; the lower number does."""

    PERSON = 1
    """Somebody waits for it."""

    NEW = 10
    """A new post of a followed blog, a correction."""

    ARCHIVE = 100
    """Whatever fills the night."""


class JobState(StrEnum):
    """How far a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


_STATES = {
    "ENQUEUED": JobState.QUEUED,
    "DELAYED": JobState.QUEUED,
    "PENDING": JobState.RUNNING,
    "SUCCESS": JobState.DONE,
    "ERROR": JobState.FAILED,
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": JobState.FAILED,
    "CANCELLED": JobState.CANCELLED,
}
ENDED = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands."""

    id: str
    kind: str
    arguments: dict[str, Any]
    state: JobState
    urgency: int
    created_at: datetime
    place: int = 0
    """Of those that wait in one queue the lower goes first, of one place the older."""

    progress: dict[str, Any] = field(default_factory=dict)
    """``stage``, ``done``, ``total``; empty before it has begun."""

    problem: str | None = None
    """Why it failed, or what it waits for."""

    result: Any = None

    once: str | None = None
    """The name that no other unfinished job has."""


Tell = Callable[[str, int, int], None]
"""Called with stage, done, total."""

Work = Callable[[dict[str, Any], Tell], Awaitable[Any]]
"""What a kind of job does with its arguments; returns what JSON can hold."""


@dataclass(frozen=True, slots=True)
class Queue:
    """Jobs of some kinds, and how many of them run at once over all processes."""

    name: str
    kinds: frozenset[str]
    n_at_once: int


def select(state: JobState | None) -> dict[str, Any]:
    """What DBOS is asked for jobs of a state, the newest first; some of another may be among them."""
    kept_as = JobState.CANCELLED if state is JobState.PAUSED else state
    names = [name for name, meant in _STATES.items() if meant is kept_as]
    return {"name": NAME, "status": names or None, "sort_desc": True}


def to_job(status: WorkflowStatus, *, progress: dict[str, Any] | None = None, hindrance: str | None = None) -> Job:
    """A workflow of DBOS as a job."""
    attributes = status.attributes or {}
    arguments = status.input["args"] if status.input else ("", {})
    state = _STATES.get(status.status, JobState.FAILED)
    if state is JobState.CANCELLED and attributes.get("paused"):
        state = JobState.PAUSED
    return Job(
        id=status.workflow_id,
        kind=str(arguments[0]),
        arguments=dict(arguments[1]),
        state=state,
        urgency=order.to_urgency(status.priority or 0),
        place=status.priority or 0,
        created_at=datetime.fromtimestamp((status.created_at or 0) / 1000, UTC),
        progress=progress or attributes.get("progress") or {},
        problem=str(status.error) if status.error else hindrance,
        result=status.output,
        once=attributes.get("once"),
    )


def is_passing(error: BaseException) -> bool:
    """Whether what a job works with is busy or away for a moment, so that the job may as well stay where it is."""
    return isinstance(error, CatwalkError) and (error.status in {408, 429} or error.status >= 502)


def may_pass(error: BaseException) -> bool:
    """Whether the same may succeed later; a host that does not answer keeps no other job waiting until then."""
    return isinstance(error, FetchTimeout | HostResting) or is_passing(error) or lacks_room(error)
