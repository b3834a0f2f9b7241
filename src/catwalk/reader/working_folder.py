"""A hidden folder beside a file in the making; what a process that was killed left behind is swept."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

_SUFFIX = ".making"


@contextlib.contextmanager
def open_working_folder(target: Path) -> Iterator[Path]:
    """A folder beside ``target`` that is gone afterwards.

    Folders of the same target whose process is dead are removed first. A living process holds a lock on its folder,
    which the system takes back however the process ends.

    Raises:
        OSError: the folder cannot be made.
    """
    _sweep(target)
    folder, lock = _make(target)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _make(target: Path) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f".{target.stem}-", suffix=_SUFFIX, dir=target.parent))
        lock = os.open(folder, os.O_RDONLY)
        # Not every network drive has locks; where there are none, nothing is swept either.
        with contextlib.suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.is_dir():
            return folder, lock
        os.close(lock)  # another process swept it before it was locked


def _sweep(target: Path) -> None:
    # mkdtemp puts eight of these letters between prefix and suffix; nobody else's folder looks like that.
    ours = re.compile(re.escape(f".{target.stem}-") + "[a-z0-9_]{8}" + re.escape(_SUFFIX))
    for folder in target.parent.iterdir():
        if ours.fullmatch(folder.name) and folder.is_dir() and not folder.is_symlink():
            _remove_if_dead(folder)


def _remove_if_dead(folder: Path) -> None:
    try:
        lock = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except OSError:  # somebody is at work in it
        return
    finally:
        os.close(lock)
