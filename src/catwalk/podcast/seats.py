"""Which of the processes of a data folder this one is: a lock that the kernel frees when the process is gone."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import itertools
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import IO


@dataclass(frozen=True, slots=True)
class Seat:
    """A number that one process of a data folder has while it lives."""

    folder: Path
    number: int
    lock: IO[str]

    @property
    def executor_id(self) -> str:
        """The same after a restart, other than that of every other process that lives."""
        return _name(self.folder, self.number)

    def list_left(self) -> list[str]:
        """Executors that some process has been and none is now."""
        left = []
        for path in self.folder.glob("*.lock"):
            number = int(path.stem)
            if number == self.number:
                continue
            with path.open("w") as file, contextlib.suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                left.append(_name(self.folder, number))
        return left

    def leave(self) -> None:
        """Free it."""
        self.lock.close()


def _name(folder: Path, number: int) -> str:
    home = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:12]
    return f"{socket.gethostname()}-{home}-{number}"


def take_seat(folder: Path) -> Seat:
    """The lowest number that no living process has.

    Args:
        folder: Where the locks lie; made where it is not there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number in itertools.count():
        file = (folder / f"{number}.lock").open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
        else:
            return Seat(folder, number, file)
    raise AssertionError("unreachable")
