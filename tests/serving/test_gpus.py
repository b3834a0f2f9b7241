from __future__ import annotations

import sys

import pytest
from simulated_gpus import Card, SimulatedNvml, processes

from catwalk.serving.gpus import Gpus

GB = 10**9


def test_cards_are_named_as_cuda_names_them() -> None:
    gpus = Gpus(SimulatedNvml(Card("H100", 80 * GB), Card("T4", 15 * GB)))

    assert gpus.devices == ("cuda:0", "cuda:1")
    assert gpus.models() == {"cuda:0": "H100", "cuda:1": "T4"}
    assert gpus.free_bytes() == {"cuda:0": 80 * GB, "cuda:1": 15 * GB}


def test_only_the_processes_asked_for_count_and_each_card_for_itself() -> None:
    first = Card("H100", GB, processes({7: 300, 8: 20, 9: 1}))
    second = Card("H100", GB, processes({7: 4000, 9: 1}))
    gpus = Gpus(SimulatedNvml(first, second))

    assert gpus.held_by([7, 8]) == {"cuda:0": 320, "cuda:1": 4000}


def test_a_card_on_which_nothing_is_held_is_left_out() -> None:
    gpus = Gpus(SimulatedNvml(Card("H100", GB, processes({9: 1})), Card("H100", GB, processes({7: 5}))))

    assert gpus.held_by([7]) == {"cuda:1": 5}
    assert gpus.held_by([]) == {}


def test_a_driver_that_does_not_tell_what_a_process_holds_counts_as_nothing() -> None:
    gpus = Gpus(SimulatedNvml(Card("H100", GB, processes({7: None, 8: 6}))))

    assert gpus.held_by([7, 8]) == {"cuda:0": 6}


def test_a_card_that_stops_answering_takes_nothing_from_the_other() -> None:
    lost = Card(
        "T4",
        GB,
        processes({7: 5}),
        failing={"nvmlDeviceGetName", "nvmlDeviceGetMemoryInfo", "nvmlDeviceGetComputeRunningProcesses"},
    )
    gpus = Gpus(SimulatedNvml(lost, Card("H100", 2 * GB, processes({7: 6}))))

    assert gpus.models() == {"cuda:0": "GPU", "cuda:1": "H100"}
    assert gpus.free_bytes() == {"cuda:1": 2 * GB}
    assert gpus.held_by([7]) == {"cuda:1": 6}


def test_a_machine_without_the_library_has_no_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)

    gpus = Gpus.find()

    assert (gpus.devices, gpus.models(), gpus.free_bytes(), gpus.held_by([1])) == ((), {}, {}, {})


def test_a_machine_without_the_driver_has_no_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", SimulatedNvml(Card("H100", GB), has_driver=False))

    assert Gpus.find().devices == ()


def test_the_gpus_of_this_machine_are_those_that_the_library_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", SimulatedNvml(Card("H100", GB)))

    assert Gpus.find().models() == {"cuda:0": "H100"}


def test_a_card_that_is_lost_before_the_start_does_not_hide_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = Card("T4", GB, failing={"nvmlDeviceGetHandleByIndex"})
    monkeypatch.setitem(sys.modules, "pynvml", SimulatedNvml(lost, Card("H100", 2 * GB)))

    assert Gpus.find().free_bytes() == {"cuda:1": 2 * GB}
