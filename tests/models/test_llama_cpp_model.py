"""llama.cpp on a tiny model of random weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import tiny
from catwalk.backends.llama_cpp import LlamaCpp
from catwalk.errors import InvalidRequest, LoadFailed
from catwalk.tasks import CompleteOptions, Completion, Message

ASKED = (Message("user", "Tea?"),)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gguf")
    tiny.build("llama_cpp", folder)
    return folder


@pytest.fixture(scope="module")
def model(folder: Path) -> LlamaCpp:
    return LlamaCpp.load(folder, {"n_ctx": 512, "threads": 1})


def go_on(model: LlamaCpp, **options: Any) -> Completion:
    *_, whole = model.complete(ASKED, options=CompleteOptions(**options))
    assert isinstance(whole, Completion)
    return whole


def test_an_answer_in_json_is_an_object_whatever_the_model_would_say(model: LlamaCpp) -> None:
    said = [go_on(model, json=True, seed=seed, max_tokens=300) for seed in range(8)]

    whole = [json.loads(each.text) for each in said if each.finish_reason == "stop"]
    assert whole
    assert all(isinstance(each, dict) for each in whole)
    assert all(each.text.startswith("{") for each in said)


def test_an_answer_follows_its_schema(model: LlamaCpp) -> None:
    schema = {"type": "object", "properties": {"tea": {"type": "boolean"}}, "required": ["tea"]}

    answer = json.loads(go_on(model, json=True, json_schema=json.dumps(schema), seed=1).text)

    assert isinstance(answer["tea"], bool)


@pytest.mark.parametrize("schema", ['{"type": "colour"}', "[]", '{"$ref": "#/nowhere"}'])
def test_a_schema_that_makes_no_sense_is_refused_and_the_model_goes_on(model: LlamaCpp, schema: str) -> None:
    with pytest.raises(InvalidRequest, match="schema"):
        go_on(model, json=True, json_schema=schema)

    assert go_on(model, max_tokens=3, seed=1).completion_tokens == 3


def test_another_seed_gives_another_answer(model: LlamaCpp) -> None:
    answers = {go_on(model, seed=seed, max_tokens=30, temperature=1.0).text for seed in range(3)}

    assert len(answers) == 3


def test_the_context_bounds_an_answer_without_a_limit(folder: Path) -> None:
    model = LlamaCpp.load(folder, {"n_ctx": 64, "threads": 1})

    whole = go_on(model, seed=5)

    assert whole.prompt_tokens is not None
    assert whole.completion_tokens is not None
    assert whole.prompt_tokens + whole.completion_tokens <= 64


def test_a_file_without_a_chat_template_needs_one(tmp_path: Path) -> None:
    tiny._import(tiny.FOUND["llama_cpp"]).write_gguf(tmp_path / "bare.gguf", None)

    with pytest.raises(LoadFailed, match="chat_template"):
        LlamaCpp.load(tmp_path, {})
    brought = LlamaCpp.load(tmp_path / "bare.gguf", {"chat_template": "{{ messages[-1].content }}", "n_ctx": 64})

    assert go_on(brought, max_tokens=1).prompt_tokens == 4


def test_a_template_that_refuses_a_conversation_is_the_callers_fault(folder: Path) -> None:
    model = LlamaCpp.load(folder, {"chat_template": "{{ raise_exception('no tea') }}", "n_ctx": 64})

    with pytest.raises(InvalidRequest, match="no tea"):
        go_on(model)


@pytest.mark.parametrize("content", [b"", b"GGUF", b"no model at all" * 100])
def test_a_broken_file_fails_its_load(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "broken.gguf").write_bytes(content)

    with pytest.raises(LoadFailed, match=r"broken\.gguf"):
        LlamaCpp.load(tmp_path, {})


def test_a_gpu_that_the_library_cannot_use_fails_the_load_unless_auto_may_choose(folder: Path) -> None:
    import llama_cpp

    if not llama_cpp.llama_supports_gpu_offload():
        with pytest.raises(LoadFailed, match="GPU"):
            LlamaCpp.load(folder, {"device": "cuda:0", "n_ctx": 64})
    assert go_on(LlamaCpp.load(folder, {"device": "auto", "n_ctx": 64}), max_tokens=1)
