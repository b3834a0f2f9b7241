"""Garbage: blobs that nobody names any more, files that were replaced long ago, and what was left half made.

An enclosure that was replaced goes on working for a while: an app that has not asked for the feed since still asks for
the old file, and one that is in the middle of it asks for the rest. So the offered render and the one before it are
always kept, and any other until it was replaced for :data:`KEEP_REPLACED`. What is forgotten can be made again, byte by
byte, from lines and takes, which are never forgotten.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sql
from sqlalchemy.orm import Session

from catwalk.library.blobs import write_atomically
from catwalk.library.database import Library
from catwalk.library.tables import BLOB_COLUMNS, Episode, Render

MIN_AGE = timedelta(hours=1)
"""A younger blob is left: its writer may not have come to the row that names it."""


KEEP_REPLACED = timedelta(days=30)
"""Longer than podcast apps go without asking for a feed, people's holidays among it."""

KEPT_RENDERS = 2
"""Of every episode, however old."""

ABANDONED = timedelta(days=1)
"""No mastering takes as long; what its folder has not been touched for is left of a process that was killed."""

EVERY, AT_LATEST = timedelta(days=1), timedelta(days=7)
"""Garbage is collected once a day when no job runs, and after a week whether one does or not."""

_STAMP = "collected.json"


@dataclass(frozen=True, slots=True)
class Collected:
    """What was removed."""

    n_blobs: int
    n_bytes: int
    n_renders: int = 0


def forget_renders(session: Session, now: datetime) -> int:
    """Forget renders that were replaced long ago; returns how many. Their blobs are garbage then."""
    place = sql.func.row_number().over(partition_by=Render.episode_id, order_by=Render.id.desc())
    replaced_at = sql.func.lag(Render.made_at).over(partition_by=Render.episode_id, order_by=Render.id.desc())
    ranked = sql.select(Render.id, place.label("place"), replaced_at.label("replaced_at")).subquery()
    offered = sql.select(Episode.render_id).where(Episode.render_id.is_not(None))
    old = sql.select(ranked.c.id).where(
        ranked.c.place > KEPT_RENDERS, ranked.c.replaced_at < now - KEEP_REPLACED, ranked.c.id.not_in(offered)
    )
    forgotten = session.scalars(old).all()
    for render_id in forgotten:
        session.execute(sql.delete(Render).where(Render.id == render_id))
    return len(forgotten)


def find_last(home: Path) -> tuple[datetime, Collected] | None:
    """When garbage was last collected by itself, and what was removed; None where it never was."""
    try:
        noted = json.loads((home / _STAMP).read_bytes())
        return datetime.fromisoformat(noted.pop("at")), Collected(**noted)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def collect_if_due(library: Library, *, idle: bool) -> Collected | None:
    """Forget old renders and collect garbage where it is time to; None where it is not.

    Args:
        library: Whose.
        idle: Whether no job runs.

    Raises:
        LibraryUnavailable: the database cannot be reached.
    """
    now, last = library.clock(), find_last(library.home)
    if last is not None and now - last[0] < (EVERY if idle else AT_LATEST):
        return None
    if last is None and not idle:
        return None
    with library.write() as session:
        n_renders = forget_renders(session, now)
    collected = replace(collect(library, now=now), n_renders=n_renders)
    write_atomically(library.home / _STAMP, json.dumps({"at": now.isoformat(), **asdict(collected)}).encode())
    return collected


def list_named(session: Session) -> Iterator[str]:
    """Blobs that rows name; one that many name is told many times."""
    for column in BLOB_COLUMNS:
        names = session.scalars(sql.select(column).where(column.is_not(None)).execution_options(yield_per=10_000))
        yield from (name for name in names if name is not None)


def list_cached(home: Path) -> Iterator[str]:
    """Blobs that the takes of readings without a library name (``takes.py``)."""
    for path in (home / "takes").glob("*/*.json"):
        with contextlib.suppress(OSError, ValueError, LookupError, TypeError):
            yield str(json.loads(path.read_bytes())["audio"])


def collect(library: Library, *, now: datetime, min_age: timedelta = MIN_AGE) -> Collected:
    """Remove blobs that neither a row nor a kept take names; safe while others write.

    A person's recordings are never among them, because their rows outlive the lines that they were made for.

    Args:
        library: Whose.
        now: By which the age of a blob is told.
        min_age: Younger ones are left.
    """
    _sweep(library.home / "working", (now - ABANDONED).timestamp())
    oldest_s = (now - min_age).timestamp()
    old = [name for name in library.blobs.list_names() if _written_s(library.blobs.path(name)) < oldest_s]
    if not old:
        return Collected(0, 0)
    candidates = set(old)
    with library.read() as session:
        candidates.difference_update(list_named(session))
    if candidates:
        candidates.difference_update(list_cached(library.home))
    sizes = [_remove(library.blobs.path(name), oldest_s) for name in candidates]
    for path in library.blobs.folder.glob("*/.making-*"):
        if _written_s(path) < oldest_s:
            path.unlink(missing_ok=True)
    removed = [size for size in sizes if size is not None]
    return Collected(len(removed), sum(removed))


def _sweep(folder: Path, oldest_s: float) -> None:
    for path in folder.glob("*"):
        if _written_s(path) < oldest_s:
            shutil.rmtree(path, ignore_errors=True)


def _written_s(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _remove(path: Path, oldest_s: float) -> int | None:
    """Remove a blob unless somebody has come to want it since it was looked at; its size, or None."""
    aside = path.with_name(f".making-{path.name}")
    try:
        os.rename(path, aside)  # noqa: PTH104 - as short as can be: whoever puts the blob now writes it anew
    except FileNotFoundError:
        return None
    if aside.stat().st_mtime >= oldest_s:
        aside.replace(path)
        return None
    size = aside.stat().st_size
    aside.unlink()
    return size
