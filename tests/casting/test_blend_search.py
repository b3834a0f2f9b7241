from __future__ import annotations

import re

import numpy as np
import pytest

from catwalk.audio.likeness import similarity
from catwalk.casting.blend_search import BlendSearch, write_blend

NAMES = tuple(f"v{index}" for index in range(20))


class World:
    """Voices whose vectors follow from their blends, nearly straight, as those of a real model do."""

    def __init__(self, seed: int = 0) -> None:
        random = np.random.default_rng(seed)
        self.middle = np.abs(random.normal(size=48)) * 2
        self.sound = random.normal(size=(len(NAMES), 48))
        self.rhythm = 0.4 * random.normal(size=(len(NAMES), 48))
        self.target = self.hear(random.dirichlet(np.full(20, 0.2)) * 1.5 - 0.025, random.dirichlet(np.ones(20)))

    def hear(self, sound: np.ndarray, rhythm: np.ndarray) -> np.ndarray:
        raw = self.middle + sound @ self.sound + np.tanh(rhythm @ self.rhythm)
        return np.asarray(raw / np.linalg.norm(raw))

    def hear_blend(self, blend: str) -> np.ndarray:
        return self.hear(*(read_blend(half) for half in blend.split("/")))


def read_blend(blend: str) -> np.ndarray:
    weights = np.zeros(len(NAMES))
    for sign, name, weight in re.findall(r"([+-]?)(\w+)\(([\d.]+)\)", blend):
        weights[NAMES.index(name)] = float(weight) * (-1 if sign == "-" else 1)
    return np.asarray(weights / weights.sum())


def search_in(world: World, n_trials: int, seed: int = 0) -> BlendSearch:
    presets = [world.hear(*[np.eye(len(NAMES))[index]] * 2) for index in range(len(NAMES))]
    search = BlendSearch(NAMES, presets, world.target, seed=seed)
    for _ in range(n_trials):
        point = search.propose()
        search.learn(point, world.hear_blend(search.write(point, "v0")))
    return search


def test_some_dozens_of_trials_come_far_nearer_than_the_nearest_given_voice() -> None:
    world = World()
    nearest = max(similarity(world.hear(row, row), world.target) for row in np.eye(len(NAMES)))

    best = search_in(world, 25).best

    assert best is not None
    assert 1 - best.score < 0.3 * (1 - nearest)


def test_the_same_seed_gives_the_same_search() -> None:
    one, two = (search_in(World(), 3, seed=7) for _ in range(2))

    assert one.best is not None
    assert two.best is not None
    assert one.best.point.tolist() == two.best.point.tolist()


def test_a_fault_keeps_a_near_blend_from_leading() -> None:
    search = search_in(World(), 5)
    assert search.best is not None
    leader = search.best

    search.learn(search.propose(), World().target, penalty=0.5)

    assert search.best is leader


def test_what_was_tried_is_counted_without_the_given_voices() -> None:
    search = search_in(World(), 4)

    assert search.n_tried == 4


def test_a_blend_begins_with_the_voice_that_gives_the_language() -> None:
    blend = write_blend(("a", "b", "c"), np.array([0.0, -0.25, 1.25]), first="a")

    assert blend == "a(0.0000)+c(1.2500)-b(0.2500)"


def test_weights_that_round_to_nothing_are_left_out() -> None:
    assert write_blend(("a", "b", "c"), np.array([0.5, 0.001, 0.499]), first="a") == "a(0.5000)+c(0.4990)"


def test_a_first_voice_that_is_led_away_from_keeps_its_sign() -> None:
    assert write_blend(("a", "b"), np.array([-0.2, 1.2]), first="a") == "-a(0.2000)+b(1.2000)"


@pytest.mark.parametrize("n_voices", [3, 5])
def test_few_given_voices_are_enough(n_voices: int) -> None:
    vectors = np.abs(np.random.default_rng(0).normal(size=(n_voices + 1, 16)))
    search = BlendSearch(NAMES[:n_voices], list(vectors[:-1]), vectors[-1])

    assert "/" in search.write(search.propose(), "v0")
