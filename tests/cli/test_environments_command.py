from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from catwalk.cli import catwalk
from catwalk.errors import InvalidRequest


def test_the_list_shows_what_can_be_installed_and_what_is(own_home: Path) -> None:
    folder = own_home / "environments" / "tortoise"
    folder.mkdir(parents=True)
    (folder / "environment.json").write_text('{"lock_sha256": ""}')

    shown = CliRunner().invoke(catwalk, ["install", "--list"], catch_exceptions=False).stdout.splitlines()

    assert [line.split() for line in shown] == [["tortoise", str(folder)], ["whisper", "-"]]


def test_a_backend_without_an_environment_cannot_be_removed() -> None:
    with pytest.raises(InvalidRequest, match="has no environment"):
        CliRunner().invoke(catwalk, ["install", "--remove", "tortoise"], catch_exceptions=False)


def test_a_backend_that_needs_none_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="it has them for: tortoise, whisper"):
        CliRunner().invoke(catwalk, ["install", "fake"], catch_exceptions=False)


def test_a_backend_must_be_named() -> None:
    assert CliRunner().invoke(catwalk, ["install"]).exit_code == 2
