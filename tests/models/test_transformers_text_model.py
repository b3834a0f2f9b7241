"""transformers on a tiny language model of random weights."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import tiny
from catwalk.backends.transformers_text import TransformersText
from catwalk.errors import InvalidRequest, LoadFailed
from catwalk.tasks import CompleteOptions, Completion, Message

ASKED = (Message("user", "Tea?"),)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("causal")
    tiny.build("transformers_text", folder)
    return folder


@pytest.fixture(scope="module")
def model(folder: Path) -> TransformersText:
    return TransformersText.load(folder, {"threads": 1})


def go_on(model: TransformersText, **options: Any) -> Completion:
    *_, whole = model.complete(ASKED, options=CompleteOptions(**{"max_tokens": 30} | options))
    assert isinstance(whole, Completion)
    return whole


def test_the_likeliest_tokens_are_those_that_the_library_itself_takes(model: TransformersText) -> None:
    import torch

    prompt = model._tokenize(ASKED)
    with torch.inference_mode():
        theirs = model._model.generate(torch.tensor([prompt]), max_new_tokens=30, do_sample=False)[0, len(prompt) :]

    ours = go_on(model, temperature=0.0)

    assert ours.text == model._tokenizer.decode(theirs, skip_special_tokens=True)


def test_a_small_top_p_is_as_good_as_no_dice(model: TransformersText) -> None:
    assert go_on(model, top_p=1e-6, temperature=2.0).text == go_on(model, temperature=0.0).text


def test_another_seed_gives_another_answer(model: TransformersText) -> None:
    assert len({go_on(model, seed=seed).text for seed in range(3)}) == 3


def test_json_cannot_be_promised(model: TransformersText) -> None:
    with pytest.raises(InvalidRequest, match="llama_cpp can"):
        go_on(model, json=True)


def test_a_folder_without_a_chat_template_needs_one(folder: Path, tmp_path: Path) -> None:
    bare = Path(shutil.copytree(folder, tmp_path / "bare"))
    (bare / "chat_template.jinja").unlink()

    with pytest.raises(LoadFailed, match="chat_template"):
        TransformersText.load(bare, {})
    brought = TransformersText.load(bare, {"chat_template": "{{ messages[-1].content }}"})

    assert go_on(brought, max_tokens=1).prompt_tokens == 4


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_folder_that_is_not_whole_fails_its_load(folder: Path, tmp_path: Path, missing: str) -> None:
    part = Path(shutil.copytree(folder, tmp_path / "part"))
    (part / missing).unlink()

    with pytest.raises(LoadFailed, match="did not load"):
        TransformersText.load(part, {})


def test_weights_that_could_run_code_are_not_read(folder: Path, tmp_path: Path) -> None:
    part = Path(shutil.copytree(folder, tmp_path / "pickled"))
    (part / "model.safetensors").rename(part / "pytorch_model.bin")

    with pytest.raises(LoadFailed, match="did not load"):
        TransformersText.load(part, {})


def test_auto_finds_a_device(folder: Path) -> None:
    assert go_on(TransformersText.load(folder, {"device": "auto"}), max_tokens=1).completion_tokens == 1
