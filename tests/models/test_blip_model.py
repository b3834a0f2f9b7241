"""BLIP and BLIP-2 as transformers runs them, on random weights of the same architecture."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tiny_blip
import torch
from PIL import Image

from catwalk.backends.blip import Blip
from catwalk.backends.torch_device import settle_device
from catwalk.errors import InvalidRequest, LoadFailed, PictureUnreadable

BUILDERS = {"first": tiny_blip.build, "second": tiny_blip.build_second}


def picture(colour: str = "red") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (80, 60), colour).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Blip]:
    """A model of each family, loaded once."""
    models: dict[str, Blip] = {}

    def load(family: str) -> Blip:
        if family not in models:
            made = BUILDERS[family](tmp_path_factory.mktemp(family))
            models[family] = Blip.load(made.weights, made.options)
        return models[family]

    return load


families = pytest.mark.parametrize("family", list(BUILDERS))


@families
def test_a_caption_depends_on_the_picture_and_on_nothing_else(loaded: Any, family: str) -> None:
    model = loaded(family)

    captions = [model.caption(picture(colour)) for colour in ("red", "red", "blue")]

    assert captions[0] == captions[1] != captions[2]
    assert all(captions)


@families
def test_a_caption_goes_on_from_its_prompt_and_holds_it(loaded: Any, family: str) -> None:
    caption = loaded(family).caption(picture(), prompt="a photograph of")

    assert caption.startswith("a photograph of ")
    assert caption.count("a photograph of") == 1


def test_blip_leaves_out_questions_and_instructions_which_it_cannot_follow(loaded: Any) -> None:
    model = loaded("first")

    plain = model.caption(picture())

    assert model.caption(picture(), prompt="What is this?") == plain
    assert model.caption(picture(), prompt="Describe the picture.") == plain
    assert model.caption(picture(), prompt="  ") == plain


def test_the_second_blip_answers_a_question_without_repeating_it(loaded: Any) -> None:
    model = loaded("second")

    answer = model.caption(picture(), prompt="what is this ?")

    assert answer
    assert answer != model.caption(picture())
    assert not answer.startswith("question")


@families
def test_a_batch_says_what_single_calls_say_and_one_bad_picture_fails_alone(loaded: Any, family: str) -> None:
    model = loaded(family)
    calls: list[dict[str, Any]] = [
        {"image": picture("red"), "prompt": None},
        {"image": picture("blue")[:60]},
        {"image": picture("blue")},
        {"image": picture("red"), "prompt": "a photograph of"},
    ]

    answers = dict(model.run_batch("caption", calls))

    assert isinstance(answers.pop(1), PictureUnreadable)
    assert answers == {index: model.caption(**calls[index]) for index in (0, 2, 3)}


@families
def test_pictures_of_one_prompt_go_through_the_model_together(loaded: Any, family: str) -> None:
    model = loaded(family)
    seen: list[int] = []
    hook = model._engine.model.vision_model.register_forward_pre_hook(
        lambda _, arguments, named: seen.append(len(named.get("pixel_values", arguments[0] if arguments else ()))),
        with_kwargs=True,
    )

    list(model.run_batch("caption", [{"image": picture(colour)} for colour in ("red", "green", "blue")]))
    hook.remove()

    assert seen == [3]


def test_a_caption_is_no_longer_than_told(tmp_path: Path) -> None:
    made = tiny_blip.build(tmp_path)

    model = Blip.load(made.weights, {"max_new_tokens": 3, "device": "cpu"})

    assert len(model.caption(picture()).split()) <= 3


def test_weights_in_half_precision_take_half_the_memory(tmp_path: Path) -> None:
    made = tiny_blip.build(tmp_path)

    model = Blip.load(made.weights, {"dtype": "bfloat16", "device": "cpu"})

    assert {parameter.dtype for parameter in model._engine.model.parameters()} == {torch.bfloat16}
    assert model.caption(picture())


def test_another_family_of_models_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "git"}))

    with pytest.raises(LoadFailed, match=r"'git'.*blip and blip-2"):
        Blip.load(tmp_path, {})


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "blip"}))

    with pytest.raises(LoadFailed, match=str(tmp_path)):
        Blip.load(tmp_path, {"device": "cpu"})
    with pytest.raises(LoadFailed, match=r"config\.json"):
        Blip.load(tmp_path / "nowhere", {})


def test_a_gpu_that_is_not_there_is_refused_before_anything_is_loaded() -> None:
    with pytest.raises(LoadFailed, match="cuda:99"):
        settle_device("blip", {"device": "cuda:99"})


def test_a_prompt_that_is_too_long_is_refused(loaded: Any) -> None:
    with pytest.raises(InvalidRequest, match="61 words"):
        loaded("first").caption(picture(), prompt="very " * 61)
