from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from catwalk.reader.working_folder import open_working_folder

WORKER = """
import sys
from pathlib import Path
from catwalk.reader.working_folder import open_working_folder
with open_working_folder(Path(sys.argv[1])) as folder:
    (folder / "half").write_bytes(b"half")
    print(folder, flush=True)
    sys.stdin.read()
"""


def start_worker(target: Path) -> tuple[subprocess.Popen[str], Path]:
    """A process that works on ``target`` until it is told to stop, and its folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(target)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_the_folder_lies_hidden_beside_the_target_and_goes(tmp_path: Path) -> None:
    with open_working_folder(tmp_path / "e.mp3") as folder:
        (folder / "draft").write_bytes(b"x")
        during = (folder.parent, folder.name[:3])

    assert during == (tmp_path, ".e-")
    assert list(tmp_path.iterdir()) == []


def test_it_goes_after_a_failure_too(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="oops"), open_working_folder(tmp_path / "e.mp3"):
        raise ValueError("oops")

    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_swept_by_the_next(tmp_path: Path) -> None:
    process, left = start_worker(tmp_path / "e.mp3")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    was_left = left.is_dir()

    with open_working_folder(tmp_path / "e.mp3"):
        swept = not left.exists()

    assert (was_left, swept) == (True, True)


def test_a_folder_that_is_still_worked_in_is_not_touched(tmp_path: Path) -> None:
    process, busy = start_worker(tmp_path / "e.mp3")

    with open_working_folder(tmp_path / "e.mp3"):
        half = (busy / "half").read_bytes()

    process.communicate("")
    assert half == b"half"
    assert process.returncode == 0


@pytest.mark.parametrize("name", [".f-abcdefgh.making", ".e-abcdefgh", ".e-mail", ".e-ABCDEFGH.making", "e"])
def test_folders_of_others_are_left_alone(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()

    with open_working_folder(tmp_path / "e.mp3"):
        pass

    assert [path.name for path in tmp_path.iterdir()] == [name]
