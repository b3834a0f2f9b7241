from __future__ import annotations

from datetime import UTC, datetime

from catwalk.podcast.job import Job, JobState
from catwalk.studio.job_answers import to_job

FOUND = {"n_posts": 2, "posts": [{"url": "https://teapots.example/1"}, {"url": "https://teapots.example/2"}]}
JOB = Job("a", "discover", {}, JobState.DONE, 1, datetime(2026, 1, 1, tzinfo=UTC), result=FOUND)


def test_what_a_search_found_comes_with_its_job_alone_and_not_with_every_listing() -> None:
    listed, asked = to_job(JOB), to_job(JOB, is_whole=True)

    assert listed.result == {"n_posts": 2}
    assert asked.result == FOUND


def test_a_job_that_has_not_begun_is_at_no_stage() -> None:
    assert to_job(JOB).progress.model_dump() == {"stage": None, "done": 0, "total": 0}
