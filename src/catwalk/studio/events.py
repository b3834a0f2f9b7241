"""What changes, as server-sent events: jobs, episodes, lines and models, looked at once for all who listen.

The library is looked at rather than its writers being asked to tell, so that what another process does is told too.
Nobody looks while nobody listens. Whoever comes, or comes back, is told the present state first.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import threading
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sql
from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.responses import StreamingResponse

from catwalk.errors import CatwalkError
from catwalk.library.database import Library
from catwalk.library.desk import Edited
from catwalk.library.episodes import count_lines
from catwalk.library.lines import LineRow, get_lines
from catwalk.library.tables import Edit, Episode, Take
from catwalk.podcast.job import Job
from catwalk.podcast.jobs import Jobs
from catwalk.studio.answers import LINE, to_lines
from catwalk.studio.job_answers import JOB, to_job

LOOK_S = 0.5
"""How often it is looked, and so how late what nobody told of is known."""

_STILL_HERE_S = 15.0
_RECENT = 50
"""Jobs and episodes that whoever comes is told of."""

_MODELS_S = 1.0
_OVERLAP = timedelta(seconds=60)
"""A change is seen when its transaction ends, which may be so long after the time that it carries."""

_MOST_LINES = 200
"""Of one episode at once; where more have changed, its new revision says that all are to be asked for again."""

_MOST_WAITING = 2000
"""Events that a listener may be behind; one that is slower is sent away, and told the present state when it is back."""

_EXAMPLE = "\n".join(
    f"id: 5f0c-{number}\nevent: {kind}\ndata: {json.dumps(said)}\n"
    for number, (kind, said) in enumerate(
        (
            ("job", JOB),
            ("episode", {"id": 12, "revision": 3, "state": "reading", "lines": 53, "to_speak": 12, "flagged": 1}),
            ("line", {"episode": 12, "revision": 3, "line": LINE}),
            ("models", {"resident": ["hibari"], "memory": [], "queue": {"hibari": 2}}),
        ),
        start=1,
    )
)

Event = tuple[str, dict[str, Any]]
"""Kind and content."""


@dataclass(slots=True)
class _Seen:
    """How things stood when they were looked at last."""

    since: datetime
    take: int
    edit: int
    jobs: dict[str, Job] = field(default_factory=dict)
    episodes: dict[int, dict[str, Any]] = field(default_factory=dict)
    models: dict[str, Any] = field(default_factory=dict)
    models_at_s: float = 0.0


class Bulletin:
    """Looks at what changes, and tells everybody who listens."""

    def __init__(
        self,
        open_library: Callable[[], Library],
        jobs: Callable[[], Jobs],
        show_models: Callable[[], dict[str, Any]],
    ) -> None:
        """Nothing is looked at before somebody listens."""
        self._open_library, self._jobs, self._show_models = open_library, jobs, show_models
        self._listeners: set[asyncio.Queue[bytes | None]] = set()
        self._looking: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._nudged = asyncio.Event()
        self._lock = threading.Lock()
        self._edited: set[int] = set()
        self._boot, self._n_told = secrets.token_hex(4), 0
        self._is_closed = False

    def tell(self, edited: Edited) -> None:
        """Have an edit told at once; from any thread."""
        with self._lock:
            self._edited.update(edited.lines)
        if self._loop is not None and self._listeners:
            with contextlib.suppress(RuntimeError):  # the loop has come to its end
                self._loop.call_soon_threadsafe(self._nudged.set)

    def close(self) -> None:
        """Let all listeners go, for good."""
        self._is_closed = True
        for queue in list(self._listeners):
            self._dismiss(queue)

    async def listen(self) -> AsyncGenerator[bytes, None]:
        """The present state, then every event, as they are sent; ends with the server."""
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(_MOST_WAITING)
        self._loop = asyncio.get_running_loop()
        self._listeners.add(queue)
        try:
            yield b": catwalk\nretry: 2000\n\n"
            seen = await asyncio.to_thread(self._begin)
            if self._looking is None or self._looking.done():
                self._looking = asyncio.create_task(self._look_on(seen))
            for event in await asyncio.to_thread(self._list_present):
                yield self._write(*event)
            while not self._is_closed:
                try:
                    piece = await asyncio.wait_for(queue.get(), _STILL_HERE_S)
                except TimeoutError:
                    piece = b": still here\n\n"
                if piece is None:
                    return
                yield piece
        finally:
            self._listeners.discard(queue)
            if not self._listeners and self._looking is not None:
                self._looking.cancel()
                self._looking = None

    def _write(self, kind: str, said: dict[str, Any]) -> bytes:
        self._n_told += 1
        data = json.dumps(said, ensure_ascii=False)
        return f"id: {self._boot}-{self._n_told}\nevent: {kind}\ndata: {data}\n\n".encode()

    def _dismiss(self, queue: asyncio.Queue[bytes | None]) -> None:
        self._listeners.discard(queue)
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(None)

    async def _look_on(self, seen: _Seen) -> None:
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._nudged.wait(), LOOK_S)
                self._nudged.clear()
                with contextlib.suppress(CatwalkError):  # the library is away for a while
                    self._spread(await asyncio.to_thread(self._look, seen))
        finally:  # whoever still listens comes back, and is told the present state
            for queue in list(self._listeners):
                self._dismiss(queue)

    def _spread(self, events: Iterable[Event]) -> None:
        for event in events:
            piece = self._write(*event)
            for queue in list(self._listeners):
                try:
                    queue.put_nowait(piece)
                except asyncio.QueueFull:
                    self._dismiss(queue)

    # --- what there is to tell; on a thread of its own

    def _list_present(self) -> list[Event]:
        library = self._open_library()
        with library.read() as session:
            recent = sql.select(Episode.id).order_by(Episode.changed_at.desc()).limit(_RECENT)
            episodes = list(_show_episodes(session, session.scalars(recent).all()))
        jobs = [("job", to_job(job).model_dump()) for job in reversed(self._list_jobs())]
        return [*jobs, *(("episode", each) for each in reversed(episodes)), ("models", self._show_models())]

    def _list_jobs(self) -> list[Job]:
        try:
            return self._jobs().list(limit=_RECENT)
        except CatwalkError:  # none run, or their database is away
            return []

    def _begin(self) -> _Seen:
        library = self._open_library()
        with library.read() as session:
            last_take = session.scalar(sql.select(sql.func.max(Take.id))) or 0
            last_edit = session.scalar(sql.select(sql.func.max(Edit.id))) or 0
        return _Seen(library.clock(), last_take, last_edit, jobs={job.id: job for job in self._list_jobs()})

    def _look(self, seen: _Seen) -> list[Event]:
        with self._lock:
            edited, self._edited = self._edited, set()
        library = self._open_library()
        now = library.clock()
        with library.read() as session:
            rows = _find_changed(session, seen, edited)
            told = [*_show_lines(session, rows), *_look_at_episodes(session, seen, rows)]
        seen.since = now
        return [*self._look_at_jobs(seen), *told, *self._look_at_models(seen)]

    def _look_at_jobs(self, seen: _Seen) -> Iterator[Event]:
        jobs = self._list_jobs()
        for job in reversed(jobs):
            if seen.jobs.get(job.id) != job:
                yield "job", to_job(job).model_dump()
        seen.jobs = {job.id: job for job in jobs}

    def _look_at_models(self, seen: _Seen) -> Iterator[Event]:
        if time.monotonic() - seen.models_at_s < _MODELS_S:
            return
        models = self._show_models()
        if models != seen.models:
            seen.models, seen.models_at_s = models, time.monotonic()
            yield "models", models


def _find_changed(session: Session, seen: _Seen, edited: Iterable[int]) -> dict[int, list[LineRow]]:
    """Lines that have a new take or were edited, by episode."""
    changed = set(edited)
    for take_id, line_id in session.execute(sql.select(Take.id, Take.line_id).where(Take.id > seen.take)):
        seen.take = max(seen.take, take_id)
        changed.update([line_id] if line_id is not None else ())
    for edit_id, after in session.execute(sql.select(Edit.id, Edit.after).where(Edit.id > seen.edit)):
        seen.edit = max(seen.edit, edit_id)
        changed.update(line["id"] for line in after["lines"])
    by_episode = defaultdict(list)
    for row in get_lines(session, sorted(changed)):
        by_episode[row.line.episode_id].append(row)
    return by_episode


def _show_lines(session: Session, changed: Mapping[int, list[LineRow]]) -> Iterator[Event]:
    revisions = sql.select(Episode.id, Episode.revision).where(Episode.id.in_(changed))
    for episode_id, revision in session.execute(revisions):
        if len(changed[episode_id]) <= _MOST_LINES:
            for line in to_lines(session, changed[episode_id]):
                yield "line", {"episode": episode_id, "revision": revision, "line": line.model_dump(mode="json")}


def _look_at_episodes(session: Session, seen: _Seen, touched: Iterable[int]) -> Iterator[Event]:
    """Episodes that have changed, and those whose lines have."""
    changed = session.scalars(sql.select(Episode.id).where(Episode.changed_at >= seen.since - _OVERLAP))
    present = {said["id"]: said for said in _show_episodes(session, dict.fromkeys([*changed, *touched]))}
    for episode_id, said in present.items():
        if seen.episodes.get(episode_id) != said:
            yield "episode", said
    seen.episodes = present


def _show_episodes(session: Session, episode_ids: Iterable[int]) -> Iterator[dict[str, Any]]:
    ids = list(episode_ids)
    counts = count_lines(session, ids)
    found = {each.id: each for each in session.scalars(sql.select(Episode).where(Episode.id.in_(ids)))}
    for episode in (found[each] for each in ids if each in found):
        count = counts.get(episode.id)
        yield {
            "id": episode.id,
            "revision": episode.revision,
            "state": episode.state.value,
            "lines": count.n_lines if count else 0,
            "to_speak": count.n_to_speak if count else 0,
            "flagged": count.n_flagged if count else 0,
        }


def build_router(bulletin: Bulletin) -> APIRouter:
    """``/v1/events``."""
    router = APIRouter(prefix="/v1", tags=["jobs"])

    @router.get(
        "/events",
        summary="What changes, as server-sent events",
        response_class=StreamingResponse,
        responses={200: {"content": {"text/event-stream": {"example": _EXAMPLE}}}},
    )
    async def get_events() -> StreamingResponse:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(bulletin.listen(), media_type="text/event-stream", headers=headers)

    return router
