from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.serving.costs import UNKNOWN_GAP_S, UNKNOWN_RUN_S, Demand, Line, RunCosts


def test_a_fixed_cost_and_a_cost_for_each_character_are_told_apart() -> None:
    line = Line()

    for size in (10, 200, 50, 400):
        line.learn(size, 0.5 + 0.01 * size)

    assert line.predict(100) == pytest.approx(1.5)


def test_runs_of_one_size_are_predicted_by_their_mean() -> None:
    line = Line()

    line.learn(10, 1.0)
    line.learn(10, 3.0)

    assert line.predict(500) == pytest.approx(2.0, rel=0.05)


def test_a_machine_that_became_slower_is_noticed() -> None:
    line = Line()
    for _ in range(100):
        line.learn(1, 1.0)

    for _ in range(100):
        line.learn(1, 2.0)

    assert line.predict(1) == pytest.approx(2.0, rel=0.06)


def test_nothing_known_is_a_guess() -> None:
    assert RunCosts().predict("v", 100) == UNKNOWN_RUN_S
    assert Demand().expected_s(5.0) == UNKNOWN_GAP_S


def test_a_voice_is_predicted_from_its_model_until_it_is_known_itself() -> None:
    costs = RunCosts()
    for _ in range(5):
        costs.learn("quick", 1, 1.0, loaded_voice=False)
    costs.learn("slow", 1, 9.0, loaded_voice=False)
    first = costs.predict("slow", 1)

    for _ in range(5):
        costs.learn("slow", 1, 9.0, loaded_voice=False)

    assert first < 3.0
    assert costs.predict("slow", 1) == pytest.approx(9.0)
    assert costs.predict("quick", 1) == pytest.approx(1.0)


def test_a_run_that_brought_in_latents_teaches_what_they_add() -> None:
    costs = RunCosts()
    costs.learn("u", 1, 1.0, loaded_voice=False)

    costs.learn("v", 1, 3.5, loaded_voice=True)

    assert costs.latents_s("v") == pytest.approx(2.5)
    assert costs.predict("v", 1) == pytest.approx(1.0)


def test_what_was_known_of_latents_before_is_taken_off_the_first_run() -> None:
    costs = RunCosts()
    costs.expect_latents("v", 2.0)

    costs.learn("v", 1, 3.0, loaded_voice=True)

    assert costs.predict("v", 1) == pytest.approx(1.0)


def test_a_long_run_fades_from_memory() -> None:
    costs = RunCosts()
    costs.learn(None, 1, 20.0, loaded_voice=False)
    at_once = costs.long_s

    for _ in range(60):
        costs.learn(None, 1, 1.0, loaded_voice=False)

    assert at_once == 20.0
    assert costs.long_s == pytest.approx(1.0)


def test_the_longer_it_is_quiet_the_later_the_next_request_is_expected() -> None:
    demand = Demand()
    for second in range(10):
        demand.note(float(second))

    assert demand.expected_s(9.5) == pytest.approx(1.0)
    assert demand.expected_s(60.0) == pytest.approx(51.0)


@given(st.lists(st.tuples(st.floats(0, 1e4), st.floats(0, 1e4)), max_size=30), st.floats(0, 1e4))
def test_a_prediction_is_never_negative(runs: list[tuple[float, float]], size: float) -> None:
    line = Line()

    for each_size, seconds in runs:
        line.learn(each_size, seconds)

    assert line.predict(size) >= 0.0
