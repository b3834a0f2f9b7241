from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from catwalk.app.server import build
from catwalk.errors import UnknownModel
from catwalk.settings import Settings


def test_the_server_lives_within_the_budget_that_is_set(settings: Callable[..., Settings]) -> None:
    server = build(settings(memory={"ram": "3GiB", "cuda:0": "1GiB"}))

    limits = {each.device: each.limit_bytes for each in server.pool.memory()}
    assert (limits["ram"], limits["cuda:0"]) == (3 * 2**30, 2**30)


def test_a_device_that_is_not_set_has_a_share_of_what_is_free(settings: Callable[..., Settings]) -> None:
    server = build(settings(memory={"cuda:0": "1GiB"}))

    limits = {each.device: each.limit_bytes for each in server.pool.memory()}
    assert limits["ram"] > 0
    assert limits["cuda:0"] == 2**30


def test_a_model_to_preload_must_exist(settings: Callable[..., Settings]) -> None:
    with pytest.raises(UnknownModel, match="no model 'nothing'"):
        build(settings(), preload=["nothing"])


@pytest.mark.parametrize(("said", "stall_s"), [(0, math.inf), (30, 30.0)])
def test_stuck_workers_are_let_be_where_the_time_is_zero(
    settings: Callable[..., Settings], said: float, stall_s: float
) -> None:
    server = build(settings(server={"stall_s": said}))

    assert server.pool.watch.stall_s == stall_s
