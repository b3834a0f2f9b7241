"""The documents say what is true."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import BaseModel

from catwalk import errors
from catwalk.app.catalogs import build_catalog
from catwalk.audio.decoder import decode
from catwalk.cli import catwalk
from catwalk.errors import UnknownVoice
from catwalk.reader.pronounce import Lexicon
from catwalk.settings import (
    CrawlSettings,
    FetchSettings,
    JobSettings,
    LibrarySettings,
    ModelSettings,
    ReaderSettings,
    ScriptSettings,
    ServerSettings,
    read_settings,
)
from catwalk.tasks import Backend, VoiceRef
from conftest import RunningServer

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)


def test_reference_and_map_are_what_the_program_says() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "docs.build", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", re.sub(r"`[^`\n]+`", "", page.read_text()))
    local = [target for target in targets if not target.startswith(("http://", "https://"))]

    assert [target for target in local if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_in_examples_exist(page: Path) -> None:
    shown = "\n".join(blocks(page, "sh"))
    calls = re.findall(r"^(?:\.venv/bin/)?catwalk +(.+?)(?:\s{2,}.*|\s#.*)?$", shown, re.MULTILINE)
    names = {shlex.split(call.replace("…", ""))[0] for call in calls if not call.startswith("-")}

    assert names <= set(catwalk.commands)


def test_the_readmes_client_works(running: RunningServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = blocks(ROOT / "README.md", "python")
    monkeypatch.chdir(tmp_path)

    exec(compile(example.replace("http://127.0.0.1:8000", running.url), "README.md", "exec"), {})  # noqa: S102 - our own

    assert decode(tmp_path / "morning.mp3").duration_s > 0.5


def test_the_guides_backend_keeps_the_contract() -> None:
    (example,) = blocks(ROOT / "CONTRIBUTING.md", "python")
    names: dict[str, Any] = {}

    exec(compile(example, "CONTRIBUTING.md", "exec"), names)  # noqa: S102 - our own
    backend: Any = names["Espeak"].load(None, {})

    assert isinstance(backend, Backend)
    backend = cast("Any", backend)
    with pytest.raises(UnknownVoice):
        list(backend.synthesize("Tea.", voice=VoiceRef("nobody")))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_settings_in_examples_are_understood(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, example in enumerate(blocks(page, "toml")):
        if not example.lstrip().startswith(("[", "#")):
            continue  # a line of a section shown before
        path = tmp_path / f"{number}.toml"
        path.write_text(example)
        if example.startswith("# lexicon.toml"):
            assert Lexicon.load(path).entries
            continue
        monkeypatch.setenv("CATWALK_CONFIG", str(path))

        assert build_catalog(read_settings().models)


def test_every_error_of_the_tree_is_drawn_with_its_status_and_code() -> None:
    drawn = {name: (status, code) for name, status, code in re.findall(r"(\w+) +(\d{3}) (\w+)", errors.__doc__ or "")}
    leaves = {
        kind.__name__: (str(kind.status), kind.code)
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.CatwalkError)
    }
    for abstract in ("NotServable", "ModelFailed", "ServerAnswered"):
        leaves.pop(abstract)

    assert drawn == leaves


def test_every_setting_says_what_it_is_for() -> None:
    text = (ROOT / "docs" / "reference" / "settings.md").read_text()

    for prefix, model in (
        ("server", ServerSettings),
        ("fetch", FetchSettings),
        ("crawl", CrawlSettings),
        ("jobs", JobSettings),
        ("reader", ReaderSettings),
        ("reader.script", ScriptSettings),
        ("library", LibrarySettings),
        ("models.NAME", ModelSettings),
    ):
        names = [name for name, field in model.model_fields.items() if not isinstance(field.default, BaseModel)]
        assert [name for name in names if f"**`{prefix}.{name}`**" not in text] == []
