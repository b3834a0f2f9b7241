"""Files by the SHA-256 of their content: written once, never changed, never half there."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that it is either whole or not there, whenever the process ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    making = path.with_name(f".making-{secrets.token_hex(8)}")
    try:
        making.write_bytes(content)
        making.replace(path)
    finally:
        making.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Blobs:
    """A folder of files named by their content."""

    folder: Path

    def put(self, content: bytes, suffix: str) -> str:
        """Keep ``content``; returns its name, the SHA-256 with ``suffix`` such as ``.flac``."""
        name = hashlib.sha256(content).hexdigest() + suffix
        path = self.path(name)
        if not path.exists():
            write_atomically(path, content)
        return name

    def path(self, name: str) -> Path:
        """Where the content of that name lies, or would lie."""
        return self.folder / name[:2] / name
