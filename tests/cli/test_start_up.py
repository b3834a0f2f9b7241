"""What commands do without: whoever asks for help or for a word does not wait for a database to be imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import RunningServer

HEAVY = {"alembic", "av", "boto3", "dbos", "fastapi", "httpx", "lxml", "numpy", "PIL", "rich", "sqlalchemy", "uvicorn"}
SERVER = {"boto3", "catwalk.app.server", "catwalk.serving.pool", "dbos", "fastapi", "lxml", "uvicorn"}


def list_imported(*arguments: str, url: str | None = None) -> set[str]:
    """What a command imports: catwalk's modules by their whole names, others by the package."""
    command = [sys.executable, "-X", "importtime", "-m", "catwalk", *arguments]
    environment = os.environ | ({"CATWALK_URL": url} if url else {})
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    names = {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines()}
    return {name if name.startswith("catwalk") else name.partition(".")[0] for name in names}


@pytest.mark.parametrize("arguments", [["--help"], ["archive", "--help"], ["pronounce", "x86_64"]], ids=" ".join)
def test_a_command_imports_nothing_that_it_does_without(arguments: list[str]) -> None:
    imported = list_imported(*arguments)

    assert "click" in imported
    assert sorted(imported & HEAVY) == []


@pytest.mark.parametrize("arguments", [["shows"], ["episodes"], ["jobs"], ["lexicon", "list"]], ids=" ".join)
def test_a_list_is_made_without_a_server_being_built(arguments: list[str]) -> None:
    imported = list_imported(*arguments)

    without = SERVER - ({"dbos"} if arguments == ["jobs"] else set())
    assert "httpx" in imported
    assert sorted(imported & without) == []


@pytest.mark.parametrize(
    "arguments",
    [["models"], ["load", "fake"], ["say", "Tea.", "--model", "fake"]],
    ids=lambda arguments: arguments[0],
)
def test_what_a_running_server_answers_is_asked_without_building_another(
    running: RunningServer, arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    imported = list_imported(*arguments, url=running.url)

    assert "httpx" in imported
    assert sorted(imported & SERVER) == []
