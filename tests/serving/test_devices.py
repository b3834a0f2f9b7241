from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulated_gpus import Card, SimulatedNvml

from catwalk.serving.budget import RAM
from catwalk.serving.catalog import Catalog, ModelSpec
from catwalk.serving.devices import place
from catwalk.serving.gpus import Gpus
from catwalk.serving.metrics import Metrics
from catwalk.serving.pool import Pool
from catwalk.tasks import Task


def spec(name: str, device: str = "auto") -> ModelSpec:
    made = ModelSpec(
        name, "fake", "catwalk.backends.fake:Fake", frozenset({Task.SYNTHESIZE}), options={"device": device}
    )
    return made if device in {"auto", "cpu"} else dataclasses.replace(made, device=device)


def choices(specs: list[ModelSpec], budget: dict[str, int], sizes: dict[str, int]) -> dict[str, object]:
    return {each.name: each.options["device"] for each in place(specs, budget, lambda each: sizes[each.name])}


def test_without_a_gpu_everything_goes_on_the_cpu() -> None:
    [placed] = place([spec("a")], {RAM: 100}, lambda _: 10)

    assert placed.options["device"] == "cpu"
    assert placed.device == RAM


def test_a_model_goes_on_the_gpu_with_most_room_and_is_counted_there() -> None:
    [placed] = place([spec("a")], {RAM: 100, "cuda:0": 20, "cuda:1": 30}, lambda _: 10)

    assert placed.options["device"] == placed.device == placed.latents_device == "cuda:1"


def test_the_largest_chooses_first_and_the_others_take_what_is_left() -> None:
    specs = [spec("small"), spec("middle"), spec("large")]

    found = choices(specs, {RAM: 1, "cuda:0": 30, "cuda:1": 20}, {"small": 5, "middle": 15, "large": 18})

    assert found == {"small": "cuda:0", "middle": "cuda:1", "large": "cuda:0"}


def test_what_a_person_put_on_a_gpu_takes_room_there() -> None:
    found = choices([spec("a"), spec("b", "cuda:1")], {"cuda:0": 20, "cuda:1": 30}, {"a": 5, "b": 15})

    assert found == {"a": "cuda:0", "b": "cuda:1"}


def test_what_is_larger_than_every_gpu_goes_on_the_cpu() -> None:
    assert choices([spec("a")], {"cuda:0": 20}, {"a": 21}) == {"a": "cpu"}


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(0, 50)), st.integers(0, 40))
def test_order_and_number_of_the_models_stay(sizes: dict[str, int], limit: int) -> None:
    specs = [spec(name) for name in sizes]

    placed = place(specs, {RAM: 10, "cuda:0": limit}, lambda each: sizes[each.name])

    assert [each.name for each in placed] == list(sizes)
    assert all(each.options["device"] in {"cpu", "cuda:0"} for each in placed)


@pytest.mark.anyio
async def test_the_pool_puts_models_on_the_gpus_that_it_finds(tmp_path: Path) -> None:
    sized = dataclasses.replace(spec("a"), expected_bytes=1_000)
    gpus = Gpus(SimulatedNvml(Card("small", free=500), Card("large", free=5_000)))

    pool = Pool(Catalog([sized]), home=tmp_path, metrics=Metrics(), gpus=gpus)

    assert pool.catalog.find("a").options["device"] == "cuda:1"
    await pool.close()
