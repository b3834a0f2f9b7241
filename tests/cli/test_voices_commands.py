from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from catwalk.cli import catwalk
from catwalk.settings import read_settings
from conftest import RunningServer, run_server
from sounds import babble, to_wav

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    models = {"ears": {"backend": "fake", "tasks": ["embed_speaker"]}}
    yield from run_server(read_settings(home=tmp_path_factory.mktemp("home"), models=models))


@pytest.fixture
def run(server: RunningServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.setenv("CATWALK_URL", server.url)
    monkeypatch.chdir(tmp_path)
    for number in (1, 2):
        (tmp_path / f"clip{number}.wav").write_bytes(to_wav(babble(5.0, seed=number)))
    return lambda *words: CliRunner().invoke(catwalk, ["voices", *words])


def test_a_voice_is_added_listed_compared_drawn_and_removed(run: Run, tmp_path: Path) -> None:
    added = run("add", "mol", "clip1.wav", "clip2.wav", "--consent")
    listed = run("--json")
    compared = run("compare", "mol", "clip1.wav", "tone", "--encoder", "ears", "--json", "--plot", "alike.png")
    removed = run("remove", "mol")

    assert added.exit_code == 0, added.output
    assert "2 clips" in added.output
    assert {"mol", "heart", "tone"} <= {json.loads(line)["name"] for line in listed.stdout.splitlines()}
    assert json.loads(compared.stdout)["voices"] == ["mol", "clip1", "tone"]
    assert (tmp_path / "alike.png").read_bytes().startswith(b"\x89PNG")
    assert removed.output == "mol is removed\n"
    assert "mol" not in run().output


def test_without_consent_nothing_is_made(run: Run) -> None:
    refused = run("add", "mol", "clip1.wav")

    assert refused.exit_code == 2
    assert "--consent" in refused.output
    assert "mol" not in run().output


@pytest.mark.parametrize(
    "words",
    [["compare", "tone"], ["compare", "tone", "low", "--plot", "alike.jpg"], ["add", "mol", "--consent"], ["fit"]],
)
def test_wrong_usage_ends_with_2(run: Run, words: list[str]) -> None:
    assert run(*words).exit_code == 2


def test_a_model_that_is_not_there_cannot_be_fitted(run: Run) -> None:
    refused = run("fit", "mol", "--backend", "trumpet")

    assert refused.exit_code == 2
    assert "hibari" in refused.output


def test_the_script_is_the_text_of_the_page(run: Run) -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "voices-script.md").read_text()

    for paragraph in run("script").output.split("\n\n"):
        assert paragraph.strip() in page
