"""Stable Diffusion and Kandinsky 2.2 as diffusers runs them, on random weights of the same architecture."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tiny_diffusers
from PIL import Image

from catwalk.backends.diffusers import Diffusers
from catwalk.errors import InvalidRequest, LoadFailed, PictureRefused
from catwalk.tasks import Progress

pytestmark = pytest.mark.filterwarnings("ignore:`callback_steps` is deprecated")  # diffusers' own Kandinsky uses it

BUILDERS = {
    "stable": tiny_diffusers.build,
    "kandinsky": tiny_diffusers.build_kandinsky,
    "checked": tiny_diffusers.build_checked,
}
STEPS = {"stable": 3, "kandinsky": 5}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Diffusers]:
    """A pipeline of each family, loaded and warmed up once."""
    models: dict[str, Diffusers] = {}

    def load(family: str) -> Diffusers:
        if family not in models:
            made = BUILDERS[family](tmp_path_factory.mktemp(family))
            models[family] = Diffusers.load(made.weights, made.options)
            models[family].warm_up()
        return models[family]

    return load


def draw(model: Diffusers, prompt: str = "a cat", *, width: int = 64, height: int = 64, seed: int | None = 1) -> bytes:
    *_, picture = model.illustrate(prompt, width=width, height=height, seed=seed)
    assert isinstance(picture, bytes)
    return picture


families = pytest.mark.parametrize("family", list(STEPS))


@families
def test_every_step_is_told_and_the_picture_comes_last(loaded: Any, family: str) -> None:
    *progress, picture = loaded(family).illustrate("a cat", width=64, height=128, seed=1)

    assert progress == [Progress(number + 1, STEPS[family]) for number in range(STEPS[family])]
    with Image.open(io.BytesIO(picture)) as image:
        assert (image.format, image.size) == ("PNG", (64, 128))


@families
def test_the_seed_and_the_prompt_decide_the_picture(loaded: Any, family: str) -> None:
    model = loaded(family)

    first = draw(model)

    assert draw(model) == first
    assert draw(model, seed=2) != first
    assert draw(model, "a dog in the rain") != first
    assert draw(model, seed=None) != draw(model, seed=None)


@families
def test_closing_ends_the_work_after_the_step_in_hand_and_the_next_call_is_whole(loaded: Any, family: str) -> None:
    model = loaded(family)
    first = draw(model)

    steps = model.illustrate("a cat", width=64, height=64, seed=1)
    next(steps)
    steps.close()

    assert not [thread for thread in threading.enumerate() if thread.name.startswith("drawing")]
    assert draw(model) == first


@pytest.mark.parametrize(
    ("family", "width", "named"), [("stable", 68, "multiples of 8"), ("kandinsky", 72, "multiples of 64")]
)
def test_a_size_that_the_model_cannot_draw_is_refused_before_any_work(
    loaded: Any, family: str, width: int, named: str
) -> None:
    with pytest.raises(InvalidRequest, match=named):
        next(loaded(family).illustrate("a cat", width=width))


@pytest.mark.parametrize("side", [0, -64, 56, 192, 1 << 40])
def test_a_side_beyond_the_limits_is_refused(loaded: Any, side: int) -> None:
    with pytest.raises(InvalidRequest, match="from 64 to 128"):
        next(loaded("stable").illustrate("a cat", height=side))


def test_what_the_safety_checker_finds_is_kept_back(loaded: Any) -> None:
    with pytest.raises(PictureRefused, match="safety checker"):
        draw(loaded("checked"))


def test_kandinskys_decoder_needs_its_prior(tmp_path: Path) -> None:
    made = tiny_diffusers.build_kandinsky(tmp_path)
    options = {name: value for name, value in made.options.items() if name != "prior"}

    with pytest.raises(LoadFailed, match="option prior"):
        Diffusers.load(made.weights, options)


def test_another_kind_of_pipeline_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "model_index.json").write_text(json.dumps({"_class_name": "AudioLDMPipeline"}))

    with pytest.raises(LoadFailed, match="AudioLDMPipeline"):
        Diffusers.load(tmp_path, {})
    with pytest.raises(LoadFailed, match="model_index"):
        Diffusers.load(tmp_path / "nowhere", {})
