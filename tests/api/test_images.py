"""OpenAI's route for pictures, driven by OpenAI's own client against a real server and real workers."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from PIL import Image

from conftest import RunningServer


@pytest.fixture(scope="module")
def client(running: RunningServer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{running.url}/v1", api_key="none", max_retries=0) as made:
        yield made


def draw(client: openai.OpenAI, **wanted: Any) -> list[bytes]:
    answer = client.images.generate(**{"model": "fake", "prompt": "A kettle", "size": "128x64", **wanted})
    return [base64.b64decode(picture.b64_json or "") for picture in answer.data or []]


def test_a_picture_comes_as_a_png_of_the_size_that_was_asked_for(client: openai.OpenAI) -> None:
    (picture,) = draw(client)

    with Image.open(io.BytesIO(picture)) as image:
        assert (image.format, image.size) == ("PNG", (128, 64))


def test_the_same_seed_draws_the_same_pictures_and_no_seed_others(client: openai.OpenAI) -> None:
    seeded = [draw(client, n=2, extra_body={"seed": 7}) for _ in range(2)]

    assert seeded[0] == seeded[1]
    assert len(set(seeded[0])) == 2
    assert draw(client) != draw(client)


@pytest.mark.parametrize("size", ["auto", openai.omit])
def test_without_a_size_the_model_chooses(client: openai.OpenAI, size: Any) -> None:
    (picture,) = draw(client, size=size)

    with Image.open(io.BytesIO(picture)) as image:
        assert image.size == (256, 256)


@pytest.mark.parametrize(
    ("wanted", "code", "param"),
    [
        ({"prompt": "  "}, "empty_text", "prompt"),
        ({"prompt": "x" * 4001}, "invalid_request", "prompt"),
        ({"n": 11}, "invalid_request", "n"),
        ({"size": "big"}, "invalid_request", "size"),
        ({"size": "30000x30000"}, "invalid_request", "size"),
        ({"size": "8x512"}, "invalid_request", "size"),
        ({"size": "4096x2048"}, "invalid_request", "size"),
        ({"response_format": "url"}, "unsupported_format", "response_format"),
        ({"output_format": "webp"}, "unsupported_format", "output_format"),
        ({"extra_body": {"seed": -1}}, "invalid_request", "seed"),
        ({"extra_body": {"stream": True}}, "invalid_request", "stream"),
        ({"model": "hibari"}, "wrong_task", "model"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_its_parameter(
    client: openai.OpenAI, wanted: dict[str, Any], code: str, param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        draw(client, **wanted)

    assert (refused.value.code, refused.value.param) == (code, param)


def test_a_model_that_fails_is_a_failure_and_not_an_empty_answer(client: openai.OpenAI) -> None:
    with pytest.raises(openai.InternalServerError) as failed:
        draw(client, model="broken")

    assert failed.value.code == "backend_failed"


def test_the_answer_says_what_it_cost_and_who_drew(running: RunningServer) -> None:
    with running.http() as http:
        answer = http.post("/v1/images/generations", json={"model": "fake", "prompt": "A kettle"})

    assert answer.headers["x-catwalk-model"] == "fake"
    assert "run;dur=" in answer.headers["server-timing"]


def test_a_caller_who_hangs_up_stops_the_drawing(running: RunningServer) -> None:
    def ghosts(http: httpx.Client) -> float:
        (model,) = [each for each in http.get("/v1/models").json()["data"] if each["id"] == "slow"]
        return float(model["running"])

    body = {"model": "slow", "prompt": "A kettle", "n": 10}  # eight seconds of work
    with running.http() as http:
        http.post("/v1/models/slow/load")
        with pytest.raises(httpx.ReadTimeout):
            http.post("/v1/images/generations", json=body, timeout=httpx.Timeout(0.5))
        left_s = time.perf_counter()
        while ghosts(http):
            assert time.perf_counter() - left_s < 3

    assert time.perf_counter() - left_s < 3
