from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from catwalk.cli import catwalk
from catwalk.cli.diagnosis import examine
from catwalk.errors import BackupRefused
from catwalk.library.database import open_library
from catwalk.settings import read_settings
from libraries import read_post, texts_of


def test_a_library_is_backed_up_and_restored_with_one_command_each(own_home: Path, tmp_path: Path) -> None:
    library = open_library(own_home)
    episode = read_post(library, "One cat.")
    file = str(tmp_path / "library.tar")

    backed = CliRunner().invoke(catwalk, ["backup", file])
    read_post(library, "Later.", url="https://blog.test/later")
    refused = CliRunner().invoke(catwalk, ["restore", file])
    restored = CliRunner().invoke(catwalk, ["restore", file, "--replace"])

    assert (backed.exit_code, restored.exit_code) == (0, 0)
    assert isinstance(refused.exception, BackupRefused)
    assert "rows, 0 files" in restored.output
    assert texts_of(library, episode) == ["One cat."]
    library.close()


@pytest.mark.anyio
async def test_the_doctor_says_how_the_library_is_and_mends_it(own_home: Path) -> None:
    async def say(*, mend: bool = False) -> list[tuple[bool, str]]:
        findings = await examine(read_settings(), mend=mend)
        return [(finding.good, finding.message) for finding in findings if finding.subject == "library"]

    assert await say() == [(True, "none yet")]
    library = open_library(own_home)
    read_post(library, "One cat.")
    counts = (True, "1 shows, 1 articles, 1 episodes, 1 lines")
    assert await say() == [counts]

    with library.engine.connect() as connection:
        connection.exec_driver_sql("UPDATE line SET take_id = 99")
        connection.commit()
    lost = "line 1 has take 99, which is gone"
    assert await say() == [(False, f"{lost}; --mend mends it"), counts]
    assert await say(mend=True) == [(True, f"mended: {lost}"), counts]
    library.close()


@pytest.mark.anyio
async def test_the_doctor_says_why_a_library_cannot_be_opened(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CATWALK_LIBRARY__DATABASE", "mysql://host/name")

    findings = await examine(read_settings())

    (finding,) = [finding for finding in findings if finding.subject == "library"]
    assert not finding.good
    assert "mysql" in finding.message
