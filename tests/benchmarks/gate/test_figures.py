"""Floors: what was promised, what is pinned, and that neither ever falls."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.gate.figures import (
    FLOORS,
    PROMISED,
    Figure,
    find_floor,
    find_promise,
    list_fallen,
    raise_floors,
    read_floors,
    write_floors,
)

NAME = "faults.held.caught"
share = st.floats(0, 1)


def test_no_committed_floor_is_below_what_was_promised() -> None:
    low = [name for name, floor in read_floors().items() if floor < find_promise(name)]

    assert not low


def test_the_project_promises_what_it_says_it_does() -> None:
    promised = {
        name: find_promise(name)
        for name in (
            "extraction.pages.quote", "extraction.site.words", "extraction.own.own", "pronunciation.ordinary",
            "pronunciation.technical", "faults.held.caught", "faults.held.accepted",
        )
    }  # fmt: skip

    assert promised == {
        "extraction.pages.quote": 0.95,
        "extraction.site.words": 0.995,
        "extraction.own.own": 0.97,
        "pronunciation.ordinary": 0.98,
        "pronunciation.technical": 1.0,
        "faults.held.caught": 0.95,
        "faults.held.accepted": 0.97,
    }


def test_a_figure_below_its_floor_is_named() -> None:
    fallen = list_fallen([Figure(NAME, 0.96, 100)], {NAME: 0.97})

    assert fallen == [f"{NAME} is 0.9600, below its floor 0.9700"]


def test_a_figure_is_held_against_the_promise_where_the_pinned_floor_is_lower() -> None:
    assert list_fallen([Figure(NAME, 0.94, 100)], {NAME: 0.5})
    assert list_fallen([Figure(NAME, 0.94, 100)], {})
    assert not list_fallen([Figure(NAME, 0.95, 100)], {})


def test_nothing_is_measured_without_a_promise() -> None:
    with pytest.raises(KeyError):
        find_promise("weather.sunny")


def test_floors_rise_to_what_was_reached_less_the_slack() -> None:
    raised = raise_floors([Figure(NAME, 0.9876, 100, slack=0.01)], {"extraction.own.code": 0.99})

    assert raised == {"extraction.own.code": 0.99, NAME: 0.977}


@given(share, share, share)
def test_raising_never_lowers(value: float, floor: float, slack: float) -> None:
    raised = raise_floors([Figure(NAME, value, 1, slack)], {NAME: floor})

    assert raised[NAME] >= max(floor, find_promise(NAME))


def test_the_file_refuses_a_lower_floor(tmp_path: Path) -> None:
    path = tmp_path / "floors.json"
    write_floors({NAME: 0.97}, path)

    with pytest.raises(ValueError, match="never lowered"):
        write_floors({NAME: 0.96}, path)
    with pytest.raises(ValueError, match="never lowered"):
        write_floors({}, path)

    assert read_floors(path) == {NAME: 0.97}


def test_the_file_refuses_a_floor_below_the_promise(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="never lowered"):
        write_floors({NAME: 0.9}, tmp_path / "floors.json")


def test_every_promise_is_a_share() -> None:
    assert FLOORS.exists()
    assert all(0.9 <= least <= 1 for least in PROMISED.values())


def test_floors_that_stand_are_found(tmp_path: Path) -> None:
    assert find_floor(NAME, {NAME: 0.99}) == 0.99
