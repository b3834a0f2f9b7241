"""What can be made again at any time, kept because that would take long: by what it is made of, within a bound."""

from __future__ import annotations

import os
import time
import zlib
from dataclasses import dataclass
from pathlib import Path

from catwalk.library.blobs import write_atomically

_SUM_BYTES = 4

_ABANDONED_S = 3600.0
"""No file takes as long to write."""


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder that may be emptied while it is used."""

    folder: Path
    max_bytes: int
    """:meth:`trim` leaves no more."""

    def find(self, key: str) -> bytes | None:
        """What was kept under a key; None where nothing was, or where it has been spoilt since.

        Args:
            key: A hash, in hexadecimal digits.
        """
        path = self._path(key)
        try:
            content = path.read_bytes()
            os.utime(path)  # what was asked for last goes last
        except FileNotFoundError:
            return None
        is_sound = zlib.crc32(content[_SUM_BYTES:]).to_bytes(_SUM_BYTES) == content[:_SUM_BYTES]
        return content[_SUM_BYTES:] if is_sound else None

    def keep(self, key: str, content: bytes) -> None:
        """Keep what belongs to a key.

        Raises:
            DiskFull: there is no room for it.
        """
        write_atomically(self._path(key), zlib.crc32(content).to_bytes(_SUM_BYTES) + content)

    def trim(self) -> None:
        """Remove what was asked for the longest ago, until the rest fits, and what a killed process left half made."""
        found = []
        for path in self.folder.glob("*/*"):
            try:
                stat = path.stat()
            except FileNotFoundError:
                continue
            if path.name.startswith(".") and stat.st_mtime < time.time() - _ABANDONED_S:
                path.unlink(missing_ok=True)
            else:
                found.append((stat.st_mtime, stat.st_size, path))
        n_bytes = 0
        for _, size, path in sorted(found, reverse=True):
            n_bytes += size
            if n_bytes > self.max_bytes:
                path.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / key
