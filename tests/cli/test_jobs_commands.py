"""``catwalk jobs``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CATWALK_HOME": str(home), "CATWALK_URL": "http://127.0.0.1:9"}
    command = [sys.executable, "-m", "catwalk", "jobs", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=60)


def test_a_job_that_is_not_there_is_not_moved(tmp_path: Path) -> None:
    done = run(tmp_path, "move", "nothing", "--before", "another")

    assert done.returncode == 1
    assert "there is no job 'nothing'" in done.stderr
    assert done.stdout == ""
