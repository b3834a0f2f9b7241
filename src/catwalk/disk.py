"""Room on the disk: how much there is, how much is left free, and how a lack of it is told."""

from __future__ import annotations

import contextlib
import errno
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from catwalk.errors import DiskFull

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
_SQLITE_NO_ROOM = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE}
_POSTGRESQL_NO_ROOM = "53100"
"""PostgreSQL's documentation, appendix A: ``disk_full``."""

_SPARE_BYTES = 1 << 16
"""With less on its disk, SQLite can do nothing."""


def lacks_room(error: BaseException, database: Path | None = None) -> bool:
    """Whether an error, or one that it came from, says that a disk is full or a quota spent.

    Libraries wrap what the operating system said: mutagen, PyAV and SQLAlchemy have errors of their own.

    Args:
        error: What was caught.
        database: The folder of a SQLite database that failed. Without a free page on its disk SQLite cannot open a
            journal, and says no more than that.
    """
    if database is not None and (measure_free(database) or 0) < _SPARE_BYTES:
        return True
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, DiskFull) or getattr(seen, "errno", None) in _NO_ROOM:
            return True
        if getattr(seen, "sqlite_errorcode", None) in _SQLITE_NO_ROOM:
            return True
        if getattr(seen, "sqlstate", None) == _POSTGRESQL_NO_ROOM:
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def describe_lack(folder: Path) -> DiskFull:
    """The error to raise when something could not be written for want of room."""
    free = f", {_say(measure_free(folder))} are free" if measure_free(folder) is not None else ""
    return DiskFull(f"there is no room left on the disk of {folder}{free}: make room; what was finished is kept")


@contextlib.contextmanager
def telling_lack(folder: Path) -> Iterator[None]:
    """Where files are written: a full disk is a :class:`~catwalk.errors.DiskFull`, any other failure what it was."""
    try:
        yield
    except OSError as error:
        if not lacks_room(error):
            raise
        raise describe_lack(folder) from error


def measure_free(folder: Path) -> int | None:
    """Free bytes on the disk that a folder is on, or will be on once it is made; None where nothing can tell."""
    for place in (folder, *folder.parents):
        with contextlib.suppress(OSError):
            return shutil.disk_usage(place).free
    return None


@dataclass(frozen=True, slots=True)
class Room:
    """A folder, and how much of its disk is to stay free."""

    folder: Path
    keep_free_bytes: int = 0

    def find_lack(self) -> str:
        """What is wrong, in words; empty where there is room."""
        free_bytes = measure_free(self.folder)
        if free_bytes is None or free_bytes >= self.keep_free_bytes:
            return ""
        wanted = _say(self.keep_free_bytes)
        return f"the disk of {self.folder} has {_say(free_bytes)} free, and {wanted} are to stay free: make room"


def _say(n_bytes: int | None) -> str:
    return f"{(n_bytes or 0) / 1e6:,.1f} MB"
