"""Models with pins that exclude one another, in one server at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

import tiny
from catwalk.settings import read_settings
from conftest import RunningServer, run_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    home = tmp_path_factory.mktemp("home")
    (home / "environments").symlink_to(tiny.ENVIRONMENTS_HOME / "environments")
    models: dict[str, Any] = {}
    for name in ("tortoise", "whisper"):
        made = tiny.build(name, tmp_path_factory.mktemp(name))
        models[name] = {
            "backend": name,
            "weights": {"path": made.weights},
            "options": {**made.options, "device": "auto"},
        }
    models["tortoise"]["voice"] = "mol"
    yield from run_server(read_settings(home=home, models=models))


def test_tortoise_and_whisper_serve_in_turn_and_both_stay(server: RunningServer) -> None:
    with httpx.Client(base_url=server.url, timeout=300) as http:
        for _ in range(2):
            speech = http.post(
                "/v1/audio/speech", json={"model": "tortoise", "input": "Tea.", "response_format": "wav"}
            )
            heard = http.post(
                "/v1/audio/transcriptions", data={"model": "whisper"}, files={"file": ("a.wav", speech.content)}
            )

            assert speech.status_code == heard.status_code == 200
            assert heard.json()["text"] == "Tea is ready."
        states = {each["id"]: each for each in http.get("/v1/models").json()["data"]}

    assert states["tortoise"]["state"] == states["whisper"]["state"] == "ready"
    assert states["tortoise"]["loads"] == states["whisper"]["loads"] == 1
    assert states["tortoise"]["held_voices"]["mol"] > 0


def test_a_model_that_leaves_gives_its_memory_back(server: RunningServer) -> None:
    with httpx.Client(base_url=server.url, timeout=300) as http:
        http.post("/v1/models/whisper/load").raise_for_status()
        gone = http.post("/v1/models/whisper/unload").json()

    assert gone["state"] == "unloaded"
    assert gone["resident_bytes"] == 0
