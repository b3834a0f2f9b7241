"""The chat route, driven by OpenAI's own client against a real server and real workers."""

from __future__ import annotations

import base64
import io
import json
import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam
from PIL import Image

from conftest import RunningServer

ASKED: list[ChatCompletionMessageParam] = [
    {"role": "system", "content": "Repeat."},
    {"role": "user", "content": "Two cups of tea, please."},
]


@pytest.fixture(scope="module")
def client(running: RunningServer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{running.url}/v1", api_key="none", max_retries=0) as made:
        yield made


def picture() -> str:
    """A data URI of a small PNG."""
    content = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(content, "PNG")
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"


def with_image(url: str) -> list[ChatCompletionMessageParam]:
    parts: Any = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": url}}]
    return [{"role": "user", "content": parts}]


def test_a_conversation_is_gone_on_with(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model="fake", messages=ASKED)

    assert answer.object == "chat.completion"
    assert answer.model == "fake"
    assert answer.choices[0].message.role == "assistant"
    assert answer.choices[0].message.content == "Two cups of tea, please."
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (6, 5, 11)


def test_a_stream_says_the_same_in_pieces_and_ends(running: RunningServer, client: openai.OpenAI) -> None:
    chunks = list(client.chat.completions.create(model="fake", messages=ASKED, stream=True))

    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "Two cups of tea, please."
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].finish_reason for chunk in chunks] == [None] * (len(chunks) - 1) + ["stop"]
    assert len({chunk.id for chunk in chunks}) == 1
    assert len(chunks) > 4
    with running.http() as http:
        body = http.post(
            "/v1/chat/completions", json={"model": "fake", "messages": ASKED, "stream": True, "made_up": 1}
        ).text
    assert body.endswith("data: [DONE]\n\n")
    assert "usage" not in body


def test_usage_comes_last_where_it_is_asked_for(client: openai.OpenAI) -> None:
    chunks = list(
        client.chat.completions.create(
            model="fake", messages=ASKED, stream=True, stream_options={"include_usage": True}
        )
    )

    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens == 11
    assert [chunk.usage for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)


@pytest.mark.parametrize(
    "limit", [{"max_tokens": 2}, {"max_completion_tokens": 2}, {"max_completion_tokens": 2, "max_tokens": 9}]
)
def test_a_limit_cuts_the_answer(client: openai.OpenAI, limit: dict[str, int]) -> None:
    answer = client.chat.completions.create(model="fake", messages=ASKED, **limit)  # type: ignore[call-overload]  # from a table

    assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == ("Two cups", "length")


@pytest.mark.parametrize("stop", [" tea", ["never", " tea"]])
def test_a_stop_text_ends_the_answer_and_is_not_part_of_it(client: openai.OpenAI, stop: str | list[str]) -> None:
    answer = client.chat.completions.create(model="fake", messages=ASKED, stop=stop)

    assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == ("Two cups of", "stop")


def test_json_can_be_asked_for(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model="fake", messages=ASKED, response_format={"type": "json_object"})

    assert json.loads(answer.choices[0].message.content or "") == {"said": "Two cups of tea, please."}


def test_what_the_official_client_may_send_beside_is_taken(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(
        model="fake",
        messages=[{"role": "developer", "content": [{"type": "text", "text": "Repeat."}]}, *ASKED[1:]],
        n=1,
        temperature=0.5,
        top_p=0.9,
        seed=-7,
        user="me",
        metadata={"a": "b"},
        store=False,
        presence_penalty=0.1,
        tools=[],
        response_format={"type": "text"},
        extra_body={"priority": "batch", "keep_alive": "10m", "top_k": 5},
    )

    assert answer.choices[0].message.content == "Two cups of tea, please."


TOOL = {"type": "function", "function": {"name": "pour", "parameters": {}}}


@pytest.mark.parametrize(
    ("fields", "param", "complaint"),
    [
        ({"n": 2}, "n", "n is 1"),
        ({"tools": [TOOL]}, "tools", "tools cannot be had"),
        ({"functions": [{"name": "pour"}]}, "functions", "functions cannot be had"),
        ({"logprobs": True}, "logprobs", "logprobs cannot be had"),
        ({"modalities": ["text", "audio"]}, "modalities", "modalities can be"),
        ({"temperature": 3}, "temperature", "less than or equal to 2"),
        ({"top_p": 0}, "top_p", "greater than 0"),
        ({"max_tokens": 0}, "max_tokens", "greater than or equal to 1"),
        ({"stop": ["a"] * 5}, "stop", "up to 4"),
        ({"stop": ""}, "stop", "none of them empty"),
        ({"response_format": {"type": "json_schema"}}, "response_format", r"needs json_schema\.schema"),
        ({"response_format": {"type": "xml"}}, "response_format.type", "json_object"),
        ({"messages": []}, "messages", "at least 1"),
        ({"messages": [{"role": "user", "content": " "}]}, "messages", "empty"),
        ({"messages": [{"role": "tool", "content": "4"}]}, "messages.0.role", "not 'tool'"),
        ({"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]}, "messages.0.content.0", "input_audio"),
        ({"messages": with_image("ftp://a/b.png")}, "messages.0.content.1", "http or https"),
        ({"messages": [{"role": "user", "content": "tea " * 5000}]}, "messages", "5000 tokens"),
        ({"priority": "now"}, "priority", "interactive"),
        ({"keep_alive": "soon"}, "keep_alive", "duration"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_reason(
    running: RunningServer, fields: dict[str, Any], param: str, complaint: str
) -> None:
    with running.http() as http:
        answer = http.post("/v1/chat/completions", json={"model": "fake", "messages": ASKED} | fields)

    error = answer.json()["error"]
    assert answer.status_code == 400
    assert error["param"] == param
    assert error["type"] == "invalid_request_error"
    assert re.search(complaint, error["message"])


@pytest.mark.parametrize(
    ("model", "status", "code"),
    [
        ("hibari", 400, "wrong_task"),
        ("nobody", 404, "model_not_found"),
        ("gemma", 424, None),
        ("broken", 500, "backend_failed"),
    ],
)
def test_a_model_that_cannot_answer_says_why(client: openai.OpenAI, model: str, status: int, code: str | None) -> None:
    with pytest.raises(openai.APIStatusError) as caught:
        client.chat.completions.create(model=model, messages=ASKED, stream=model == "broken")

    assert caught.value.status_code == status
    assert code is None or caught.value.code == code


@pytest.mark.parametrize(
    ("url", "status", "code"),
    [
        ("data:image/png;base64,AAAA", 400, "picture_unreadable"),
        ("data:text/html;base64,PHN2Zy8+", 400, "unsupported_format"),
        ("http://127.0.0.1:9/a.png", 403, "fetch_refused"),
        ("http://localhost/a.png", 403, "fetch_refused"),
        ("http://169.254.169.254/latest/meta-data", 403, "fetch_refused"),
    ],
)
def test_an_image_that_cannot_be_taken_is_refused(client: openai.OpenAI, url: str, status: int, code: str) -> None:
    with pytest.raises(openai.APIStatusError) as caught:
        client.chat.completions.create(model="fake", messages=with_image(url))

    assert (caught.value.status_code, caught.value.code) == (status, code)


def test_an_image_needs_a_model_that_sees(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="hibari", messages=with_image(picture()))

    assert caught.value.code == "wrong_task"


def test_an_answer_names_its_cost(client: openai.OpenAI) -> None:
    answer = client.chat.completions.with_raw_response.create(model="fake", messages=ASKED)

    assert "run;dur=" in answer.headers["server-timing"]


def test_a_caller_who_hangs_up_stops_the_work(running: RunningServer) -> None:
    body = {"model": "slow", "messages": [{"role": "user", "content": "tea " * 100}], "stream": True}
    with running.http() as http:
        with http.stream("POST", "/v1/chat/completions", json=body) as answer:
            next(answer.iter_bytes())
        begun_s = time.monotonic()
        http.post("/v1/chat/completions", json=body | {"messages": ASKED, "stream": False, "max_tokens": 1})

    assert time.monotonic() - begun_s < 5  # all hundred words take 20 s


def test_a_failure_in_the_middle_is_never_a_whole_answer(running: RunningServer) -> None:
    said = b""
    body = {"model": "brittle", "messages": ASKED, "stream": True}
    with running.http() as http, http.stream("POST", "/v1/chat/completions", json=body) as answer:
        with pytest.raises(httpx.RemoteProtocolError):  # noqa: PT012 - what came before the end is looked at
            for piece in answer.iter_bytes():
                said += piece

    assert b'"error"' in said
    assert b"[DONE]" not in said
