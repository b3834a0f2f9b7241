"""One caller, OpenAI's own client, for models of this box, of Replicate, and for one that never fits here."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from PIL import Image

import tiny
from catwalk.settings import read_settings
from conftest import RunningServer, run_server
from sounds import babble, to_wav

LOCAL = {"see": "blip", "write": "transformers_text", "draw": "diffusers", "hear": "whisper"}
FAR_MODELS = {"caption": "see", "complete": "write", "illustrate": "draw", "transcribe": "hear"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    models: dict[str, Any] = {}
    for name, backend in LOCAL.items():
        made = tiny.build(backend, tmp_path_factory.mktemp(backend))
        models[name] = {"backend": backend, "weights": {"path": made.weights}, "options": made.options}
    far = tiny.build("replicate", tmp_path_factory.mktemp("replicate"))
    for task, name in FAR_MODELS.items():
        models[f"far-{name}"] = {"backend": "replicate", "options": far.options, "tasks": [task]}
        models[f"giant-{name}"] = {**models[name], "memory": "900GiB", "fallback": f"far-{name}", "tasks": [task]}
    yield from run_server(read_settings(home=tmp_path_factory.mktemp("home"), models=models))


@pytest.fixture(scope="module")
def client(server: RunningServer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0, timeout=300) as made:
        yield made


places = pytest.mark.parametrize("place", ["", "far-", "giant-"], ids=["here", "at Replicate", "too big for here"])


def ask(client: openai.OpenAI, model: str, content: Any) -> str:
    answer = client.chat.completions.create(model=model, messages=[{"role": "user", "content": content}], max_tokens=8)
    return answer.choices[0].message.content or ""


@places
def test_a_picture_is_described(client: openai.OpenAI, place: str) -> None:
    file = io.BytesIO()
    Image.new("RGB", (80, 60), "red").save(file, "PNG")
    url = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"

    assert ask(client, f"{place}see", [{"type": "image_url", "image_url": {"url": url}}]).strip()


@places
def test_a_conversation_is_gone_on_with(client: openai.OpenAI, place: str) -> None:
    assert ask(client, f"{place}write", "Two cups of tea, please.").strip()


@places
def test_a_picture_is_drawn(client: openai.OpenAI, place: str) -> None:
    answer = client.images.generate(model=f"{place}draw", prompt="A kettle", size="64x64", response_format="b64_json")

    assert answer.data
    with Image.open(io.BytesIO(base64.b64decode(answer.data[0].b64_json or ""))) as image:
        assert image.width > 0


@places
def test_a_recording_is_written_down(client: openai.OpenAI, place: str) -> None:
    answer = client.audio.transcriptions.create(model=f"{place}hear", file=("a.wav", to_wav(babble(2.0))))

    assert answer.text.strip()
