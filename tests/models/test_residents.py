"""Models with pins that exclude one another, in one server at once."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

import tiny
from catwalk.audio.decoder import decode
from catwalk.settings import read_settings
from conftest import RunningServer, run_server
from sounds import babble, to_wav

MODELS = ("blip", "tortoise", "whisper")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    (home / "environments").symlink_to(tiny.ENVIRONMENTS_HOME / "environments")
    return home


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in MODELS:
        made = tiny.build(name, tmp_path_factory.mktemp(name))
        found[name] = {
            "backend": name,
            "weights": {"path": made.weights},
            "options": {**made.options, "device": "auto"},
        }
    found["tortoise"]["voice"] = "mol"
    return found


@pytest.fixture(scope="module")
def server(home: Path, models: dict[str, Any]) -> Iterator[RunningServer]:
    yield from run_server(read_settings(home=home, models=models))


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (80, 60), "red").save(file, "PNG")
    return file.getvalue()


def speak(http: httpx.Client, voice: str = "mol") -> httpx.Response:
    wanted = {"model": "tortoise", "input": "Tea.", "voice": voice, "response_format": "wav"}
    return http.post("/v1/audio/speech", json=wanted).raise_for_status()


def count_latents(http: httpx.Client) -> float:
    found = re.search(r'^catwalk_latents_computed_total\{model="tortoise"\} (\S+)$', http.get("/metrics").text, re.M)
    return float(found[1]) if found else 0.0


def test_models_of_different_environments_serve_in_turn_and_all_stay(server: RunningServer) -> None:
    with httpx.Client(base_url=server.url, timeout=300) as http:
        for _ in range(2):
            speech = speak(http)
            heard = http.post(
                "/v1/audio/transcriptions", data={"model": "whisper"}, files={"file": ("a.wav", speech.content)}
            )
            asked = [
                {
                    "type": "image_url",
                    "image_url": {"url": f"data:image/png;base64,{base64.b64encode(picture()).decode()}"},
                }
            ]
            seen = http.post(
                "/v1/chat/completions", json={"model": "blip", "messages": [{"role": "user", "content": asked}]}
            )

            assert heard.json()["text"] == "Tea is ready."
            assert seen.json()["choices"][0]["message"]["content"]
        states = {each["id"]: each for each in http.get("/v1/models").json()["data"]}

    assert [states[name]["state"] for name in MODELS] == ["ready"] * 3
    assert [states[name]["loads"] for name in MODELS] == [1] * 3
    assert states["tortoise"]["held_voices"]["mol"] > 0


def test_latents_of_three_clips_are_computed_once_for_two_requests_and_a_restart(
    server: RunningServer, home: Path, models: dict[str, Any]
) -> None:
    clips = [("clips", (f"{seed}.wav", to_wav(babble(6.0, seed=seed)))) for seed in range(3)]
    with httpx.Client(base_url=server.url, timeout=300) as http:
        http.post("/v1/voices", data={"name": "ann", "consent": "true"}, files=clips).raise_for_status()
        for _ in range(2):
            assert decode(io.BytesIO(speak(http, "ann").content), rate_hz=24_000).duration_s > 0
        counted = count_latents(http)

    for again in run_server(read_settings(home=home, models={"tortoise": models["tortoise"]})):
        with httpx.Client(base_url=again.url, timeout=300) as http:
            speak(http, "ann")
            counted_again = count_latents(http)

    assert (counted, counted_again) == (1.0, 0.0)


def test_a_model_that_leaves_gives_its_memory_back(server: RunningServer) -> None:
    with httpx.Client(base_url=server.url, timeout=300) as http:
        http.post("/v1/models/whisper/load").raise_for_status()
        gone = http.post("/v1/models/whisper/unload").json()

    assert gone["state"] == "unloaded"
    assert gone["resident_bytes"] == 0
