"""What commands do without: whoever asks for help or for a word does not wait for a database to be imported."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"alembic", "av", "boto3", "dbos", "fastapi", "httpx", "lxml", "numpy", "PIL", "rich", "sqlalchemy", "uvicorn"}


@pytest.mark.parametrize("arguments", [["--help"], ["archive", "--help"], ["pronounce", "x86_64"]], ids=" ".join)
def test_a_command_imports_nothing_that_it_does_without(arguments: list[str]) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "catwalk", *arguments]

    ran = subprocess.run(command, capture_output=True, text=True, check=True)

    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in ran.stderr.splitlines()}
    assert "click" in imported
    assert sorted(imported & HEAVY) == []
