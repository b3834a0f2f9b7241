"""Disks that tests may fill: the lack of room on them is a real one."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

DISK_BYTES = 24 << 20


@dataclass(frozen=True)
class Disk:
    """A folder that is a disk of its own."""

    folder: Path

    @property
    def _ballast(self) -> Path:
        return self.folder / "somebody-elses.bin"

    def fill(self) -> None:
        """Leave no room at all."""
        with self._ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(b"x" * 4096):
                pass

    def empty(self) -> None:
        """Have room again."""
        self._ballast.unlink()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    try:
        subprocess.run(command, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("whoever runs the tests may mount nothing here")
    yield Disk(folder)
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
