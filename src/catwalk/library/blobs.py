"""Files by the SHA-256 of their content: written once, never changed, never half there."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from catwalk.disk import telling_lack


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that it is either whole or not there, whenever the process ends.

    Raises:
        DiskFull: there is no room for it.
    """
    making = _making(path)
    with telling_lack(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            making.write_bytes(content)
            making.replace(path)
        finally:
            making.unlink(missing_ok=True)


def _making(path: Path) -> Path:
    return path.with_name(f".making-{secrets.token_hex(8)}")


@dataclass(frozen=True, slots=True)
class Blobs:
    """A folder of files named by their content."""

    folder: Path

    def put(self, content: bytes, suffix: str) -> str:
        """Keep ``content``; returns its name, the SHA-256 with ``suffix`` such as ``.flac``.

        Raises:
            DiskFull: there is no room for it.
        """
        name = hashlib.sha256(content).hexdigest() + suffix
        path = self.path(name)
        try:
            os.utime(path)  # one that nobody names is only collected when it is old
        except FileNotFoundError:
            write_atomically(path, content)
        return name

    def put_file(self, path: Path, suffix: str | None = None) -> str:
        """Keep a copy of a file, whatever its size; returns the copy's name, with the file's own suffix by default.

        Raises:
            DiskFull: there is no room for it.
        """
        with path.open("rb") as file:
            name = hashlib.file_digest(file, "sha256").hexdigest() + (path.suffix if suffix is None else suffix)
        kept = self.path(name)
        try:
            os.utime(kept)
        except FileNotFoundError:
            making = _making(kept)
            with telling_lack(kept.parent):
                kept.parent.mkdir(parents=True, exist_ok=True)
                try:
                    shutil.copyfile(path, making)
                    making.replace(kept)
                finally:
                    making.unlink(missing_ok=True)
        return name

    def list_names(self) -> Iterator[str]:
        """The names of all there are, in no order."""
        for folder in self.folder.glob("[0-9a-f][0-9a-f]"):
            yield from (path.name for path in folder.iterdir() if not path.name.startswith("."))

    def is_sound(self, name: str) -> bool:
        """Whether the content is there and is what the name says; reads all of it."""
        try:
            with self.path(name).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == name.partition(".")[0]
        except FileNotFoundError:
            return False

    def path(self, name: str) -> Path:
        """Where the content of that name lies, or would lie."""
        return self.folder / name[:2] / name
