"""Garbage: blobs that nobody names any more, and half-written ones."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sql
from sqlalchemy.orm import Session

from catwalk.library.database import Library
from catwalk.library.tables import BLOB_COLUMNS

MIN_AGE = timedelta(hours=1)
"""A younger blob is left: its writer may not have come to the row that names it."""


@dataclass(frozen=True, slots=True)
class Collected:
    """What was removed."""

    n_blobs: int
    n_bytes: int


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
