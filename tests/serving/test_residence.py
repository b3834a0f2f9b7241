from __future__ import annotations

import math

import pytest

from catwalk.serving.backlog import Waiting
from catwalk.serving.events import Priority
from catwalk.serving.residence import ModelTerms, Residence, VoiceTerms


def make_model() -> Residence:
    return Residence.start("a", ModelTerms(sizes={"ram": 50}, load_s=10.0, voices={"v": VoiceTerms(10, 2.0)}))


def add_waiting(model: Residence, n_requests: int, every_s: float) -> float:
    for number in range(n_requests):
        model.demand.note(number * every_s)
        model.waiting.add(Waiting(f"r{number}", None, 1.0, Priority.INTERACTIVE, None, number * every_s, 1.0))
    return n_requests * every_s


def test_the_last_run_of_a_turn_ends_with_the_turn() -> None:
    model = make_model()
    model.ready_since_s = 100.0
    before = model.turn_ends_s(30.0)
    model.costs.learn(None, 1.0, 4.0, loaded_voice=False)
    model.n_granted = 1

    assert before == 130.0
    assert model.turn_ends_s(30.0) == 126.0


def test_a_model_that_cannot_keep_up_never_runs_dry() -> None:
    model = make_model()
    now_s = add_waiting(model, 30, every_s=0.5)

    assert model.dry_s(now_s) == math.inf


def test_a_backlog_with_little_traffic_runs_dry() -> None:
    model = make_model()
    now_s = add_waiting(model, 30, every_s=20.0)

    assert now_s < model.dry_s(now_s) < now_s + 40.0


def test_a_model_is_worth_more_the_sooner_it_is_wanted_and_with_the_voices_it_holds() -> None:
    model = make_model()
    for second in range(10):
        model.demand.note(float(second))

    soon, later = model.loss(9.0), model.loss(100.0)

    assert soon == pytest.approx(10.0)
    assert later == pytest.approx(10.0 / 91.0)
