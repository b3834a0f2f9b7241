"""The packaged Gemma 3 270M through the server and OpenAI's official client: real weights, of a model that knows words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from catwalk.settings import read_settings
from conftest import run_server

ASKED: Any = [{"role": "user", "content": "The kettle is on. What happens next?"}]
SCHEMA: Any = {
    "type": "object",
    "properties": {"tea": {"type": "boolean"}, "cups": {"enum": [1, 2, 3]}},
    "required": ["tea", "cups"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def client(shared_home: Path) -> Iterator[openai.OpenAI]:
    models = {"gemma": {"accept_terms": True, "options": {"threads": 1}}}
    for server in run_server(read_settings(home=shared_home, models=models)):
        yield openai.OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0, timeout=120)


def ask(client: openai.OpenAI, **options: Any) -> Any:
    return client.chat.completions.create(model="gemma", messages=ASKED, temperature=0, **options)


def test_it_goes_on_with_words_and_says_them_alike_streamed_and_whole(client: openai.OpenAI) -> None:
    whole = ask(client, max_tokens=20)
    pieces = [part.choices[0].delta.content or "" for part in ask(client, max_tokens=20, stream=True) if part.choices]

    assert "kettle" in whole.choices[0].message.content
    assert "".join(pieces) == whole.choices[0].message.content
    assert len([piece for piece in pieces if piece]) > 5


def test_a_limit_ends_its_answer(client: openai.OpenAI) -> None:
    answer = ask(client, max_tokens=5)

    assert (answer.usage.completion_tokens, answer.choices[0].finish_reason) == (5, "length")


def test_a_stop_text_ends_its_answer_and_is_not_part_of_it(client: openai.OpenAI) -> None:
    answer = ask(client, max_tokens=20, stop=["kettle"])

    assert answer.choices[0].finish_reason == "stop"
    assert answer.choices[0].message.content.strip() == "The"


def test_its_json_follows_a_schema(client: openai.OpenAI) -> None:
    wanted: Any = {"type": "json_schema", "json_schema": {"name": "order", "schema": SCHEMA}}

    answer = ask(client, max_tokens=60, response_format=wanted)

    order = json.loads(answer.choices[0].message.content)
    assert isinstance(order["tea"], bool)
    assert order["cups"] in {1, 2, 3}
