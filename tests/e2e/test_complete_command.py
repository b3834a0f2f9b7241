"""``catwalk complete`` as a person runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from conftest import RunningServer


def run(running: RunningServer, home: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CATWALK_HOME": str(home), "CATWALK_URL": running.url, "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, "-m", "catwalk", "complete", *arguments],
        env=environment, input=stdin, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_an_answer_is_written_to_stdout(running: RunningServer, own_home: Path) -> None:
    done = run(running, own_home, "-", "--model", "fake", "--system", "Repeat.", stdin="Two cups of tea.")

    assert (done.returncode, done.stdout, done.stderr) == (0, "Two cups of tea.\n", "")


def test_an_answer_that_was_cut_off_says_so_on_stderr(running: RunningServer, own_home: Path) -> None:
    done = run(running, own_home, "Two cups of tea.", "--model", "fake", "--max-tokens", "2")

    assert (done.returncode, done.stdout) == (0, "Two cups\n")
    assert "cut off" in done.stderr


def test_json_is_one_document_with_counts(running: RunningServer, own_home: Path) -> None:
    done = run(
        running, own_home, "Tea?", "--model", "fake", "--json", "--json-mode", "--seed", "3", "--temperature", "0"
    )

    document = json.loads(done.stdout)
    assert json.loads(document["text"]) == {"said": "Tea?"}
    assert (document["model"], document["finish_reason"], document["prompt_tokens"]) == ("fake", "stop", 1)


def test_what_the_server_refuses_fails_with_its_reason(running: RunningServer, own_home: Path) -> None:
    done = run(running, own_home, "Tea?", "--model", "hibari")

    assert done.returncode == 1
    assert "cannot complete" in done.stderr


def test_an_empty_prompt_is_wrong_usage(running: RunningServer, own_home: Path) -> None:
    assert run(running, own_home, "-", "--model", "fake").returncode == 2
