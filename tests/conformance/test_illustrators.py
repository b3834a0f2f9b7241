"""What every backend that draws must do."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

from catwalk.tasks import Progress, Task
from tiny import performing

illustrators = performing(Task.ILLUSTRATE)


@illustrators
def test_a_picture_is_a_png_of_the_size_that_was_asked_for(backend: Any) -> None:
    *progress, picture = backend.illustrate("a kettle", width=128, height=64, seed=7)

    assert all(isinstance(step, Progress) for step in progress)
    with Image.open(io.BytesIO(picture)) as image:
        assert (image.format, image.size) == ("PNG", (128, 64))


@illustrators
def test_the_same_seed_draws_the_same_picture_and_another_does_not(backend: Any) -> None:
    pictures = [list(backend.illustrate("a kettle", width=64, height=64, seed=seed))[-1] for seed in (7, 7, 8)]

    assert pictures[0] == pictures[1] != pictures[2]


@illustrators
def test_steps_are_counted_up_to_the_last(backend: Any) -> None:
    *progress, _ = backend.illustrate("a kettle", width=64, height=64, seed=7)

    assert [step.done for step in progress] == list(range(1, len(progress) + 1))
    assert {step.total for step in progress} in (set(), {len(progress)})


@illustrators
def test_closing_early_leaves_the_model_fit_for_the_next_picture(backend: Any) -> None:
    first = backend.illustrate("a kettle", width=64, height=64, seed=7)
    next(first)
    first.close()

    assert isinstance(list(backend.illustrate("a kettle", width=64, height=64, seed=7))[-1], bytes)
