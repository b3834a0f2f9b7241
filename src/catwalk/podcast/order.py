"""The order in which jobs wait, which a person may change.

DBOS begins the waiting jobs of a queue by priority, the older of one priority first, and offers no way to change a
priority; so the column is written here, in one transaction, and the order outlives the process like all of the job.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sql

from catwalk.errors import JobNotWaiting
from catwalk.podcast.carrying import find_dbos

_STEP = 1_000_000
"""Places between two urgencies, so that jobs that are moved take no others' urgency; a move uses up two at most."""


def to_place(urgency: int) -> int:
    """Where a job of this urgency begins to wait; the lower goes first."""
    return urgency * _STEP


def to_urgency(place: int) -> int:
    """The urgency among whose jobs a place is."""
    return -(-place // _STEP)


def hasten(job_id: str, urgency: int) -> None:
    """Have a job that waits be as urgent as this, unless it is more so already."""
    database = find_dbos()._sys_db
    jobs = database.tables.workflow_status.c
    later = (jobs.workflow_uuid == job_id) & (jobs.status == "ENQUEUED") & (jobs.priority > to_place(urgency))
    with database.engine.begin() as connection:
        change = sql.update(database.tables.workflow_status).where(later)
        connection.execute(change.values(priority=to_place(urgency)))


def move(job_id: str, queue_name: str, before: str | None) -> None:
    """Have a waiting job begin before another one that waits in its queue.

    Args:
        job_id: Which.
        queue_name: Where it waits.
        before: The other; before all that wait there when left out.

    Raises:
        JobNotWaiting: one of them waits there no longer.
    """
    database = find_dbos()._sys_db
    jobs = database.tables.workflow_status.c
    waiting = (jobs.queue_name == queue_name) & (jobs.status == "ENQUEUED")
    with database.engine.begin() as connection:
        # On SQLite times are in whole seconds; of one second DBOS begins the row that came first.
        came = sql.literal_column("rowid") if connection.dialect.name == "sqlite" else jobs.workflow_uuid
        asked = sql.select(jobs.priority, jobs.created_at, came.label("came")).where(waiting)
        others = asked.where(jobs.workflow_uuid != job_id)
        next_one = (
            others.order_by(jobs.priority, jobs.created_at, came).limit(1)
            if before is None
            else others.where(jobs.workflow_uuid == before)
        )
        found = connection.execute(next_one).first()
        if found is not None:
            crowd = (
                waiting
                & (jobs.workflow_uuid != job_id)
                & (sql.tuple_(jobs.priority, jobs.created_at, came) < tuple(found))
            )
            _make_room(connection, database.tables.workflow_status, crowd, found.priority)
        elif before is not None:
            raise _refuse(before)
        place = jobs.priority if found is None else found.priority - 1
        change = sql.update(database.tables.workflow_status).where(waiting, jobs.workflow_uuid == job_id)
        if connection.execute(change.values(priority=place)).rowcount == 0:
            raise _refuse(job_id)


def _make_room(connection: sql.Connection, table: sql.Table, are_before: Any, place: int) -> None:
    """Have the place before ``place`` be nobody's: of its urgency, those before it go two places up."""
    lowest = to_place(to_urgency(place) - 1)
    crowd = sql.update(table).where(are_before, table.c.priority > lowest)
    connection.execute(crowd.values(priority=table.c.priority - 2))


def _refuse(job_id: str) -> JobNotWaiting:
    return JobNotWaiting(f"job {job_id} does not wait in this queue; only jobs that wait in one queue change places")
