"""Jobs over HTTP: listed, paused, resumed, cancelled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query

from catwalk.podcast.jobs import Jobs, JobState
from catwalk.studio.answers import example
from catwalk.studio.shows import JOB_ID

JOB: dict[str, Any] = {
    "id": JOB_ID,
    "kind": "read",
    "arguments": {"episode": 12},
    "state": "running",
    "urgency": 1,
    "created_at": "2026-01-01T00:00:00+00:00",
    "progress": {"stage": "speaking", "done": 12, "total": 53},
    "problem": None,
    "result": None,
}
"""An example for the description of the API."""


def build_router(jobs: Callable[[], Jobs]) -> APIRouter:
    """Routes under ``/v1/jobs``."""
    router = APIRouter(prefix="/v1", tags=["jobs"])

    @router.get("/jobs", summary="List jobs, the newest first", responses=example({"object": "list", "data": [JOB]}))
    def get_jobs(
        state: JobState | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    ) -> dict[str, Any]:
        found = jobs().list(state=state, limit=limit, offset=offset)
        return {"object": "list", "data": [job.to_json() for job in found]}

    @router.get("/jobs/{job_id}", summary="One job", responses=example(JOB))
    def get_job(job_id: str) -> dict[str, Any]:
        return jobs().find(job_id).to_json()

    @router.post("/jobs/{job_id}/pause", summary="Have a job rest; what it has done stays done", responses=example(JOB))
    def post_pause(job_id: str) -> dict[str, Any]:
        return jobs().pause(job_id).to_json()

    @router.post(
        "/jobs/{job_id}/resume",
        summary="Go on with a job that was paused, cancelled or has failed",
        responses=example(JOB),
    )
    def post_resume(job_id: str) -> dict[str, Any]:
        return jobs().resume(job_id).to_json()

    @router.post("/jobs/{job_id}/cancel", summary="End a job; what it has done stays done", responses=example(JOB))
    def post_cancel(job_id: str) -> dict[str, Any]:
        return jobs().cancel(job_id).to_json()

    return router
