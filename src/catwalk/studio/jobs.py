"""Jobs over HTTP: listed, told of, moved, paused, resumed, cancelled."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from catwalk.podcast.job import JobState
from catwalk.podcast.newsroom import Newsroom
from catwalk.studio.answers import example
from catwalk.studio.job_answers import JOB, LOG, JobList, JobLogObject, JobObject, Move, to_job, to_log


def build_router(newsroom: Newsroom) -> APIRouter:
    """Routes under ``/v1/jobs``."""
    jobs = newsroom.jobs
    router = APIRouter(prefix="/v1", tags=["jobs"])

    @router.get("/jobs", summary="List jobs, the newest first", responses=example({"object": "list", "data": [JOB]}))
    def get_jobs(
        state: JobState | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    ) -> JobList:
        found = jobs().list(state=state, limit=limit, offset=offset)
        return JobList(data=[to_job(job) for job in found])

    @router.get("/jobs/{job_id}", summary="One job", responses=example(JOB))
    def get_job(job_id: str) -> JobObject:
        return to_job(jobs().find(job_id), is_whole=True)

    @router.get("/jobs/{job_id}/log", summary="What has happened to a job, in order", responses=example(LOG))
    def get_log(job_id: str) -> JobLogObject:
        return to_log(jobs().read_log(job_id))

    @router.post("/jobs/{job_id}/pause", summary="Have a job rest; what it has done stays done", responses=example(JOB))
    def post_pause(job_id: str) -> JobObject:
        return to_job(jobs().pause(job_id))

    @router.post(
        "/jobs/{job_id}/resume",
        summary="Go on with a job that was paused, cancelled or has failed",
        responses=example(JOB),
    )
    def post_resume(job_id: str) -> JobObject:
        return to_job(newsroom.resume(job_id))

    @router.post("/jobs/{job_id}/cancel", summary="End a job; what it has done stays done", responses=example(JOB))
    def post_cancel(job_id: str) -> JobObject:
        return to_job(newsroom.cancel(job_id))

    @router.post("/jobs/{job_id}/move", summary="Have a waiting job begin before others", responses=example(JOB))
    def post_move(job_id: str, move: Move) -> JobObject:
        return to_job(jobs().move(job_id, move.before))

    return router
